//! A registrar's desk: a list becomes codes, a roll and letters, alone and with another registrar.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_booth::office::letters::{Order, Window, Words};
use urne_booth::office::registrar::Desk;
use urne_booth::office::registrar::rounds::RollStep;
use urne_booth::office::sealed;
use urne_client::key_file::{Holder, signing_key_to_bytes};
use urne_election::phase::Phase;

use crate::setting::{ISSUER, Setting, copy, key, party};

const WORDS: &str = "four words in a row";
const SECOND: u8 = 5;
const LIST: &[u8] =
    "identifier;weight;name;language;address\nada@example.org;1;Ada Lovelace;fr;1 rue Basse\nben@example.org;2;Ben Büchner;de;Hauptstraße 3\n"
        .as_bytes();

fn rng(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

fn setting(registrars: usize) -> Setting {
    let setting = Setting::found_as(false, |manifest| {
        let both = [party("Town hall", ISSUER), party("Union", SECOND)];
        manifest.issuers = both[..registrars].to_vec();
    });
    setting.until_preparing()
}

fn desk(setting: &Setting, holder: u8) -> Desk {
    let plain = signing_key_to_bytes(Holder::Issuer, &key(holder));
    let mut desk = Desk::default();
    desk.open(&sealed::seal(&plain, WORDS).unwrap(), WORDS)
        .unwrap();
    desk.take_board(copy(&setting.replica, setting.replica.entries().len()));
    desk
}

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn submit(setting: &mut Setting, step: &RollStep) {
    assert_eq!(step.awaits, "complete");
    for entry in &step.entries {
        setting.stand(bytes(entry));
    }
}

fn order() -> Order {
    let french: HashMap<String, String> =
        serde_json::from_str(include_str!("../../web/words/fr.json")).unwrap();
    let english = serde_json::from_str(include_str!("../../web/words/en.json")).unwrap();
    let words = |sentences| Words {
        opens: "dimanche 29 novembre 2026, 8 h".into(),
        closes: "dimanche 6 décembre 2026, 12 h".into(),
        sentences,
    };
    Order {
        base: "https://vote.example".into(),
        window: Window::Right,
        language: "en".into(),
        words: [("fr".into(), words(french)), ("en".into(), words(english))].into(),
    }
}

#[test]
fn one_registrar_makes_codes_a_roll_and_letters_from_a_list() {
    let mut setting = setting(1);
    let mut desk = desk(&setting, ISSUER);
    assert_eq!(desk.register_file().unwrap_err().code, "register-missing");
    assert_eq!(desk.take_list(LIST, &mut rng(1)).unwrap().voters, 2);
    assert_eq!(desk.letters(&order()).unwrap_err().code, "letters-no-lines");
    desk.make_codes(&mut rng(2)).unwrap();
    let kept = desk.register_file().unwrap();
    let step = desk.advance(None, None, &mut rng(3)).unwrap();
    submit(&mut setting, &step);
    let Phase::Preparing(phase) = setting.replica.election().phase() else {
        panic!("preparing");
    };
    assert_eq!(phase.lines().len(), 2);
    let summary = desk.summary().unwrap();
    assert_eq!((summary.lines, summary.codes), (2, 2));
    let pdf = desk.letters(&order()).unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let envelopes = String::from_utf8(desk.envelopes().unwrap()).unwrap();
    assert_eq!(
        envelopes,
        "letter,identifier,name\n1,ada@example.org,Ada Lovelace\n2,ben@example.org,Ben Büchner\n"
    );
    assert_eq!(desk.forget_codes().unwrap().codes, 0);
    assert_eq!(desk.letters(&order()).unwrap_err().code, "letters-no-codes");
    // A page that was loaded again takes the register as it was kept, and makes the same roll of it.
    let mut again = self::desk(&setting, ISSUER);
    assert_eq!(again.take_register(&kept).unwrap().codes, 2);
    let saved = bytes(&step.parcel);
    let once_more = again.advance(Some(&saved), None, &mut rng(9)).unwrap();
    assert_eq!(once_more.entries, step.entries);
    assert_eq!(again.take_contacts(LIST).unwrap(), 2);
}

#[test]
fn two_registrars_make_one_roll_through_their_parcels() {
    let mut setting = setting(2);
    let mut desks = [desk(&setting, ISSUER), desk(&setting, SECOND)];
    desks[0].take_list(LIST, &mut rng(1)).unwrap();
    let shared = desks[0].shared_list().unwrap();
    assert_eq!(
        desks[1].take_shared(&shared, &mut rng(1)).unwrap().voters,
        2
    );
    let mut parcels: [Option<Vec<u8>>; 2] = [None, None];
    let mut steps: Vec<RollStep> = Vec::new();
    for (number, desk) in desks.iter_mut().enumerate() {
        desk.make_codes(&mut rng(7 + number as u64)).unwrap();
    }
    for _ in 0..4 {
        steps.clear();
        for number in 0..2 {
            let (own, other) = (parcels[number].clone(), parcels[1 - number].clone());
            let step = desks[number]
                .advance(own.as_deref(), other.as_deref(), &mut rng(3))
                .unwrap();
            parcels[number] = Some(bytes(&step.parcel));
            steps.push(step);
        }
    }
    assert_eq!(
        steps[0].entries, steps[1].entries,
        "both hold the same bytes"
    );
    submit(&mut setting, &steps[0]);
}

#[test]
fn the_list_on_the_server_brings_its_row_ids_and_addresses() {
    let setting = setting(1);
    let mut desk = desk(&setting, ISSUER);
    let list = r#"{"voters":[{"row":"000102030405060708090a0b0c0d0e0f","identifier":"ada@example.org","name":"Ada","language":"fr","weight":1,"college":1,"address":"1 rue Basse"}]}"#;
    assert_eq!(desk.take_rows(list, &mut rng(1)).unwrap().voters, 1);
    let shared = String::from_utf8(desk.shared_list().unwrap()).unwrap();
    assert!(
        shared.contains("000102030405060708090a0b0c0d0e0f,ada@example.org"),
        "{shared}"
    );
    assert_eq!(desk.take_server_contacts(list).unwrap(), 1);
    let damaged = list.replace("0001", "xyz");
    assert_eq!(
        desk.take_rows(&damaged, &mut rng(1)).unwrap_err().code,
        "list-server"
    );
    let nobody = desk.take_rows(r#"{"voters":[]}"#, &mut rng(1));
    assert_eq!(nobody.unwrap_err().code, "list-empty");
}

#[test]
fn lists_that_differ_are_refused_and_the_voter_is_named() {
    let setting = setting(2);
    let mut desks = [desk(&setting, ISSUER), desk(&setting, SECOND)];
    desks[0].take_list(LIST, &mut rng(1)).unwrap();
    let shared = String::from_utf8(desks[0].shared_list().unwrap()).unwrap();
    let other = shared.replace("ben@example.org,2", "ben@example.org,3");
    assert_ne!(shared, other);
    desks[1].take_shared(other.as_bytes(), &mut rng(1)).unwrap();
    for desk in &mut desks {
        desk.make_codes(&mut rng(8)).unwrap();
    }
    let first = desks[0].advance(None, None, &mut rng(3)).unwrap();
    assert_eq!(first.awaits, "halves");
    let refused = desks[1].advance(None, Some(&bytes(&first.parcel)), &mut rng(3));
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, "exchange-lists");
    assert!(
        refused.detail.contains("ben@example.org"),
        "{}",
        refused.detail
    );
}

#[test]
fn a_college_that_does_not_exist_is_found_before_anything_is_published() {
    let setting = setting(1);
    let mut desk = desk(&setting, ISSUER);
    desk.take_list(b"identifier,college\nanne,2\n", &mut rng(1))
        .unwrap();
    let refused = desk.make_codes(&mut rng(2)).unwrap_err();
    assert_eq!(refused.code, "list-college");
    assert!(refused.detail.contains("anne"));
}

#[test]
fn a_register_opens_with_the_passphrase_of_the_key_only() {
    let setting = setting(1);
    let mut desk = desk(&setting, ISSUER);
    desk.take_list(LIST, &mut rng(1)).unwrap();
    let register = desk.register_file().unwrap();
    desk.close();
    assert_eq!(
        desk.take_register(&register).unwrap_err().code,
        "key-closed"
    );
    let plain = signing_key_to_bytes(Holder::Issuer, &key(ISSUER));
    let other = sealed::seal(&plain, "another passphrase").unwrap();
    desk.open(&other, "another passphrase").unwrap();
    assert_eq!(
        desk.take_register(&register).unwrap_err().code,
        "passphrase"
    );
}
