//! The issuers: halves from codes, the roll laid out for the board, chunks and changes signed by all.

use urne_client::issuer::{
    Entitlement, Issuer, lay_out, rows_per_chunk, signed_change, signed_chunk,
};
use urne_crypto::credential::{Identifier, VotingCode, credential_half};
use urne_crypto::signature::public_key;
use urne_election::entry::{Entry, Operation, Reason, Shape, SignedEntry};
use urne_election::roll::Row;

use crate::setting::{Setting, key};

#[test]
fn a_half_comes_from_the_code_for_this_issuer_and_election() {
    let mut setting = Setting::found(false);
    let id = *setting.replica.election().id();
    let code = VotingCode::random(&mut setting.rng);
    let identifier = Identifier::new("member 7").unwrap();
    let half = |number, election| {
        Issuer::new(number, key(4), election)
            .half_from_code(&identifier, &code)
            .to_bytes()
    };
    assert_eq!(
        half(1, id),
        credential_half(&id, 1, &identifier, &code).to_bytes()
    );
    assert_ne!(half(1, id), half(2, id));
    assert_ne!(half(1, id), half(1, [1; 32]));
}

#[test]
fn the_roll_is_sorted_by_key_and_remembers_whose_row_is_whose() {
    let setting = Setting::found(false);
    let [a, b, c] = [0, 1, 2].map(|voter| setting.voters[voter].public());
    let entitlement = |weight| Entitlement { weight, college: 1 };
    let laid_out = lay_out(
        &[vec![a, b, c], vec![b, c, a]],
        &[entitlement(1), entitlement(2), entitlement(3)],
    );
    assert!(laid_out.is_sorted_by(|one, other| one.0.key.bytes() < other.0.key.bytes()));
    let mut numbers: Vec<usize> = laid_out.iter().map(|(_, number)| *number).collect();
    for (row, number) in &laid_out {
        let halves = [[a, b], [b, c], [c, a]][*number];
        assert_eq!(*row, Row::new(halves.to_vec(), *number as u32 + 1, 1));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2]);
}

#[test]
fn a_full_chunk_is_an_entry_and_one_row_more_is_not() {
    for (issuers, rows) in [(1, 1200), (2, 666)] {
        assert_eq!(rows_per_chunk(issuers), rows);
        let setting = Setting::found(false);
        let half = setting.voters[0].public();
        let row = Row::new(vec![half; issuers], 1, 1);
        let both: Vec<Issuer> = (1..=issuers)
            .map(|number| Issuer::new(number as u32, key(4), [7; 32]))
            .collect();
        let all: Vec<&Issuer> = both.iter().collect();
        let shape = Shape {
            issuers,
            ..setting.replica.election().constants().shape
        };
        let chunk = |rows: usize| {
            let entry = signed_chunk(&all, 5, &vec![row.clone(); rows], &vec![[1; 64]; issuers]);
            SignedEntry::decode(&entry, &shape)
        };
        let Entry::Roll(read) = chunk(rows).unwrap().entry else {
            panic!("a chunk");
        };
        assert_eq!(
            (read.chunk, read.rows.len()),
            (5, rows * row.to_bytes().len())
        );
        assert_eq!(read.election, [7; 32]);
        assert!(chunk(rows + 1).is_err());
    }
}

#[test]
fn a_change_carries_every_issuers_signature() {
    let setting = Setting::found(false);
    let issuers = [
        Issuer::new(1, key(4), [7; 32]),
        Issuer::new(2, key(5), [7; 32]),
    ];
    let operation = Operation::Remove {
        key: setting.voters[0].public(),
    };
    let entry = signed_change(
        &[&issuers[0], &issuers[1]],
        Reason::Struck,
        operation.clone(),
    );
    let shape = Shape {
        issuers: 2,
        ..setting.replica.election().constants().shape
    };
    let read = SignedEntry::decode(&entry, &shape).unwrap();
    let Entry::RollChange(change) = read.entry else {
        panic!("a change");
    };
    assert_eq!(
        (change.reason, change.operation),
        (Reason::Struck, operation)
    );
    for (issuer, signature) in issuers.iter().zip(&read.signatures) {
        let public = urne_crypto::signature::PublicKey::decode(&public_key(issuer.key())).unwrap();
        assert!(
            public
                .verify("urne/0 entry", &read.payload, signature)
                .is_ok()
        );
    }
}
