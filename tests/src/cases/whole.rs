//! Elections in which all is well: every kind of question, weights, colleges, absences, nobody, one voter; and elections
//! that have not ended.

use urne_cli::rehearsal::{Draft, Elector, Town};
use urne_election::entry::{Entry, TallyResult};
use urne_election::manifest::College;
use urne_election::question::{Answer, Kind, Question};

use super::Case;
use crate::ballots::{choose, greedy_skip, most, one_of, question, several, values};
use crate::record::Record;

pub(super) fn cases() -> Vec<Case> {
    [kinds(), people(), unfinished()].concat()
}

/// A finished election of one question and these answers, one per voter.
fn finished(name: &str, why: &str, question: Question, answers: &[Answer]) -> Case {
    let mut town =
        Town::found(Draft::plain(name, vec![question], answers.len()), 1).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for (voter, answer) in answers.iter().enumerate() {
        town.vote(voter, core::slice::from_ref(answer))
            .expect("a valid answer");
    }
    ended(name, why, &mut town)
}

pub(super) fn ended(name: &str, why: &str, town: &mut Town) -> Case {
    let result = town.close_and_count().expect("an honest count");
    let mut case = Case::pass(&format!("pass-{name}"), why, Record::of(&town.server));
    case.result = Some(result_members(&result));
    case
}

/// `{"colleges":…,"questions":…}` of a result.
pub(crate) fn result_members(result: &TallyResult) -> String {
    let payload = Entry::Result(result.clone()).payload();
    let text = String::from_utf8(payload).expect("an entry is UTF-8");
    let start = text.find("\"colleges\"").expect("a result has colleges");
    format!("{{{}", &text[start..])
}

fn kinds() -> Vec<Case> {
    vec![
        finished(
            "one",
            "One of three with blank; the last voter votes blank.",
            one_of(3),
            &[choose(1, 3), choose(2, 3), choose(2, 3), Answer::Blank],
        ),
        finished(
            "several",
            "Between one and two of four.",
            several(4, 1, 2),
            &[
                values(&[1, 1, 0, 0]),
                values(&[0, 1, 0, 0]),
                values(&[0, 1, 0, 1]),
            ],
        ),
        finished(
            "several-blank",
            "Between one and two of three, or blank.",
            Question {
                blank: true,
                ..several(3, 1, 2)
            },
            &[values(&[1, 1, 0]), Answer::Blank, values(&[1, 0, 0])],
        ),
        finished(
            "approval",
            "Approval: any of three, no rule at all.",
            several(3, 0, 3),
            &[values(&[1, 1, 1]), values(&[0, 0, 0]), values(&[0, 0, 1])],
        ),
        finished(
            "knapsack",
            "Projects whose costs fit in the envelope, budget rule that skips.",
            Question {
                envelope: 100,
                rule: greedy_skip(),
                ..question(Kind::Knapsack, &[60, 50, 40])
            },
            &[values(&[1, 0, 1]), values(&[1, 0, 0]), values(&[0, 1, 1])],
        ),
        finished(
            "score",
            "A score from 0 to 5 for each of two; one seat.",
            Question {
                each: 5,
                ..question(Kind::Score, &[0, 0])
            },
            &[values(&[5, 0]), values(&[3, 4]), values(&[1, 1])],
        ),
        finished(
            "points",
            "Seven points to share, at most three each, a budget rule on the totals.",
            Question {
                least: 0,
                most: 7,
                each: 3,
                envelope: 50,
                rule: greedy_skip(),
                ..question(Kind::Points, &[30, 20, 10, 10])
            },
            &[
                values(&[3, 3, 1, 0]),
                values(&[0, 0, 3, 3]),
                values(&[0, 0, 0, 1]),
            ],
        ),
        finished(
            "tie-listed",
            "Two options tie for one seat and the rule lists ties.",
            one_of(2),
            &[choose(1, 2), choose(2, 2)],
        ),
        finished(
            "tie-order",
            "The same tie, broken by the manifest's order.",
            Question {
                rule: urne_election::outcome::Rule {
                    ties: urne_election::outcome::Ties::Order(vec![2, 1]),
                    ..most()
                },
                ..one_of(2)
            },
            &[choose(1, 2), choose(2, 2)],
        ),
        several_questions(),
    ]
}

fn several_questions() -> Case {
    let questions = vec![one_of(2), several(3, 0, 3)];
    let mut town = Town::found(Draft::plain("questions", questions, 3), 2).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    town.vote(0, &[choose(1, 2), values(&[1, 0, 1])])
        .expect("valid");
    town.vote(1, &[Answer::Blank, values(&[1, 1, 1])])
        .expect("valid");
    ended(
        "questions",
        "Two questions in one ballot, with one proof; one of three voters stays at home.",
        &mut town,
    )
}

fn draft(voters: usize) -> Draft {
    Draft::plain("people", vec![one_of(2)], voters)
}

fn people() -> Vec<Case> {
    vec![
        again(),
        weighted(),
        colleges(),
        without_witnesses(),
        nobody(),
        alone(),
        single_trustee(),
    ]
}

fn again() -> Case {
    let mut draft = draft(6);
    draft.issuers = vec!["Registrar".into(), "Server".into()];
    let mut town = Town::found(draft, 3)
        .expect("a valid draft")
        .with_chunks_of(4);
    town.prepare_and_open().expect("an honest ceremony");
    let first = town.vote(0, &[choose(1, 2)]).expect("valid");
    let second = town.vote(0, &[choose(2, 2)]).expect("valid");
    town.vote(1, &[choose(1, 2)]).expect("valid");
    town.replace_letter(1).expect("valid");
    town.vote(1, &[choose(2, 2)]).expect("valid");
    let cancelled = town.vote(2, &[choose(1, 2)]).expect("valid");
    town.remove(2).expect("valid");
    let late = town
        .admit_elector(&Elector {
            identifier: "late".into(),
            weight: 1,
            college: 1,
        })
        .expect("valid");
    town.vote(late, &[choose(2, 2)]).expect("valid");
    let mut case = ended(
        "again",
        "Two issuers, a roll in two chunks, a voter who votes again, a lost letter replaced after a vote, a voter struck after \
         voting on paper, one admitted late.",
        &mut town,
    );
    case.receipts = [&first, &second, &cancelled]
        .map(|receipt| receipt.to_bytes())
        .to_vec();
    case.receipt_states = vec!["replaced", "counts", "cancelled"];
    case.election = Some(urne_election::json::base64url(
        town.server.replica().election().id(),
    ));
    case
}

fn weighted() -> Case {
    let mut draft = draft(12);
    for elector in &mut draft.electors[..6] {
        elector.weight = 1000;
    }
    let mut town = Town::found(draft, 4).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for voter in 4..9 {
        town.vote(voter, &[choose(1 + voter % 2, 2)])
            .expect("valid");
    }
    ended(
        "weights",
        "Weights 1 and 1,000, six lines of each.",
        &mut town,
    )
}

fn colleges() -> Case {
    let mut draft = draft(9);
    draft.colleges = ["Workers", "Users", "Founders"]
        .map(|name| College {
            name: vec![name.into()],
            guard: 2,
        })
        .to_vec();
    for (number, elector) in (0..).zip(&mut draft.electors) {
        elector.college = 1 + number / 3;
    }
    let mut town = Town::found(draft, 5).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    for voter in [0, 1, 2, 3] {
        town.vote(voter, &[choose(1, 2)]).expect("valid");
    }
    ended(
        "colleges",
        "Three colleges: one decrypted, one withheld with a single ballot under a guard of two, one empty. No winner may be \
         computed from the rest.",
        &mut town,
    )
}

fn without_witnesses() -> Case {
    let mut draft = draft(3);
    draft.witnesses = 0;
    let mut town = Town::found(draft, 6).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    ended(
        "no-witnesses",
        "No witness quorum: three seals of three are needed.",
        &mut town,
    )
}

fn nobody() -> Case {
    let mut town = Town::found(draft(3), 7).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    ended(
        "nobody",
        "Nobody votes: totals are zero by rule and nothing is decrypted.",
        &mut town,
    )
}

fn alone() -> Case {
    let mut town = Town::found(draft(1), 8).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    town.vote(0, &[choose(2, 2)]).expect("valid");
    ended("one-voter", "One voter.", &mut town)
}

fn single_trustee() -> Case {
    let mut draft = draft(2);
    draft.trustees = vec!["Anne".into()];
    draft.threshold = 1;
    let mut town = Town::found(draft, 9).expect("a valid draft");
    town.prepare_and_open().expect("an honest ceremony");
    town.vote(0, &[choose(2, 2)]).expect("valid");
    ended("one-trustee", "One trustee of one.", &mut town)
}

fn unfinished() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut keep = |name: &str, why: &str, town: &Town| {
        cases.push(Case::incomplete(name, why, Record::of(&town.server)));
    };
    let mut town = Town::found(draft(3), 10).expect("a valid draft");
    keep("dealing", "Only the manifest.", &town);
    town.deal().expect("valid");
    keep("confirming", "All deals, no confirm.", &town);
    town.confirm().expect("valid");
    keep("preparing", "The key exists, no roll yet.", &town);
    town.publish_roll().expect("valid");
    town.drill().expect("valid");
    town.open(Vec::new()).expect("valid");
    town.vote(0, &[choose(1, 2)]).expect("valid");
    keep("voting", "The box is open.", &town);
    town.close().expect("valid");
    town.seal(&[3]).expect("valid");
    keep("sealing", "One seal of the two that are needed.", &town);
    town.seal(&[1]).expect("valid");
    town.decrypt(&[3]).expect("valid");
    keep(
        "decrypting",
        "One decryption of the two that are needed.",
        &town,
    );
    town.decrypt(&[1]).expect("valid");
    let mut case = Case::pass(
        "pass-no-result-entry",
        "Ended without a `result` entry: everybody computes it.",
        Record::of(&town.server),
    );
    case.result = Some(result_members(town.result().expect("it has ended")));
    cases.push(case);
    cases
}
