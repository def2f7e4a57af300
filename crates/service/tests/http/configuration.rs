//! A mistake in the configuration is named, with its place, before anything starts.

use std::fs;

use urne_service::config::{Config, ConfigError};
use urne_service::desk::Token;

fn load(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("urne.toml");
    fs::write(&file, text).unwrap();
    Config::load(&file)
}

#[test]
fn an_empty_file_means_the_defaults_and_every_setting_can_be_written() {
    let config = load("").unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert!(config.operator.is_none() && config.public_url.is_none());
    let hash = Token::random().unwrap().hash();
    let text = format!(
        "listen = \"[::1]:0\"\ndata = \"/srv/urne\"\npublic_url = \"https://vote.example/\"\nname = \"Town\"\n\
         operator_token_hash = \"{}\"\nbatch_ms = 50\npublication_ms = 500\ninterval_s = 30\n\
         trusted_proxies = [\"10.0.0.1\"]\n[limits]\nburst = 7\n[witnesses]\n\"w.example\" = \"https://w.example/\"\n\
         [mail]\nserver = \"smtps://user:word@mail.example\"\nfrom = \"Town <vote@example.org>\"\n\
         [log]\nlevel = \"urne_service=debug,warn\"\nformat = \"json\"\n",
        hash.reveal()
    );
    let config = load(&text).unwrap();
    let url = config.public_url.unwrap();
    assert_eq!(
        (url.as_str(), url.host()),
        ("https://vote.example", "vote.example")
    );
    assert_eq!(config.operator, Some(hash));
    assert_eq!((config.limits.burst, config.limits.queue), (7, 8_192));
    assert_eq!(config.witnesses[0].url, "https://w.example");
    let mail = config.mail.unwrap();
    assert_eq!(mail.from.to_string(), "Town <vote@example.org>");
    assert!(
        !format!("{mail:?}").contains("word"),
        "a password is not printed"
    );
}

#[test]
fn every_mistake_is_named_with_its_place() {
    for (text, named) in [
        ("listen = \"localhost\"", "listen"),
        ("listen = 8080", "listen"),
        ("colour = \"blue\"", "colour"),
        ("public_url = \"vote.example\"", "public_url"),
        ("public_url = \"https://vote.example/path\"", "public_url"),
        ("public_url = \"https://\"", "public_url"),
        ("name = \"\"", "name"),
        ("data = \"\"", "data"),
        ("operator_token_hash = \"secret\"", "operator_token_hash"),
        ("batch_ms = 0", "batch_ms"),
        ("batch_ms = \"fast\"", "batch_ms"),
        ("batch_ms = -1", "batch_ms"),
        ("interval_s = 0", "interval_s"),
        ("interval_s = 1\npublication_ms = 1001", "publication_ms"),
        ("trusted_proxies = [\"proxy\"]", "trusted_proxies"),
        ("[mail]\nfolder = \"m\"\nfrom = \"nobody\"", "mail.from"),
        ("[mail]\nfrom = \"a@example.org\"", "mail"),
        (
            "[mail]\nserver = \"smtp://mail.example\"\nfrom = \"a@example.org\"",
            "mail.server",
        ),
        (
            "[mail]\nfolder = \"m\"\nfrom = \"a@example.org\"\nlink_minutes = 0",
            "mail.link_minutes",
        ),
        ("[mail]\nfrom = \"a@example.org\"\nport = 25", "port"),
        ("[limits]\nburst = 0", "limits.burst"),
        ("[limits]\nbrust = 1", "brust"),
        ("[limits]\nqueue = 9223372036854775807", "limits.queue"),
        (
            "[limits]\nconcurrent_requests = 9223372036854775807",
            "limits.concurrent_requests",
        ),
        (
            "[limits]\nheader_timeout_ms = 9223372036854775807",
            "limits.header_timeout_ms",
        ),
        ("[witnesses]\nw = \"ftp://w\"", "witnesses"),
        ("[log]\nlevel = \"urne_service=loud\"", "log.level"),
        ("[log]\nformat = \"xml\"", "format"),
    ] {
        let said = load(text).unwrap_err().to_string();
        assert!(
            said.contains(named) && said.contains("urne.toml"),
            "{text}: {said}"
        );
    }
    for (text, expected) in [
        ("listen = 8080", "for example: listen = \"127.0.0.1:8080\""),
        ("listen = 8080", "expected a string, found"),
        ("batch_ms = \"fast\"", "for example: batch_ms = 200"),
        ("batch_ms = 0", "must lie between 1 and 10000; for example"),
        ("[limits]\nburst = -1", "for example: [limits] burst = 2000"),
        (
            "[limits]\nbrust = 1",
            "there are requests_per_second, burst",
        ),
        (
            "trusted_proxies = [\"proxy\"]",
            "for example: trusted_proxies = []",
        ),
        (
            "[log]\nformat = \"xml\"",
            "there are text, json; for example",
        ),
        (
            "[witnesses]\nw = \"ftp://w\"",
            "for example: [witnesses] \"witness.example\"",
        ),
        (
            "operator_token_hash = \"secret\"",
            "for example: operator_token_hash = ",
        ),
    ] {
        let said = load(text).unwrap_err().to_string();
        assert!(said.contains(expected), "{text}: {said}");
    }
    assert!(load("listen = ").unwrap_err().to_string().contains("TOML"));
    let missing = Config::load("/nowhere/urne.toml".as_ref())
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("/nowhere/urne.toml") && missing.contains("--config"),
        "{missing}"
    );
}
