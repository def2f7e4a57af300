//! Each row of `spec/transcripts.md` spelled out, and proofs exchanged as bytes with the crate in both directions.
//! (`ballot` is spelled out in `cheat`, `deal` and `share key` in `dealer`.)

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::{RistrettoPoint, Scalar};
use merlin::Transcript;

use urne_crypto::ceremony::complaint::{Blame, Complaint};
use urne_crypto::ceremony::deal::Deal;
use urne_crypto::ceremony::{Dealt, prove_possession, verify_possession};
use urne_crypto::decryption::{PartialDecryption, SealedSums};
use urne_crypto::drill::{CeremonyHashes, Drill, DrillAnswer};
use urne_crypto::elgamal::Ciphertext;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::issuer::IssuerProof;
use urne_crypto::proof::{EqualityProof, KnowledgeProof};
use urne_crypto::transcript::IssuerStatement;

use crate::cheat::{dot, powers};
use crate::dealer::{Trustees, deal_transcript};
use crate::sample::rng;
use crate::script::{
    challenge, encoded, equality_holds, knowledge_holds, point, prove_equality, prove_knowledge,
    scalar, script,
};

pub(crate) fn trustee_key(
    nonce: &[u8; 32],
    trustee: u32,
    signing: &[u8; 32],
    key: &Point,
) -> Transcript {
    script(
        b"urne/0 trustee key",
        &[
            (b"nonce", nonce),
            (b"trustee", &trustee.to_le_bytes()),
            (b"signing key", signing),
            (b"encryption key", key.bytes()),
        ],
    )
}

pub(crate) fn confirm(dealt: &Dealt, trustee: u32) -> Transcript {
    script(
        b"urne/0 confirm",
        &[
            (b"election", &dealt.setup().election),
            (b"trustee", &trustee.to_le_bytes()),
            (b"key", dealt.election_key().bytes()),
            (b"share", dealt.share(trustee).bytes()),
            (b"deals", dealt.deals_hash()),
        ],
    )
}

/// `leaf` and `ephemeral` are those of the dealer's deal.
pub(crate) fn complaint(
    dealt: &Dealt,
    [trustee, dealer]: [u32; 2],
    leaf: &[u8; 32],
    ephemeral: &RistrettoPoint,
    shared: &RistrettoPoint,
) -> Transcript {
    let key = &dealt.setup().encryption_keys[trustee as usize - 1];
    script(
        b"urne/0 complaint",
        &[
            (b"election", &dealt.setup().election),
            (b"trustee", &trustee.to_le_bytes()),
            (b"dealer", &dealer.to_le_bytes()),
            (b"deal", leaf),
            (b"encryption key", key.bytes()),
            (b"ephemeral", &encoded(ephemeral)),
            (b"shared", &encoded(shared)),
        ],
    )
}

pub(crate) fn issuer(statement: &IssuerStatement<'_>) -> Transcript {
    script(
        b"urne/0 issuer",
        &[
            (b"election", statement.election),
            (b"operation", statement.operation.as_bytes()),
            (b"issuer", &statement.issuer.to_le_bytes()),
            (b"issuer key", statement.issuer_key),
            (b"chunk", &statement.chunk.to_le_bytes()),
            (b"replaced", statement.replaced),
            (b"rows", statement.rows),
        ],
    )
}

fn ceremony(name: &'static [u8], hashes: &CeremonyHashes) -> Transcript {
    script(
        name,
        &[
            (b"election", &hashes.election),
            (b"key", hashes.key.bytes()),
            (b"deals", &hashes.deals),
            (b"confirms", &hashes.confirms),
        ],
    )
}

/// ρ and v.
pub(crate) fn drill(hashes: &CeremonyHashes) -> (Scalar, u16) {
    let mut transcript = ceremony(b"urne/0 drill", hashes);
    let randomness = challenge(&mut transcript, b"rho");
    let mut total = [0; 2];
    transcript.challenge_bytes(b"v", &mut total);
    (randomness, u16::from_le_bytes(total))
}

pub(crate) fn drill_proof(
    hashes: &CeremonyHashes,
    trustee: u32,
    share: &RistrettoPoint,
    ciphertext: &Ciphertext,
    decryption_share: &RistrettoPoint,
) -> Transcript {
    let mut transcript = ceremony(b"urne/0 drill proof", hashes);
    transcript.append_message(b"trustee", &trustee.to_le_bytes());
    transcript.append_message(b"share", &encoded(share));
    transcript.append_message(b"ciphertext", &ciphertext.to_bytes());
    transcript.append_message(b"decryption share", &encoded(decryption_share));
    transcript
}

/// What a decryption is about, for the transcripts.
pub(crate) struct Decrypting<'a> {
    pub(crate) ctx: [u8; 32],
    pub(crate) root: [u8; 32],
    pub(crate) trustee: u32,
    pub(crate) share: RistrettoPoint,
    pub(crate) sums: &'a [Ciphertext],
    pub(crate) shares: &'a [RistrettoPoint],
}

/// The transcript up to R, with α* and D*.
pub(crate) fn decryption(
    decrypting: &Decrypting<'_>,
) -> (Transcript, RistrettoPoint, RistrettoPoint) {
    let sums: Vec<u8> = decrypting
        .sums
        .iter()
        .flat_map(|sum| [*sum.alpha.bytes(), *sum.beta.bytes()].concat())
        .collect();
    let shares: Vec<u8> = decrypting.shares.iter().flat_map(encoded).collect();
    let mut transcript = script(
        b"urne/0 decryption",
        &[
            (b"ctx", &decrypting.ctx),
            (b"root", &decrypting.root),
            (b"phase", &1_u32.to_le_bytes()),
            (b"trustee", &decrypting.trustee.to_le_bytes()),
            (b"share", &encoded(&decrypting.share)),
            (b"sums", &sums),
            (b"shares", &shares),
        ],
    );
    let w = challenge(&mut transcript, b"w");
    let alphas = decrypting.sums.iter().map(|sum| *sum.alpha.element());
    let combine = |points: &mut dyn Iterator<Item = RistrettoPoint>| {
        powers(w)
            .zip(points)
            .map(|(power, point)| power * point)
            .sum()
    };
    let alpha = combine(&mut alphas.clone());
    let share = combine(&mut decrypting.shares.iter().copied());
    (transcript, alpha, share)
}

#[test]
fn a_proof_of_possession_is_understood_in_both_directions() {
    let secret = SecretScalar::random(&mut rng(1));
    let key = secret.public();
    let by_hand = || trustee_key(&[1; 32], 3, &[2; 32], &key);
    let theirs = prove_possession(&[1; 32], 3, &[2; 32], &secret, &mut rng(2));
    assert!(knowledge_holds(
        by_hand(),
        b"c",
        key.element(),
        &theirs.to_bytes()
    ));
    let ours = prove_knowledge(by_hand(), b"c", secret.expose(), &mut rng(3));
    let ours = KnowledgeProof::decode(&ours).unwrap();
    assert_eq!(
        verify_possession(&[1; 32], 3, &[2; 32], &key, &ours),
        Ok(())
    );
}

#[test]
fn a_deal_of_the_crate_satisfies_the_equations() {
    let trustees = Trustees::new(2, 3, 4);
    let bytes = Deal::make(&trustees.setup, 2, &mut rng(5)).to_bytes();
    let mut transcript = deal_transcript(&trustees.setup, 2, &bytes);
    transcript.append_message(b"R", &bytes.proof[..64]);
    let c = challenge(&mut transcript, b"c");
    let publics = [&bytes.commitments[..32], &bytes.ephemeral];
    for (index, public) in publics.into_iter().enumerate() {
        let commitment = point(&bytes.proof[32 * index..][..32]);
        let response = scalar(&bytes.proof[64 + 32 * index..][..32]);
        assert_eq!(response * G, commitment + c * point(public));
    }
}

#[test]
fn a_confirm_is_understood_in_both_directions() {
    let trustees = Trustees::new(2, 3, 6);
    let dealt = trustees.deal(7);
    let share = dealt.open_shares(2, trustees.secret(2)).unwrap();
    let theirs = dealt.confirm(&share, &mut rng(8)).to_bytes();
    let public = dealt.share(2).element();
    assert!(knowledge_holds(confirm(&dealt, 2), b"c", public, &theirs));
    let ours = prove_knowledge(
        confirm(&dealt, 2),
        b"c",
        share.secret().expose(),
        &mut rng(9),
    );
    let ours = KnowledgeProof::decode(&ours).unwrap();
    assert_eq!(dealt.verify_confirm(2, &ours), Ok(()));
}

#[test]
fn a_complaint_is_understood_in_both_directions() {
    let trustees = Trustees::new(2, 3, 10);
    let mut random = rng(11);
    let deals: Vec<Deal> = (1..=3)
        .map(|trustee| Deal::make(&trustees.setup, trustee, &mut random))
        .collect();
    let ephemeral = point(&deals[0].to_bytes().ephemeral);
    let dealt = trustees.dealt(deals);
    let secret = trustees.secret(2).expose();
    let shared = secret * ephemeral;
    let by_hand = || complaint(&dealt, [2, 1], &[1; 32], &ephemeral, &shared);
    let theirs = dealt.complain(2, 1, trustees.secret(2), &mut random);
    assert_eq!(*theirs.shared.element(), shared);
    let key = secret * G;
    let bytes = theirs.proof.to_bytes();
    assert!(equality_holds(by_hand(), &key, &ephemeral, &shared, &bytes));
    let ours = Complaint {
        shared: Point::from(shared),
        proof: EqualityProof::decode(&prove_equality(by_hand(), &ephemeral, secret, &mut random))
            .unwrap(),
    };
    assert_eq!(
        dealt.judge(2, 1, &ours),
        Ok(Blame::Complainer { trustee: 2 })
    );
}

#[test]
fn an_issuers_proof_is_understood_in_both_directions() {
    let halves: Vec<SecretScalar> = (0..3).map(|_| SecretScalar::random(&mut rng(12))).collect();
    let publics: Vec<Point> = halves.iter().map(SecretScalar::public).collect();
    let statement = IssuerStatement {
        election: &[1; 32],
        operation: "roll",
        issuer: 2,
        issuer_key: &[3; 32],
        chunk: 4,
        replaced: &[0; 32],
        rows: b"any rows",
    };
    // T ‖ z with z = τ + Σ x^k·u_k.
    let theirs =
        IssuerProof::prove(&statement, &halves.iter().collect::<Vec<_>>(), &mut rng(13)).to_bytes();
    let mut transcript = issuer(&statement);
    transcript.append_message(b"R", &theirs[..32]);
    let x = challenge(&mut transcript, b"x");
    let combined: RistrettoPoint = powers(x)
        .zip(&publics)
        .map(|(power, half)| power * half.element())
        .sum();
    assert_eq!(scalar(&theirs[32..]) * G, point(&theirs[..32]) + combined);

    let nonce = Scalar::from(14_u64);
    let mut transcript = issuer(&statement);
    transcript.append_message(b"R", &encoded(&(nonce * G)));
    let x: Vec<Scalar> = powers(challenge(&mut transcript, b"x")).take(3).collect();
    let halves: Vec<Scalar> = halves.iter().map(|half| *half.expose()).collect();
    let response = nonce + dot(&x, &halves);
    let ours = [encoded(&(nonce * G)), response.to_bytes()].concat();
    let ours = IssuerProof::decode(&ours).unwrap();
    assert_eq!(ours.verify(&statement, &publics), Ok(()));
}

#[test]
fn a_drill_and_its_proof_are_understood_in_both_directions() {
    let trustees = Trustees::new(2, 3, 15);
    let dealt = trustees.deal(16);
    let hashes = CeremonyHashes {
        election: [1; 32],
        key: *dealt.election_key(),
        deals: [2; 32],
        confirms: [3; 32],
    };
    let theirs = Drill::new(hashes);
    let (rho, v) = drill(&hashes);
    assert_eq!(theirs.total(), v);
    let ciphertext = theirs.ciphertext();
    assert_eq!(*ciphertext.alpha.element(), rho * G);
    let beta = Scalar::from(v) * G + rho * hashes.key.element();
    assert_eq!(*ciphertext.beta.element(), beta);

    let share = dealt.open_shares(3, trustees.secret(3)).unwrap();
    let public = dealt.share(3);
    let decryption_share = rho * public.element();
    let by_hand = || drill_proof(&hashes, 3, public.element(), ciphertext, &decryption_share);
    let answer = theirs.answer(&share, &mut rng(17));
    assert_eq!(*answer.share.element(), decryption_share);
    assert!(equality_holds(
        by_hand(),
        public.element(),
        ciphertext.alpha.element(),
        &decryption_share,
        &answer.proof.to_bytes()
    ));
    let ours = prove_equality(
        by_hand(),
        ciphertext.alpha.element(),
        share.secret().expose(),
        &mut rng(18),
    );
    let ours = DrillAnswer {
        share: Point::from(decryption_share),
        proof: EqualityProof::decode(&ours).unwrap(),
    };
    assert_eq!(theirs.verify(3, public, &ours), Ok(()));
}

#[test]
fn a_decryption_is_understood_in_both_directions() {
    let trustees = Trustees::new(2, 3, 19);
    let dealt = trustees.deal(20);
    let share = dealt.open_shares(2, trustees.secret(2)).unwrap();
    let sums: Vec<Ciphertext> = (1..=3_u64)
        .map(|v| Ciphertext::encrypt(v, &Scalar::from(v + 5), dealt.election_key().element()))
        .collect();
    let shares: Vec<RistrettoPoint> = sums
        .iter()
        .map(|sum| share.secret().expose() * sum.alpha.element())
        .collect();
    let public = dealt.share(2);
    let by_hand = || {
        decryption(&Decrypting {
            ctx: [1; 32],
            root: [2; 32],
            trustee: 2,
            share: *public.element(),
            sums: &sums,
            shares: &shares,
        })
    };
    let sealed = SealedSums::new([1; 32], [2; 32], sums.clone());
    let theirs = sealed.decrypt(&share, &mut rng(21));
    let decoded: Vec<RistrettoPoint> = theirs.shares.iter().map(|point| *point.element()).collect();
    assert_eq!(decoded, shares);
    let (transcript, alpha, combined) = by_hand();
    let bytes = theirs.proof.to_bytes();
    assert!(equality_holds(
        transcript,
        public.element(),
        &alpha,
        &combined,
        &bytes
    ));
    let (transcript, alpha, _) = by_hand();
    let ours = prove_equality(transcript, &alpha, share.secret().expose(), &mut rng(22));
    let ours = PartialDecryption {
        shares: theirs.shares.clone(),
        proof: EqualityProof::decode(&ours).unwrap(),
    };
    assert_eq!(sealed.verify(2, public, &ours), Ok(()));
    let expected = urne_crypto::hash::hash_256(
        "urne/0 sums",
        &[&sums
            .iter()
            .flat_map(Ciphertext::to_bytes)
            .collect::<Vec<u8>>()],
    );
    assert_eq!(sealed.hash(), expected);
}
