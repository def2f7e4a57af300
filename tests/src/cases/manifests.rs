//! The rules of the manifest, its questions and their rules, each broken alone.

use urne_election::manifest::Manifest;
use urne_election::outcome::{Base, Ties};
use urne_election::question::{Kind, Question};

use super::Case;
use super::files::{founded, manifest_record};
use super::outcomes::{majority, quorum, ruled};
use crate::ballots::{greedy_skip, one_of, question, several};

pub(super) fn cases() -> Vec<Case> {
    [manifest_rules(), question_rules(), outcome_rules()].concat()
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
