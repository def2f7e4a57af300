//! Trustees who lie about what they know, or about whose it is.

use curve25519_dalek::Scalar;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, traits::Identity as _};

use urne_crypto::ceremony::Dealt;
use urne_crypto::ceremony::confirm::KeyShare;
use urne_crypto::ceremony::deal::{Deal, DealError};
use urne_crypto::decryption::{PartialDecryption, SealedSums};
use urne_crypto::drill::{CeremonyHashes, Drill, DrillAnswer};
use urne_crypto::elgamal::Ciphertext;
use urne_crypto::encoding::Point;
use urne_crypto::proof::{EqualityProof, KnowledgeProof, ProofError};

use crate::cheat::powers;
use crate::dealer::{Dealer, Trustees};
use crate::sample::rng;
use crate::script::{challenge, prove_equality, prove_knowledge, script};
use crate::transcripts::{self, Decrypting};

struct Ceremony {
    trustees: Trustees,
    dealt: Dealt,
}

impl Ceremony {
    fn new(seed: u64) -> Ceremony {
        let trustees = Trustees::new(2, 3, seed);
        let dealt = trustees.deal(seed + 1);
        Ceremony { trustees, dealt }
    }

    fn share(&self, trustee: u32) -> KeyShare {
        self.dealt
            .open_shares(trustee, self.trustees.secret(trustee))
            .unwrap()
    }

    fn hashes(&self) -> CeremonyHashes {
        CeremonyHashes {
            election: [7; 32],
            key: *self.dealt.election_key(),
            deals: *self.dealt.deals_hash(),
            confirms: [6; 32],
        }
    }
}

#[test]
fn a_copied_ephemeral_key_cannot_be_dealt_to_harvest_a_complaint() {
    let trustees = Trustees::new(2, 3, 1);
    let mut random = rng(2);
    let victim = Dealer::new(&trustees.setup, 1, &mut random);
    let published = victim.honest(&mut random).to_bytes();

    // What the harvest would bring: the point a complaint about the copier shows opens the victim's envelope.
    let shown = trustees.secret(3).expose() * crate::script::point(&published.ephemeral);
    let key = trustees.setup.encryption_keys[2].element();
    assert_eq!(shown, victim.ephemeral * key);

    let copier = Dealer::new(&trustees.setup, 2, &mut random);
    let mut copied = copier.draft();
    copied.ephemeral = published.ephemeral;
    let refused = |deal: Deal| {
        assert_eq!(deal.check(&trustees.setup, 2).err(), Some(DealError::Proof));
    };
    // With a proof for its own secrets, with the victim's proof, and with half of each.
    refused(copier.publish(copied.clone(), &mut random));
    let own = copier.honest(&mut random).to_bytes().proof;
    for halves in [[true, true], [true, false], [false, true]] {
        let mut draft = copied.clone();
        draft.proof = own;
        for (index, stolen) in halves.into_iter().enumerate() {
            if stolen {
                for start in [32 * index, 64 + 32 * index] {
                    draft.proof[start..start + 32]
                        .copy_from_slice(&published.proof[start..start + 32]);
                }
            }
        }
        refused(Deal::decode(&trustees.setup, &draft).unwrap());
    }
    // The whole deal under the copier's number.
    refused(Deal::decode(&trustees.setup, &published).unwrap());
}

#[test]
fn a_confirm_without_the_share_is_refused() {
    let ceremony = Ceremony::new(3);
    let dealt = &ceremony.dealt;
    for secret in [
        Scalar::from(5_u64),
        Scalar::ZERO,
        *ceremony.share(1).secret().expose(),
    ] {
        let by_hand = transcripts::confirm(dealt, 2);
        let forged = prove_knowledge(by_hand, b"c", &secret, &mut rng(4));
        let forged = KnowledgeProof::decode(&forged).unwrap();
        assert_eq!(dealt.verify_confirm(2, &forged), Err(ProofError));
    }
    // Somebody else's confirm, and one's own from a ceremony that failed.
    let others = dealt.confirm(&ceremony.share(1), &mut rng(5));
    assert_eq!(dealt.verify_confirm(1, &others), Ok(()));
    assert_eq!(dealt.verify_confirm(2, &others), Err(ProofError));
    let earlier = ceremony.trustees.deal(99);
    let share = earlier.open_shares(2, ceremony.trustees.secret(2)).unwrap();
    let stale = earlier.confirm(&share, &mut rng(6));
    assert_eq!(dealt.verify_confirm(2, &stale), Err(ProofError));
}

#[test]
fn a_drill_answer_for_a_given_ciphertext_is_refused() {
    let ceremony = Ceremony::new(7);
    let drill = Drill::new(ceremony.hashes());
    let share = ceremony.share(2);
    let public = ceremony.dealt.share(2);
    // A voter's α, answered correctly and proven correctly, is not what was asked.
    let given = Ciphertext::encrypt(1, &Scalar::from(55_u64), ceremony.hashes().key.element());
    let decrypted = share.secret().expose() * given.alpha.element();
    let statement =
        transcripts::drill_proof(&ceremony.hashes(), 2, public.element(), &given, &decrypted);
    let proof = prove_equality(
        statement,
        given.alpha.element(),
        share.secret().expose(),
        &mut rng(8),
    );
    let proof = EqualityProof::decode(&proof).unwrap();
    let right = drill.answer(&share, &mut rng(9));
    for share in [Point::from(decrypted), right.share] {
        let answer = DrillAnswer { share, proof };
        assert_eq!(drill.verify(2, public, &answer), Err(ProofError));
    }
    // An answer to another ceremony's drill, which has another α.
    let mut other = ceremony.hashes();
    other.confirms = [5; 32];
    let other = Drill::new(other);
    let answer = other.answer(&share, &mut rng(10));
    assert_eq!(other.verify(2, public, &answer), Ok(()));
    assert_eq!(drill.verify(2, public, &answer), Err(ProofError));
}

#[test]
fn the_drill_share_anyone_can_compute_cannot_be_proven_without_the_key_file() {
    let ceremony = Ceremony::new(11);
    let drill = Drill::new(ceremony.hashes());
    let public = ceremony.dealt.share(2);
    let (rho, _) = transcripts::drill(&ceremony.hashes());
    let computed = rho * public.element();
    let share = ceremony.share(2);
    let honest = drill.answer(&share, &mut rng(12));
    assert_eq!(*honest.share.element(), computed);
    assert_eq!(drill.verify(2, public, &honest), Ok(()));
    // ρ is the logarithm of α, a guess is a guess, and another trustee's share is another's.
    for secret in [
        rho,
        Scalar::from(3_u64),
        *ceremony.share(1).secret().expose(),
    ] {
        let statement = transcripts::drill_proof(
            &ceremony.hashes(),
            2,
            public.element(),
            drill.ciphertext(),
            &computed,
        );
        let alpha = drill.ciphertext().alpha.element();
        let proof = prove_equality(statement, alpha, &secret, &mut rng(13));
        let answer = DrillAnswer {
            share: honest.share,
            proof: EqualityProof::decode(&proof).unwrap(),
        };
        assert_eq!(drill.verify(2, public, &answer), Err(ProofError));
    }
    // The right proof beside a wrong share, and the right answer under a wrong number or key.
    let wrong = DrillAnswer {
        share: Point::from(computed + G),
        proof: honest.proof,
    };
    assert_eq!(drill.verify(2, public, &wrong), Err(ProofError));
    assert_eq!(drill.verify(3, public, &honest), Err(ProofError));
    let other = ceremony.dealt.share(3);
    assert_eq!(drill.verify(2, other, &honest), Err(ProofError));
}

struct Count {
    ceremony: Ceremony,
    sums: Vec<Ciphertext>,
    sealed: SealedSums,
}

fn count(seed: u64) -> Count {
    let ceremony = Ceremony::new(seed);
    let key = ceremony.hashes().key;
    let sums: Vec<Ciphertext> = [(4, 21_u64), (9, 22), (0, 23)]
        .map(|(v, r)| Ciphertext::encrypt(v, &Scalar::from(r), key.element()))
        .to_vec();
    Count {
        ceremony,
        sealed: SealedSums::new([1; 32], [2; 32], sums.clone()),
        sums,
    }
}

impl Count {
    /// Trustee 2's proof, made with its true share, over whatever decryption shares it likes.
    fn proven(&self, shares: &[RistrettoPoint]) -> PartialDecryption {
        let (transcript, alpha, _) = transcripts::decryption(&Decrypting {
            ctx: [1; 32],
            root: [2; 32],
            trustee: 2,
            share: *self.ceremony.dealt.share(2).element(),
            sums: &self.sums,
            shares,
        });
        let secret = self.ceremony.share(2);
        let proof = prove_equality(transcript, &alpha, secret.secret().expose(), &mut rng(14));
        PartialDecryption {
            shares: shares.iter().copied().map(Point::from).collect(),
            proof: EqualityProof::decode(&proof).unwrap(),
        }
    }

    fn honest_shares(&self) -> Vec<RistrettoPoint> {
        let share = self.ceremony.share(2);
        self.sums
            .iter()
            .map(|sum| share.secret().expose() * sum.alpha.element())
            .collect()
    }

    fn verdict(&self, part: &PartialDecryption) -> Result<(), ProofError> {
        self.sealed.verify(2, self.ceremony.dealt.share(2), part)
    }
}

#[test]
fn a_cheating_decryption_share_is_refused() {
    let count = count(15);
    let honest = count.honest_shares();
    assert_eq!(count.verdict(&count.proven(&honest)), Ok(()));
    for position in 0..3 {
        // One vote moved, before the proof and after it.
        let mut shares = honest.clone();
        shares[position] += G;
        assert_eq!(count.verdict(&count.proven(&shares)), Err(ProofError));
        let mut late = count.proven(&honest);
        late.shares[position] = Point::from(shares[position]);
        assert_eq!(count.verdict(&late), Err(ProofError));
        shares[position] = RistrettoPoint::identity();
        assert_eq!(count.verdict(&count.proven(&shares)), Err(ProofError));
    }
    // Errors that cancel in a plain sum: a vote taken from one position and given to the next.
    let mut shares = honest.clone();
    shares[0] += G;
    shares[1] -= G;
    assert_eq!(count.verdict(&count.proven(&shares)), Err(ProofError));
    let mut shares = honest.clone();
    shares.swap(0, 1);
    assert_eq!(count.verdict(&count.proven(&shares)), Err(ProofError));
    // One position too few, one too many.
    assert_eq!(count.verdict(&count.proven(&honest[..2])), Err(ProofError));
    let mut shares = honest.clone();
    shares.push(RistrettoPoint::identity());
    assert_eq!(count.verdict(&count.proven(&shares)), Err(ProofError));
}

#[test]
fn a_challenge_known_before_the_shares_could_be_cheated_so_it_absorbs_them() {
    let count = count(16);
    let honest = count.honest_shares();
    let share = count.ceremony.share(2);
    // A variant in which w does not depend on the shares: then D_1 + w·G and D_2 − G cancel.
    let w = challenge(&mut script(b"variant", &[]), b"w");
    let mut shares = honest;
    shares[0] += w * G;
    shares[1] -= G;
    let combined = |points: &mut dyn Iterator<Item = RistrettoPoint>| -> RistrettoPoint {
        powers(w)
            .zip(points)
            .map(|(power, point)| power * point)
            .sum()
    };
    let alpha = combined(&mut count.sums.iter().map(|sum| *sum.alpha.element()));
    let decrypted = combined(&mut shares.iter().copied());
    assert_eq!(decrypted, share.secret().expose() * alpha, "fooled");
    assert_eq!(count.verdict(&count.proven(&shares)), Err(ProofError));
}

#[test]
fn a_decryption_under_a_wrong_number_or_key_is_refused() {
    let count = count(17);
    let part = count.sealed.decrypt(&count.ceremony.share(2), &mut rng(18));
    let dealt = &count.ceremony.dealt;
    let verdict = |trustee: u32, key: u32| count.sealed.verify(trustee, dealt.share(key), &part);
    assert_eq!(verdict(2, 2), Ok(()));
    for (trustee, key) in [(1, 2), (3, 2), (2, 1), (1, 1)] {
        assert_eq!(verdict(trustee, key), Err(ProofError));
    }
}

#[test]
fn another_trustees_secret_proves_nothing() {
    let count = count(19);
    let other = count.ceremony.share(3);
    let part = count.sealed.decrypt(&other, &mut rng(20));
    assert_eq!(count.verdict(&part), Err(ProofError));
    let part = PartialDecryption {
        shares: part.shares,
        proof: count.proven(&count.honest_shares()).proof,
    };
    assert_eq!(count.verdict(&part), Err(ProofError));
}
