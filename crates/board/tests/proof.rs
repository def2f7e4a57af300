//! Proofs that an entry is on the board.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use urne_board::checkpoint::CheckpointError;
use urne_board::policy::PolicyError;
use urne_board::proof::ProofError;
use urne_board::tree::TreeProofError;
use urne_board::{
    Checkpoint, KeyName, Policy, PublicKey, SignatureKind, SignedCheckpoint, SigningKey, TlogProof,
    Tree, VerifierKey, cosign, leaf_hash,
};

fn name(name: &str) -> KeyName {
    KeyName::new(name).unwrap()
}

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn key(key_name: &str, kind: SignatureKind, number: u8) -> VerifierKey {
    let public_key = PublicKey::from_bytes(&signer(number).verifying_key().to_bytes()).unwrap();
    VerifierKey::new(name(key_name), kind, public_key)
}

fn policy() -> Policy {
    let log = key("log.example", SignatureKind::Ed25519, 1);
    let witness = key("w.example", SignatureKind::CosignatureV1, 2);
    Policy::new(log, vec![witness], 1, 0).unwrap()
}

fn tree(size: u8) -> Tree {
    let mut tree = Tree::new();
    for entry in 0..size {
        tree.push(leaf_hash(&[entry]));
    }
    tree
}

fn cosigned(size: u8) -> SignedCheckpoint {
    let checkpoint =
        Checkpoint::new(name("log.example"), u64::from(size), tree(size).root()).unwrap();
    let mut signed = checkpoint.clone().sign(&signer(1)).unwrap();
    signed
        .add_cosignature(cosign(&checkpoint, &name("w.example"), &signer(2), 77).unwrap())
        .unwrap();
    signed
}

fn proof(index: u64, size: u8) -> TlogProof {
    TlogProof::prove(&tree(20), index, cosigned(size)).unwrap()
}

#[test]
fn a_proof_survives_its_file_and_verifies() {
    for size in 1..=20 {
        for index in 0..size {
            let written = proof(index.into(), size).to_string();
            let read = TlogProof::parse(written.as_bytes()).unwrap();
            assert_eq!(read.to_string(), written);
            let times = read.verify(&[index], &policy()).unwrap();
            assert_eq!(times[0].timestamp_seconds, 77);
        }
    }
}

#[test]
fn the_file_has_the_published_lines() {
    let written = proof(5, 7).to_string();
    let lines: Vec<_> = written.lines().collect();
    assert_eq!(lines[..2], ["c2sp.org/tlog-proof@v1", "index 5"]);
    assert_eq!(
        lines[2..5]
            .iter()
            .map(|line| line.len())
            .collect::<Vec<_>>(),
        [44, 44, 44]
    );
    assert_eq!(lines[5..8], ["", "log.example", "7"]);
    let (extra, index) = (Some(b"note".to_vec()), 5);
    let with_extra = TlogProof::new(
        extra,
        index,
        proof(5, 7).inclusion_proof().to_vec(),
        cosigned(7),
    )
    .unwrap();
    assert!(
        with_extra
            .to_string()
            .starts_with("c2sp.org/tlog-proof@v1\nextra bm90ZQ==\nindex 5\n")
    );
    let read = TlogProof::parse(with_extra.to_string().as_bytes()).unwrap();
    assert_eq!(read.extra(), Some(&b"note"[..]));
    assert_eq!(read, with_extra);
}

#[test]
fn another_entry_index_or_checkpoint_is_refused() {
    let good = proof(5, 7);
    assert!(good.verify(&[5], &policy()).is_ok());
    let mismatch = Err(TreeProofError::RootMismatch.into());
    assert_eq!(good.verify(&[6], &policy()), mismatch);
    let with = |index, checkpoint| {
        TlogProof::new(None, index, good.inclusion_proof().to_vec(), checkpoint).unwrap()
    };
    assert_eq!(with(4, cosigned(7)).verify(&[5], &policy()), mismatch);
    assert_eq!(with(5, cosigned(8)).verify(&[5], &policy()), mismatch);
    let outside = Err(TreeProofError::OutsideTree.into());
    assert_eq!(with(7, cosigned(7)).verify(&[5], &policy()), outside);
    let longer = [good.inclusion_proof(), &[[0; 32]]].concat();
    let longer = TlogProof::new(None, 5, longer, cosigned(7)).unwrap();
    assert_eq!(
        longer.verify(&[5], &policy()),
        Err(TreeProofError::WrongLength.into())
    );
}

#[test]
fn a_proof_needs_the_policys_signatures() {
    let checkpoint = Checkpoint::new(name("log.example"), 7, tree(7).root()).unwrap();
    let signed = checkpoint.sign(&signer(1)).unwrap();
    let proof = TlogProof::prove(&tree(7), 5, signed).unwrap();
    let too_few = PolicyError::TooFewCosignatures {
        cosigned: 0,
        quorum: 1,
    };
    assert_eq!(proof.verify(&[5], &policy()), Err(too_few.into()));
}

#[test]
fn there_is_no_proof_outside_the_tree() {
    let outside = Err(TreeProofError::OutsideTree.into());
    assert_eq!(TlogProof::prove(&tree(20), 7, cosigned(7)), outside);
    assert_eq!(TlogProof::prove(&tree(6), 5, cosigned(7)), outside);
}

#[test]
fn malformed_proofs_are_refused() {
    let good = proof(5, 7).to_string();
    let hash = good.lines().nth(2).unwrap().to_owned();
    for refused in [
        String::new(),
        good.replacen("@v1", "@v2", 1),
        good.replacen("c2sp", " c2sp", 1),
        good.replacen("c2sp.org/tlog-proof@v1\n", "", 1),
        good.replacen("index 5\n", "", 1),
        good.replacen("index 5", "index 05", 1),
        good.replacen("index 5", "index  5", 1),
        good.replacen("index 5", "index", 1),
        good.replacen("index 5", "Index 5", 1),
        good.replacen("index 5\n", "index 5\nextra AAAA\n", 1),
        good.replacen("index 5\n", "extra AAAA\nextra AAAA\nindex 5\n", 1),
        good.replacen("index 5\n", "extra AB==\nindex 5\n", 1),
        good.replacen("index 5\n", "extra\nindex 5\n", 1),
        good.replacen(&hash, &hash[..43], 1),
        good.replacen(&hash, &format!("{hash} "), 1),
        good.replacen("\n\n", "\n", 2),
        good.replacen("@v1\n", "@v1\r\n", 1),
    ] {
        assert_eq!(
            TlogProof::parse(refused.as_bytes()),
            Err(ProofError::Malformed),
            "{refused:?}"
        );
    }
    assert_eq!(TlogProof::parse(b"\xff"), Err(ProofError::Malformed));
    let empty_extra = good.replacen("index 5\n", "extra \nindex 5\n", 1);
    assert_eq!(
        TlogProof::parse(empty_extra.as_bytes()),
        Err(ProofError::Extra)
    );
    let spoilt = good.replacen("\n7\n", "\n7\n\n", 1);
    let error = TlogProof::parse(spoilt.as_bytes());
    assert_eq!(error, Err(ProofError::Checkpoint(CheckpointError::Lines)));
    let trailing = TlogProof::parse(format!("{good}\n").as_bytes());
    assert!(matches!(trailing, Err(ProofError::Checkpoint(_))));
}

#[test]
fn extra_data_and_hashes_are_bounded() {
    let new = |extra: usize, hashes: usize| {
        TlogProof::new(Some(vec![7; extra]), 5, vec![[1; 32]; hashes], cosigned(7))
    };
    let largest = new(65_535, 63).unwrap();
    assert_eq!(
        TlogProof::parse(largest.to_string().as_bytes()),
        Ok(largest.clone())
    );
    assert_eq!(new(0, 1), Err(ProofError::Extra));
    assert_eq!(new(65_536, 1), Err(ProofError::Extra));
    assert_eq!(new(1, 64), Err(ProofError::TooManyHashes));
    let hash = largest.to_string().lines().nth(3).unwrap().to_owned() + "\n";
    let too_many = largest.to_string().replacen(&hash, &hash.repeat(2), 1);
    assert_eq!(
        TlogProof::parse(too_many.as_bytes()),
        Err(ProofError::TooManyHashes)
    );
    assert_eq!(
        TlogProof::parse(&vec![b'x'; 300_000]),
        Err(ProofError::TooLong)
    );
}

proptest! {
    #[test]
    fn a_changed_bit_is_refused(position in 0usize..700, bit in 0u8..8) {
        let good = proof(5, 7).to_string().into_bytes();
        let mut bytes = good.clone();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        if let Ok(read) = TlogProof::parse(&bytes) {
            prop_assert_eq!(read.to_string().into_bytes(), bytes);
            prop_assert!(read.verify(&[5], &policy()).is_err());
        }
    }
}
