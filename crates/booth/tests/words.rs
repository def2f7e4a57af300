//! The pages' sentences: the same in every language, all of them there, and none that a voter's page must not say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

type Words = BTreeMap<String, String>;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn words(language: &str) -> Words {
    let file = folder().join(format!("web/words/{language}.json"));
    serde_json::from_slice(&fs::read(file).expect("the words of a language")).expect("JSON")
}

/// Every file below a folder with one of these endings.
fn texts(below: &Path, endings: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in below.read_dir().expect("a folder of the booth") {
        let path = entry.expect("a file of the booth").path();
        if path.is_dir() {
            texts.extend(self::texts(&path, endings));
        } else if endings
            .iter()
            .any(|ending| path.to_string_lossy().ends_with(ending))
        {
            texts.push(fs::read_to_string(&path).expect("text"));
        }
    }
    texts
}

/// What stands between `before` and the next quotation mark, wherever `before` stands.
fn quoted<'t>(text: &'t str, before: &'static str) -> impl Iterator<Item = &'t str> {
    let found = text.split(before).skip(1);
    found.filter_map(|rest| rest.split_once('"').map(|(name, _)| name))
}

/// The names in braces of a sentence.
fn placeholders(sentence: &str) -> BTreeSet<&str> {
    let found = sentence.split('{').skip(1);
    found
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect()
}

#[test]
fn every_language_has_the_same_sentences_with_the_same_places_to_fill() {
    let (english, french) = (words("en"), words("fr"));
    let keys = |words: &Words| words.keys().cloned().collect::<BTreeSet<String>>();
    assert_eq!(keys(&english), keys(&french));
    for (key, sentence) in &english {
        assert_eq!(placeholders(sentence), placeholders(&french[key]), "{key}");
        assert!(!sentence.is_empty() && !french[key].is_empty(), "{key}");
    }
}

#[test]
fn every_sentence_a_page_names_is_there() {
    let english = words("en");
    let scripts: &[&str] = &["say(\"", "sentence(\"", "button(\""];
    let pages: &[&str] = &["data-say=\"", "data-say-label=\""];
    let mut named = 0;
    for (ending, calls) in [(".js", scripts), (".html", pages)] {
        for text in texts(&folder().join("web"), &[ending]) {
            for key in calls.iter().flat_map(|call| quoted(&text, call)) {
                assert!(english.contains_key(key), "there is no sentence {key}");
                named += 1;
            }
        }
    }
    assert!(named > 100, "the calls are called otherwise now");
}

#[test]
fn every_failure_of_the_voters_module_has_its_sentence() {
    let english = words("en");
    let mut named = 0;
    for text in texts(&folder().join("src/voter"), &[".rs"]) {
        for code in ["Failure::new(\"", "Failure::of(\""]
            .iter()
            .flat_map(|call| quoted(&text, call))
        {
            let key = format!("failure.{code}");
            assert!(english.contains_key(&key), "there is no sentence {key}");
            named += 1;
        }
    }
    assert!(named > 20, "failures are made otherwise now");
}

#[test]
fn every_refusal_of_a_ballot_has_its_sentence() {
    let english = words("en");
    let codes = [
        "outdated",
        "cap-reached",
        "not-yet-open",
        "closed",
        "closing",
        "wrong-phase",
        "not-on-roll",
        "bad-ballot",
        "not-an-entry",
        "other-election",
        "sign-in-refused",
        "malformed",
        "not-found",
        "too-many-requests",
        "unavailable",
        "overloaded",
        "unknown",
    ];
    for code in codes {
        assert!(english.contains_key(&format!("problem.{code}")), "{code}");
    }
}

#[test]
fn no_sentence_speaks_of_machinery() {
    let forbidden = ["hash", "encrypt", "audit", "hachage", "empreinte", "chiffr"];
    for language in ["en", "fr"] {
        for (key, sentence) in words(language) {
            let others = ["verify.", "office."];
            if others.iter().any(|other| key.starts_with(other)) {
                continue;
            }
            let small = sentence.to_lowercase();
            // Figures of a code are « chiffres » in French.
            let small = small.replace("chiffres", "");
            assert!(
                !forbidden.iter().any(|word| small.contains(word)),
                "{language}: {key}: {sentence}"
            );
        }
    }
}
