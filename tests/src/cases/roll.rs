//! V14, V15, V18: the roll, the issuers' proofs, late changes.

use urne_cli::rehearsal::{Draft, Elector, Town};
use urne_client::issuer::signed_chunk;
use urne_crypto::encoding::SecretScalar;
use urne_crypto::{RistrettoPoint, Scalar};
use urne_election::entry::{Entry, Operation, Reason, RollChange, RollChunk};
use urne_election::roll::{Issued, Row};

use super::Case;
use super::ceremony::{move_scalar, read};
use super::files::forced;
use crate::ballots::{choose, one_of};

pub(super) fn cases() -> Vec<Case> {
    [chunks(), proofs(), changes()].concat()
}

fn draft(electors: usize) -> Draft {
    let mut draft = Draft::plain("roll", vec![one_of(2)], electors);
    draft.issuers = vec!["Registrar".into(), "Server".into()];
    draft
}

/// The ceremony has ended; no roll yet.
fn town() -> Town {
    let mut town = Town::found(draft(4), 30)
        .expect("a valid draft")
        .with_chunks_of(2);
    town.deal().expect("honest");
    town.confirm().expect("honest");
    town
}

/// The chunks an honest roll would have, and the town without them.
pub(super) fn honest_chunks() -> (Town, Vec<Entry>) {
    let mut published = town();
    let before = published.server.replica().entries().len();
    published.publish_roll().expect("honest");
    let chunks = published.server.replica().entries()[before..]
        .iter()
        .map(|entry| read(&published, entry))
        .collect();
    (town(), chunks)
}

fn signed(town: &Town, entry: &Entry) -> Vec<u8> {
    let keys: Vec<_> = town.issuers.iter().map(|issuer| issuer.key()).collect();
    entry.signed(&keys)
}

fn chunks() -> Vec<Case> {
    const ROW: usize = 72;
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut RollChunk)| {
        let (town, mut chunks) = honest_chunks();
        if let Entry::Roll(chunk) = &mut chunks[0] {
            change(chunk);
        }
        let record = forced(&town, signed(&town, &chunks[0]));
        cases.push(Case::fail("V14", name, why, record));
    };
    bad(
        "number",
        "The first chunk calls itself the second.",
        &|chunk| chunk.chunk = 1,
    );
    bad("order", "Two rows have changed places.", &|chunk| {
        chunk.rows.rotate_left(ROW)
    });
    bad("twice", "A row stands twice.", &|chunk| {
        chunk.rows.copy_within(..ROW, ROW)
    });
    bad("weight", "A row has weight 0.", &|chunk| {
        chunk.rows[64..68].fill(0)
    });
    bad(
        "college",
        "A row names a college that does not exist.",
        &|chunk| chunk.rows[68] = 2,
    );
    bad("no-college", "A row names college 0.", &|chunk| {
        chunk.rows[68] = 0
    });
    bad("point", "A half is not a point.", &|chunk| {
        chunk.rows[..32].fill(0xff)
    });
    bad("identity", "A half is the identity.", &|chunk| {
        chunk.rows[..32].fill(0)
    });
    bad(
        "cancel",
        "The two halves of a row cancel each other.",
        &|chunk| {
            let half =
                urne_crypto::encoding::Point::decode(chunk.rows[..32].try_into().expect("32"));
            let negative = urne_crypto::encoding::Point::from(-half.expect("a point").element());
            chunk.rows[32..64].copy_from_slice(negative.bytes());
        },
    );

    let (mut town, chunks) = honest_chunks();
    town.server
        .admit(signed(&town, &chunks[0]))
        .expect("honest");
    let mut again = chunks[0].clone();
    if let Entry::Roll(chunk) = &mut again {
        chunk.chunk = 1;
    }
    let record = forced(&town, signed(&town, &again));
    cases.push(Case::fail(
        "V14",
        "across",
        "The second chunk does not ascend from the first.",
        record,
    ));
    cases.push(heavy());
    cases
}

/// 257 lines of the greatest weight: the bound 2^40 is passed by one line.
fn heavy() -> Case {
    let mut draft = draft(257);
    for elector in &mut draft.electors {
        elector.weight = u32::MAX;
    }
    let mut town = Town::found(draft, 31).expect("a valid draft");
    town.deal().expect("honest");
    town.confirm().expect("honest");
    // The board refuses the chunk; the server lets it stand nevertheless.
    let chunk = town.roll_chunks().expect("honest issuers").remove(0);
    Case::fail(
        "V14",
        "bound",
        "The weights of 257 lines add up to more than 2^40.",
        forced(&town, chunk),
    )
}

fn proofs() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut bad = |name: &str, why: &str, change: &dyn Fn(&mut RollChunk)| {
        let (town, mut chunks) = honest_chunks();
        if let Entry::Roll(chunk) = &mut chunks[0] {
            change(chunk);
        }
        let record = forced(&town, signed(&town, &chunks[0]));
        cases.push(Case::fail("V15", name, why, record));
    };
    bad(
        "first",
        "The first issuer's response is off by one.",
        &|chunk| move_scalar(&mut chunk.proofs, 1),
    );
    bad(
        "second",
        "The second issuer's response is off by one.",
        &|chunk| move_scalar(&mut chunk.proofs, 3),
    );
    bad("swapped", "The two proofs have changed places.", &|chunk| {
        chunk.proofs.rotate_left(64)
    });
    bad(
        "weight",
        "A weight is changed and both issuers sign again: the proofs cover weights.",
        &|chunk| {
            chunk.rows[64] = 7;
        },
    );
    cases.push(cancelling());
    cases
}

/// The second issuer publishes U_S = u·G − U_R for a u of its own, to vote alone; it cannot prove it knows u_S.
fn cancelling() -> Case {
    let mut town = town();
    let first = SecretScalar::random(&mut town.rng);
    let own = Scalar::random(&mut town.rng);
    let second = RistrettoPoint::mul_base(&own) - first.public().element();
    let row = Row::new(vec![first.public(), second.into()], 1, 1);
    let rows = core::slice::from_ref(&row);
    let pretended = SecretScalar::new(own);
    let proofs = [
        town.issuers[0].prove(Issued::Chunk(0), rows, &[&first], &mut town.rng),
        town.issuers[1].prove(Issued::Chunk(0), rows, &[&pretended], &mut town.rng),
    ];
    let entry = signed_chunk(&town.all_issuers(), 0, rows, &proofs);
    Case::fail(
        "V15",
        "cancelling",
        "The second issuer chooses its half so that it alone knows the sum's secret.",
        forced(&town, entry),
    )
}

/// The box is open, two have voted.
pub(super) fn open() -> Town {
    let mut town = Town::found(draft(4), 32).expect("a valid draft");
    town.prepare_and_open().expect("honest");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.vote(1, &[choose(2, 2)]).expect("valid");
    town
}

fn newcomer() -> Elector {
    Elector {
        identifier: "newcomer".into(),
        weight: 1,
        college: 1,
    }
}

/// The last entry on the board, a change of the roll.
fn last_change(town: &Town) -> RollChange {
    match read(
        town,
        town.server.replica().entries().last().expect("an entry"),
    ) {
        Entry::RollChange(change) => change,
        other => unreachable!("the last entry is a {}", other.kind()),
    }
}

fn changes() -> Vec<Case> {
    let change = |town: &Town, reason, operation| {
        let election = *town.server.replica().election().id();
        let entry = Entry::RollChange(RollChange {
            election,
            reason,
            operation,
        });
        forced(town, signed(town, &entry))
    };
    let town = open();
    let unknown = RistrettoPoint::mul_base(&Scalar::from(5_u64)).into();
    let mut cases = vec![Case::fail(
        "V18",
        "remove-unknown",
        "It removes a line that does not exist.",
        change(&town, Reason::Struck, Operation::Remove { key: unknown }),
    )];

    // A line is removed; its key comes back.
    let mut town = open();
    let voter = town.voters[3].clone();
    let key = voter.key();
    town.remove(3).expect("valid");
    let (row, proofs) = town.issue(&voter, Issued::Add);
    let add = Operation::Add {
        row: row.to_bytes(),
        proofs,
    };
    cases.push(Case::fail(
        "V18",
        "key-again",
        "A removed key is added again, which would bring old ballots back.",
        change(&town, Reason::Error, add),
    ));
    cases.push(Case::fail(
        "V18",
        "remove-twice",
        "A line is removed twice.",
        change(&town, Reason::Struck, Operation::Remove { key }),
    ));

    // A letter is replaced; the old key is replaced again, and the new line's weight is set alone.
    let mut town = open();
    let old = town.voters[2].key();
    town.replace_letter(2).expect("valid");
    let replaced = last_change(&town);
    cases.push(Case::fail(
        "V18",
        "replace-old",
        "The same replacement once more: its key is no line's any more.",
        change(&town, replaced.reason, replaced.operation),
    ));
    cases.push(Case::fail(
        "V18",
        "remove-old",
        "It removes a key that was replaced.",
        change(&town, Reason::Struck, Operation::Remove { key: old }),
    ));

    let mut town = open();
    let mut heavy = newcomer();
    heavy.weight = 3;
    let (_, operation) = town.addition(&heavy).expect("valid");
    cases.push(Case::fail(
        "V18",
        "add-weight",
        "The new line alone would have weight 3.",
        change(&town, Reason::Admitted, operation),
    ));

    // V15 for changes: the operation and the replaced key are part of what is proven.
    let mut town = open();
    let (_, addition) = town.addition(&newcomer()).expect("valid");
    let Operation::Add { row, mut proofs } = addition else {
        unreachable!("an addition");
    };
    let halves = row[..64].to_vec();
    let replace = Operation::Replace {
        key: town.voters[2].key(),
        halves,
        proofs: proofs.clone(),
    };
    cases.push(Case::fail(
        "V15",
        "add-as-replace",
        "Halves proven for a new line are used to take over another line.",
        change(&town, Reason::Lost, replace),
    ));
    move_scalar(&mut proofs, 3);
    cases.push(Case::fail(
        "V15",
        "add",
        "The second issuer's proof for a new line does not hold.",
        change(&town, Reason::Admitted, Operation::Add { row, proofs }),
    ));
    cases
}
