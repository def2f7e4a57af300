//! The trustees' ceremony: possession, deals, confirms, complaints, the drill (spec/keys.md 1 to 3 and 7).

use std::collections::{BTreeMap, BTreeSet};

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};

use crate::encoding::{
    Bytes32, G, Identity, IsIdentity, Point, Scalar, concatenate, hash256, point, points, scalars,
};
use crate::ledger::{Found, require, require_all};
use crate::manifest::Manifest;
use crate::template::Value;
use crate::transcript::{Transcript, check_proof};

/// A valid deal, as far as later entries need it.
struct Deal {
    leaf: Bytes32,
    commitments: Vec<Point>,
    entry: Value,
}

/// What follows from all deals.
#[derive(Default)]
pub(crate) struct Keys {
    /// H
    pub key: Point,
    pub key_bytes: Bytes32,
    /// Σ_i A_ik for k = 0, 1, …
    sums: Vec<Point>,
    pub deals_hash: Bytes32,
}

/// Who a valid complaint shows to be at fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guilt {
    /// a trustee's number
    pub trustee: u32,
    /// the dealer, or else the one who complained
    pub as_dealer: bool,
}

/// The ceremony so far: what stands, by the trustee's number.
#[derive(Default)]
pub(crate) struct Ceremony {
    deals: BTreeMap<u32, Deal>,
    /// leaf hashes
    pub confirms: BTreeMap<u32, Bytes32>,
    pub drills: BTreeSet<u32>,
    /// complete once all deals stand
    pub keys: Keys,
    /// complete once all confirms stand
    pub confirms_hash: Bytes32,
    /// present once a valid complaint stands
    pub guilt: Option<Guilt>,
}

/// V3: every trustee knows their encryption key.
pub(crate) fn check_possession(manifest: &Manifest) -> Found {
    for (trustee, number) in manifest.trustees.iter().zip(1..) {
        let transcript = Transcript::new("urne/0 trustee key")
            .fields(&manifest.form, ["nonce"])
            .number("trustee", number)
            .append("signing key", trustee.bytes("key"))
            .append("encryption key", trustee.bytes("encryption"));
        let claim = (G, decoded(trustee.bytes("encryption"))?);
        let proven = check_proof(transcript, trustee.bytes("proof"), &[claim]);
        proven.map_err(|why| format!("trustee {number}: {why}"))?;
    }
    Ok(())
}

/// A point that the template has seen to decode already.
fn decoded(bytes: &[u8]) -> Found<Point> {
    point(bytes).ok_or_else(|| "a point does not decode".to_owned())
}

impl Ceremony {
    /// Whether a valid deal of this trustee stands.
    pub(crate) fn has_dealt(&self, trustee: u32) -> bool {
        self.deals.contains_key(&trustee)
    }

    /// V11: checks a deal and applies it; whether it was the last.
    pub(crate) fn deal(&mut self, manifest: &Manifest, deal: &Value, leaf: Bytes32) -> Found<bool> {
        let number = deal.small("trustee");
        let commitments = points(deal.bytes("commitments"));
        let commitments = commitments.ok_or("a commitment does not decode")?;
        let constant = commitments[0];
        require(!constant.is_identity(), "the constant commitment is the identity")?;
        let keys = manifest.trustees.iter().flat_map(|trustee| trustee.bytes("encryption"));
        let transcript = Transcript::new("urne/0 deal")
            .fields(deal, ["election", "trustee"])
            .number("threshold", manifest.threshold as u32)
            .append("encryption keys", &keys.copied().collect::<Vec<u8>>())
            .append("signing key", manifest.trustee(number).bytes("key"))
            .fields(deal, ["commitments", "ephemeral", "shares"]);
        let claims = [(G, constant), (G, decoded(deal.bytes("ephemeral"))?)];
        check_proof(transcript, deal.bytes("proof"), &claims)?;
        self.deals.insert(number, Deal { leaf, commitments, entry: deal.clone() });
        let complete = self.deals.len() == manifest.trustees.len();
        if complete {
            self.derive_keys(manifest.threshold);
        }
        Ok(complete)
    }

    /// H, the sums behind the X_j, and the deals hash, once every deal stands.
    fn derive_keys(&mut self, threshold: usize) {
        let deals = || self.deals.values();
        let sums: Vec<Point> =
            (0..threshold).map(|k| deals().map(|deal| deal.commitments[k]).sum()).collect();
        let leaves: Vec<u8> = deals().flat_map(|deal| deal.leaf).collect();
        let deals_hash = hash256("urne/0 deals", &[&leaves]);
        self.keys = Keys { key: sums[0], key_bytes: sums[0].compress().0, sums, deals_hash };
    }

    /// X_j.
    pub(crate) fn public_share(&self, trustee: u32) -> Point {
        evaluate(&self.keys.sums, trustee)
    }

    /// V12: checks a confirm and applies it; whether it was the last.
    pub(crate) fn confirm(
        &mut self,
        trustees: usize,
        confirm: &Value,
        leaf: Bytes32,
    ) -> Found<bool> {
        let number = confirm.small("trustee");
        let share = self.public_share(number);
        require_all([
            (confirm.bytes("key") == self.keys.key_bytes, "another election key"),
            (confirm.bytes("share") == share.compress().0, "another public share"),
            (confirm.bytes("deals") == self.keys.deals_hash, "another deals hash"),
        ])?;
        let fields = ["election", "trustee", "key", "share", "deals"];
        let transcript = Transcript::new("urne/0 confirm").fields(confirm, fields);
        check_proof(transcript, confirm.bytes("proof"), &[(G, share)])?;
        self.confirms.insert(number, leaf);
        let leaves: Vec<Bytes32> = self.confirms.values().copied().collect();
        self.confirms_hash = hash256("urne/0 confirms", &[&leaves.concat()]);
        Ok(leaves.len() == trustees)
    }

    /// V13: checks a complaint and applies it: the ceremony has failed, and someone is to blame.
    pub(crate) fn complaint(&mut self, manifest: &Manifest, complaint: &Value) -> Found {
        let (number, dealer) = (complaint.small("trustee"), complaint.small("dealer"));
        let deal = self.deals.get(&dealer).ok_or("no deal of the dealer stands")?;
        let key = manifest.trustee(number).bytes("encryption");
        let ephemeral = deal.entry.bytes("ephemeral");
        let transcript = Transcript::new("urne/0 complaint")
            .fields(complaint, ["election", "trustee", "dealer"])
            .append("deal", &deal.leaf)
            .append("encryption key", key)
            .append("ephemeral", ephemeral)
            .fields(complaint, ["shared"]);
        let same = (decoded(ephemeral)?, decoded(complaint.bytes("shared"))?);
        check_proof(transcript, complaint.bytes("proof"), &[(G, decoded(key)?), same])?;
        let mut transcript = Transcript::new("urne/0 share key")
            .fields(complaint, ["election", "dealer", "trustee"])
            .append("encryption key", key)
            .append("ephemeral", ephemeral)
            .fields(complaint, ["shared"]);
        let as_dealer = !deal.share_is_good(number, &transcript.bytes("key"));
        self.guilt = Some(Guilt { trustee: if as_dealer { dealer } else { number }, as_dealer });
        Ok(())
    }

    /// V16: checks a drill and applies it.
    pub(crate) fn drill(&mut self, drill: &Value) -> Found {
        let (number, keys) = (drill.small("trustee"), &self.keys);
        let share = self.public_share(number);
        let begin = |name| {
            Transcript::new(name)
                .fields(drill, ["election"])
                .append("key", &keys.key_bytes)
                .append("deals", &keys.deals_hash)
                .append("confirms", &self.confirms_hash)
        };
        let mut transcript = begin("urne/0 drill");
        let (rho, v) = (transcript.scalar("rho"), u16::from_le_bytes(transcript.bytes("v")));
        let (alpha, beta) = (G * rho, G * Scalar::from(v) + keys.key * rho);
        let decryption_share = share * rho;
        require(drill.bytes("share") == decryption_share.compress().0, "another share than ρ·X_j")?;
        let transcript = begin("urne/0 drill proof")
            .fields(drill, ["trustee"])
            .append("share", &share.compress().0)
            .append("ciphertext", &concatenate(&[alpha, beta]))
            .append("decryption share", drill.bytes("share"));
        check_proof(transcript, drill.bytes("proof"), &[(G, share), (alpha, decryption_share)])?;
        self.drills.insert(number);
        Ok(())
    }
}

/// Σ_k j^k·A_k by Horner's rule.
fn evaluate(commitments: &[Point], trustee: u32) -> Point {
    let at = Scalar::from(trustee);
    let identity = Point::identity();
    commitments.iter().rev().fold(identity, |sum, commitment| sum * at + commitment)
}

impl Deal {
    /// Whether the share for this trustee opens and fits the commitments.
    fn share_is_good(&self, trustee: u32, key: &Bytes32) -> bool {
        let sealed = &self.entry.bytes("shares")[48 * (trustee as usize - 1)..][..48];
        let cipher = ChaCha20Poly1305::new(&(*key).into());
        let opened = cipher.decrypt(&[0; 12].into(), sealed).ok();
        let share = opened.and_then(|share| scalars(&share));
        share.is_some_and(|share| G * share[0] == evaluate(&self.commitments, trustee))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(shares: Vec<u8>, coefficients: [u64; 2]) -> Deal {
        let commitments = coefficients.map(|a| G * Scalar::from(a)).to_vec();
        let entry = Value::Object(vec![("shares".to_owned(), Value::Bytes(shares))]);
        Deal { leaf: [0; 32], commitments, entry }
    }

    #[test]
    fn commitments_are_evaluated_as_a_polynomial() {
        let deal = dealt(vec![], [5, 7]);
        assert_eq!(evaluate(&deal.commitments, 3), G * Scalar::from(26u64));
    }

    #[test]
    fn a_share_is_good_if_it_opens_to_the_committed_value() {
        let key = [9; 32];
        let cipher = ChaCha20Poly1305::new(&key.into());
        let seal = |plain: &[u8]| cipher.encrypt(&[0; 12].into(), plain).unwrap();
        let good = seal(&Scalar::from(19u64).to_bytes());
        let wrong = seal(&Scalar::from(20u64).to_bytes());
        let not_canonical = seal(&[0xff; 32]);
        let deal = dealt([wrong, good, not_canonical].concat(), [5, 7]);
        assert!(deal.share_is_good(2, &key));
        assert!(!deal.share_is_good(2, &[8; 32]), "another key");
        assert!(!deal.share_is_good(1, &key), "another value");
        assert!(!deal.share_is_good(3, &key), "not a scalar");
    }
}
