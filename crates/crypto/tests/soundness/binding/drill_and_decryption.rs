//! The two proofs of equal logarithms made with the share of the election key.

use curve25519_dalek::Scalar;

use urne_crypto::decryption::{PartialDecryption, SealedSums};
use urne_crypto::drill::{CeremonyHashes, Drill, DrillAnswer};
use urne_crypto::elgamal::Ciphertext;
use urne_crypto::encoding::{Point, SecretScalar};
use urne_crypto::proof::EqualityProof;
use urne_crypto::transcript::{self, DecryptionStatement};

use super::{Flips, equality, equations_are_bound, flipped, moved, numbers, replaced_words};
use crate::dealer::Trustees;
use crate::sample::{rng, stranger};

fn ceremony() -> CeremonyHashes {
    CeremonyHashes {
        election: [1; 32],
        key: Point::from(stranger(20)),
        deals: [2; 32],
        confirms: [3; 32],
    }
}

/// The ceremony's outcome with one thing changed, for every thing.
fn changed_ceremonies() -> Vec<(&'static str, CeremonyHashes)> {
    let base = ceremony();
    let mut all = vec![(
        "key",
        CeremonyHashes {
            key: moved(&base.key),
            ..base
        },
    )];
    all.extend(
        flipped(&base.election).map(|election| ("election", CeremonyHashes { election, ..base })),
    );
    all.extend(flipped(&base.deals).map(|deals| ("deals", CeremonyHashes { deals, ..base })));
    all.extend(
        flipped(&base.confirms).map(|confirms| ("confirms", CeremonyHashes { confirms, ..base })),
    );
    all
}

#[test]
fn a_drill_proof() {
    let secret = SecretScalar::random(&mut rng(21));
    let share = secret.public();
    let drill = Drill::new(ceremony());
    let (alpha, beta) = (drill.ciphertext().alpha, drill.ciphertext().beta);
    let decrypted = Point::from(secret.expose() * alpha.element());
    let statement = |ceremony: &CeremonyHashes, trustee, share, ciphertext, decrypted| {
        transcript::drill_proof(ceremony, trustee, share, ciphertext, decrypted)
    };
    let base = statement(&ceremony(), 2, &share, [&alpha, &beta], &decrypted);
    let proof = EqualityProof::prove(base.clone(), alpha.element(), &secret, &mut rng(22));
    let holds = |statement: transcript::Statement| {
        proof
            .verify(statement, &share, alpha.element(), decrypted.element())
            .is_ok()
    };
    assert!(holds(base.clone()));

    let mut flips = Flips::of("drill proof (transcript)");
    for (what, ceremony) in changed_ceremonies() {
        let changed = statement(&ceremony, 2, &share, [&alpha, &beta], &decrypted);
        flips.refused(holds(changed), what);
    }
    for trustee in numbers(2) {
        let changed = statement(&ceremony(), trustee, &share, [&alpha, &beta], &decrypted);
        flips.refused(holds(changed), "trustee");
    }
    for (what, share, ciphertext, decrypted) in [
        ("share", &moved(&share), [&alpha, &beta], &decrypted),
        ("alpha", &share, [&moved(&alpha), &beta], &decrypted),
        ("beta", &share, [&alpha, &moved(&beta)], &decrypted),
        ("swapped", &share, [&beta, &alpha], &decrypted),
        (
            "decryption share",
            &share,
            [&alpha, &beta],
            &moved(&decrypted),
        ),
    ] {
        let changed = statement(&ceremony(), 2, share, ciphertext, decrypted);
        flips.refused(holds(changed), what);
    }
    equations_are_bound(&mut flips, &proof, &base, [&share, &alpha, &decrypted]);
    flips.were(97 + 4 + 5 + 3 + 3);
}

#[test]
fn a_drill_answer_where_it_is_checked() {
    let trustees = Trustees::new(2, 3, 23);
    let dealt = trustees.deal(24);
    let share = dealt.open_shares(2, trustees.secret(2)).unwrap();
    let public = dealt.share(2);
    let drill = Drill::new(ceremony());
    let answer = drill.answer(&share, &mut rng(25));
    assert!(drill.verify(2, public, &answer).is_ok());

    let mut flips = Flips::of("drill");
    for (what, ceremony) in changed_ceremonies() {
        let other = Drill::new(ceremony);
        assert_ne!(other.ciphertext(), drill.ciphertext());
        flips.refused(other.verify(2, public, &answer).is_ok(), what);
    }
    for trustee in numbers(2) {
        flips.refused(drill.verify(trustee, public, &answer).is_ok(), "trustee");
    }
    flips.refused(drill.verify(2, &moved(public), &answer).is_ok(), "public");
    let changed = DrillAnswer {
        share: moved(&answer.share),
        ..answer
    };
    flips.refused(drill.verify(2, public, &changed).is_ok(), "share");
    for proof in replaced_words(&answer.proof.to_bytes(), 2) {
        let changed = DrillAnswer {
            proof: equality(&proof),
            ..answer
        };
        flips.refused(drill.verify(2, public, &changed).is_ok(), "proof");
    }
    flips.were(97 + 4 + 2 + 3);
}

/// Three sums that are not the same, and one trustee's part.
struct Decrypted {
    sums: Vec<Ciphertext>,
    public: Point,
    part: PartialDecryption,
}

const CTX: [u8; 32] = [31; 32];
const ROOT: [u8; 32] = [32; 32];

fn decrypted() -> Decrypted {
    let trustees = Trustees::new(2, 3, 33);
    let dealt = trustees.deal(34);
    let share = dealt.open_shares(2, trustees.secret(2)).unwrap();
    let key = dealt.election_key().element();
    let sums: Vec<Ciphertext> = (1..=3_u64)
        .map(|v| Ciphertext::encrypt(v, &Scalar::from(v + 40), key))
        .collect();
    let sealed = SealedSums::new(CTX, ROOT, sums.clone());
    Decrypted {
        part: sealed.decrypt(&share, &mut rng(35)),
        public: *dealt.share(2),
        sums,
    }
}

#[test]
fn a_decryption_where_it_is_checked() {
    let Decrypted { sums, public, part } = decrypted();
    let sealed = SealedSums::new(CTX, ROOT, sums.clone());
    assert!(sealed.verify(2, &public, &part).is_ok());

    let mut flips = Flips::of("decryption");
    for ctx in flipped(&CTX) {
        let sealed = SealedSums::new(ctx, ROOT, sums.clone());
        flips.refused(sealed.verify(2, &public, &part).is_ok(), "ctx");
    }
    for root in flipped(&ROOT) {
        let sealed = SealedSums::new(CTX, root, sums.clone());
        flips.refused(sealed.verify(2, &public, &part).is_ok(), "root");
    }
    for trustee in numbers(2) {
        flips.refused(sealed.verify(trustee, &public, &part).is_ok(), "trustee");
    }
    flips.refused(sealed.verify(2, &moved(&public), &part).is_ok(), "public");
    let mut changed: Vec<Vec<Ciphertext>> = Vec::new();
    for index in 0..3 {
        let mut alpha = sums.clone();
        alpha[index].alpha = moved(&alpha[index].alpha);
        let mut beta = sums.clone();
        beta[index].beta = moved(&beta[index].beta);
        changed.extend([alpha, beta]);
    }
    changed.push(vec![sums[1], sums[0], sums[2]]);
    changed.push(sums[..2].to_vec());
    changed.push([&sums[..], &sums[..1]].concat());
    for sums in changed {
        let sealed = SealedSums::new(CTX, ROOT, sums);
        flips.refused(sealed.verify(2, &public, &part).is_ok(), "sums");
    }
    let shares = &part.shares;
    let mut changed: Vec<Vec<Point>> = (0..3)
        .map(|index| {
            let mut shares = shares.clone();
            shares[index] = moved(&shares[index]);
            shares
        })
        .collect();
    changed.push(vec![shares[1], shares[0], shares[2]]);
    changed.push(shares[..2].to_vec());
    changed.push([&shares[..], &shares[..1]].concat());
    for shares in changed {
        let proof = part.proof;
        let changed = PartialDecryption { shares, proof };
        flips.refused(sealed.verify(2, &public, &changed).is_ok(), "shares");
    }
    for proof in replaced_words(&part.proof.to_bytes(), 2) {
        let changed = PartialDecryption {
            proof: equality(&proof),
            ..part.clone()
        };
        flips.refused(sealed.verify(2, &public, &changed).is_ok(), "proof");
    }
    flips.were(32 + 32 + 4 + 1 + 9 + 6 + 3);
}

#[test]
fn a_decryptions_transcript() {
    let Decrypted { sums, public, part } = decrypted();
    let bytes: Vec<u8> = sums.iter().flat_map(Ciphertext::to_bytes).collect();
    let base = DecryptionStatement {
        ctx: &CTX,
        root: &ROOT,
        phase: 1,
        trustee: 2,
        share: &public,
        sums: &bytes,
        shares: &part.shares,
    };
    // α* and D* are kept as they were, so that nothing but the challenge c can notice.
    let (statement, w) = transcript::decryption(&base);
    let powers: Vec<Scalar> = crate::cheat::powers(w).take(3).collect();
    let combined = |points: Vec<&Point>| {
        let terms = powers.iter().zip(points);
        Point::from(
            terms
                .map(|(power, point)| power * point.element())
                .sum::<curve25519_dalek::RistrettoPoint>(),
        )
    };
    let alpha = combined(sums.iter().map(|sum| &sum.alpha).collect());
    let share = combined(part.shares.iter().collect());
    let holds = |statement: &DecryptionStatement<'_>| {
        let (changed, other) = transcript::decryption(statement);
        let verdict = part
            .proof
            .verify(changed, &public, alpha.element(), share.element());
        assert_eq!(verdict.is_ok(), other == w, "w is drawn from all of it too");
        verdict.is_ok()
    };
    assert!(holds(&base));

    let mut flips = Flips::of("decryption (transcript)");
    for ctx in flipped(&CTX) {
        flips.refused(holds(&DecryptionStatement { ctx: &ctx, ..base }), "ctx");
    }
    for root in flipped(&ROOT) {
        flips.refused(
            holds(&DecryptionStatement {
                root: &root,
                ..base
            }),
            "root",
        );
    }
    for phase in numbers(1) {
        flips.refused(holds(&DecryptionStatement { phase, ..base }), "phase");
    }
    for trustee in numbers(2) {
        flips.refused(holds(&DecryptionStatement { trustee, ..base }), "trustee");
    }
    let changed = DecryptionStatement {
        share: &moved(&public),
        ..base
    };
    flips.refused(holds(&changed), "share");
    for index in 0..bytes.len() {
        let mut sums = bytes.clone();
        sums[index] ^= 1;
        flips.refused(
            holds(&DecryptionStatement {
                sums: &sums,
                ..base
            }),
            "sums",
        );
    }
    for index in 0..3 {
        let mut shares = part.shares.clone();
        shares[index] = moved(&shares[index]);
        let shares = &shares;
        flips.refused(holds(&DecryptionStatement { shares, ..base }), "shares");
    }
    equations_are_bound(
        &mut flips,
        &part.proof,
        &statement,
        [&public, &alpha, &share],
    );
    flips.were(32 + 32 + 4 + 4 + 1 + 192 + 3 + 3 + 3);
}
