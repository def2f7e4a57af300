//! Questions and answers in few words.

use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::question::{Answer, ChoiceOption, Kind, Question};

/// The rule "most votes win one seat, ties are listed".
pub fn most() -> Rule {
    Rule {
        name: RuleName::Most,
        seats: 1,
        majority: Majority {
            numerator: 0,
            denominator: 1,
            of: Base::Expressed,
            strict: true,
        },
        quorum: Quorum {
            numerator: 0,
            denominator: 1,
        },
        ties: Ties::Listed,
    }
}

/// The budget rule that skips what no longer fits.
pub fn greedy_skip() -> Rule {
    Rule {
        name: RuleName::GreedySkip,
        seats: 0,
        ..most()
    }
}

/// A question in English with options named A, B, C …, and these costs (0 for none).
pub fn question(kind: Kind, costs: &[u32]) -> Question {
    let options = ('A'..).zip(costs).map(|(letter, &cost)| ChoiceOption {
        name: vec![letter.to_string()],
        description: vec![String::new()],
        cost,
    });
    Question {
        kind,
        title: vec!["Which?".into()],
        description: vec![String::new()],
        random: false,
        options: options.collect(),
        blank: false,
        least: 0,
        most: 0,
        each: 0,
        envelope: 0,
        rule: most(),
    }
}

/// One of n, blank allowed.
pub fn one_of(options: usize) -> Question {
    Question {
        blank: true,
        ..question(Kind::One, &vec![0; options])
    }
}

/// Between `least` and `most` of n.
pub fn several(options: usize, least: u32, most: u32) -> Question {
    Question {
        least,
        most,
        ..question(Kind::Several, &vec![0; options])
    }
}

/// The answer that chooses one option, from 1.
pub fn choose(option: usize, options: usize) -> Answer {
    Answer::Values(
        (1..=options)
            .map(|other| u32::from(other == option))
            .collect(),
    )
}

/// The answer with these values.
pub fn values(values: &[u32]) -> Answer {
    Answer::Values(values.to_vec())
}
