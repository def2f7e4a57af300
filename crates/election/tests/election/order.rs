//! What may stand where: every kind in every phase, other elections, signatures; void entries change nothing.

use std::collections::BTreeSet;

use urne_election::entry::{Close, Entry, SignedEntry, Signer, TallyResult, sign_payload};
use urne_election::phase::{Applied, Check, Phase};

use crate::sample::{ORGANIZER, TRUSTEES, signing_key};
use crate::story::{Story, Voter, answers, small_manifest};

/// Another election's id in an entry that names one.
fn elsewhere(entry: &Entry) -> Option<Entry> {
    let mut entry = entry.clone();
    let election = match &mut entry {
        Entry::Deal(entry) => &mut entry.election,
        Entry::Confirm(entry) => &mut entry.election,
        Entry::Complaint(entry) => &mut entry.election,
        Entry::Roll(entry) => &mut entry.election,
        Entry::Drill(entry) => &mut entry.election,
        Entry::Open(entry) => &mut entry.election,
        Entry::RollChange(entry) => &mut entry.election,
        Entry::Extension(entry) => &mut entry.election,
        Entry::Close(entry) => &mut entry.election,
        Entry::Seal(entry) => &mut entry.election,
        Entry::Decryption(entry) => &mut entry.election,
        Entry::Result(entry) => &mut entry.election,
        Entry::Destruction(entry) => &mut entry.election,
        Entry::Notice(entry) => &mut entry.election,
        Entry::Ballot(_) => return None,
    };
    election[0] ^= 1;
    Some(entry)
}

/// A whole election as a list of entries, in the order they stand.
fn whole_election() -> (Story, Vec<Entry>) {
    let mut story = Story::found(&small_manifest());
    let mut entries = Vec::new();
    let mut stand = |story: &mut Story, entry: Entry| {
        story.stand(&entry);
        entries.push(entry);
    };
    for trustee in [2, 1, 3] {
        let entry = story.deal(trustee);
        stand(&mut story, entry);
    }
    for trustee in [3, 1, 2] {
        let entry = story.confirm(trustee);
        stand(&mut story, entry);
    }
    let notice = story.notice("The roll comes soon.");
    stand(&mut story, notice);
    for chunk in 0..2 {
        let entry = story.chunk(chunk);
        stand(&mut story, entry);
    }
    for trustee in [1, 3, 2] {
        let entry = story.drill(trustee);
        stand(&mut story, entry);
    }
    let open = story.open();
    stand(&mut story, open);
    for (voter, first, approved) in [
        (0, 1, [1, 0]),
        (1, 2, [0, 0]),
        (3, 2, [1, 1]),
        (0, 2, [0, 1]),
        (5, 0, [0, 1]),
    ] {
        let entry = story.ballot(voter, &answers(first, approved));
        stand(&mut story, entry);
    }
    let added = Voter::new(8, 1, 2);
    let new = Voter::new(9, 3, 1);
    let add = story.add(&added);
    stand(&mut story, add);
    let replace = story.replace(story.voters[3].key(), &new);
    stand(&mut story, replace);
    let remove = story.remove(1);
    stand(&mut story, remove);
    (story.voters[3], story.voters[1]) = (new, added);
    for (voter, first, approved) in [(3, 1, [1, 0]), (1, 1, [1, 1])] {
        let entry = story.ballot(voter, &answers(first, approved));
        stand(&mut story, entry);
    }
    let extension = story.extension(small_manifest().closes + 60);
    stand(&mut story, extension);
    let close = story.close();
    stand(&mut story, close);
    for trustee in [1, 2, 3] {
        let entry = story.seal(trustee);
        stand(&mut story, entry);
    }
    for trustee in [3, 1] {
        let entry = story.decryption(trustee);
        stand(&mut story, entry);
    }
    let early = story.destruction(2);
    stand(&mut story, early);
    let result = story.result();
    stand(&mut story, result);
    let late = story.destruction(3);
    stand(&mut story, late);
    (story, entries)
}

/// Phases as `spec/entries.md` names them, from how many valid entries of each kind stand.
fn phase_of(stood: &[&Entry]) -> &'static str {
    let count = |kind: &str| stood.iter().filter(|entry| entry.kind() == kind).count();
    match () {
        () if count("complaint") > 0 => "failed",
        () if count("close") > 0 => "sealing",
        () if count("open") > 0 => "voting",
        () if count("confirm") == 3 => "preparing",
        () if count("deal") == 3 => "confirming",
        () => "dealing",
    }
}

/// The table of `spec/entries.md` for a manifest without witnesses that allows notices and changes, with n = 3, t = 2, q = 3.
fn may_stand(stood: &[&Entry], entry: &Entry) -> bool {
    let kind = entry.kind();
    let authors = |kind: &str| -> BTreeSet<u32> {
        let of_kind = stood.iter().filter(|entry| entry.kind() == kind);
        of_kind.filter_map(|entry| trustee(entry)).collect()
    };
    let first_of =
        |kind: &str| trustee(entry).is_some_and(|author| !authors(kind).contains(&author));
    match (phase_of(stood), kind) {
        (_, "notice") => !stood.contains(&entry),
        ("dealing", "deal") | ("preparing", "drill") => first_of(kind),
        ("confirming", "confirm" | "complaint") => first_of("confirm"),
        ("preparing", "roll" | "open")
        | ("voting", "ballot" | "roll-change" | "extension" | "close") => true,
        ("sealing", "seal") => first_of(kind),
        ("sealing", "decryption") => {
            authors("seal").len() == 3 && !first_of("seal") && first_of(kind)
        }
        ("sealing", "result") => {
            authors("decryption").len() >= 2 && !stood.iter().any(|entry| entry.kind() == "result")
        }
        ("sealing", "destruction") => authors("decryption").len() >= 2 && first_of(kind),
        _ => false,
    }
}

fn trustee(entry: &Entry) -> Option<u32> {
    match entry.signer() {
        Signer::Trustee(number) => Some(number),
        _ => None,
    }
}

#[test]
fn every_entry_stands_in_its_phase_only_and_void_ones_change_nothing() {
    let (played, entries) = whole_election();
    let mut story = Story::found(&small_manifest());
    let complaint = {
        let mut other = Story::found(&small_manifest()).until_confirming();
        other.complaint(1, 2)
    };
    let candidates: Vec<&Entry> = entries.iter().chain([&complaint]).collect();
    let mut misplaced = BTreeSet::new();
    for step in 0..=entries.len() {
        let stood: Vec<&Entry> = entries[..step].iter().collect();
        for &candidate in candidates.iter().filter(|entry| !may_stand(&stood, entry)) {
            story.refuse(candidate, Check::Order);
            misplaced.insert((phase_of(&stood), candidate.kind()));
        }
        let Some(entry) = entries.get(step) else {
            break;
        };
        assert!(may_stand(&stood, entry), "{}", entry.kind());
        // Where it may stand, another election's id is misplaced and a signature must hold.
        if let Some(elsewhere) = elsewhere(entry) {
            story.refuse(&elsewhere, Check::Order);
        }
        let bytes = story.sign(entry);
        for length in 1..bytes.len().min(4) {
            story.refuse_bytes(&bytes[..bytes.len() - length], Check::Form);
        }
        spoil_signatures(&mut story, entry);
        // After all this the entry still stands, with the same effect.
        let expected = played.board.0[step + 1].clone();
        assert_eq!(bytes, expected);
        story.stand_bytes(expected);
    }
    assert_eq!(story.sealing().tally(), played.sealing().tally());
    // Every kind was tried in every phase where it has no place at all.
    let phases = ["dealing", "confirming", "preparing", "voting", "sealing"];
    let kinds = candidates.iter().map(|entry| entry.kind());
    for kind in kinds.filter(|kind| *kind != "notice") {
        let tried = phases
            .iter()
            .filter(|phase| misplaced.contains(&(**phase, kind)));
        assert!(tried.count() >= 4, "{kind}");
    }
}

/// Every single signature of an entry is needed, and by its own key.
fn spoil_signatures(story: &mut Story, entry: &Entry) {
    let bytes = story.sign(entry);
    let shape = story.election.constants().shape;
    let read = SignedEntry::decode(&bytes, &shape).unwrap();
    let line = |signature: &[u8; 64]| urne_election::json::base64url(signature);
    let written = |signatures: &[[u8; 64]]| {
        let lines: Vec<String> = signatures.iter().map(line).collect();
        [&read.payload[..], b"\n", lines.join("\n").as_bytes(), b"\n"].concat()
    };
    for index in 0..read.signatures.len() {
        let mut damaged = read.signatures.clone();
        damaged[index][40] ^= 1;
        story.refuse_bytes(&written(&damaged), Check::Signatures);
        let mut stranger = read.signatures.clone();
        let theirs = sign_payload(read.payload.clone(), &[&signing_key(99)]);
        stranger[index] = SignedEntry::decode(&theirs, &shape)
            .map(|read| read.signatures[0])
            .unwrap_or([0; 64]);
        story.refuse_bytes(&written(&stranger), Check::Signatures);
    }
    if let [first, second] = read.signatures[..] {
        story.refuse_bytes(&written(&[second, first]), Check::Signatures);
    }
}

#[test]
fn order_is_judged_before_signatures_and_form_before_order() {
    let mut story = Story::found(&small_manifest());
    let early = Entry::Close(Close {
        election: story.id(),
        size: 1,
        root: [0; 32],
    });
    story.refuse(&early, Check::Order);
    story.refuse_bytes(&early.signed(&[&signing_key(99)]), Check::Order);
    story.refuse_bytes(&early.signed(&[]), Check::Form);
    story.refuse_bytes(b"", Check::Form);
    story.refuse_bytes(b"{}\n", Check::Form);
    let notice = elsewhere(&story.notice("x")).unwrap();
    story.refuse_bytes(&notice.signed(&[&signing_key(99)]), Check::Order);
    // The manifest has no template after entry 0.
    let manifest = story.board.0[0].clone();
    story.refuse_bytes(&manifest, Check::Form);
}

#[test]
fn a_trustee_signs_for_itself_only() {
    let mut story = Story::found(&small_manifest());
    let deal = story.deal(1);
    story.refuse_bytes(
        &deal.signed(&[&signing_key(TRUSTEES + 2)]),
        Check::Signatures,
    );
    story.refuse_bytes(&deal.signed(&[&signing_key(ORGANIZER)]), Check::Signatures);
    story.stand(&deal);
}

#[test]
fn a_notice_stands_in_every_phase_but_the_same_one_never_twice() {
    let mut stories = vec![
        Story::found(&small_manifest()),
        Story::found(&small_manifest()).until_confirming(),
        Story::found(&small_manifest()).until_preparing(),
        Story::found(&small_manifest()).until_voting(),
        Story::found(&small_manifest()).until_sealing(),
    ];
    let mut failed = Story::found(&small_manifest()).until_confirming();
    let complaint = failed.complaint(1, 2);
    failed.stand(&complaint);
    stories.push(failed);
    for mut story in stories {
        let (notice, other) = (story.notice("good morning"), story.notice("good evening"));
        assert_eq!(story.stand(&notice), Applied::Done);
        story.refuse(&notice, Check::Order);
        story.stand(&other);
        story.refuse(&notice, Check::Order);
    }
    // A void notice is no valid notice before it.
    let mut story = Story::found(&small_manifest());
    let notice = story.notice("good morning");
    story.refuse_bytes(&notice.signed(&[&signing_key(99)]), Check::Signatures);
    story.stand(&notice);
}

#[test]
fn notices_and_changes_stand_only_where_the_manifest_says_so() {
    let mut manifest = small_manifest();
    manifest.notices = false;
    manifest.changes = false;
    let mut story = Story::found(&manifest).until_voting();
    let notice = story.notice("good morning");
    story.refuse(&notice, Check::Order);
    let remove = story.remove(0);
    story.refuse(&remove, Check::Order);
    let add = story.add(&Voter::new(8, 1, 1));
    story.refuse(&add, Check::Order);
    story.vote(0, 1, [0, 0]);
}

#[test]
fn in_a_failed_ceremony_nothing_stands_but_notices() {
    let mut story = Story::found(&small_manifest()).until_confirming();
    let confirm = story.confirm(1);
    let complaint = story.complaint(2, 1);
    let other = story.complaint(3, 1);
    story.stand(&complaint);
    assert!(matches!(story.election.phase(), Phase::Failed(_)));
    story.refuse(&confirm, Check::Order);
    story.refuse(&complaint, Check::Order);
    story.refuse(&other, Check::Order);
}

#[test]
fn a_trustee_confirms_or_complains_once() {
    let mut story = Story::found(&small_manifest()).until_confirming();
    let (confirm, complaint) = (story.confirm(1), story.complaint(1, 2));
    story.stand(&confirm);
    story.refuse(&confirm, Check::Order);
    story.refuse(&complaint, Check::Order);
    let again = story.confirm(1);
    story.refuse(&again, Check::Order);
}

#[test]
fn admission_judges_form_order_and_signatures_without_effect() {
    let mut story = Story::found(&small_manifest());
    let deal = story.deal(1);
    let bytes = story.sign(&deal);
    let state = story.state();
    assert_eq!(story.election.admit(&bytes).unwrap().entry, deal);
    assert_eq!(story.election.admit(&bytes).unwrap().entry, deal);
    assert_eq!(story.state(), state);
    let void = story.election.admit(&bytes[..10]).unwrap_err();
    assert_eq!(void.check, Check::Form);
    assert!(void.to_string().starts_with("void (V9): "), "{void}");
}

#[test]
fn the_checks_have_the_numbers_of_the_specification() {
    let numbers = [
        (Check::Form, 9),
        (Check::Signatures, 10),
        (Check::Deals, 11),
        (Check::Confirms, 12),
        (Check::Complaints, 13),
        (Check::Roll, 14),
        (Check::IssuerProofs, 15),
        (Check::Drills, 16),
        (Check::Opening, 17),
        (Check::RollChanges, 18),
        (Check::Voters, 19),
        (Check::BallotProofs, 20),
        (Check::Acceptance, 21),
        (Check::Closing, 22),
        (Check::Seals, 23),
        (Check::Decryptions, 24),
        (Check::Result, 25),
        (Check::Order, 26),
    ];
    for (check, number) in numbers {
        assert_eq!(
            check.void("why").to_string(),
            format!("void (V{number}): why")
        );
    }
}

#[test]
fn the_whole_election_counts_what_was_voted() {
    let (story, _) = whole_election();
    let Entry::Result(TallyResult {
        colleges,
        questions,
        election,
    }) = story.result()
    else {
        panic!("a result");
    };
    assert_eq!(election, story.id());
    // College 1: voter 0 voted again (2; 0, 1), voter 1 was removed, voter 3 of weight 3 voted again (1; 1, 0).
    // College 2: voter 5 blank (0, 1), the added voter (1; 1, 1).
    let totals: Vec<_> = colleges
        .iter()
        .map(|college| college.totals.clone())
        .collect();
    assert_eq!(totals, [vec![3, 1, 0, 3, 1], vec![1, 0, 1, 1, 2]]);
    let sizes: Vec<_> = colleges
        .iter()
        .map(|college| {
            (
                college.lines,
                college.weight,
                college.ballots,
                college.turnout,
            )
        })
        .collect();
    assert_eq!(sizes, [(4, 8, 2, 4), (3, 3, 2, 2)]);
    let [first, second] = &questions[..] else {
        panic!("two questions");
    };
    assert_eq!(
        (&first.totals[..], first.expressed, first.registered),
        (&[4, 1, 1][..], 5, 11)
    );
    assert_eq!(
        (&second.totals[..], second.expressed, second.registered),
        (&[4, 3][..], 6, 11)
    );
    assert_eq!(first.outcome.winners, [1]);
    assert_eq!(second.outcome.winners, [1]);
}
