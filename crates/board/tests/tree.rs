//! The tree against published values, an independent implementation, and forged proofs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof};
use proptest::prelude::*;
use sha2::Sha256;
use urne_board::tree::TreeProofError;
use urne_board::{
    Frontier, Hash, Tree, empty_root, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};

fn hash(hex: &str) -> Hash {
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    bytes.try_into().unwrap()
}

fn tree_of(size: u64) -> Tree {
    let mut tree = Tree::new();
    for index in 0..size {
        tree.push(leaf_hash(&index.to_be_bytes()));
    }
    tree
}

/// The entries and roots of the Certificate Transparency reference implementation's tree tests
/// (google/certificate-transparency, `merkle_tree_test`).
const ENTRIES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_the_published_ones() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(empty_root(), hash(empty));
    let (mut tree, mut frontier) = (Tree::new(), Frontier::new());
    assert_eq!((tree.root(), frontier.root()), (hash(empty), hash(empty)));
    for (index, (entry, root)) in (0..).zip(ENTRIES.iter().zip(ROOTS)) {
        assert_eq!(tree.push(leaf_hash(entry)), index);
        assert_eq!(frontier.push(leaf_hash(entry)), index);
        assert_eq!((tree.size(), frontier.size()), (index + 1, index + 1));
        assert_eq!((tree.root(), frontier.root()), (hash(root), hash(root)));
    }
}

#[test]
fn a_tree_gives_the_roots_of_all_its_sizes_and_of_no_other() {
    let tree = tree_of(70);
    for size in 0..=70 {
        assert_eq!(tree.root_at(size), Some(tree_of(size).root()), "{size}");
    }
    assert_eq!(tree.root_at(71), None);
}

/// The paths of the seven-leaf example of RFC 6962 section 2.1.3, written out by hand.
#[test]
fn the_example_of_rfc_6962_has_its_paths() {
    let mut tree = Tree::new();
    let leaves: Vec<Hash> = (0..7u8).map(|i| leaf_hash(&[b'0' + i])).collect();
    for leaf in &leaves {
        tree.push(*leaf);
    }
    let (a, b, c, d) = (leaves[0], leaves[1], leaves[2], leaves[3]);
    let (e, f, j) = (leaves[4], leaves[5], leaves[6]);
    let (g, h, i) = (node_hash(&a, &b), node_hash(&c, &d), node_hash(&e, &f));
    let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
    assert_eq!(tree.root(), node_hash(&k, &l));
    assert_eq!(tree.inclusion_proof(0, 7), Some(vec![b, h, l]));
    assert_eq!(tree.inclusion_proof(3, 7), Some(vec![c, g, l]));
    assert_eq!(tree.inclusion_proof(4, 7), Some(vec![f, j, k]));
    assert_eq!(tree.inclusion_proof(6, 7), Some(vec![i, k]));
    assert_eq!(tree.consistency_proof(3, 7), Some(vec![c, d, g, l]));
    assert_eq!(tree.consistency_proof(4, 7), Some(vec![l]));
    assert_eq!(tree.consistency_proof(6, 7), Some(vec![i, j, k]));
}

#[test]
fn every_proof_up_to_300_entries_is_the_independent_implementations() {
    let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    let ours = tree_of(300);
    for size in 1..=300u64 {
        theirs.push((size - 1).to_be_bytes());
        let root = ours.root_at(size).unwrap();
        assert_eq!(root.as_slice(), theirs.root().as_bytes().as_slice());
        for index in 0..size {
            let proof = ours.inclusion_proof(index, size).unwrap();
            assert_eq!(
                proof.concat(),
                theirs.prove_inclusion(index as usize).as_bytes()
            );
            let leaf = leaf_hash(&index.to_be_bytes());
            assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()));
            let their_proof = InclusionProof::from_bytes(proof.concat());
            assert!(
                theirs
                    .root()
                    .verify_inclusion(&index.to_be_bytes(), index, &their_proof)
                    .is_ok()
            );
        }
        for old in 1..size {
            let proof = ours.consistency_proof(old, size).unwrap();
            let additions = (size - old) as usize;
            assert_eq!(
                proof.concat(),
                theirs.prove_consistency(additions).as_bytes()
            );
            let old_root = ours.root_at(old).unwrap();
            assert_eq!(
                verify_consistency(old, &old_root, size, &root, &proof),
                Ok(())
            );
            assert!(ConsistencyProof::<Sha256>::try_from_bytes(proof.concat()).is_ok());
        }
    }
}

#[test]
fn roots_up_to_1030_entries_are_the_independent_implementations() {
    let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    let mut frontier = Frontier::new();
    for index in 0..1030u64 {
        theirs.push(index.to_be_bytes());
        frontier.push(leaf_hash(&index.to_be_bytes()));
        assert_eq!(
            frontier.root().as_slice(),
            theirs.root().as_bytes().as_slice(),
            "{index}"
        );
    }
}

#[test]
fn there_are_no_proofs_outside_the_tree() {
    let tree = tree_of(5);
    assert_eq!(tree.inclusion_proof(5, 5), None);
    assert_eq!(tree.inclusion_proof(3, 3), None);
    assert_eq!(tree.inclusion_proof(0, 6), None);
    assert_eq!(tree.consistency_proof(4, 3), None);
    assert_eq!(tree.consistency_proof(4, 6), None);
    assert_eq!(tree.inclusion_proof(0, 1), Some(vec![]));
}

#[test]
fn an_index_outside_the_tree_is_refused() {
    let leaf = leaf_hash(b"x");
    assert_eq!(verify_inclusion(&leaf, 0, 1, &[], &leaf), Ok(()));
    assert_eq!(
        verify_inclusion(&leaf, 1, 1, &[], &leaf),
        Err(TreeProofError::OutsideTree)
    );
    assert_eq!(
        verify_inclusion(&leaf, 0, 0, &[], &leaf),
        Err(TreeProofError::OutsideTree)
    );
}

#[test]
fn from_the_empty_tree_the_proof_is_empty() {
    let tree = tree_of(3);
    let root = tree.root();
    assert_eq!(tree.consistency_proof(0, 3), Some(vec![]));
    assert_eq!(verify_consistency(0, &empty_root(), 3, &root, &[]), Ok(()));
    assert_eq!(
        verify_consistency(0, &root, 3, &root, &[]),
        Err(TreeProofError::RootMismatch)
    );
    assert_eq!(
        verify_consistency(0, &empty_root(), 3, &root, &[root]),
        Err(TreeProofError::WrongLength)
    );
}

#[test]
fn between_equal_sizes_the_proof_is_empty_and_the_roots_equal() {
    let tree = tree_of(3);
    let (root, other) = (tree.root(), tree.root_at(2).unwrap());
    assert_eq!(tree.consistency_proof(3, 3), Some(vec![]));
    assert_eq!(verify_consistency(3, &root, 3, &root, &[]), Ok(()));
    assert_eq!(
        verify_consistency(3, &other, 3, &root, &[]),
        Err(TreeProofError::RootMismatch)
    );
    assert_eq!(
        verify_consistency(3, &root, 3, &root, &[root]),
        Err(TreeProofError::WrongLength)
    );
}

#[test]
fn a_tree_does_not_shrink() {
    let tree = tree_of(4);
    let (old, new) = (tree.root(), tree.root_at(2).unwrap());
    let proof = tree.consistency_proof(2, 4).unwrap();
    assert_eq!(
        verify_consistency(4, &old, 2, &new, &proof),
        Err(TreeProofError::OutsideTree)
    );
}

#[test]
fn inclusion_proofs_of_another_length_are_refused() {
    let tree = tree_of(20);
    for size in 1..=20 {
        let root = tree.root_at(size).unwrap();
        for index in 0..size {
            let leaf = leaf_hash(&index.to_be_bytes());
            let mut proof = tree.inclusion_proof(index, size).unwrap();
            let dropped = proof.pop();
            if dropped.is_some() {
                let result = verify_inclusion(&leaf, index, size, &proof, &root);
                assert_eq!(result, Err(TreeProofError::WrongLength));
            }
            proof.extend(dropped);
            proof.push(root);
            let result = verify_inclusion(&leaf, index, size, &proof, &root);
            assert_eq!(result, Err(TreeProofError::WrongLength));
        }
    }
}

#[test]
fn consistency_proofs_of_another_length_are_refused() {
    let tree = tree_of(20);
    for new in 2..=20 {
        let new_root = tree.root_at(new).unwrap();
        for old in 1..new {
            let old_root = tree.root_at(old).unwrap();
            let mut proof = tree.consistency_proof(old, new).unwrap();
            let dropped = proof.pop();
            let result = verify_consistency(old, &old_root, new, &new_root, &proof);
            assert_eq!(result, Err(TreeProofError::WrongLength), "{old} {new}");
            proof.extend(dropped);
            proof.push(new_root);
            let result = verify_consistency(old, &old_root, new, &new_root, &proof);
            assert_eq!(result, Err(TreeProofError::WrongLength), "{old} {new}");
        }
    }
}

#[test]
fn a_proof_holds_for_its_own_index_and_sizes_only() {
    let tree = tree_of(33);
    let root = tree.root();
    for index in 0..33u64 {
        let leaf = leaf_hash(&index.to_be_bytes());
        let proof = tree.inclusion_proof(index, 33).unwrap();
        for other in (0..33).filter(|other| *other != index) {
            assert!(verify_inclusion(&leaf, other, 33, &proof, &root).is_err());
        }
    }
    let old_root = tree.root_at(13).unwrap();
    let proof = tree.consistency_proof(13, 33).unwrap();
    for other in (1..33).filter(|other| *other != 13) {
        assert!(
            verify_consistency(other, &old_root, 33, &root, &proof).is_err(),
            "{other}"
        );
    }
}

#[test]
fn the_largest_sizes_do_not_overflow() {
    let leaf = leaf_hash(b"x");
    let long = [leaf; 70];
    for size in [u64::MAX, 1 << 63, (1 << 63) + 1] {
        for index in [0, 1, size / 2, size - 1] {
            assert!(verify_inclusion(&leaf, index, size, &long, &leaf).is_err());
            assert!(verify_inclusion(&leaf, index, size, &[], &leaf).is_err());
            assert!(verify_consistency(index, &leaf, size, &leaf, &long).is_err());
            assert!(verify_consistency(index, &leaf, size, &leaf, &[]).is_err());
        }
    }
}

proptest! {
    #[test]
    fn a_changed_bit_anywhere_is_refused(
        size in 2u64..300,
        position in any::<prop::sample::Index>(),
        other_position in any::<prop::sample::Index>(),
        hash_position in any::<prop::sample::Index>(),
        bit in 0usize..256,
    ) {
        let tree = tree_of(size);
        let root = tree.root();
        let flip = |hash: &Hash| {
            let mut flipped = *hash;
            flipped[bit / 8] ^= 1 << (bit % 8);
            flipped
        };

        let index = position.index(size as usize) as u64;
        let leaf = leaf_hash(&index.to_be_bytes());
        let proof = tree.inclusion_proof(index, size).unwrap();
        let mut forged = proof.clone();
        let target = hash_position.index(forged.len());
        forged[target] = flip(&forged[target]);
        prop_assert!(verify_inclusion(&leaf, index, size, &forged, &root).is_err());
        prop_assert!(verify_inclusion(&flip(&leaf), index, size, &proof, &root).is_err());
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &flip(&root)).is_err());

        let old = 1 + other_position.index(size as usize - 1) as u64;
        let old_root = tree.root_at(old).unwrap();
        let proof = tree.consistency_proof(old, size).unwrap();
        let mut forged = proof.clone();
        let target = hash_position.index(forged.len());
        forged[target] = flip(&forged[target]);
        prop_assert!(verify_consistency(old, &old_root, size, &root, &proof).is_ok());
        prop_assert!(verify_consistency(old, &old_root, size, &root, &forged).is_err());
        prop_assert!(verify_consistency(old, &flip(&old_root), size, &root, &proof).is_err());
        prop_assert!(verify_consistency(old, &old_root, size, &flip(&root), &proof).is_err());
    }
}
