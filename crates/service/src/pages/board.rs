//! The board of an election: what stands on it, and who vouches for it.

use std::collections::BTreeMap;

use askama::Template;
use urne_board::checkpoint::SignedCheckpoint;
use urne_client::replica::policy;
use urne_election::json::base64url;

use super::Facts;
use super::language::{LANGUAGES, Language};
use super::view::hour;

/// The kinds of entries, in the order in which they come.
const KINDS: [&str; 13] = [
    "manifest",
    "deal",
    "confirm",
    "complaint",
    "roll",
    "drill",
    "open",
    "ballot",
    "roll-change",
    "close",
    "seal",
    "decryption",
    "result",
];

/// The page.
#[derive(Template)]
#[template(path = "board.html")]
pub(crate) struct Board {
    language: Language,
    id: String,
    title: String,
    practice: bool,
    size: String,
    published: String,
    kinds: Vec<Kind>,
    root: Option<String>,
    vouching: Vec<Vouching>,
    quorum: String,
    checkpoint: Option<String>,
    record: String,
    has_booth: bool,
}

/// Entries of one kind.
struct Kind {
    word: String,
    name: &'static str,
    count: String,
}

/// A witness, and the hour of its signature under the state shown.
struct Vouching {
    name: String,
    hour: Option<(String, String)>,
}

impl Board {
    /// The page; `counts` are the entries by kind.
    pub(crate) fn new(
        language: Language,
        public_url: &str,
        facts: &Facts,
        counts: &BTreeMap<String, u64>,
    ) -> Board {
        let manifest = &facts.manifest;
        let text = facts.checkpoint.as_deref();
        let signed = text.and_then(|text| SignedCheckpoint::parse(text.as_bytes()).ok());
        let number = |figure: u64| language.number(figure);
        Board {
            id: facts.status.election.clone(),
            title: language
                .pick(&manifest.languages, &manifest.title)
                .to_owned(),
            practice: manifest.practice,
            size: number(facts.status.size),
            published: number(facts.status.published),
            kinds: kinds(language, counts),
            root: signed
                .as_ref()
                .map(|one| base64url(one.checkpoint().root())),
            vouching: signed
                .as_ref()
                .map(|one| vouching(one, facts))
                .unwrap_or_default(),
            quorum: language.fill(
                "board.quorum",
                &[&manifest.witnesses.quorum, &manifest.witnesses.list.len()],
            ),
            checkpoint: facts.checkpoint.clone(),
            record: format!("{public_url}/boards/{}", facts.status.election),
            has_booth: crate::booth::is_built(),
            language,
        }
    }

    fn path(&self) -> String {
        format!("/elections/{}/board", self.id)
    }
}

/// Every kind that stands there, known ones first and in their order.
fn kinds(language: Language, counts: &BTreeMap<String, u64>) -> Vec<Kind> {
    let known = KINDS.into_iter().map(str::to_owned);
    let others = counts.keys().filter(|word| !KINDS.contains(&word.as_str()));
    let present = known.chain(others.cloned());
    let present = present.filter_map(|word| counts.get(&word).map(|count| (word, *count)));
    let kinds = present.map(|(word, count)| Kind {
        name: language.say(&format!("entry.{word}")),
        count: language.number(count),
        word,
    });
    kinds.collect()
}

fn vouching(signed: &SignedCheckpoint, facts: &Facts) -> Vec<Vouching> {
    let policy = policy(&facts.manifest);
    let times = signed.cosignatures(policy.witnesses()).unwrap_or_default();
    let times = times.into_iter().chain(core::iter::repeat(None));
    let witnesses = policy.witnesses().iter().zip(times);
    let witnesses = witnesses.map(|(witness, time)| Vouching {
        name: witness.name().as_str().to_owned(),
        hour: time.map(hour),
    });
    witnesses.collect()
}
