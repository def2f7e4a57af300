//! V19 to V21 and V27: ballots, acceptance, receipts.

use urne_cli::rehearsal::{Draft, Town};
use urne_crypto::signature::SigningKey;
use urne_election::entry::{BallotEntry, Entry};
use urne_election::receipt::Receipt;

use super::Case;
use super::ceremony::{move_point, move_scalar, moved, read};
use super::files::{forced, opened};
use crate::ballots::{choose, one_of};
use crate::record::{Forger, Record};

pub(super) fn cases() -> Vec<Case> {
    [voters(), proofs(), acceptance(), receipts()].concat()
}

/// A good ballot of voter 2, not on the board.
fn ballot(town: &mut Town) -> BallotEntry {
    let entry = town.ballot_of(2, &[choose(1, 2)]).expect("valid");
    match read(town, &entry) {
        Entry::Ballot(ballot) => ballot,
        other => unreachable!("a ballot, not a {}", other.kind()),
    }
}

fn cast(town: &Town, ballot: BallotEntry) -> Record {
    forced(town, Entry::Ballot(ballot).signed(&[]))
}

fn voters() -> Vec<Case> {
    let mut town = opened();
    let mut stranger = ballot(&mut town);
    let key = urne_crypto::encoding::Point::decode(&moved(stranger.key.bytes()));
    stranger.key = key.expect("a point");
    let mut replaced = opened();
    let old = ballot(&mut replaced);
    replaced.replace_letter(2).expect("valid");
    let mut removed = opened();
    let struck = ballot(&mut removed);
    removed.remove(2).expect("valid");
    vec![
        Case::fail(
            "V19",
            "stranger",
            "A ballot under a key that is on no line.",
            cast(&town, stranger),
        ),
        Case::fail(
            "V19",
            "lost-letter",
            "A ballot with a code that was replaced.",
            cast(&replaced, old),
        ),
        Case::fail(
            "V19",
            "struck",
            "A ballot of a line that was removed.",
            cast(&removed, struck),
        ),
    ]
}

/// n = N = 3 (two options and blank): words 0–5 ciphertexts, 6 A, 7 B, 8–10 T, 11–13 f, 14 z, 15 z_r, 16 z_u.
fn proofs() -> Vec<Case> {
    let words = [
        (0, "alpha"),
        (1, "beta"),
        (6, "a"),
        (7, "b"),
        (8, "t1"),
        (9, "t2"),
        (10, "t3"),
        (11, "f"),
        (14, "z"),
        (15, "zr"),
        (16, "zu"),
    ];
    let mut cases: Vec<Case> = words
        .iter()
        .map(|&(word, name)| {
            let mut town = opened();
            let mut ballot = ballot(&mut town);
            if word < 11 {
                move_point(&mut ballot.proof, word);
            } else {
                move_scalar(&mut ballot.proof, word);
            }
            let why = format!("The 32-byte word number {word} of the proof is another valid one.");
            Case::fail("V20", name, &why, cast(&town, ballot))
        })
        .collect();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut BallotEntry)| {
        let mut town = opened();
        let mut ballot = ballot(&mut town);
        change(&mut ballot);
        cases.push(Case::fail("V20", name, why, cast(&town, ballot)));
    };
    bad(
        "swapped",
        "The ciphertexts of two options have changed places.",
        &|ballot| {
            ballot.proof[..128].rotate_left(64);
        },
    );
    bad("identity", "An α is the identity.", &|ballot| {
        ballot.proof[..32].fill(0)
    });
    bad("point", "A ciphertext is not a point.", &|ballot| {
        ballot.proof[..32].fill(0xff)
    });
    bad(
        "scalar",
        "A response is not below the group order.",
        &|ballot| {
            ballot.proof[16 * 32..].fill(0xff);
        },
    );
    bad(
        "after",
        "It says it replaces a ballot, which its proof does not say.",
        &|ballot| {
            ballot.after = [7; 32];
        },
    );
    let mut town = opened();
    let mut copied = ballot(&mut town);
    copied.key = town.voters[0].key();
    cases.push(Case::fail(
        "V20",
        "copied",
        "Voter 0 casts a copy of voter 2's ballot.",
        cast(&town, copied),
    ));
    let mut elsewhere =
        Town::found(Draft::plain("other", vec![one_of(2)], 3), 20).expect("a valid draft");
    elsewhere.prepare_and_open().expect("honest");
    let mut foreign = ballot(&mut elsewhere);
    foreign.key = town.voters[2].key();
    cases.push(Case::fail(
        "V20",
        "other-election",
        "A ballot made for another election.",
        cast(&town, foreign),
    ));
    cases.push(many());
    cases
}

/// One bad ballot among many: a batch must name it.
fn many() -> Case {
    let mut town =
        Town::found(Draft::plain("many", vec![one_of(2)], 40), 40).expect("a valid draft");
    town.prepare_and_open().expect("honest");
    for voter in 0..20 {
        town.vote(voter, &[choose(1, 2)]).expect("valid");
    }
    let made = town_ballot(&mut town);
    let mut bad = match read(&town, &made) {
        Entry::Ballot(ballot) => ballot,
        other => unreachable!("a ballot, not a {}", other.kind()),
    };
    move_scalar(&mut bad.proof, 16);
    town.server.force(Entry::Ballot(bad).signed(&[]));
    for voter in 21..40 {
        town.vote(voter, &[choose(2, 2)]).expect("valid");
    }
    let result = town
        .close_and_count()
        .expect("the void ballot does not stop the count");
    let mut case = Case::fail(
        "V20",
        "among-many",
        "One bad ballot among 40; it is void, the count goes on, and the result does not contain it.",
        Record::of(&town.server),
    );
    case.result = Some(super::whole::result_members(&result));
    case
}

fn town_ballot(town: &mut Town) -> Vec<u8> {
    town.ballot_of(20, &[choose(1, 2)]).expect("valid")
}

fn acceptance() -> Vec<Case> {
    // Two devices make a ballot from the same state of the board; the second comes too late.
    let mut racing = opened();
    let first = ballot(&mut racing);
    let second = ballot(&mut racing);
    racing
        .server
        .admit(Entry::Ballot(first.clone()).signed(&[]))
        .expect("valid");
    // A withheld ballot comes back after a later one.
    let mut withheld = opened();
    let old = ballot(&mut withheld);
    withheld.vote(2, &[choose(2, 2)]).expect("valid");
    let mut draft = Draft::plain("capped", vec![one_of(2)], 3);
    draft.cap = 2;
    let mut capped = Town::found(draft, 41).expect("a valid draft");
    capped.prepare_and_open().expect("honest");
    capped.vote(2, &[choose(2, 2)]).expect("valid");
    capped.vote(2, &[choose(1, 2)]).expect("valid");
    let third = ballot(&mut capped);
    vec![
        Case::fail(
            "V21",
            "race",
            "Two ballots made from the same state of the board: the second is void.",
            cast(&racing, second),
        ),
        Case::fail(
            "V21",
            "replay",
            "The same ballot twice.",
            cast(&racing, first),
        ),
        Case::fail(
            "V21",
            "brought-back",
            "A ballot the server withheld is brought back after a later one.",
            cast(&withheld, old),
        ),
        Case::fail(
            "V21",
            "cap",
            "A third ballot where two are allowed.",
            cast(&capped, third),
        ),
    ]
}

fn receipts() -> Vec<Case> {
    let mut town = opened();
    let receipt = town.vote(0, &[choose(1, 2)]).expect("valid");
    let cut: Vec<Vec<u8>> = town.server.replica().entries().to_vec();
    town.vote(1, &[choose(2, 2)]).expect("valid");
    town.close_and_count().expect("honest");
    let good = Record::of(&town.server);
    let with = |name: &str, why: &str, receipt: &Receipt, state: &'static str| {
        let mut case = Case::fail("V27", name, why, good.clone());
        case.receipts = vec![receipt.to_bytes()];
        case.receipt_states = vec![state];
        case
    };
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let Receipt {
        election,
        entry,
        tracker,
        index,
        size,
        proof,
        ..
    } = receipt.clone();
    let by_stranger = Receipt::sign(
        &stranger,
        election,
        entry.clone(),
        tracker,
        index,
        (size, proof.clone()),
    );
    let server = &town.server.keys().receipts;
    let other_tracker = Receipt::sign(
        server,
        election,
        entry.clone(),
        [7; 32],
        index,
        (size, proof.clone()),
    );
    let other_election = Receipt::sign(
        server,
        [7; 32],
        entry.clone(),
        tracker,
        index,
        (size, proof.clone()),
    );
    let other_place = Receipt::sign(server, election, entry, tracker, index + 1, (size, proof));
    let mut cases = vec![
        with(
            "signature",
            "A receipt the server did not sign.",
            &by_stranger,
            "counts",
        ),
        with(
            "tracker",
            "A receipt for another tracker.",
            &other_tracker,
            "counts",
        ),
        with(
            "election",
            "A receipt of another election.",
            &other_election,
            "unknown",
        ),
        with(
            "place",
            "A receipt for a position where another ballot stands.",
            &other_place,
            "absent",
        ),
    ];
    let mut garbage = Case::fail(
        "V27",
        "malformed",
        "A file that is no receipt.",
        good.clone(),
    );
    garbage.receipts = vec![b"{\"kind\":\"receipt\"}\n".to_vec()];
    garbage.receipt_states = vec!["unknown"];
    cases.push(garbage);
    cases.push(dropped(&receipt));
    let mut older = Case::incomplete(
        "older-than-receipt",
        "The copy of the board is older than the receipt.",
        Forger::new(&town.server).record(&cut[..cut.len() - 1], &[11]),
    );
    older.receipts = vec![receipt.to_bytes()];
    older.receipt_states = vec!["unknown"];
    cases.push(older);
    cases
}

/// The server shows a board without a ballot it gave a receipt for.
fn dropped(receipt: &Receipt) -> Case {
    let mut town = opened();
    town.vote(1, &[choose(2, 2)]).expect("valid");
    town.vote(2, &[choose(2, 2)]).expect("valid");
    town.close_and_count().expect("honest");
    let mut case = Case::fail(
        "V27",
        "dropped",
        "The server gave a receipt, then published another board, without that ballot.",
        Record::of(&town.server),
    );
    case.receipts = vec![receipt.to_bytes()];
    case.receipt_states = vec!["absent"];
    case
}
