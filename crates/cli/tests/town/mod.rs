//! What is voted on in the tests of single commands, and how a town's board becomes a folder.

use std::fs;
use std::path::{Path, PathBuf};

use urne_cli::rehearsal::Town;
use urne_election::outcome::{Base, Majority, Quorum, Rule, RuleName, Ties};
use urne_election::question::{ChoiceOption, Kind, Question};

pub(crate) fn question() -> Question {
    let option = |name: &str| ChoiceOption {
        name: vec![name.into()],
        description: vec![String::new()],
        cost: 0,
    };
    Question {
        kind: Kind::One,
        title: vec!["Which?".into()],
        description: vec![String::new()],
        random: false,
        options: vec![option("a"), option("b")],
        blank: false,
        least: 0,
        most: 0,
        each: 0,
        envelope: 0,
        rule: Rule {
            name: RuleName::Most,
            seats: 1,
            majority: Majority {
                numerator: 0,
                denominator: 1,
                of: Base::Expressed,
                strict: false,
            },
            quorum: Quorum {
                numerator: 0,
                denominator: 1,
            },
            ties: Ties::Listed,
        },
    }
}

/// Writes a town's public record into a folder of this name.
pub(crate) fn record(town: &Town, folder: &Path, name: &str) -> PathBuf {
    let into = folder.join(name);
    let write = |path: &str, bytes: &[u8]| {
        let file = into.join(path);
        fs::create_dir_all(file.parent().unwrap())?;
        fs::write(file, bytes)
    };
    town.server.write_record(write).unwrap();
    into
}
