//! A deal that is read is written again byte for byte, and no damaged deal is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_crypto::ceremony::Setup;
use urne_crypto::ceremony::deal::{Deal, DealBytes, SHARE_LENGTH};
use urne_election::entry::{Entry, SignedEntry};
use urne_fuzz::{Damage, sample};

fn concatenated(bytes: &DealBytes) -> Vec<u8> {
    let DealBytes {
        commitments,
        ephemeral,
        shares,
        proof,
    } = bytes;
    [&commitments[..], ephemeral, shares, proof].concat()
}

/// The fixed lengths at the end, the rest to the commitments.
fn taken_apart(bytes: &[u8], trustees: usize) -> Option<DealBytes> {
    let (bytes, proof) = bytes.split_last_chunk()?;
    let shares = bytes.len().checked_sub(trustees * SHARE_LENGTH)?;
    let (bytes, shares) = bytes.split_at(shares);
    let (commitments, ephemeral) = bytes.split_last_chunk()?;
    Some(DealBytes {
        commitments: commitments.to_vec(),
        ephemeral: *ephemeral,
        shares: shares.to_vec(),
        proof: *proof,
    })
}

fuzz_target!(|damage: Damage| {
    let sample = sample();
    let constants = sample.town.server.replica().election().constants();
    let trustees = &constants.manifest.trustees;
    let setup = Setup {
        election: constants.id,
        threshold: constants.manifest.threshold,
        signing_keys: trustees.iter().map(|trustee| trustee.key).collect(),
        encryption_keys: trustees.iter().map(|trustee| trustee.encryption).collect(),
    };
    let deals: Vec<Vec<u8>> = sample.board()[1..]
        .iter()
        .filter_map(
            |bytes| match SignedEntry::decode(bytes, &sample.shape).ok()?.entry {
                Entry::Deal(deal) => Some(concatenated(&deal.bytes)),
                _ => None,
            },
        )
        .collect();
    let bytes = damage.done_to(&deals);
    let Some(parts) = taken_apart(&bytes, trustees.len()) else {
        return;
    };
    if let Ok(deal) = Deal::decode(&setup, &parts) {
        assert_eq!(deal.to_bytes(), parts);
        assert_eq!(deal.check(&setup, 1).is_ok(), bytes == deals[0]);
    }
});
