//! What a receipt is worth: it must be signed, speak of one ballot, and then the board says what became of it.

use urne_board::proof::TlogProof;
use urne_client::issuer::signed_change;
use urne_client::receipt::{Fate, ReceiptError, fate, has_voted, verify};
use urne_client::voter::slot;
use urne_crypto::ballot::Slot;
use urne_crypto::encoding::SecretScalar;
use urne_election::entry::{Operation, Reason};
use urne_election::phase::Check;
use urne_election::receipt::Receipt;
use urne_election::roll::{Issued, Row};

use crate::setting::{SERVER, Setting, checkpoint_by, copy, key, receipt};

/// The same receipt with a change, signed by the server again.
fn resigned(receipt: &Receipt, change: impl FnOnce(&mut Receipt)) -> Receipt {
    let mut changed = receipt.clone();
    change(&mut changed);
    let Receipt {
        election,
        entry,
        tracker,
        index,
        size,
        proof,
        ..
    } = changed;
    Receipt::sign(&key(SERVER), election, entry, tracker, index, (size, proof))
}

#[test]
fn a_ballot_counts_until_it_is_replaced() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let first = receipt(&setting.replica, index, tracker);
    assert_eq!(verify(&first, &setting.replica), Ok(()));
    assert_eq!(fate(&first, &setting.replica), Ok(Fate::Counts));
    // Another voter's ballot changes nothing.
    setting.vote(1);
    assert_eq!(fate(&first, &setting.replica), Ok(Fate::Counts));
    let (by, tracker) = setting.vote(0);
    let second = receipt(&setting.replica, by, tracker);
    assert_eq!(fate(&first, &setting.replica), Ok(Fate::Replaced { by }));
    assert_eq!(fate(&second, &setting.replica), Ok(Fate::Counts));
    setting.vote(0);
    assert_eq!(fate(&first, &setting.replica), Ok(Fate::Replaced { by }));
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    assert_eq!(fate(&first, &setting.replica), Ok(Fate::Replaced { by }));
}

#[test]
fn a_ballot_is_cancelled_with_its_line_also_under_a_new_key() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let receipt = receipt(&setting.replica, index, tracker);
    let issuer = setting.issuer();
    // The voter loses the letter: a new key for the line.
    let old = setting.voters[0].public();
    let new = SecretScalar::random(&mut setting.rng);
    let row = Row::new(vec![new.public()], 1, 1);
    let rows = core::slice::from_ref(&row);
    let proof = issuer.prove(
        Issued::Replace(old.bytes()),
        rows,
        &[&new],
        &mut setting.rng,
    );
    let replace = Operation::Replace {
        key: old,
        halves: new.public().bytes().to_vec(),
        proofs: proof.to_vec(),
    };
    setting.stand(signed_change(&[&issuer], Reason::Lost, replace));
    assert_eq!(fate(&receipt, &setting.replica), Ok(Fate::Counts));
    // Somebody else's line goes: nothing happens to this ballot.
    let other = Operation::Remove {
        key: setting.voters[1].public(),
    };
    setting.stand(signed_change(&[&issuer], Reason::Paper, other));
    assert_eq!(fate(&receipt, &setting.replica), Ok(Fate::Counts));
    // A ballot under the new key replaces it,
    let size = setting.replica.entries().len();
    let mut voting = Setting {
        voters: vec![new.clone()],
        replica: copy(&setting.replica, size),
        ..Setting::found(true)
    };
    let (by, _) = voting.vote(0);
    assert_eq!(fate(&receipt, &voting.replica), Ok(Fate::Replaced { by }));
    // and its removal cancels it.
    let by = setting.replica.tree().size();
    let remove = Operation::Remove { key: new.public() };
    setting.stand(signed_change(&[&issuer], Reason::Paper, remove));
    assert_eq!(fate(&receipt, &setting.replica), Ok(Fate::Cancelled { by }));
}

#[test]
fn void_entries_after_a_ballot_do_not_touch_it() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let receipt = receipt(&setting.replica, index, tracker);
    let again = setting.replica.entries()[index as usize].clone();
    setting.replica.replay(again);
    setting.replica.replay(b"no entry\n".to_vec());
    assert_eq!(setting.replica.void().len(), 2);
    assert_eq!(fate(&receipt, &setting.replica), Ok(Fate::Counts));
}

#[test]
fn a_receipt_for_a_void_ballot_says_why_it_is_void() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let again = setting.replica.entries()[index as usize].clone();
    let at = setting.replica.tree().size();
    setting.replica.replay(again);
    let void = receipt(&setting.replica, at, tracker);
    let Ok(Fate::Void(void)) = fate(&void, &setting.replica) else {
        panic!("the same ballot twice");
    };
    assert_eq!(void.check, Check::Acceptance);
}

#[test]
fn a_ballot_left_out_is_absent_and_the_receipt_is_the_evidence() {
    let mut setting = Setting::found(true).until_voting();
    let size = setting.replica.entries().len();
    let mut other = copy(&setting.replica, size);
    let (index, tracker) = setting.vote(0);
    let receipt = receipt(&setting.replica, index, tracker);
    assert_eq!(fate(&receipt, &other), Err(ReceiptError::OlderBoard));
    let close = setting.organizer.close(&other).unwrap();
    other.admit(close).unwrap();
    assert_eq!(fate(&receipt, &other), Ok(Fate::Absent));
}

#[test]
fn a_receipt_from_another_board_with_the_same_ballot_shows_two_boards() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let size = setting.replica.entries().len();
    let mut other = copy(&setting.replica, size);
    let notice = setting.organizer.notice(&other, vec!["here".into()]);
    other.admit(notice).unwrap();
    let there = receipt(&other, index, tracker);
    // This board has not grown that far: nothing contradicts the receipt yet.
    assert_eq!(fate(&there, &setting.replica), Ok(Fate::Counts));
    setting.vote(1);
    assert_eq!(fate(&there, &setting.replica), Ok(Fate::TwoBoards));
    assert_eq!(fate(&there, &other), Ok(Fate::Counts));
}

#[test]
fn a_receipt_must_be_the_servers_for_this_election() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let good = receipt(&setting.replica, index, tracker);
    let elsewhere = resigned(&good, |receipt| receipt.election[0] ^= 1);
    assert_eq!(
        fate(&elsewhere, &setting.replica),
        Err(ReceiptError::OtherElection)
    );
    let mut unsigned = good.clone();
    unsigned.signature[9] ^= 1;
    assert_eq!(
        fate(&unsigned, &setting.replica),
        Err(ReceiptError::Signature)
    );
    let mut moved = good;
    moved.index += 1;
    assert_eq!(fate(&moved, &setting.replica), Err(ReceiptError::Signature));
}

#[test]
fn a_receipt_is_about_the_ballot_with_its_tracker() {
    let mut setting = Setting::found(true).until_voting();
    let (_, tracker) = setting.vote(0);
    let (other_index, other_tracker) = setting.vote(1);
    // The server shows somebody else's ballot for the voter's tracker.
    let clash = receipt(&setting.replica, other_index, tracker);
    assert_eq!(fate(&clash, &setting.replica), Err(ReceiptError::Ballot));
    let good = receipt(&setting.replica, other_index, other_tracker);
    assert_eq!(fate(&good, &setting.replica), Ok(Fate::Counts));
    // An entry that is no ballot.
    let open = setting.replica.tree().size() - 3;
    let no_ballot = receipt(&setting.replica, open, tracker);
    assert_eq!(
        fate(&no_ballot, &setting.replica),
        Err(ReceiptError::Ballot)
    );
    let nonsense = resigned(&good, |receipt| receipt.entry = b"{}\n".to_vec());
    assert_eq!(fate(&nonsense, &setting.replica), Err(ReceiptError::Ballot));
    // The tracker is compared after the closing too.
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    assert_eq!(fate(&clash, &setting.replica), Err(ReceiptError::Ballot));
    assert_eq!(fate(&good, &setting.replica), Ok(Fate::Counts));
}

#[test]
fn the_proof_of_a_receipt_holds_for_its_very_place_under_log_and_witnesses() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let good = receipt(&setting.replica, index, tracker);
    let size = setting.replica.tree().size();
    let refused = |receipt: &Receipt| {
        let error = fate(receipt, &setting.replica).unwrap_err();
        assert!(matches!(error, ReceiptError::Proof(_)), "{error}");
    };
    refused(&resigned(&good, |receipt| receipt.index -= 1));
    refused(&resigned(&good, |receipt| receipt.size += 1));
    refused(&resigned(&good, |receipt| receipt.proof = "nothing".into()));
    let tree = setting.replica.tree();
    let with = |witnesses: &[u8]| {
        let checkpoint = checkpoint_by(&setting.replica, witnesses);
        let proof = TlogProof::prove(tree, index, checkpoint).unwrap();
        resigned(&good, |receipt| receipt.proof = proof.to_string())
    };
    assert_eq!(
        fate(&with(&[11, 12, 13]), &setting.replica),
        Ok(Fate::Counts)
    );
    refused(&with(&[11, 12]));
    refused(&with(&[]));
    // A proof with an extra line.
    let inclusion = tree.inclusion_proof(index, size).unwrap();
    let checkpoint = checkpoint_by(&setting.replica, &[11, 12, 13]);
    let extra = TlogProof::new(Some(vec![1]), index, inclusion, checkpoint).unwrap();
    refused(&resigned(&good, |receipt| {
        receipt.proof = extra.to_string()
    }));
    // Hashes that lead elsewhere.
    let other = tree.inclusion_proof(index - 1, size).unwrap();
    let checkpoint = checkpoint_by(&setting.replica, &[11, 12, 13]);
    let wrong = TlogProof::new(None, index, other, checkpoint).unwrap();
    refused(&resigned(&good, |receipt| {
        receipt.proof = wrong.to_string()
    }));
}

#[test]
fn before_an_opening_a_ballot_on_the_board_is_void() {
    let mut setting = Setting::found(true).until_voting();
    let (index, tracker) = setting.vote(0);
    let ballot = setting.replica.entries()[index as usize].clone();
    let mut unopened = Setting::found(true).until_preparing();
    let at = unopened.replica.tree().size();
    unopened.replica.replay(ballot);
    let receipt = receipt(&unopened.replica, at, tracker);
    let found = fate(&receipt, &unopened.replica);
    assert!(matches!(found, Ok(Fate::Void(void)) if void.check == Check::Order));
}

#[test]
fn whoever_holds_a_code_sees_whether_a_ballot_was_cast_with_it() {
    let mut setting = Setting::found(true).until_voting();
    let place = slot(&setting.replica, &setting.voters[0].public()).unwrap();
    let nobody = Slot {
        credential: setting.voters[2].public(),
        ..place
    };
    assert_eq!(has_voted(&setting.replica, &place), Some(false));
    setting.vote(0);
    assert_eq!(has_voted(&setting.replica, &place), Some(true));
    assert_eq!(has_voted(&setting.replica, &nobody), None);
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    assert_eq!(has_voted(&setting.replica, &place), Some(true));
    let unopened = Setting::found(true).until_ready();
    assert_eq!(has_voted(&unopened.replica, &place), None);
}
