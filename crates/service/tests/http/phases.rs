//! Entries of every kind in phases that are not theirs, from people who may not sign them, for places that are not there.

use urne_crypto::encoding::Point;
use urne_crypto::signature::SigningKey;
use urne_election::entry::{
    BallotEntry, Close, Complaint, Confirm, Decryption, Drill, Entry, Memory, Open, Operation,
    Reason, RollChange, Seal,
};

use crate::house::House;
use crate::village::{CLOSES, Village};

/// Well formed, and signed by whoever must sign it: only its phase may be wrong, and what is in it.
struct MadeUp {
    kind: &'static str,
    entry: Entry,
    signers: Vec<SigningKey>,
}

impl MadeUp {
    fn bytes(&self) -> Vec<u8> {
        self.entry.signed(&self.signers.iter().collect::<Vec<_>>())
    }

    /// The same, signed by others.
    fn signed_by_others(&self) -> Vec<u8> {
        let others = (0..self.signers.len()).map(|_| SigningKey::from_bytes(&[8; 32]));
        self.entry
            .signed(&others.collect::<Vec<_>>().iter().collect::<Vec<_>>())
    }
}

fn every_kind(village: &Village) -> Vec<MadeUp> {
    let election = *village.replica.election().id();
    let point: Point = village.replica.manifest().trustees[0].encryption;
    let (size, root) = (village.status().size, village.replica.tree().root());
    let desk = &village.desk;
    let organizer = || vec![desk.organizer.clone()];
    let trustee = || vec![desk.trustees[0].signing().clone()];
    let kinds = [
        (
            Entry::Confirm(Confirm {
                election,
                trustee: 1,
                key: point,
                share: point,
                deals: [1; 32],
                proof: [0; 64],
            }),
            trustee(),
        ),
        (
            Entry::Complaint(Complaint {
                election,
                trustee: 1,
                dealer: 2,
                shared: point,
                proof: [0; 96],
            }),
            trustee(),
        ),
        (
            Entry::Drill(Drill {
                election,
                trustee: 1,
                share: point,
                proof: [0; 96],
            }),
            trustee(),
        ),
        (
            Entry::Open(Open {
                election,
                key: point,
                deals: [1; 32],
                confirms: [1; 32],
                roll: [1; 32],
                lines: 3,
                booth: Vec::new(),
                size,
                root,
            }),
            organizer(),
        ),
        (
            Entry::RollChange(RollChange {
                election,
                reason: Reason::Struck,
                operation: Operation::Remove { key: point },
            }),
            desk.issuers.clone(),
        ),
        (
            Entry::Close(Close {
                election,
                size,
                root: [1; 32],
            }),
            organizer(),
        ),
        (
            Entry::Seal(Seal {
                election,
                trustee: 1,
                size,
                root: [1; 32],
                sums: [1; 32],
                memory: Memory::Kept,
            }),
            trustee(),
        ),
        (
            Entry::Decryption(Decryption {
                election,
                trustee: 1,
                phase: 1,
                size,
                root,
                shares: vec![0; 32],
                proof: [0; 96],
            }),
            trustee(),
        ),
    ];
    kinds
        .into_iter()
        .map(|(entry, signers)| MadeUp {
            kind: entry.kind(),
            entry,
            signers,
        })
        .collect()
}

/// Sends every kind, as it should be signed and otherwise. `own` are the kinds of this phase, with the code of what is wrong in them.
fn try_every_kind(village: &Village, own: &[(&str, &str)]) {
    let rows = village.house.rows();
    for made_up in every_kind(village) {
        let kind = made_up.kind;
        let here = own.iter().find(|(name, _)| *name == kind);
        let (status, code, otherwise) = match here {
            Some((_, code)) => (422, *code, (422, "bad-signature".to_owned())),
            None => (409, "wrong-phase", (409, "wrong-phase".to_owned())),
        };
        let reply = village.send_entry(&made_up.bytes());
        assert_eq!(reply.problem(), (status, code.to_owned()), "{kind}");
        let reply = village.send_entry(&made_up.signed_by_others());
        assert_eq!(reply.problem(), otherwise, "{kind}, signed by others");
    }
    assert_eq!(village.house.rows(), rows);
}

/// In the form of a ballot of this election.
fn formal_ballot(village: &Village) -> Vec<u8> {
    let constants = village.replica.election().constants();
    let ballot = BallotEntry {
        after: [0; 32],
        key: constants.manifest.trustees[0].encryption,
        proof: vec![0; constants.shape.proof],
    };
    Entry::Ballot(ballot).signed(&[])
}

fn ballot_answer(village: &Village, ballot: &[u8]) -> (u16, String) {
    village.send_ballot(ballot).problem()
}

#[test]
fn every_kind_of_entry_is_refused_in_a_phase_that_is_not_its_own() {
    let village = Village::found(House::new());
    try_every_kind(&village, &[]);
    let not_yet = (409, "not-yet-open".to_owned());
    assert_eq!(ballot_answer(&village, &formal_ballot(&village)), not_yet);

    let mut village = Village::open(House::new());
    try_every_kind(
        &village,
        &[("roll-change", "bad-roll-change"), ("close", "bad-closing")],
    );
    let stranger = (422, "not-on-roll".to_owned());
    assert_eq!(ballot_answer(&village, &formal_ballot(&village)), stranger);

    let late = village.ballot(0, 0);
    let close = village.organizer.close(&village.replica).unwrap();
    village.append(close);
    try_every_kind(&village, &[("seal", "bad-seal")]);
    let (status, code) = ballot_answer(&village, &late);
    assert_eq!((status, code.as_str()), (409, "closed"));
}

#[test]
fn at_the_announced_hour_a_good_ballot_is_refused() {
    let mut village = Village::open(House::new());
    let (first, late) = (village.ballot(0, 0), village.ballot(1, 0));
    assert_eq!(village.send_ballot(&first).status, 200);
    village.house.clock.set(CLOSES);
    assert_eq!(ballot_answer(&village, &late), (409, "closed".to_owned()));
    assert_eq!(
        village.send_ballot(&first).status,
        200,
        "the same bytes still get their receipt"
    );
}
