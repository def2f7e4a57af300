//! The organizer's tool: good manifests only, and one opening and one closing per election.

use urne_client::organizer::{Organizer, OrganizerError};
use urne_client::replica::Replica;
use urne_election::entry::BoothFile;
use urne_election::manifest::Manifest;
use urne_election::phase::Applied;

use crate::setting::{ORGANIZER, SERVER, Setting, copy, key, manifest};

#[test]
fn a_manifest_on_which_no_election_can_be_founded_is_not_signed() {
    let mut setting = Setting::found(false);
    let good = manifest(&setting.trustees, false, &mut setting.rng);
    let entry = setting.organizer.manifest(&good).unwrap();
    assert!(Replica::start(entry).is_ok());
    // A rule, a template's length, the size of an entry, a trustee's proof.
    let faults: [fn(&mut Manifest); 4] = [
        |manifest| manifest.threshold = 3,
        |manifest| manifest.title[0] = "x".repeat(501),
        |manifest| {
            let option = &mut manifest.questions[0].options[0];
            option.description[0] = "\n".repeat(20_000);
            manifest.questions = vec![manifest.questions[0].clone(); 2];
        },
        |manifest| manifest.trustees[1].proof[40] ^= 1,
    ];
    for (number, fault) in faults.into_iter().enumerate() {
        let mut broken = good.clone();
        fault(&mut broken);
        assert!(setting.organizer.manifest(&broken).is_err(), "{number}");
    }
    let stranger = Organizer::new(key(SERVER));
    assert!(stranger.manifest(&good).is_err());
}

#[test]
fn a_second_opening_elsewhere_is_not_signed_until_the_first_is_known_to_be_void() {
    let mut setting = Setting::found(false).until_ready();
    let open = setting
        .organizer
        .open(&setting.replica, Vec::new())
        .unwrap();
    assert_eq!(
        setting.organizer.open(&setting.replica, Vec::new()),
        Ok(open.clone())
    );
    let file = BoothFile {
        path: "index.html".into(),
        hash: [1; 32],
    };
    let another = Err(OrganizerError::SignedAnother("opening"));
    assert_eq!(
        setting.organizer.open(&setting.replica, vec![file]),
        another
    );
    let notice = setting
        .organizer
        .notice(&setting.replica, vec!["late".into()]);
    setting.stand(notice);
    assert_eq!(
        setting.organizer.open(&setting.replica, Vec::new()),
        another
    );
    // The first one no longer fits the board.
    assert!(setting.replica.admit(open).is_err());
    setting.organizer.forget_void_position();
    let open = setting
        .organizer
        .open(&setting.replica, Vec::new())
        .unwrap();
    assert_eq!(setting.stand(open), Applied::Done);
}

#[test]
fn a_second_closing_elsewhere_is_not_signed_until_the_first_is_known_to_be_void() {
    let mut setting = Setting::found(false).until_voting();
    let close = setting.organizer.close(&setting.replica).unwrap();
    assert_eq!(setting.organizer.close(&setting.replica), Ok(close.clone()));
    setting.vote(0);
    let another = Err(OrganizerError::SignedAnother("closing"));
    assert_eq!(setting.organizer.close(&setting.replica), another);
    assert!(setting.replica.admit(close).is_err());
    setting.organizer.forget_void_position();
    let close = setting.organizer.close(&setting.replica).unwrap();
    assert_eq!(setting.stand(close), Applied::Done);
}

#[test]
fn the_memory_of_one_election_survives_another() {
    let mut organizer = Organizer::new(key(ORGANIZER));
    let mut first = Setting::found(false).until_ready();
    let second = Setting::found(true).until_ready();
    let open = organizer.open(&first.replica, Vec::new()).unwrap();
    organizer.open(&second.replica, Vec::new()).unwrap();
    let moved = {
        let mut moved = copy(&first.replica, first.replica.entries().len());
        let notice = organizer.notice(&moved, vec!["late".into()]);
        moved.admit(notice).unwrap();
        moved
    };
    let another = OrganizerError::SignedAnother("opening");
    assert_eq!(organizer.open(&moved, Vec::new()), Err(another));
    first.stand(open);

    let mut other = Setting::found(true).until_voting();
    organizer.close(&first.replica).unwrap();
    organizer.close(&other.replica).unwrap();
    first.vote(0);
    let another = OrganizerError::SignedAnother("closing");
    assert_eq!(organizer.close(&first.replica), Err(another.clone()));
    other.vote(0);
    assert_eq!(organizer.close(&other.replica), Err(another));
}

#[test]
fn opening_and_closing_belong_to_their_phases() {
    let mut settings = [
        Setting::found(false),
        Setting::found(false).until_confirming(),
        Setting::found(false).until_ready(),
        Setting::found(false).until_voting(),
        Setting::found(false).until_sealing(),
    ];
    for (phase, setting) in settings.iter_mut().enumerate() {
        setting.organizer.forget_void_position();
        let wrong = Some(OrganizerError::WrongPhase);
        let open = setting.organizer.open(&setting.replica, Vec::new()).err();
        assert_eq!(open == wrong, phase != 2, "{phase}");
        let close = setting.organizer.close(&setting.replica).err();
        assert_eq!(close == wrong, phase != 3, "{phase}");
    }
}

#[test]
fn a_notice_stands() {
    let mut setting = Setting::found(false);
    let notice = setting
        .organizer
        .notice(&setting.replica, vec!["welcome".into()]);
    assert_eq!(setting.stand(notice), Applied::Done);
}
