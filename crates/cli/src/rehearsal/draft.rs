//! What is voted on, by whom, under which rules.

use urne_election::manifest::{College, Text, WeightRule};
use urne_election::question::Question;

/// Somebody who may vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elector {
    /// what the voter knows beforehand and types
    pub identifier: String,
    /// at least 1
    pub weight: u32,
    /// from 1
    pub college: u32,
}

/// An election before its keys exist.
#[derive(Clone, Debug)]
pub struct Draft {
    /// language tags
    pub languages: Vec<String>,
    /// the election's name
    pub title: Text,
    /// what it is about
    pub description: Text,
    /// the questions
    pub questions: Vec<Question>,
    /// at least one
    pub colleges: Vec<College>,
    /// names of the trustees
    pub trustees: Vec<String>,
    /// t
    pub threshold: u32,
    /// names of the one or two issuers
    pub issuers: Vec<String>,
    /// how many witnesses cosign, a majority beyond one liar being required; none with 0
    pub witnesses: u32,
    /// the weight rule
    pub weights: WeightRule,
    /// most ballots per key
    pub cap: u32,
    /// who may vote
    pub electors: Vec<Elector>,
    /// announced opening, seconds since 1970
    pub opens: u64,
    /// announced closing, seconds since 1970
    pub closes: u64,
}

impl Draft {
    /// A plain election in English: one college, everybody with one vote, three witnesses, a rehearsal by name.
    pub fn plain(title: &str, questions: Vec<Question>, electors: usize) -> Draft {
        Draft {
            languages: vec!["en".into()],
            title: vec![title.into()],
            description: vec![String::new()],
            questions,
            colleges: vec![College {
                name: vec!["Everybody".into()],
                guard: 1,
            }],
            trustees: vec!["Anne".into(), "Bruno".into(), "Chloé".into()],
            threshold: 2,
            issuers: vec!["Registrar".into()],
            witnesses: 3,
            weights: WeightRule {
                shared: 5,
                exception: String::new(),
            },
            cap: 20,
            electors: (1..=electors)
                .map(|number| Elector {
                    identifier: format!("member {number}"),
                    weight: 1,
                    college: 1,
                })
                .collect(),
            opens: 1_764_000_000,
            closes: 1_764_600_000,
        }
    }
}
