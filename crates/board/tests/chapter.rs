//! The worked examples in `spec/board.md` are what this crate computes.
//!
//! Each example is a block of text that has to stand in the chapter to the byte. Where one does
//! not, the test fails and shows the block.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use urne_board::cosignature::cosigned_message;
use urne_board::tile::{encode_tile, tiles_for_size};
use urne_board::witness::AddCheckpoint;
use urne_board::{
    Checkpoint, Hash, KeyName, Policy, PublicKey, SignatureKind, SignedCheckpoint, SigningKey,
    TlogProof, Tree, VerifierKey, cosign, empty_root, encode_bundle, entries_path, leaf_hash,
    node_hash, tile_path,
};

const CHAPTER: &str = include_str!("../../../spec/board.md");
const ORIGIN: &str = "log.example/urne/1";
const TIME: u64 = 1_700_000_000;

fn in_chapter(example: &str) {
    assert!(
        CHAPTER.contains(&format!("```\n{example}```\n")),
        "not in the chapter:\n```\n{example}```"
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entries() -> Vec<Vec<u8>> {
    (0..7)
        .map(|index| format!("entry {index}").into_bytes())
        .collect()
}

fn tree() -> Tree {
    let mut tree = Tree::new();
    for entry in entries() {
        tree.push(leaf_hash(&entry));
    }
    tree
}

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn name(name: &str) -> KeyName {
    KeyName::new(name).unwrap()
}

fn key(key_name: &str, kind: SignatureKind, number: u8) -> VerifierKey {
    let public_key = PublicKey::from_bytes(&signer(number).verifying_key().to_bytes()).unwrap();
    VerifierKey::new(name(key_name), kind, public_key)
}

fn log() -> VerifierKey {
    key(ORIGIN, SignatureKind::Ed25519, 1)
}

fn witnesses() -> Vec<VerifierKey> {
    (1..=3)
        .map(|number| {
            key(
                &format!("w{number}.example"),
                SignatureKind::CosignatureV1,
                1 + number,
            )
        })
        .collect()
}

fn checkpoint() -> Checkpoint {
    Checkpoint::new(name(ORIGIN), 7, tree().root()).unwrap()
}

fn cosigned() -> SignedCheckpoint {
    let mut signed = checkpoint().sign(&signer(1)).unwrap();
    for (number, time) in [(1, TIME), (3, TIME + 2)] {
        let name = name(&format!("w{number}.example"));
        signed
            .add_cosignature(cosign(&checkpoint(), &name, &signer(1 + number), time).unwrap())
            .unwrap();
    }
    signed
}

#[test]
fn hashes() {
    let tree = tree();
    let leaves: Vec<Hash> = entries().iter().map(|entry| leaf_hash(entry)).collect();
    let mut text = String::new();
    for (entry, leaf) in entries().iter().zip(&leaves) {
        let entry = String::from_utf8(entry.clone()).unwrap();
        writeln!(text, "leaf(\"{entry}\")  {}", hex(leaf)).unwrap();
    }
    writeln!(
        text,
        "node(leaf 0, 1)  {}",
        hex(&node_hash(&leaves[0], &leaves[1]))
    )
    .unwrap();
    writeln!(text, "root of size 0   {}", hex(&empty_root())).unwrap();
    for size in 1..=7 {
        writeln!(
            text,
            "root of size {size}   {}",
            hex(&tree.root_at(size).unwrap())
        )
        .unwrap();
    }
    in_chapter(&text);
}

#[test]
fn tile_names() {
    let mut text = String::new();
    for index in [0, 7, 999, 1_000, 1_234_067] {
        let full = tile_path(0, index, 256).unwrap();
        let partial = entries_path(index, 5).unwrap();
        writeln!(text, "{index:<10} {full:<26} {partial}").unwrap();
    }
    in_chapter(&text);

    let mut text = String::new();
    for size in [0, 7, 256, 257, 600] {
        let tiles: Vec<String> = tiles_for_size(size).map(|tile| tile.path()).collect();
        writeln!(
            text,
            "{}",
            format!("{size:<5} {}", tiles.join("  ")).trim_end()
        )
        .unwrap();
    }
    in_chapter(&text);

    let last: Vec<String> = tiles_for_size(70_000)
        .skip(272)
        .map(|tile| tile.path())
        .collect();
    let expected = [
        "tile/0/272",
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ];
    assert_eq!(last, expected);
    for path in expected {
        assert!(CHAPTER.contains(&format!("`{path}`")), "{path}");
    }
}

#[test]
fn bundle_and_tile() {
    let bundle = hex(&encode_bundle(&entries()).unwrap());
    let mut text = format!("{} (63 bytes)\n", entries_path(0, 7).unwrap());
    assert_eq!(bundle.len(), 2 * 63);
    for line in bundle.as_bytes().chunks(2 * 9) {
        writeln!(text, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    in_chapter(&text);
    let leaves: Vec<Hash> = entries().iter().map(|entry| leaf_hash(entry)).collect();
    assert_eq!(encode_tile(&leaves).unwrap(), leaves.concat());
}

#[test]
fn keys() {
    let mut text = String::new();
    for (seed, key) in [(1, log()), (2, witnesses().remove(0))] {
        writeln!(text, "seed        {}", hex(&[seed; 32])).unwrap();
        writeln!(text, "name        {}", key.name()).unwrap();
        writeln!(text, "public key  {}", hex(key.public_key().as_bytes())).unwrap();
        writeln!(text, "key id      {}", hex(&key.key_id())).unwrap();
        writeln!(text, "vkey        {key}").unwrap();
    }
    in_chapter(&text);
}

#[test]
fn checkpoint_with_cosignatures() {
    in_chapter(&cosigned().to_string());
    in_chapter(&cosigned_message(&checkpoint(), TIME));
    let mut text = String::new();
    for (who, line) in ["log", "w1", "w3"].into_iter().zip(cosigned().signatures()) {
        writeln!(text, "{who:<4} key id     {}", hex(&line.key_id())).unwrap();
        let (timestamp, signature) = line.signature().split_at(line.signature().len() - 64);
        if !timestamp.is_empty() {
            writeln!(text, "     timestamp  {}", hex(timestamp)).unwrap();
        }
        writeln!(text, "     signature  {}", hex(&signature[..32])).unwrap();
        writeln!(text, "                {}", hex(&signature[32..])).unwrap();
    }
    in_chapter(&text);
    let policy = Policy::new(log(), witnesses(), 2, 0).unwrap();
    assert_eq!(policy.verify(&cosigned()).unwrap().len(), 2);
    in_chapter(&policy.to_tlog_policy());
}

/// The chapter's inclusion algorithm, written from its text, line by line with its states.
#[test]
fn inclusion_of_entries_5_and_6() {
    let tree = tree();
    let mut text = String::new();
    for index in [5u64, 6] {
        let proof = tree.inclusion_proof(index, 7).unwrap();
        let mut hash = leaf_hash(&entries()[index as usize]);
        let (mut position, mut last) = (index, 6);
        writeln!(text, "index {index}, size 7").unwrap();
        writeln!(text, "a={position} b={last} h={}", hex(&hash)).unwrap();
        for sibling in &proof {
            writeln!(text, "  p={}", hex(sibling)).unwrap();
            if position % 2 == 1 || position == last {
                hash = node_hash(sibling, &hash);
                while position % 2 == 0 && position != 0 {
                    (position, last) = (position / 2, last / 2);
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            (position, last) = (position / 2, last / 2);
            writeln!(text, "a={position} b={last} h={}", hex(&hash)).unwrap();
        }
        assert_eq!((last, hash), (0, tree.root()));
    }
    in_chapter(&text);
}

/// The chapter's consistency algorithm, written from its text, line by line with its states.
#[test]
fn consistency_from_3_and_4_to_7() {
    let tree = tree();
    let mut text = String::new();
    for old_size in [3u64, 4] {
        let old_root = tree.root_at(old_size).unwrap();
        let mut hashes = tree.consistency_proof(old_size, 7).unwrap();
        if old_size.is_power_of_two() {
            hashes.insert(0, old_root);
        }
        let (mut position, mut last) = (old_size - 1, 6);
        while position % 2 == 1 {
            (position, last) = (position / 2, last / 2);
        }
        let (mut old_hash, mut new_hash) = (hashes[0], hashes[0]);
        writeln!(text, "from {old_size} to 7").unwrap();
        writeln!(text, "a={position} b={last} o=n={}", hex(&old_hash)).unwrap();
        for hash in &hashes[1..] {
            writeln!(text, "  p={}", hex(hash)).unwrap();
            if position % 2 == 1 || position == last {
                old_hash = node_hash(hash, &old_hash);
                new_hash = node_hash(hash, &new_hash);
                while position % 2 == 0 && position != 0 {
                    (position, last) = (position / 2, last / 2);
                }
            } else {
                new_hash = node_hash(&new_hash, hash);
            }
            (position, last) = (position / 2, last / 2);
            writeln!(text, "a={position} b={last} o={}", hex(&old_hash)).unwrap();
            writeln!(text, "        n={}", hex(&new_hash)).unwrap();
        }
        assert_eq!((last, old_hash, new_hash), (0, old_root, tree.root()));
    }
    in_chapter(&text);
}

#[test]
fn proof_file() {
    in_chapter(
        &TlogProof::prove(&tree(), 5, cosigned())
            .unwrap()
            .to_string(),
    );
}

#[test]
fn witness_request() {
    let proof = tree().consistency_proof(3, 7).unwrap();
    let signed = checkpoint().sign(&signer(1)).unwrap();
    in_chapter(&AddCheckpoint::new(3, proof, signed).unwrap().body());
}
