//! The issuers' proofs.

use urne_crypto::encoding::SecretScalar;
use urne_crypto::issuer::IssuerProof;
use urne_crypto::transcript::IssuerStatement;

use super::{Flips, flipped, moved, numbers, replaced_words};
use crate::sample::{rng, stranger};
use crate::script::encoded;

#[test]
fn an_issuers_proof_for_roll_add_and_replace() {
    let operations = ["roll", "add", "replace"];
    let secrets = [26, 27].map(|seed| SecretScalar::random(&mut rng(seed)));
    let halves = secrets.each_ref().map(SecretScalar::public);
    // Two rows: own half, the other issuer's half, weight, college.
    let rows: Vec<u8> = (28..)
        .zip(&halves)
        .flat_map(|(seed, half)| {
            let other = encoded(&stranger(seed));
            [
                half.bytes().as_slice(),
                &other,
                &[1, 0, 0, 0],
                &[2, 0, 0, 0],
            ]
            .concat()
        })
        .collect();
    assert_eq!(rows.len(), 144);
    for operation in operations {
        let base = IssuerStatement {
            election: &[1; 32],
            operation,
            issuer: 1,
            issuer_key: &[2; 32],
            chunk: 3,
            replaced: &[4; 32],
            rows: &rows,
        };
        let secrets: Vec<&SecretScalar> = secrets.iter().collect();
        let proof = IssuerProof::prove(&base, &secrets, &mut rng(30));
        let holds = |statement: IssuerStatement<'_>| proof.verify(&statement, &halves).is_ok();
        assert!(holds(IssuerStatement { ..base }));

        let mut flips = Flips::of(match operation {
            "roll" => "issuer, roll",
            "add" => "issuer, add",
            _ => "issuer, replace",
        });
        for election in flipped(base.election) {
            let election = &election;
            flips.refused(holds(IssuerStatement { election, ..base }), "election");
        }
        for operation in operations.into_iter().filter(|other| *other != operation) {
            flips.refused(holds(IssuerStatement { operation, ..base }), "operation");
        }
        for issuer in numbers(1) {
            flips.refused(holds(IssuerStatement { issuer, ..base }), "issuer");
        }
        for issuer_key in flipped(base.issuer_key) {
            let issuer_key = &issuer_key;
            flips.refused(holds(IssuerStatement { issuer_key, ..base }), "issuer key");
        }
        for chunk in numbers(3) {
            flips.refused(holds(IssuerStatement { chunk, ..base }), "chunk");
        }
        for replaced in flipped(base.replaced) {
            let replaced = &replaced;
            flips.refused(holds(IssuerStatement { replaced, ..base }), "replaced");
        }
        for index in 0..rows.len() {
            let mut rows = rows.clone();
            rows[index] ^= 1;
            let rows = &rows;
            flips.refused(holds(IssuerStatement { rows, ..base }), "rows");
        }
        let [first, second] = halves;
        for halves in [
            vec![moved(&first), second],
            vec![first, moved(&second)],
            vec![second, first],
            vec![first],
            vec![first, second, first],
            vec![],
        ] {
            flips.refused(proof.verify(&base, &halves).is_ok(), "halves");
        }
        for proof in replaced_words(&proof.to_bytes(), 1) {
            let proof = IssuerProof::decode(&proof).unwrap();
            flips.refused(proof.verify(&base, &halves).is_ok(), "proof");
        }
        flips.were(32 + 2 + 4 + 32 + 4 + 32 + 144 + 6 + 2);
    }
}
