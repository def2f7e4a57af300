//! The trustees' ceremony: possession, deals, confirms, complaints, the drill (spec/keys.md 1 to 3 and 7).

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;

use crate::encoding::{Parts, concatenate, hash256, point, points, scalar};
use crate::entry::{Bytes32, Complaint, Confirm, Deal, Drill};
use crate::ledger::require;
use crate::manifest::Manifest;
use crate::transcript::{self, ComplaintStatement, DealStatement, DrillStatement};

/// A valid deal, as far as later entries need it.
struct Dealt {
    leaf: Bytes32,
    commitments: Vec<RistrettoPoint>,
    ephemeral: Bytes32,
    shares: Vec<u8>,
}

/// What follows from all deals.
pub(crate) struct Keys {
    /// H
    pub key: RistrettoPoint,
    pub key_bytes: Bytes32,
    /// X_1 … X_n
    pub shares: Vec<RistrettoPoint>,
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

/// The ceremony so far. Trustees are numbered from 1; lists start at trustee 1.
pub(crate) struct Ceremony {
    election: Bytes32,
    deals: Vec<Option<Dealt>>,
    confirms: Vec<Option<Bytes32>>,
    drills: Vec<bool>,
    /// present once all deals stand
    pub keys: Option<Keys>,
    /// present once all confirms stand
    pub confirms_hash: Option<Bytes32>,
    /// present once a valid complaint stands
    pub guilt: Option<Guilt>,
}

const UNPROVEN: &str = "the proof does not hold";
const MALFORMED: &str = "the proof does not decode";

/// Whether z·base = R + c·key.
fn holds(
    base: &RistrettoPoint,
    response: &Scalar,
    commitment: &RistrettoPoint,
    challenge: &Scalar,
    key: &RistrettoPoint,
) -> bool {
    base * response == commitment + key * challenge
}

fn slot<T>(list: &[T], trustee: u32) -> Option<&T> {
    list.get(usize::try_from(trustee).ok()?.checked_sub(1)?)
}

fn slot_mut<T>(list: &mut [T], trustee: u32) -> Option<&mut T> {
    list.get_mut(usize::try_from(trustee).ok()?.checked_sub(1)?)
}

/// V3: every trustee knows their encryption key.
pub(crate) fn check_possession(manifest: &Manifest) -> Result<(), String> {
    for (trustee, number) in manifest.trustees.iter().zip(1..) {
        let failed = || format!("trustee {number}: {UNPROVEN}");
        let (commitment, response) = trustee.proof.split_at(32);
        let key = point(&trustee.encryption).ok_or_else(failed)?;
        let challenge = transcript::trustee_key(
            &manifest.nonce,
            number,
            &trustee.key,
            &trustee.encryption,
            commitment,
        );
        let commitment = point(commitment).ok_or_else(failed)?;
        let response = scalar(response).ok_or_else(failed)?;
        require(holds(&G, &response, &commitment, &challenge, &key), &failed())?;
    }
    Ok(())
}

/// A proof of the shape R₁ ‖ R₂ ‖ z: one response for two equations.
struct EqualityProof {
    first: RistrettoPoint,
    second: RistrettoPoint,
    response: Scalar,
}

impl EqualityProof {
    fn read(proof: &[u8; 96]) -> Option<EqualityProof> {
        let mut parts = Parts(proof);
        Some(EqualityProof {
            first: parts.point()?,
            second: parts.point()?,
            response: parts.scalar()?,
        })
    }

    /// Whether log_G key = log_base shared, for this challenge.
    fn holds(
        &self,
        challenge: &Scalar,
        key: &RistrettoPoint,
        base: &RistrettoPoint,
        shared: &RistrettoPoint,
    ) -> bool {
        holds(&G, &self.response, &self.first, challenge, key)
            && holds(base, &self.response, &self.second, challenge, shared)
    }
}

/// Checks a proof R_G ‖ R_base ‖ z that log_G `key` = log_`base` `shared`.
pub(crate) fn check_equality(
    proof: &[u8; 96],
    challenge: impl FnOnce(&[u8]) -> Scalar,
    key: &RistrettoPoint,
    base: &RistrettoPoint,
    shared: &RistrettoPoint,
) -> Result<(), String> {
    let parts = EqualityProof::read(proof).ok_or(MALFORMED)?;
    let challenge = challenge(&proof[..64]);
    require(parts.holds(&challenge, key, base, shared), UNPROVEN)
}

impl Ceremony {
    /// Nothing has been dealt yet.
    pub(crate) fn new(election: Bytes32, manifest: &Manifest) -> Self {
        let trustees = manifest.trustees.len();
        Ceremony {
            election,
            deals: (0..trustees).map(|_| None).collect(),
            confirms: vec![None; trustees],
            drills: vec![false; trustees],
            keys: None,
            confirms_hash: None,
            guilt: None,
        }
    }

    /// Whether a valid deal of this trustee stands.
    pub(crate) fn has_dealt(&self, trustee: u32) -> bool {
        slot(&self.deals, trustee).is_some_and(Option::is_some)
    }

    /// Whether a valid confirm of this trustee stands.
    pub(crate) fn has_confirmed(&self, trustee: u32) -> bool {
        slot(&self.confirms, trustee).is_some_and(Option::is_some)
    }

    /// Whether a valid drill of this trustee stands.
    pub(crate) fn has_drilled(&self, trustee: u32) -> bool {
        slot(&self.drills, trustee).is_some_and(|drilled| *drilled)
    }

    /// Whether valid drills of all trustees stand.
    pub(crate) fn all_drilled(&self) -> bool {
        self.drills.iter().all(|drilled| *drilled)
    }

    /// V11: checks a deal and applies it.
    pub(crate) fn deal(
        &mut self,
        manifest: &Manifest,
        deal: Deal,
        leaf: Bytes32,
    ) -> Result<(), String> {
        let commitments = points(&deal.commitments).ok_or("a commitment does not decode")?;
        let constant = commitments.first().ok_or("no commitment")?;
        require(
            *constant != RistrettoPoint::identity(),
            "the constant commitment is the identity",
        )?;
        let ephemeral = point(&deal.ephemeral).ok_or("the ephemeral key does not decode")?;
        let trustee = slot(&manifest.trustees, deal.trustee).ok_or("no such trustee")?;
        let encryption_keys: Vec<u8> =
            manifest.trustees.iter().flat_map(|trustee| trustee.encryption).collect();
        let statement = DealStatement {
            election: &self.election,
            trustee: deal.trustee,
            threshold: u32::try_from(manifest.threshold).unwrap_or(u32::MAX),
            encryption_keys: &encryption_keys,
            signing_key: &trustee.key,
            commitments: &deal.commitments,
            ephemeral: &deal.ephemeral,
            shares: &deal.shares,
        };
        let challenge = transcript::deal(&statement, &deal.proof[..64]);
        let mut parts = Parts(&deal.proof);
        let first = parts.point().ok_or(MALFORMED)?;
        let second = parts.point().ok_or(MALFORMED)?;
        let first_response = parts.scalar().ok_or(MALFORMED)?;
        let second_response = parts.scalar().ok_or(MALFORMED)?;
        require(
            holds(&G, &first_response, &first, &challenge, constant)
                && holds(&G, &second_response, &second, &challenge, &ephemeral),
            UNPROVEN,
        )?;
        let slot = slot_mut(&mut self.deals, deal.trustee).ok_or("no such trustee")?;
        *slot = Some(Dealt { leaf, commitments, ephemeral: deal.ephemeral, shares: deal.shares });
        self.derive_keys();
        Ok(())
    }

    /// H, X_j and the deals hash, once every deal stands.
    fn derive_keys(&mut self) {
        let Some(deals) = self.deals.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
            return;
        };
        let leaves: Vec<u8> = deals.iter().flat_map(|deal| deal.leaf).collect();
        let coefficients = deals.iter().map(|deal| &deal.commitments);
        let sums = coefficients.fold(Vec::new(), |sums: Vec<RistrettoPoint>, commitments| {
            let zeros = std::iter::repeat(RistrettoPoint::identity());
            let sums = sums.into_iter().chain(zeros);
            commitments.iter().zip(sums).map(|(commitment, sum)| commitment + sum).collect()
        });
        let key = sums.first().copied().unwrap_or_default();
        self.keys = Some(Keys {
            key,
            key_bytes: key.compress().to_bytes(),
            shares: (1..).take(deals.len()).map(|trustee| evaluate(&sums, trustee)).collect(),
            deals_hash: hash256("urne/0 deals", &[&leaves]),
        });
    }

    /// V12: checks a confirm and applies it.
    pub(crate) fn confirm(&mut self, confirm: &Confirm, leaf: Bytes32) -> Result<(), String> {
        let keys = self.keys.as_ref().ok_or("the deals are not complete")?;
        let share = slot(&keys.shares, confirm.trustee).ok_or("no such trustee")?;
        require(confirm.key == keys.key_bytes, "another election key than the deals give")?;
        require(confirm.share == share.compress().0, "another public share than the deals give")?;
        require(confirm.deals == keys.deals_hash, "another deals hash")?;
        let (commitment, response) = confirm.proof.split_at(32);
        let challenge = transcript::confirm(
            &self.election,
            confirm.trustee,
            &confirm.key,
            &confirm.share,
            &confirm.deals,
            commitment,
        );
        let commitment = point(commitment).ok_or(MALFORMED)?;
        let response = scalar(response).ok_or(MALFORMED)?;
        require(holds(&G, &response, &commitment, &challenge, share), UNPROVEN)?;
        let slot = slot_mut(&mut self.confirms, confirm.trustee).ok_or("no such trustee")?;
        *slot = Some(leaf);
        if let Some(leaves) = self.confirms.iter().copied().collect::<Option<Vec<_>>>() {
            self.confirms_hash = Some(hash256("urne/0 confirms", &[&leaves.concat()]));
        }
        Ok(())
    }

    /// V13: checks a complaint and applies it: the ceremony has failed, and someone is to blame.
    pub(crate) fn complaint(
        &mut self,
        manifest: &Manifest,
        complaint: &Complaint,
    ) -> Result<(), String> {
        let deal = slot(&self.deals, complaint.dealer).and_then(Option::as_ref);
        let deal = deal.ok_or("no deal of the dealer stands")?;
        let trustee = slot(&manifest.trustees, complaint.trustee).ok_or("no such trustee")?;
        let statement = ComplaintStatement {
            election: &self.election,
            trustee: complaint.trustee,
            dealer: complaint.dealer,
            deal: &deal.leaf,
            encryption_key: &trustee.encryption,
            ephemeral: &deal.ephemeral,
            shared: &complaint.shared,
        };
        check_equality(
            &complaint.proof,
            |commitment| transcript::complaint(&statement, commitment),
            &point(&trustee.encryption).ok_or("the encryption key does not decode")?,
            &point(&deal.ephemeral).ok_or("the ephemeral key does not decode")?,
            &point(&complaint.shared).ok_or("the shared point does not decode")?,
        )?;
        let key = transcript::share_key(
            &self.election,
            complaint.dealer,
            complaint.trustee,
            &trustee.encryption,
            &deal.ephemeral,
            &complaint.shared,
        );
        let as_dealer = !share_is_good(deal, complaint.trustee, &key);
        let trustee = if as_dealer { complaint.dealer } else { complaint.trustee };
        self.guilt = Some(Guilt { trustee, as_dealer });
        Ok(())
    }

    /// V16: checks a drill and applies it.
    pub(crate) fn drill(&mut self, drill: &Drill) -> Result<(), String> {
        let keys = self.keys.as_ref().ok_or("the deals are not complete")?;
        let confirms = self.confirms_hash.as_ref().ok_or("the confirms are not complete")?;
        let share = slot(&keys.shares, drill.trustee).ok_or("no such trustee")?;
        let (rho, value) =
            transcript::drill(&self.election, &keys.key_bytes, &keys.deals_hash, confirms);
        let alpha = G * rho;
        let beta = G * Scalar::from(value) + keys.key * rho;
        let decryption_share = share * rho;
        require(drill.share == decryption_share.compress().0, "another share than ρ·X_j")?;
        let statement = DrillStatement {
            election: &self.election,
            key: &keys.key_bytes,
            deals: &keys.deals_hash,
            confirms,
            trustee: drill.trustee,
            share: &share.compress().0,
            ciphertext: &concatenate(&[alpha, beta]),
            decryption_share: &drill.share,
        };
        check_equality(
            &drill.proof,
            |commitment| transcript::drill_proof(&statement, commitment),
            share,
            &alpha,
            &decryption_share,
        )?;
        *slot_mut(&mut self.drills, drill.trustee).ok_or("no such trustee")? = true;
        Ok(())
    }
}

/// Σ_k j^k·A_k by Horner's rule.
fn evaluate(commitments: &[RistrettoPoint], trustee: u32) -> RistrettoPoint {
    let at = Scalar::from(trustee);
    commitments
        .iter()
        .rev()
        .fold(RistrettoPoint::identity(), |sum, commitment| sum * at + commitment)
}

/// Whether the dealer's share for this trustee opens and fits the commitments.
fn share_is_good(deal: &Dealt, trustee: u32, key: &[u8; 32]) -> bool {
    let sealed = slot(deal.shares.as_chunks::<48>().0, trustee);
    let cipher = ChaCha20Poly1305::new(&(*key).into());
    sealed
        .and_then(|sealed| cipher.decrypt(&[0; 12].into(), sealed.as_slice()).ok())
        .and_then(|share| scalar(&share))
        .is_some_and(|share| G * share == evaluate(&deal.commitments, trustee))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(shares: Vec<u8>, coefficients: [u64; 2]) -> Dealt {
        let commitments = coefficients.map(|a| G * Scalar::from(a)).to_vec();
        Dealt { leaf: [0; 32], commitments, ephemeral: [0; 32], shares }
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
        let shares = [wrong, good, not_canonical].concat();
        let deal = dealt(shares, [5, 7]);
        assert!(share_is_good(&deal, 2, &key));
        assert!(!share_is_good(&deal, 2, &[8; 32]), "another key");
        assert!(!share_is_good(&deal, 1, &key), "another value");
        assert!(!share_is_good(&deal, 3, &key), "not a scalar");
        assert!(!share_is_good(&deal, 4, &key), "not there");
    }

    #[test]
    fn equality_proofs_need_both_equations() {
        let secret = Scalar::from(11u64);
        let base = G * Scalar::from(3u64);
        let nonce = Scalar::from(29u64);
        let challenge = Scalar::from(31u64);
        let proof: [u8; 96] = [
            (G * nonce).compress().to_bytes(),
            (base * nonce).compress().to_bytes(),
            (nonce + challenge * secret).to_bytes(),
        ]
        .concat()
        .try_into()
        .unwrap();
        let check = |key, shared| check_equality(&proof, |_| challenge, &key, &base, &shared);
        assert!(check(G * secret, base * secret).is_ok());
        assert!(check(G * secret, base * nonce).is_err());
        assert!(check(G * nonce, base * secret).is_err());
    }
}
