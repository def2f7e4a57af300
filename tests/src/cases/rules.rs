//! The rules of manifests, roll, outcome and result, one at a time; and what must be tolerated.

use urne_cli::rehearsal::{Draft, Server, ServerKeys, Town, Witness};
use urne_client::issuer::{Issuer, signed_change};
use urne_crypto::ballot::Slot;
use urne_crypto::elgamal::EncryptionSeed;
use urne_crypto::signature::SigningKey;
use urne_election::entry::{
    BallotEntry, BoothFile, Entry, Notice, Operation, Reason, sign_payload, split,
};
use urne_election::json::base64url;
use urne_election::manifest::{College, Manifest};
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Status, Ties};
use urne_election::phase::Phase;
use urne_election::question::{Answer, Kind, Question};

use super::Case;
use super::ceremony::trustee_key;
use super::files::{assembled, forced, founded, manifest_record, notice, opened};
use super::whole::{ended, result_members};
use crate::ballots::{choose, greedy_skip, most, one_of, question, several, values};
use crate::record::Record;

pub(super) fn cases() -> Vec<Case> {
    [
        shares_of_votes(),
        budgets(),
        seats(),
        people(),
        blanks(),
        tolerated(),
        misplaced(),
        elsewhere(),
        acceptance(),
        manifest_rules(),
        question_rules(),
        outcome_rules(),
    ]
    .concat()
}

/// A vote: one value per option, or nothing at all for blank.
type Vote = &'static [u32];

fn answer(vote: Vote) -> Answer {
    if vote.is_empty() {
        Answer::Blank
    } else {
        values(vote)
    }
}

/// The box is open and the first voters have cast these votes.
fn voted(draft: Draft, votes: &[Vote]) -> Town {
    let mut town = Town::found(draft, 60).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for (voter, vote) in votes.iter().enumerate() {
        town.vote(voter, &[answer(vote)]).expect("a valid answer");
    }
    town
}

/// Status, winners, tied.
type Outcome = (Status, &'static [u32], &'static [u32]);

/// A counted election whose outcome was worked out by hand: a vector must not merely repeat what the crates compute.
fn counted(name: &str, why: &str, draft: Draft, votes: &[Vote], expected: Outcome) -> Case {
    let mut town = voted(draft, votes);
    let case = ended(name, why, &mut town);
    let result = town.result().expect("it has ended");
    let outcome = &result.questions[0].outcome;
    let found = (
        outcome.status,
        outcome.winners.as_slice(),
        outcome.tied.as_slice(),
    );
    assert_eq!(found, expected, "{name}");
    case
}

fn ruled(question: Question, rule: Rule) -> Question {
    Question { rule, ..question }
}

fn majority(numerator: u32, denominator: u32, of: Base, strict: bool) -> Rule {
    let majority = Majority {
        numerator,
        denominator,
        of,
        strict,
    };
    Rule { majority, ..most() }
}

fn quorum(numerator: u32, denominator: u32) -> Rule {
    let quorum = Quorum {
        numerator,
        denominator,
    };
    Rule { quorum, ..most() }
}

const A: Vote = &[1, 0, 0];
const B: Vote = &[0, 1, 0];
const C: Vote = &[0, 0, 1];
const BLANK: Vote = &[];

/// Name, reason, rule, lines of the roll, votes.
type ShareRow = (
    &'static str,
    &'static str,
    Rule,
    usize,
    &'static [Vote],
    Outcome,
);

fn shares_of_votes() -> Vec<Case> {
    let table: [ShareRow; 6] = [
        (
            "majority-strict-equal",
            "More than half of the expressed votes is needed. A has 2 of 4: 2·2 > 1·4 is false, so nobody may win.",
            majority(1, 2, Base::Expressed, true),
            4,
            &[A, A, B, C],
            (Status::None, &[], &[]),
        ),
        (
            "majority-equal",
            "At least half of the expressed votes is needed. A has 2 of 4 and wins.",
            majority(1, 2, Base::Expressed, false),
            4,
            &[A, A, B, C],
            (Status::Decided, &[1], &[]),
        ),
        (
            "majority-registered",
            "More than half of the roll is needed. A has 3 of 4 votes, but 3 of 7 registered: 3·2 > 1·7 is false.",
            majority(1, 2, Base::Registered, true),
            7,
            &[A, A, A, B],
            (Status::None, &[], &[]),
        ),
        (
            "majority-expressed",
            "More than half of the expressed votes is needed. A has 2 of 5 ballots, but two are blank: 2·2 > 1·3.",
            majority(1, 2, Base::Expressed, true),
            7,
            &[A, A, B, BLANK, BLANK],
            (Status::Decided, &[1], &[]),
        ),
        (
            "no-quorum",
            "Half of the roll must vote and 2 of 5 do: 2·2 < 1·5. Totals are given, an outcome is not.",
            quorum(1, 2),
            5,
            &[A, A],
            (Status::NoQuorum, &[], &[]),
        ),
        (
            "quorum-equal",
            "Two fifths of the roll must vote and 2 of 5 do; a blank vote counts for this. A wins with one vote.",
            quorum(2, 5),
            5,
            &[A, BLANK],
            (Status::Decided, &[1], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(name, why, rule, lines, votes, expected)| {
            let draft = Draft::plain(name, vec![ruled(one_of(3), rule)], lines);
            counted(name, why, draft, votes, expected)
        })
        .collect()
}

/// Name, reason, rule, ties, costs of A to D.
type BudgetRow = (
    &'static str,
    &'static str,
    RuleName,
    Ties,
    [u32; 4],
    Outcome,
);

/// An envelope of 100; A has 3 votes, B and C have 2, D has 1.
fn budgets() -> Vec<Case> {
    use RuleName::{GreedySkip, GreedyStop};
    let votes: [Vote; 3] = [&[1, 1, 1, 1], &[1, 1, 1, 0], &[1, 0, 0, 0]];
    let order = |order: [u32; 4]| Ties::Order(order.to_vec());
    let table: [BudgetRow; 8] = [
        (
            "greedy-stop-fits",
            "A costs 40 and leaves 60. B and C cost 30 each: the group fits as a whole. D no longer fits.",
            GreedyStop,
            Ties::Listed,
            [40, 30, 30, 10],
            (Status::Decided, &[1, 2, 3], &[]),
        ),
        (
            "greedy-stop-none",
            "A costs 60 and leaves 40. Neither B nor C fits: the selection ends, although D would fit.",
            GreedyStop,
            Ties::Listed,
            [60, 50, 45, 10],
            (Status::Decided, &[1], &[]),
        ),
        (
            "greedy-stop-first",
            "A alone costs more than the envelope: nobody wins, although all others would fit.",
            GreedyStop,
            Ties::Listed,
            [101, 1, 1, 1],
            (Status::None, &[], &[]),
        ),
        (
            "greedy-stop-some",
            "A costs 60 and leaves 40. B costs 50, C 30: what becomes of C depends on who is first, so C is tied.",
            GreedyStop,
            Ties::Listed,
            [60, 50, 30, 10],
            (Status::Tied, &[1], &[3]),
        ),
        (
            "greedy-skip-some",
            "The same costs, but what does not fit is passed over: C wins and leaves 10, which is D's cost.",
            GreedySkip,
            Ties::Listed,
            [60, 50, 30, 10],
            (Status::Decided, &[1, 3, 4], &[]),
        ),
        (
            "greedy-skip-tied",
            "A leaves 40. B costs 30 and C 20: each fits alone, not both. They are tied and the selection ends.",
            GreedySkip,
            Ties::Listed,
            [60, 30, 20, 10],
            (Status::Tied, &[1], &[2, 3]),
        ),
        (
            "greedy-order",
            "A leaves 40. The order puts C before B: C wins with 20 and leaves 20, B does not fit and ends the selection.",
            GreedyStop,
            order([4, 3, 2, 1]),
            [60, 30, 20, 10],
            (Status::Decided, &[1, 3], &[]),
        ),
        (
            "greedy-skip-order",
            "A leaves 40. The order puts B before C: B wins with 30 and leaves 10, C is passed over, D wins.",
            GreedySkip,
            order([1, 2, 3, 4]),
            [60, 30, 20, 10],
            (Status::Decided, &[1, 2, 4], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(title, why, name, ties, costs, expected)| {
            let rule = Rule {
                name,
                ties,
                ..greedy_skip()
            };
            let question = Question {
                most: 4,
                envelope: 100,
                rule,
                ..question(Kind::Several, &costs)
            };
            let draft = Draft::plain(title, vec![question], 3);
            counted(title, why, draft, &votes, expected)
        })
        .collect()
}

/// Three seats for five.
fn seats() -> Vec<Case> {
    let listed: [Vote; 3] = [&[1, 1, 1, 1, 1], &[1, 1, 1, 1, 0], &[1, 0, 0, 0, 0]];
    let exact: [Vote; 3] = [&[1, 1, 1, 1, 0], &[1, 1, 1, 0, 0], &[1, 0, 0, 0, 0]];
    let few: [Vote; 2] = [&[0, 0, 0, 1, 1], &[0, 0, 0, 1, 0]];
    let table: [(&str, &str, Ties, &[Vote], Outcome); 4] = [
        (
            "three-seats-tied",
            "Totals 3, 2, 2, 2, 1: A wins a seat, three options are tied for the other two.",
            Ties::Listed,
            &listed,
            (Status::Tied, &[1], &[2, 3, 4]),
        ),
        (
            "three-seats-order",
            "The same totals, the order 5, 4, 3, 2, 1: A, then D, then C.",
            Ties::Order(vec![5, 4, 3, 2, 1]),
            &listed,
            (Status::Decided, &[1, 4, 3], &[]),
        ),
        (
            "three-seats-exact",
            "Totals 3, 2, 2, 1, 0: the equal totals of B and C both fit, so nothing is tied.",
            Ties::Listed,
            &exact,
            (Status::Decided, &[1, 2, 3], &[]),
        ),
        (
            "three-seats-few",
            "Totals 0, 0, 0, 2, 1: nobody wins a seat without a vote.",
            Ties::Listed,
            &few,
            (Status::Decided, &[4, 5], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(name, why, ties, votes, expected)| {
            let rule = Rule {
                seats: 3,
                ties,
                ..most()
            };
            let draft = Draft::plain(name, vec![ruled(several(5, 0, 5), rule)], 3);
            counted(name, why, draft, votes, expected)
        })
        .collect()
}

fn two_colleges(guard: u32) -> Vec<College> {
    ["Workers", "Users"]
        .map(|name| College {
            name: vec![name.into()],
            guard,
        })
        .to_vec()
}

fn people() -> Vec<Case> {
    let draft = |lines| Draft::plain("people", vec![one_of(3)], lines);
    let mut exception = draft(3);
    exception.electors[0].weight = 2;
    exception.weights.exception = "The founder holds two shares, as everybody knows.".into();
    let mut guarded = draft(4);
    guarded.colleges[0].guard = 3;
    for elector in &mut guarded.electors {
        elector.weight = 5;
    }
    let mut apart = draft(4);
    apart.colleges = two_colleges(1);
    for elector in &mut apart.electors[2..] {
        (elector.weight, elector.college) = (2, 2);
    }
    let mut reached = draft(4);
    reached.colleges[0].guard = 2;
    vec![
        counted(
            "weight-exception",
            "One line alone has weight 2, which the organizer's signed exception allows. A has 2, B has 1.",
            exception,
            &[A, B],
            (Status::Decided, &[1], &[]),
        ),
        counted(
            "guard-counts-ballots",
            "Two ballots of weight 5 under a guard of 3: it is ballots that count, so the totals are withheld.",
            guarded,
            &[A, B],
            (Status::Withheld, &[], &[]),
        ),
        counted(
            "guard-equal",
            "Two ballots under a guard of 2 are enough.",
            reached,
            &[A, A],
            (Status::Decided, &[1], &[]),
        ),
        counted(
            "weights-per-college",
            "Two lines of weight 1 in one college, two of weight 2 in the other: no college has two weights, so nothing need be \
             shared. A has 1, B has 2.",
            apart,
            &[A, BLANK, B],
            (Status::Decided, &[2], &[]),
        ),
    ]
}

fn blanks() -> Vec<Case> {
    let table: [(&str, &str, Question, &[Vote], Outcome); 3] = [
        (
            "knapsack-blank",
            "Projects or blank; only B and C fit together. B has 2, A and C have 1: B leaves 50, C wins, A is passed over.",
            Question {
                blank: true,
                envelope: 100,
                rule: greedy_skip(),
                ..question(Kind::Knapsack, &[70, 50, 40])
            },
            &[&[0, 1, 1], &[1, 0, 0], BLANK, &[0, 1, 0]],
            // A and C form a group: A does not fit in what remains, C does.
            (Status::Decided, &[2, 3], &[]),
        ),
        (
            "points-blank",
            "Two to five points, at most three each, or blank.",
            Question {
                blank: true,
                least: 2,
                most: 5,
                each: 3,
                ..question(Kind::Points, &[0, 0, 0])
            },
            &[&[3, 2, 0], BLANK, &[0, 0, 2]],
            (Status::Decided, &[1], &[]),
        ),
        (
            "approval-blank",
            "Any number of three, or blank: choosing nothing is an expressed vote, blank is not.",
            Question {
                blank: true,
                ..ruled(several(3, 0, 3), majority(1, 2, Base::Expressed, false))
            },
            &[&[1, 0, 0], &[0, 0, 0], BLANK, BLANK],
            (Status::Decided, &[1], &[]),
        ),
    ];
    table
        .into_iter()
        .map(|(name, why, question, votes, expected)| {
            let draft = Draft::plain(name, vec![question], votes.len());
            counted(name, why, draft, votes, expected)
        })
        .collect()
}

/// What a verifier that is too strict would refuse.
fn tolerated() -> Vec<Case> {
    let mut all = Draft::plain("unanimous", vec![one_of(3)], 3);
    all.threshold = 3;
    let mut none = Draft::plain("sealing", vec![one_of(3)], 3);
    none.witnesses = 0;
    let mut unwitnessed = voted(none.clone(), &[A, B]);
    unwitnessed.close().expect("honest");
    unwitnessed.seal(&[1, 2]).expect("honest");
    let mut complete = voted(none, &[A, B]);
    complete.close().expect("honest");
    complete.seal(&[1, 2, 3]).expect("honest");
    let early = complete.decryption_of(1).expect("honest");
    vec![
        two_languages(),
        long(),
        counted(
            "three-of-three",
            "Every trustee is needed.",
            all,
            &[A, B, A],
            (Status::Decided, &[1], &[]),
        ),
        cap_replace(),
        Case::incomplete(
            "no-witnesses-sealing",
            "Two seals of three trustees with a threshold of two: without witnesses three seals are needed.",
            Record::of(&unwitnessed.server),
        ),
        Case::fail(
            "V26",
            "no-witnesses-decryption",
            "A decryption after two seals, where three are needed because there are no witnesses.",
            forced(&unwitnessed, early),
        ),
    ]
}

/// The seal of a trustee's tool that has lost its memory.
fn forgetful(town: &Town, number: u32, seal: &[u8]) -> Vec<u8> {
    resigned(seal, "\"kept\"", "\"lost\"", &[trustee_key(town, number)])
}

/// An entry with a piece of its text replaced, signed by these keys.
fn resigned(entry: &[u8], from: &str, to: &str, keys: &[&SigningKey]) -> Vec<u8> {
    let (payload, _) = split(entry).expect("an entry of our own");
    let payload = String::from_utf8(payload.to_vec()).expect("UTF-8");
    assert!(payload.contains(from), "{payload} has no {from}");
    sign_payload(payload.replacen(from, to, 1).into_bytes(), keys)
}

fn two_languages() -> Case {
    let text = |english: &str, french: &str| vec![english.to_owned(), french.to_owned()];
    let mut question = one_of(2);
    question.title = text("\"Yes\" or \\no\\?", "Oui\nou non ?");
    question.description = text("", "\u{7f}\u{feff}é\u{10ffff}");
    for option in &mut question.options {
        option.name = text("a\nb", "\\\"");
        option.description = text("/", "");
    }
    let mut draft = Draft::plain("two", vec![question], 3);
    draft.languages = text("en", "fr-CA");
    draft.title = text("A \"quoted\" title", "Un titre\nsur deux lignes");
    draft.description = text("\\n is not a line feed", "");
    draft.colleges[0].name = text("Everybody", "Tout le monde");
    let mut town = Town::found(draft, 61).expect("a valid draft");
    let say = |town: &mut Town, words: &str| {
        let entry = Entry::Notice(Notice {
            election: *town.server.replica().election().id(),
            text: text(words, "\"\\\n"),
        });
        let entry = entry.signed(&[&town.organizer_key]);
        town.server.admit(entry).expect("a notice may stand");
    };
    say(&mut town, "dealing");
    town.deal().expect("honest");
    say(&mut town, "confirming");
    town.confirm().expect("honest");
    say(&mut town, "preparing");
    town.publish_roll().expect("honest");
    town.drill().expect("honest");
    let booth = ["/", "/a\"b", "/a.js"].map(|path| BoothFile {
        path: path.into(),
        hash: [1; 32],
    });
    town.open(booth.to_vec()).expect("honest");
    say(&mut town, "voting");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    town.close().expect("honest");
    say(&mut town, "sealing");
    let seal = town.seal_of(3).expect("honest");
    let seal = forgetful(&town, 3, &seal);
    town.server.admit(seal).expect("a seal");
    town.seal(&[1]).expect("honest");
    town.decrypt(&[3]).expect("honest");
    town.seal(&[2]).expect("honest");
    town.decrypt(&[1, 2]).expect("honest");
    let result = town.publish_result().expect("it has ended");
    say(&mut town, "after the end");
    let mut case = Case::pass(
        "pass-two-languages",
        "Two languages, texts with quotation marks, backslashes, line feeds and rare characters, a notice in every phase, a \
         booth with files, a seal whose tool lost its memory, a seal after a decryption, three decryptions where two are \
         enough, by 3, 1 and 2.",
        Record::of(&town.server),
    );
    case.result = Some(result_members(&result));
    case
}

/// Three hundred entries by three voters who cannot make up their minds.
fn long() -> Case {
    let mut draft = Draft::plain("long", vec![question(Kind::One, &[0, 0])], 3);
    draft.cap = 1000;
    let mut town = Town::found(draft, 62).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for number in 0..285 {
        town.vote(number % 3, &[choose(1 + number % 2, 2)])
            .expect("valid");
    }
    ended(
        "300-entries",
        "More than 256 entries: two bundles, a full tile and a tile of the second level.",
        &mut town,
    )
}

fn cap_replace() -> Case {
    let mut draft = Draft::plain("capped", vec![one_of(3)], 3);
    draft.cap = 2;
    let mut town = voted(draft, &[A, B]);
    for vote in [B, A] {
        town.replace_letter(0).expect("valid");
        town.vote(0, &[answer(vote)]).expect("valid");
        town.vote(0, &[answer(C)]).expect("valid");
    }
    ended(
        "cap-replace",
        "Two ballots per key: after a lost letter the new key may cast two of its own, though the line has cast five in all.",
        &mut town,
    )
}

/// A finished election with every kind of entry but a complaint.
fn eventful() -> (Town, Vec<Vec<u8>>) {
    let mut town = voted(Draft::plain("eventful", vec![one_of(3)], 3), &[A, B]);
    town.remove(2).expect("valid");
    town.close_and_count().expect("honest");
    let entries = town.server.replica().entries().to_vec();
    (town, entries)
}

/// Where the entry number `nth` (from 0) of this kind stands.
fn place(entries: &[Vec<u8>], kind: &str, nth: usize) -> usize {
    let start = format!("{{\"kind\":\"{kind}\"");
    let mut places = (0..entries.len()).filter(|&at| entries[at].starts_with(start.as_bytes()));
    places.nth(nth).expect("an entry of this kind")
}

/// Entries where their kind may not stand: everything before an entry, then a copy of another one.
fn misplaced() -> Vec<Case> {
    const TABLE: [(&str, &str, &str, usize, &str); 19] = [
        (
            "second-deal-dealing",
            "Trustee 1 deals twice while others have not dealt.",
            "deal",
            1,
            "deal",
        ),
        (
            "confirm-dealing",
            "A confirm before the last deal.",
            "deal",
            2,
            "confirm",
        ),
        (
            "deal-confirming",
            "A deal when all deals stand.",
            "confirm",
            0,
            "deal",
        ),
        (
            "roll-confirming",
            "The roll before the last confirm.",
            "confirm",
            2,
            "roll",
        ),
        (
            "second-confirm",
            "Trustee 1 confirms twice.",
            "confirm",
            1,
            "confirm",
        ),
        (
            "confirm-preparing",
            "A confirm when the key exists.",
            "roll",
            0,
            "confirm",
        ),
        (
            "second-drill",
            "Trustee 1 passes the drill twice.",
            "drill",
            1,
            "drill",
        ),
        (
            "ballot-before-open",
            "A ballot before the opening.",
            "open",
            0,
            "ballot",
        ),
        (
            "close-before-open",
            "A closing before the opening.",
            "open",
            0,
            "close",
        ),
        (
            "change-before-open",
            "A late change of the roll before the opening.",
            "open",
            0,
            "roll-change",
        ),
        (
            "roll-after-open",
            "A chunk of the roll after the opening.",
            "ballot",
            0,
            "roll",
        ),
        (
            "drill-after-open",
            "A drill after the opening.",
            "ballot",
            0,
            "drill",
        ),
        (
            "second-open",
            "The box is opened twice.",
            "ballot",
            0,
            "open",
        ),
        (
            "seal-before-close",
            "A seal before the closing.",
            "close",
            0,
            "seal",
        ),
        (
            "second-close",
            "The box is closed twice.",
            "seal",
            0,
            "close",
        ),
        (
            "change-after-close",
            "The roll changes after the closing.",
            "seal",
            0,
            "roll-change",
        ),
        (
            "result-sealed",
            "The result before any decryption.",
            "decryption",
            0,
            "result",
        ),
        (
            "result-early",
            "The result after one decryption of two.",
            "decryption",
            1,
            "result",
        ),
        (
            "open-after-close",
            "The box is opened again after the closing.",
            "result",
            0,
            "open",
        ),
    ];
    let (town, entries) = eventful();
    let mut cases: Vec<Case> = TABLE
        .iter()
        .map(|&(name, why, before, nth, kind)| {
            let mut cut = entries[..place(&entries, before, nth)].to_vec();
            cut.push(entries[place(&entries, kind, 0)].clone());
            Case::fail("V26", name, why, assembled(&town, &cut))
        })
        .collect();
    cases.extend(once_per_trustee());
    cases.extend(forbidden());
    cases
}

fn once_per_trustee() -> Vec<Case> {
    let closed = || {
        let mut town = voted(Draft::plain("once", vec![one_of(3)], 3), &[A, B]);
        town.close().expect("honest");
        town
    };
    let mut sealed = closed();
    let seal = sealed.seal_of(1).expect("honest");
    let again = forgetful(&sealed, 1, &seal);
    sealed.server.admit(seal).expect("a seal");
    let mut decrypted = closed();
    decrypted.seal(&[1, 2, 3]).expect("honest");
    let third = decrypted.decryption_of(3).expect("honest");
    decrypted.decrypt(&[1]).expect("honest");
    let second = decrypted.decryption_of(1).expect("honest");
    let mut without = closed();
    without.seal(&[1, 2]).expect("honest");
    vec![
        Case::fail(
            "V26",
            "second-seal",
            "A second seal of trustee 1, in other words, where two trustees must seal.",
            forced(&sealed, again),
        ),
        Case::fail(
            "V26",
            "second-decryption",
            "A second decryption of trustee 1, with a fresh proof: two trustees are needed, the election has not ended.",
            forced(&decrypted, second),
        ),
        Case::fail(
            "V26",
            "own-seal",
            "Trustees 1 and 2 have sealed, trustee 3 decrypts without having sealed.",
            forced(&without, third),
        ),
    ]
}

/// The same town under another manifest.
fn refounded(draft: Draft, change: impl FnOnce(&mut Manifest)) -> Town {
    let mut town = Town::found(draft, 63).expect("a valid draft");
    let mut manifest = town.server.replica().manifest().clone();
    let clock = manifest.opens;
    change(&mut manifest);
    let old = town.server.keys();
    let keys = ServerKeys {
        log: old.log.clone(),
        receipts: old.receipts.clone(),
        witnesses: old
            .witnesses
            .iter()
            .map(|witness| Witness {
                name: witness.name.clone(),
                key: witness.key.clone(),
            })
            .collect(),
    };
    let entry = sign_payload(manifest.payload(), &[&town.organizer_key]);
    town.server = Server::start(keys, entry, clock).expect("a valid manifest");
    let election = *town.server.replica().election().id();
    town.issuers = (1..)
        .zip(&town.issuers)
        .map(|(number, issuer)| Issuer::new(number, issuer.key().clone(), election))
        .collect();
    town
}

/// Manifests that allow no notice, or no change of the roll.
fn forbidden() -> Vec<Case> {
    let draft = || Draft::plain("forbidden", vec![one_of(3)], 3);
    let silent = refounded(draft(), |manifest| manifest.notices = false);
    let rain = notice(&silent, "rain").signed(&[&silent.organizer_key]);
    let settled = |changes| {
        let mut town = refounded(draft(), |manifest| manifest.changes = changes);
        town.prepare_and_open().expect("an honest ceremony");
        town
    };
    let mut fixed = settled(false);
    let before = fixed.server.replica().entries().len();
    fixed.remove(2).expect_err("no change may stand");
    assert_eq!(fixed.server.replica().entries().len(), before);
    let remove = signed_change(
        &fixed.all_issuers(),
        Reason::Paper,
        Operation::Remove {
            key: fixed.voters[2].key(),
        },
    );
    vec![
        Case::fail(
            "V26",
            "notices-off",
            "A notice where the manifest allows none.",
            forced(&silent, rain),
        ),
        Case::fail(
            "V26",
            "changes-off",
            "A change of the roll where the manifest allows none.",
            forced(&fixed, remove),
        ),
    ]
}

/// Every kind of entry with another election's id, signed again.
fn elsewhere() -> Vec<Case> {
    let (town, entries) = eventful();
    let id = base64url(town.server.replica().election().id());
    let other = base64url(&[7; 32]);
    let organizer = || vec![&town.organizer_key];
    let trustee = || vec![trustee_key(&town, 1)];
    let issuer = || vec![town.issuers[0].key()];
    let table: [(&str, Vec<&SigningKey>); 10] = [
        ("deal", trustee()),
        ("confirm", trustee()),
        ("roll", issuer()),
        ("drill", trustee()),
        ("open", organizer()),
        ("roll-change", issuer()),
        ("close", organizer()),
        ("seal", trustee()),
        ("decryption", trustee()),
        ("result", Vec::new()),
    ];
    table
        .into_iter()
        .map(|(kind, keys)| {
            let at = place(&entries, kind, 0);
            let mut cut = entries[..at].to_vec();
            cut.push(resigned(&entries[at], &id, &other, &keys));
            Case::fail(
                "V26",
                &format!("other-election-{kind}"),
                &format!("A {kind} that names another election and is sound otherwise."),
                assembled(&town, &cut),
            )
        })
        .collect()
}

/// A first ballot that says it replaces one, with an honest proof of just that.
fn acceptance() -> Vec<Case> {
    let mut town = opened();
    let Town {
        rng,
        server,
        voters,
        ..
    } = &mut town;
    let Phase::Voting(voting) = server.replica().election().phase() else {
        unreachable!("the box is open");
    };
    let slot = Slot {
        college: 1,
        credential: voters[2].key(),
        after: [7; 32],
    };
    let form = &server.replica().election().constants().form;
    let bits = form.encode(&[choose(1, 2)]).expect("valid");
    let seed = EncryptionSeed::random(rng);
    let encrypted = voting.context().encrypt(slot, bits, seed).expect("valid");
    let ballot = encrypted.cast(voting.context(), &voters[2].credential(), rng);
    let entry = Entry::Ballot(BallotEntry {
        after: slot.after,
        key: slot.credential,
        proof: ballot.to_bytes(),
    });
    let record = forced(&town, entry.signed(&[]));
    vec![Case::fail(
        "V21",
        "after-none",
        "The first ballot of its line says that it replaces one, and its proof is honest about that.",
        record,
    )]
}

/// Name, what the rule forbids, and the change that breaks this rule alone.
type BrokenRule = (&'static str, &'static str, fn(&mut Manifest));

fn broken(table: &[BrokenRule]) -> Vec<Case> {
    let town = founded();
    table
        .iter()
        .map(|(name, why, change)| {
            let record = manifest_record(&town, change);
            Case::fail("V2", &format!("rule-{name}"), why, record)
        })
        .collect()
}

fn manifest_rules() -> Vec<Case> {
    broken(&[
        ("hours-equal", "It opens at the second it closes.", |m| {
            m.opens = m.closes
        }),
        (
            "encryption-keys",
            "Two trustees have one encryption key.",
            |m| {
                m.trustees[1].encryption = m.trustees[0].encryption;
            },
        ),
        ("issuer-keys", "Both issuers have one key.", |m| {
            m.issuers.push(m.issuers[0].clone())
        }),
        (
            "server-log",
            "The server signs receipts with the log's key.",
            |m| m.server.key = m.log.key,
        ),
        (
            "weak-organizer",
            "The organizer's key is of small order.",
            |m| m.organizer.key = [0; 32],
        ),
        ("weak-log", "The log's key is of small order.", |m| {
            m.log.key = [0; 32]
        }),
        ("weak-witness", "A witness's key is of small order.", |m| {
            m.witnesses.list[1].key = [0; 32]
        }),
        ("weak-issuer", "The issuer's key is of small order.", |m| {
            m.issuers[0].key = [0; 32]
        }),
        ("weak-trustee", "A trustee's key is of small order.", |m| {
            m.trustees[2].key = [0; 32]
        }),
        ("origin-plus", "The origin contains a plus sign.", |m| {
            m.log.origin.insert(4, '+')
        }),
        ("origin-space", "The origin contains a space.", |m| {
            m.log.origin.insert(4, ' ')
        }),
        (
            "origin-letter",
            "The origin contains a letter beyond ASCII.",
            |m| m.log.origin.insert(4, 'é'),
        ),
        (
            "witness-plus",
            "A witness's name contains a plus sign.",
            |m| m.witnesses.list[0].name.push('+'),
        ),
        ("witness-space", "A witness's name contains a space.", |m| {
            m.witnesses.list[0].name.push(' ')
        }),
        ("witness-names", "Two witnesses have one name.", |m| {
            m.witnesses.list[1].name = m.witnesses.list[0].name.clone();
        }),
        ("witness-keys", "Two witnesses have one key.", |m| {
            m.witnesses.list[1].key = m.witnesses.list[0].key;
        }),
        ("witness-log-key", "A witness has the log's key.", |m| {
            m.witnesses.list[0].key = m.log.key
        }),
        (
            "witness-log-name",
            "A witness has the log's origin as its name.",
            |m| {
                m.witnesses.list[0].name = m.log.origin.clone();
            },
        ),
        ("quorum-zero", "Witnesses and a quorum of 0.", |m| {
            m.witnesses.quorum = 0
        }),
        (
            "quorum-high",
            "A quorum of four witnesses where there are three.",
            |m| m.witnesses.quorum = 4,
        ),
        ("faulty-zero", "It trusts that no witness lies.", |m| {
            m.witnesses.faulty = 0
        }),
        (
            "faulty-high",
            "Three of three witnesses, three of whom may lie: 2·3 > 3 + 3 is false.",
            |m| {
                m.witnesses.faulty = 3;
            },
        ),
        ("no-witnesses-quorum", "A quorum without witnesses.", |m| {
            m.witnesses.list.clear();
            m.witnesses.faulty = 0;
        }),
        ("no-witnesses-faulty", "Liars without witnesses.", |m| {
            m.witnesses.list.clear();
            m.witnesses.quorum = 0;
        }),
        ("interval-zero", "The log's interval is 0.", |m| {
            m.log.interval = 0
        }),
        (
            "interval-long",
            "The log's interval is longer than a day.",
            |m| m.log.interval = 86_401,
        ),
        ("threshold-zero", "The threshold is 0.", |m| m.threshold = 0),
        ("guard-zero", "A guard of 0.", |m| m.colleges[0].guard = 0),
        ("cap-zero", "A cap of 0.", |m| m.cap = 0),
        ("cap-high", "A cap of 1,001.", |m| m.cap = 1001),
        ("name-empty", "The organizer has no name.", |m| {
            m.organizer.name.clear()
        }),
        ("no-questions", "It asks nothing.", |m| m.questions.clear()),
        ("no-colleges", "It has no college.", |m| m.colleges.clear()),
        ("no-issuers", "It has no issuer.", |m| m.issuers.clear()),
        ("title-languages", "Two titles in one language.", |m| {
            m.title.push("more".into())
        }),
        ("language-short", "A language tag of one letter.", |m| {
            m.languages[0] = "e".into()
        }),
        ("totals", "22 options and 64 colleges: 1,408 totals.", |m| {
            m.colleges = vec![m.colleges[0].clone(); 64];
            m.questions[0] = question(Kind::One, &[0; 22]);
        }),
        (
            "bits",
            "70 scores of 16 bits each: N = 1,120, though 2n + N = 1,260.",
            |m| {
                m.questions[0] = Question {
                    each: 65_535,
                    ..question(Kind::Score, &[0; 70])
                };
            },
        ),
        ("size", "One of 467: N = 467, but 2n + N = 1,401.", |m| {
            m.questions[0] = question(Kind::One, &[0; 467]);
            for option in &mut m.questions[0].options {
                option.name = vec!["x".into()];
            }
        }),
    ])
}

fn score(each: u32) -> Question {
    Question {
        each,
        ..question(Kind::Score, &[0, 0])
    }
}

fn points(least: u32, most: u32, each: u32) -> Question {
    Question {
        least,
        most,
        each,
        ..question(Kind::Points, &[0, 0])
    }
}

fn knapsack(costs: &[u32]) -> Question {
    Question {
        envelope: 100,
        ..question(Kind::Knapsack, costs)
    }
}

fn question_rules() -> Vec<Case> {
    broken(&[
        (
            "one-alone",
            "One of one without blank: nothing to choose.",
            |m| m.questions[0] = question(Kind::One, &[0]),
        ),
        ("one-least", "`least` of `one` is 1.", |m| {
            m.questions[0].least = 1
        }),
        ("one-most", "`most` of `one` is 1.", |m| {
            m.questions[0].most = 1
        }),
        ("one-each", "`each` of `one` is 1.", |m| {
            m.questions[0].each = 1
        }),
        ("several-least", "At least two and at most one.", |m| {
            m.questions[0] = several(3, 2, 1)
        }),
        ("several-most", "Up to four of three.", |m| {
            m.questions[0] = several(3, 0, 4)
        }),
        ("several-none", "None of three.", |m| {
            m.questions[0] = several(3, 0, 0)
        }),
        ("several-each", "`each` of `several` is 1.", |m| {
            m.questions[0] = Question {
                each: 1,
                ..several(3, 0, 3)
            };
        }),
        ("knapsack-free", "A project that costs nothing.", |m| {
            m.questions[0] = knapsack(&[50, 0])
        }),
        (
            "knapsack-dear",
            "A project that costs more than the envelope.",
            |m| m.questions[0] = knapsack(&[50, 101]),
        ),
        ("knapsack-least", "`least` of `knapsack` is 1.", |m| {
            m.questions[0] = Question {
                least: 1,
                ..knapsack(&[50, 60])
            };
        }),
        ("knapsack-most", "`most` of `knapsack` is 1.", |m| {
            m.questions[0] = Question {
                most: 1,
                ..knapsack(&[50, 60])
            };
        }),
        ("knapsack-each", "`each` of `knapsack` is 1.", |m| {
            m.questions[0] = Question {
                each: 1,
                ..knapsack(&[50, 60])
            };
        }),
        ("score-zero", "Scores from 0 to 0.", |m| {
            m.questions[0] = score(0)
        }),
        ("score-high", "Scores from 0 to 65,536.", |m| {
            m.questions[0] = score(65_536)
        }),
        ("score-blank", "Scores with blank.", |m| {
            m.questions[0] = Question {
                blank: true,
                ..score(5)
            }
        }),
        ("score-least", "`least` of `score` is 1.", |m| {
            m.questions[0] = Question {
                least: 1,
                ..score(5)
            }
        }),
        ("score-most", "`most` of `score` is 1.", |m| {
            m.questions[0] = Question {
                most: 1,
                ..score(5)
            }
        }),
        (
            "points-least",
            "At least four points and at most three.",
            |m| m.questions[0] = points(4, 3, 3),
        ),
        (
            "points-most",
            "Up to seven points where each of two options takes three.",
            |m| {
                m.questions[0] = points(0, 7, 3);
            },
        ),
        ("points-none", "No point for any option.", |m| {
            m.questions[0] = points(0, 0, 0)
        }),
        (
            "points-each",
            "Four points for one option where there are three.",
            |m| m.questions[0] = points(0, 3, 4),
        ),
        ("points-high", "65,536 points.", |m| {
            m.questions[0] = points(0, 65_536, 65_535)
        }),
        (
            "second-question",
            "The second question breaks a rule, the first does not.",
            |m| {
                m.questions.push(several(3, 2, 1));
            },
        ),
    ])
}

fn budget() -> Question {
    Question {
        rule: greedy_skip(),
        ..knapsack(&[50, 60])
    }
}

fn outcome_rules() -> Vec<Case> {
    broken(&[
        ("no-seats", "Most votes win no seat.", |m| {
            m.questions[0].rule.seats = 0
        }),
        ("budget-seats", "A budget rule with a seat.", |m| {
            m.questions[0] = budget();
            m.questions[0].rule.seats = 1;
        }),
        ("budget-envelope", "A budget rule without a budget.", |m| {
            m.questions[0] = ruled(one_of(2), greedy_skip());
        }),
        ("most-envelope", "An envelope that no rule uses.", |m| {
            m.questions[0].envelope = 1
        }),
        ("most-cost", "A cost that no rule uses.", |m| {
            m.questions[0].options[1].cost = 1
        }),
        ("majority-above", "A majority of three halves.", |m| {
            m.questions[0].rule = majority(3, 2, Base::Expressed, true);
        }),
        ("majority-zero", "A majority of zero over zero.", |m| {
            m.questions[0].rule = majority(0, 0, Base::Expressed, true);
        }),
        ("quorum-above", "A quorum of three halves.", |m| {
            m.questions[0].rule = quorum(3, 2)
        }),
        ("score-majority", "A majority for scores.", |m| {
            m.questions[0] = ruled(score(5), majority(1, 2, Base::Expressed, true));
        }),
        ("points-majority", "A majority for points.", |m| {
            m.questions[0] = ruled(points(0, 3, 3), majority(1, 2, Base::Expressed, true));
        }),
        ("order-short", "A tie order that forgets an option.", |m| {
            m.questions[0].rule.ties = Ties::Order(vec![1])
        }),
        (
            "order-twice",
            "A tie order that names an option twice.",
            |m| {
                m.questions[0].rule.ties = Ties::Order(vec![1, 1]);
            },
        ),
        ("order-blank", "A tie order that names blank.", |m| {
            m.questions[0].rule.ties = Ties::Order(vec![1, 2, 3]);
        }),
        ("order-empty", "A tie order that is empty.", |m| {
            m.questions[0].rule.ties = Ties::Order(Vec::new())
        }),
    ])
}
