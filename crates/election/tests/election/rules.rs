//! The rules a manifest of the right form can still break, one at a time, and what they leave free.

use urne_election::json::base64url;
use urne_election::manifest::{Manifest, Witnesses};
use urne_election::outcome::{RuleName, Ties};
use urne_election::question::Question;

use crate::sample::{knapsack, manifest, one, point, points, rule, score, several};

/// Breaks one rule, and a word of the complaint.
type Broken = (&'static str, fn(&mut Manifest));

/// y = 1: a key of small order.
fn small_order() -> [u8; 32] {
    let mut key = [0; 32];
    key[0] = 1;
    key
}

fn quorum(manifest: &mut Manifest, quorum: u32, faulty: u32) {
    manifest.witnesses.quorum = quorum;
    manifest.witnesses.faulty = faulty;
}

const PARTIES: [Broken; 32] = [
    ("before", |m| m.closes = m.opens),
    ("before", |m| m.closes = m.opens - 1),
    ("Ed25519", |m| m.organizer.key = small_order()),
    ("Ed25519", |m| m.server.key = small_order()),
    ("Ed25519", |m| m.log.key = small_order()),
    ("Ed25519", |m| m.witnesses.list[2].key = small_order()),
    ("Ed25519", |m| m.issuers[1].key = small_order()),
    ("Ed25519", |m| m.trustees[2].key = [255; 32]),
    ("one key", |m| m.trustees[2].key = m.trustees[0].key),
    ("encryption key", |m| {
        m.trustees[2].encryption = m.trustees[0].encryption
    }),
    ("issuers", |m| m.issuers[1].key = m.issuers[0].key),
    ("log's", |m| m.server.key = m.log.key),
    ("origin", |m| m.log.origin.push('x')),
    ("origin", |m| {
        m.log.origin = m.log.origin.replace("/urne/", "/urn/")
    }),
    ("origin", |m| {
        m.log.origin = format!("urne.example/urne/{}", base64url(&[8; 32]))
    }),
    ("origin", |m| m.log.origin.insert(0, '+')),
    ("origin", |m| m.log.origin.insert(0, ' ')),
    ("origin", |m| m.log.origin.insert(0, '\u{7f}')),
    ("origin", |m| m.log.origin.insert(0, 'é')),
    ("without witnesses", |m| m.witnesses.list.clear()),
    ("without witnesses", |m| {
        m.witnesses = Witnesses {
            quorum: 1,
            ..Witnesses::default()
        }
    }),
    ("without witnesses", |m| {
        m.witnesses = Witnesses {
            faulty: 1,
            ..Witnesses::default()
        }
    }),
    ("quorum", |m| quorum(m, 0, 1)),
    ("quorum", |m| quorum(m, 4, 1)),
    ("quorum", |m| quorum(m, 3, 0)),
    ("quorum", |m| quorum(m, 2, 1)),
    ("quorum", |m| quorum(m, 3, 3)),
    ("share a key", |m| {
        m.witnesses.list[1].key = m.witnesses.list[0].key
    }),
    ("share a key", |m| {
        m.witnesses.list[1].name = m.witnesses.list[0].name.clone()
    }),
    ("unprintable", |m| m.witnesses.list[1].name = "a+b".into()),
    ("unprintable", |m| {
        m.witnesses.list[1].name = m.log.origin.clone()
    }),
    ("unprintable", |m| m.witnesses.list[1].key = m.log.key),
];

#[test]
fn every_rule_on_parties_can_be_broken_alone() {
    for (number, (word, break_it)) in PARTIES.into_iter().enumerate() {
        let mut manifest = manifest();
        break_it(&mut manifest);
        let error = manifest.check().unwrap_err().to_string();
        assert!(error.contains(word), "{number}: {error}");
    }
    let mut too_many = manifest();
    too_many.threshold = 4;
    let error = too_many.check().unwrap_err().to_string();
    assert!(error.contains("threshold"), "{error}");
}

#[test]
fn what_the_rules_leave_free_is_accepted() {
    let accepted: [fn(&mut Manifest); 8] = [
        |m| m.closes = m.opens + 1,
        |m| m.threshold = 3,
        |m| quorum(m, 3, 2),
        |m| m.witnesses = Witnesses::default(),
        |m| m.log.origin = format!("/urne/{}", base64url(&m.nonce)),
        |m| m.log.origin.insert_str(0, "!~"),
        |m| m.organizer.key = m.server.key,
        |m| m.issuers.truncate(1),
    ];
    for (number, change) in accepted.into_iter().enumerate() {
        let mut manifest = manifest();
        change(&mut manifest);
        assert_eq!(manifest.check().err(), None, "{number}");
    }
    let mut single = manifest();
    single.witnesses.list.truncate(1);
    quorum(&mut single, 1, 1);
    assert!(single.check().is_err(), "2·1 > 1 + 1 does not hold");
}

/// Breaks one rule of a question; the question that all other rules hold for; a word of the complaint.
type BrokenQuestion = (&'static str, fn() -> Question, fn(&mut Question));

fn one_of_two() -> Question {
    one(2, false)
}

fn up_to_two_of_three() -> Question {
    several(3, 0, 2, false)
}

fn budget() -> Question {
    knapsack(&[2, 3], 4, false)
}

fn marks() -> Question {
    score(3, 5)
}

fn shared_out() -> Question {
    points(2, (1, 4), 3, false)
}

const QUESTIONS: [BrokenQuestion; 46] = [
    ("least", one_of_two, |q| q.least = 1),
    ("least", one_of_two, |q| q.most = 1),
    ("least", one_of_two, |q| q.each = 1),
    ("two options", one_of_two, |q| q.options.truncate(1)),
    ("least", up_to_two_of_three, |q| q.least = 3),
    ("most", up_to_two_of_three, |q| q.most = 4),
    ("most", up_to_two_of_three, |q| q.most = 0),
    ("each", up_to_two_of_three, |q| q.each = 1),
    ("least", budget, |q| q.least = 1),
    ("least", budget, |q| q.most = 1),
    ("least", budget, |q| q.each = 1),
    ("cost", budget, |q| q.options[1].cost = 0),
    ("cost", budget, |q| q.options[1].cost = 5),
    ("cost", budget, |q| q.envelope = 2),
    ("score", marks, |q| q.least = 1),
    ("score", marks, |q| q.most = 1),
    ("score", marks, |q| q.each = 0),
    ("score", marks, |q| q.each = 65_536),
    ("score", marks, |q| q.blank = true),
    ("least", shared_out, |q| q.least = 5),
    ("least", shared_out, |q| q.most = 7),
    ("least", shared_out, |q| {
        (q.least, q.most, q.each) = (0, 0, 0)
    }),
    ("least", shared_out, |q| (q.least, q.most) = (1, 2)),
    ("least", shared_out, |q| (q.most, q.each) = (65_536, 65_535)),
    ("above the whole", one_of_two, |q| {
        q.rule.majority.numerator = 2
    }),
    ("above the whole", one_of_two, |q| {
        q.rule.quorum.numerator = 2
    }),
    ("no majority", marks, |q| q.rule.majority.numerator = 1),
    ("no majority", shared_out, |q| q.rule.majority.numerator = 1),
    ("seats", one_of_two, |q| q.rule.seats = 0),
    ("seats", one_of_two, |q| q.rule.seats = 3),
    ("budget", one_of_two, |q| q.envelope = 1),
    ("budget", one_of_two, |q| q.options[1].cost = 1),
    ("budget", up_to_two_of_three, |q| q.envelope = 1),
    ("budget", marks, |q| q.options[2].cost = 1),
    ("budget", shared_out, |q| q.envelope = 1),
    ("budget", budget, |q| q.rule.seats = 1),
    ("budget", one_of_two, |q| {
        q.rule = rule(RuleName::GreedySkip, 0)
    }),
    ("budget", one_of_two, |q| {
        q.rule = rule(RuleName::GreedyStop, 0)
    }),
    ("budget", one_of_two, |q| {
        q.envelope = 1;
        q.rule = rule(RuleName::GreedyStop, 1);
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![])
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![1])
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![1, 1])
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![2, 3])
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![0, 1])
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![1, 2, 3])
    }),
    ("tie order", one_of_two, |q| {
        q.rule.ties = Ties::Order(vec![1, 2, 2])
    }),
];

#[test]
fn every_rule_on_questions_can_be_broken_alone() {
    for (number, (word, question, break_it)) in QUESTIONS.into_iter().enumerate() {
        let mut question = question();
        assert_eq!(question.check(), Ok(()), "{number}");
        break_it(&mut question);
        let error = question.check().unwrap_err().to_string();
        assert!(error.contains(word), "{number}: {error}");
        let mut manifest = manifest();
        manifest.questions.push(question);
        assert!(manifest.check().is_err(), "{number}");
    }
}

#[test]
fn what_the_rules_on_questions_leave_free_is_accepted() {
    type Change = fn(&mut Question);
    let accepted: [(fn() -> Question, Change); 17] = [
        (one_of_two, |q| {
            q.options.truncate(1);
            q.blank = true;
        }),
        (one_of_two, |q| q.rule.seats = 2),
        (one_of_two, |q| q.rule.majority.numerator = 1),
        (one_of_two, |q| q.rule.quorum.numerator = 1),
        (one_of_two, |q| q.rule.ties = Ties::Order(vec![2, 1])),
        (one_of_two, |q| {
            q.envelope = 1;
            q.options[1].cost = 9;
            q.rule = rule(RuleName::GreedySkip, 0);
        }),
        (up_to_two_of_three, |q| q.least = 2),
        (up_to_two_of_three, |q| (q.least, q.most) = (0, 3)),
        (up_to_two_of_three, |q| (q.least, q.most) = (0, 1)),
        (budget, |q| q.envelope = 3),
        (budget, |q| q.rule = rule(RuleName::Most, 2)),
        (budget, |q| q.options[0].cost = 1),
        (marks, |q| q.each = 1),
        (marks, |q| q.each = 65_535),
        (shared_out, |q| (q.least, q.most) = (6, 6)),
        (shared_out, |q| (q.most, q.each) = (1, 1)),
        (shared_out, |q| (q.most, q.each) = (65_535, 65_535)),
    ];
    for (number, (question, change)) in accepted.into_iter().enumerate() {
        let mut question = question();
        change(&mut question);
        assert_eq!(question.check(), Ok(()), "{number}");
    }
}

#[test]
fn the_largest_value_is_that_of_the_kind() {
    for (question, largest) in [
        (one_of_two(), 1),
        (up_to_two_of_three(), 1),
        (budget(), 1),
        (marks(), 5),
        (shared_out(), 3),
    ] {
        assert_eq!(question.largest_value(), largest, "{:?}", question.kind);
    }
    assert_eq!(one(2, true).ciphertexts(), 3);
    assert_eq!(one_of_two().ciphertexts(), 2);
    let form = manifest().check().unwrap();
    assert_eq!(
        form.largest_values(),
        [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 2, 2, 1]
    );
    assert_eq!(form.largest_value(), 3);
}

#[test]
fn a_ballot_and_all_totals_stay_within_the_limits() {
    let with = |questions: Vec<Question>, colleges: usize| {
        let mut manifest = manifest();
        manifest.questions = questions;
        manifest.colleges = vec![manifest.colleges[0].clone(); colleges];
        manifest.check()
    };
    // N ≤ 1,024: 16 bits for each of 64 options.
    assert!(with(vec![score(64, 65_535)], 1).is_ok());
    assert!(with(vec![score(64, 65_535), score(1, 1)], 1).is_err());
    // 2n + N ≤ 1,400: an approved option counts 3, a mark of 0 to 3 counts 4, one option or blank 6.
    let approval = |options: usize| several(options, 0, options as u32, false);
    assert!(with(vec![approval(464), score(2, 3)], 1).is_ok());
    assert!(with(vec![approval(465), one(1, true)], 1).is_err());
    assert!(with(vec![approval(466)], 1).is_ok());
    assert!(with(vec![approval(467)], 1).is_err());
    // n × colleges ≤ 1,400.
    assert!(with(vec![approval(25)], 56).is_ok());
    let error = with(vec![approval(25)], 57).unwrap_err().to_string();
    assert!(error.contains("1,400"), "{error}");
}

#[test]
fn possession_is_proven_by_each_trustee_in_its_place() {
    let good = manifest();
    assert_eq!(good.check_possession(), Ok(()));
    for number in 1..=3 {
        let mut forged = good.clone();
        forged.trustees[number as usize - 1].proof[40] ^= 1;
        assert_eq!(forged.check_possession(), Err(number));
        let mut undecodable = good.clone();
        undecodable.trustees[number as usize - 1].proof = [255; 64];
        assert_eq!(undecodable.check_possession(), Err(number));
    }
    let mut moved = good.clone();
    moved.trustees.swap(0, 1);
    assert_eq!(moved.check_possession(), Err(1));
    let mut stolen = good.clone();
    stolen.trustees[2].encryption = point(5);
    assert_eq!(stolen.check_possession(), Err(3));
    let mut other_election = good;
    other_election.nonce[0] ^= 1;
    assert_eq!(other_election.check_possession(), Err(1));
}

#[test]
fn the_seal_quorum_is_that_of_the_table() {
    // t, n, without witnesses, with
    for (threshold, trustees, without, with) in [
        (1, 1, 1, 1),
        (2, 2, 2, 2),
        (1, 2, 2, 1),
        (2, 3, 3, 2),
        (3, 3, 3, 3),
        (3, 4, 4, 3),
        (3, 5, 4, 3),
        (5, 9, 7, 5),
        (1, 32, 17, 1),
        (32, 32, 32, 32),
    ] {
        let mut manifest = manifest();
        manifest.threshold = threshold;
        manifest.trustees = vec![manifest.trustees[0].clone(); trustees];
        assert_eq!(manifest.trustee_count(), trustees as u32);
        assert_eq!(manifest.seal_quorum(), with, "({threshold},{trustees})");
        manifest.witnesses = Witnesses::default();
        assert_eq!(manifest.seal_quorum(), without, "({threshold},{trustees})");
    }
}
