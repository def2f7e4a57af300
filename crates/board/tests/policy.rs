//! The quorum rule.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use urne_board::checkpoint::CheckpointError;
use urne_board::note::NoteError;
use urne_board::policy::PolicyError;
use urne_board::{
    Checkpoint, KeyName, Policy, PublicKey, SignatureKind, SignedCheckpoint, SigningKey,
    VerifierKey, cosign,
};

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn key(name: &str, kind: SignatureKind, number: u8) -> VerifierKey {
    let public_key = PublicKey::from_bytes(&signer(number).verifying_key().to_bytes()).unwrap();
    VerifierKey::new(KeyName::new(name).unwrap(), kind, public_key)
}

fn log() -> VerifierKey {
    key("log.example", SignatureKind::Ed25519, 100)
}

fn witnesses(count: u8) -> Vec<VerifierKey> {
    (1..=count)
        .map(|n| key(&format!("w{n}.example"), SignatureKind::CosignatureV1, n))
        .collect()
}

fn cosigned_by(numbers: &[u8]) -> SignedCheckpoint {
    let checkpoint = Checkpoint::new(KeyName::new("log.example").unwrap(), 3, [1; 32]).unwrap();
    let mut signed = checkpoint.clone().sign(&signer(100)).unwrap();
    for n in numbers {
        let name = KeyName::new(&format!("w{n}.example")).unwrap();
        let line = cosign(&checkpoint, &name, &signer(*n), 1_000 + u64::from(*n)).unwrap();
        signed.add_cosignature(line).unwrap();
    }
    signed
}

#[test]
fn a_quorum_is_more_than_half_of_witnesses_and_liars() {
    for count in 1..=8usize {
        for liars in 0..=8usize {
            for quorum in 0..=9usize {
                let allowed = quorum <= count && 2 * quorum > count + liars;
                let policy = Policy::new(log(), witnesses(count as u8), quorum, liars);
                assert_eq!(
                    policy.is_ok(),
                    allowed,
                    "{quorum} of {count}, {liars} liars"
                );
            }
        }
    }
    assert_eq!(
        Policy::new(log(), witnesses(3), usize::MAX, 0),
        Err(PolicyError::Quorum)
    );
    assert_eq!(
        Policy::new(log(), witnesses(3), 3, usize::MAX),
        Err(PolicyError::Quorum)
    );
}

#[test]
fn a_policy_names_1_to_32_witnesses() {
    assert_eq!(
        Policy::new(log(), vec![], 0, 0),
        Err(PolicyError::Witnesses)
    );
    assert!(Policy::new(log(), witnesses(32), 17, 0).is_ok());
    assert_eq!(
        Policy::new(log(), witnesses(33), 17, 0),
        Err(PolicyError::Witnesses)
    );
}

#[test]
fn keys_are_of_their_kind_and_distinct() {
    let with = |witness: VerifierKey| {
        Policy::new(log(), vec![witnesses(1).remove(0), witness], 2, 0).map(drop)
    };
    let cosignature = SignatureKind::CosignatureV1;
    assert_eq!(with(key("w2.example", cosignature, 2)), Ok(()));
    assert_eq!(
        with(key("w2.example", SignatureKind::Ed25519, 2)),
        Err(PolicyError::Kind)
    );
    assert_eq!(
        with(key("w1.example", cosignature, 2)),
        Err(PolicyError::Duplicate)
    );
    assert_eq!(
        with(key("w2.example", cosignature, 1)),
        Err(PolicyError::Duplicate)
    );
    assert_eq!(
        with(key("log.example", cosignature, 2)),
        Err(PolicyError::Duplicate)
    );
    assert_eq!(
        with(key("w2.example", cosignature, 100)),
        Err(PolicyError::Duplicate)
    );
    let as_log = key("log.example", cosignature, 100);
    assert_eq!(
        Policy::without_witnesses(as_log.clone()),
        Err(PolicyError::Kind)
    );
    assert_eq!(
        Policy::new(as_log, witnesses(1), 1, 0),
        Err(PolicyError::Kind)
    );
}

#[test]
fn a_quorum_of_distinct_witnesses_suffices_and_fewer_do_not() {
    let policy = Policy::new(log(), witnesses(4), 3, 1).unwrap();
    let times = policy.verify(&cosigned_by(&[4, 1, 2])).unwrap();
    let times: Vec<_> = times
        .iter()
        .map(|t| (t.name.as_str(), t.timestamp_seconds))
        .collect();
    assert_eq!(
        times,
        [
            ("w1.example", 1_001),
            ("w2.example", 1_002),
            ("w4.example", 1_004)
        ]
    );
    assert_eq!(policy.verify(&cosigned_by(&[1, 2, 3, 4])).unwrap().len(), 4);
    let too_few = |cosigned| {
        Err(PolicyError::TooFewCosignatures {
            cosigned,
            quorum: 3,
        })
    };
    assert_eq!(policy.verify(&cosigned_by(&[1, 2])), too_few(2));
    // A witness the policy does not name.
    assert_eq!(policy.verify(&cosigned_by(&[1, 2, 5])), too_few(2));
    // One witness several times.
    let repeated = cosigned_by(&[1, 2]);
    let line = repeated.signatures()[2].to_string();
    let repeated = SignedCheckpoint::parse(format!("{repeated}{line}{line}").as_bytes()).unwrap();
    assert_eq!(policy.verify(&repeated), too_few(2));
}

#[test]
fn the_log_has_to_sign_too() {
    let policy = Policy::new(log(), witnesses(1), 1, 0).unwrap();
    let text = cosigned_by(&[1]).to_string();
    let unsigned = text.replacen("— log.example ", "— not-log.example ", 1);
    let unsigned = SignedCheckpoint::parse(unsigned.as_bytes()).unwrap();
    assert_eq!(policy.verify(&unsigned), Err(NoteError::Unsigned.into()));
    let other_origin = key("other.example", SignatureKind::Ed25519, 100);
    let policy = Policy::without_witnesses(other_origin).unwrap();
    assert_eq!(
        policy.verify(&cosigned_by(&[])),
        Err(CheckpointError::Origin.into())
    );
}

#[test]
fn a_cosignature_that_does_not_hold_refuses_the_checkpoint_despite_a_quorum() {
    let policy = Policy::new(log(), witnesses(3), 2, 0).unwrap();
    let good = cosigned_by(&[1, 2]);
    assert!(policy.verify(&good).is_ok());
    let other = Checkpoint::new(KeyName::new("log.example").unwrap(), 4, [1; 32]).unwrap();
    let line = cosign(&other, &KeyName::new("w3.example").unwrap(), &signer(3), 5).unwrap();
    let spoilt = SignedCheckpoint::parse(format!("{good}{line}").as_bytes()).unwrap();
    assert_eq!(
        policy.verify(&spoilt),
        Err(NoteError::InvalidSignature.into())
    );
}

#[test]
fn without_witnesses_the_logs_signature_suffices() {
    let policy = Policy::without_witnesses(log()).unwrap();
    assert_eq!(policy.verify(&cosigned_by(&[])), Ok(vec![]));
    assert_eq!(
        policy.to_tlog_policy(),
        format!("log {}\nquorum none\n", log())
    );
}

#[test]
fn the_rule_is_written_as_a_tlog_policy() {
    let keys = witnesses(3);
    let policy = Policy::new(log(), keys.clone(), 2, 0).unwrap();
    let expected = format!(
        "log {}\nwitness w1 {}\nwitness w2 {}\nwitness w3 {}\ngroup witnesses 2 w1 w2 w3\nquorum witnesses\n",
        log(),
        keys[0],
        keys[1],
        keys[2]
    );
    assert_eq!(policy.to_tlog_policy(), expected);
}
