//! A trustee's desk: nothing before the saved file was opened, nothing twice, and a name on every failure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use urne_booth::office::sealed;
use urne_booth::office::trustee::{Desk, Step};
use urne_booth::office::view::{TrusteeView, View};
use urne_client::http::{Role, Seat, SeatView};
use urne_client::trustee::{TrusteeKeys, TrusteeMemory};
use urne_crypto::ceremony::deal::DealBytes;
use urne_crypto::encoding::SecretScalar;
use urne_crypto::signature::public_key;
use urne_crypto::transcript::{self, DealStatement};
use urne_election::entry::{Deal, Entry};
use urne_election::json::{base64url, from_base64url};
use urne_election::phase::Phase;

use crate::setting::{NONCE, Setting, checkpoint, copy};

const WORDS: &str = "four words in a row";

fn rng() -> StdRng {
    StdRng::seed_from_u64(5)
}

fn key_file(keys: &TrusteeKeys) -> Vec<u8> {
    sealed::seal(&keys.to_bytes(), WORDS).unwrap()
}

/// The desk of this trustee with its key file open and an empty memory, in front of this board.
fn desk(setting: &Setting, index: usize) -> Desk {
    let keys = &setting.trustees[index];
    let mut desk = Desk::default();
    desk.open(&key_file(keys), WORDS).unwrap();
    let memory = TrusteeMemory::default().to_bytes(&public_key(keys.signing()));
    desk.remember(&memory).unwrap();
    look(&mut desk, setting);
    desk
}

/// The desk follows the board.
fn look(desk: &mut Desk, setting: &Setting) {
    let entries = setting.replica.entries().len();
    desk.take_board(copy(&setting.replica, entries));
}

fn view(desk: &Desk) -> View {
    View::of(desk.board().unwrap(), desk.number())
}

fn states(view: &View) -> Vec<(&'static str, bool)> {
    let state = |trustee: &TrusteeView| (trustee.state, trustee.awaited);
    view.trustees.iter().map(state).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

fn stand(setting: &mut Setting, step: &Step) {
    setting.stand(bytes(&step.entry));
}

#[test]
fn a_key_is_used_only_once_its_saved_file_was_opened_again() {
    let mut desk = Desk::default();
    assert_eq!(
        desk.make("short", &mut rng()).unwrap_err().code,
        "passphrase-short"
    );
    let made = desk.make(WORDS, &mut rng()).unwrap();
    let view = SeatView {
        seat: Seat::of_person(Role::Trustee, 2, "Zoé".into(), None),
        draft: "A".repeat(22),
        nonce: base64url(&NONCE),
        title: Vec::new(),
        colleges: Vec::new(),
        election: None,
    };
    let seat = serde_json::to_string(&view).unwrap();
    assert_eq!(
        desk.enrol(&seat, &mut rng()).unwrap_err().code,
        "key-closed"
    );
    let file = bytes(&made.file);
    assert_eq!(
        desk.open(&file, "another passphrase").unwrap_err().code,
        "passphrase"
    );
    let stranger = key_file(&TrusteeKeys::generate(&mut rng()));
    let other = TrusteeKeys::generate(&mut StdRng::seed_from_u64(6));
    assert_eq!(
        desk.open(&key_file(&other), WORDS).unwrap_err().code,
        "key-other"
    );
    // The first key drawn from this generator is the one that was made.
    assert!(desk.open(&stranger, WORDS).is_ok());
    desk.close();
    let own = desk.open(&file, WORDS).unwrap();
    assert_eq!(own.key, made.key);
    let keys = desk.enrol(&seat, &mut rng()).unwrap();
    assert_eq!(keys.key, made.key);
    assert!(keys.encryption.is_some() && keys.proof.is_some());
}

#[test]
fn a_file_of_another_role_is_no_trustees_key() {
    let issuer = urne_client::key_file::signing_key_to_bytes(
        urne_client::key_file::Holder::Issuer,
        &crate::setting::key(4),
    );
    let file = sealed::seal(&issuer, WORDS).unwrap();
    assert_eq!(
        Desk::default().open(&file, WORDS).unwrap_err().code,
        "key-file"
    );
}

#[test]
fn two_desks_take_a_board_from_the_deals_to_the_word_that_a_key_is_gone() {
    let mut setting = Setting::found(false);
    let mut desks = [desk(&setting, 0), desk(&setting, 1)];
    assert_eq!(
        states(&view(&desks[0])),
        [("seated", true), ("seated", true)]
    );
    for desk in &mut desks {
        let step = desk.deal(&mut rng()).unwrap();
        assert!(step.memory.is_some(), "what was dealt is remembered");
        stand(&mut setting, &step);
    }
    desks.iter_mut().for_each(|desk| look(desk, &setting));
    assert_eq!(states(&view(&desks[0])), [("dealt", true), ("dealt", true)]);
    for desk in &desks {
        let step = desk.confirm_or_complain(&mut rng()).unwrap();
        assert_eq!((step.name, step.dealer), ("confirm", None));
        stand(&mut setting, &step);
    }
    desks.iter_mut().for_each(|desk| look(desk, &setting));
    assert_eq!(
        states(&view(&desks[1])),
        [("confirmed", true), ("confirmed", true)]
    );
    stand(&mut setting, &desks[0].drill(&mut rng()).unwrap());
    look(&mut desks[1], &setting);
    assert_eq!(
        states(&view(&desks[1])),
        [("drilled", false), ("confirmed", true)]
    );
    assert!(!view(&desks[1]).ready);
    stand(&mut setting, &desks[1].drill(&mut rng()).unwrap());
    let chunk = setting.chunk();
    setting.stand(chunk);
    look(&mut desks[1], &setting);
    assert!(view(&desks[1]).ready);

    let open = setting
        .organizer
        .open(&setting.replica, Vec::new())
        .unwrap();
    setting.stand(open);
    setting.vote(0);
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    let vouched = checkpoint(&setting.replica).to_string();
    desks.iter_mut().for_each(|desk| look(desk, &setting));
    let closed = view(&desks[0]).closed.unwrap();
    assert_eq!((closed.ballots, closed.lines, closed.totals), (1, 2, 3));
    assert_eq!(desks[0].closed_size(), Some(closed.size));
    assert_eq!(desks[0].destroy().unwrap_err().code, "step-wrong-phase");
    for desk in &mut desks {
        assert_eq!(
            desk.decrypt(&mut rng()).unwrap_err().code,
            "step-not-sealed"
        );
        let step = desk.seal(vouched.as_bytes()).unwrap();
        assert_eq!(desk.seal(vouched.as_bytes()).unwrap().entry, step.entry);
        stand(&mut setting, &step);
    }
    desks.iter_mut().for_each(|desk| look(desk, &setting));
    assert_eq!(
        states(&view(&desks[0])),
        [("sealed", true), ("sealed", true)]
    );
    for desk in &desks {
        stand(&mut setting, &desk.decrypt(&mut rng()).unwrap());
    }
    desks.iter_mut().for_each(|desk| look(desk, &setting));
    assert_eq!(view(&desks[0]).phase, "ended");
    assert_eq!(
        states(&view(&desks[0])),
        [("decrypted", false), ("decrypted", false)]
    );
    stand(&mut setting, &desks[1].destroy().unwrap());
    look(&mut desks[0], &setting);
    assert_eq!(
        states(&view(&desks[0])),
        [("decrypted", false), ("destroyed", false)]
    );
}

#[test]
fn what_may_be_signed_once_is_never_signed_twice_by_a_page_that_was_loaded_again() {
    let setting = Setting::found(false);
    let mut first = desk(&setting, 0);
    let step = first.deal(&mut rng()).unwrap();
    assert_eq!(
        first.deal(&mut rng()).unwrap_err().code,
        "step-dealt-before"
    );
    // Loaded again, with the memory that was kept.
    let mut again = desk(&setting, 0);
    again.remember(&bytes(&step.memory.unwrap())).unwrap();
    assert_eq!(
        again.deal(&mut rng()).unwrap_err().code,
        "step-dealt-before"
    );
    // Loaded in a browser that has no memory.
    let mut elsewhere = Desk::default();
    elsewhere
        .open(&key_file(&setting.trustees[0]), WORDS)
        .unwrap();
    look(&mut elsewhere, &setting);
    assert_eq!(
        elsewhere.deal(&mut rng()).unwrap_err().code,
        "step-dealt-before"
    );
}

#[test]
fn a_memory_belongs_to_its_key_and_may_be_stated_lost() {
    let mut setting = Setting::found(false).until_sealing();
    let vouched = checkpoint(&setting.replica).to_string();
    let mut desk = Desk::default();
    assert_eq!(desk.remember(b"{}\n").unwrap_err().code, "key-unknown");
    desk.open(&key_file(&setting.trustees[0]), WORDS).unwrap();
    look(&mut desk, &setting);
    let other = public_key(setting.trustees[1].signing());
    let other = TrusteeMemory::default().to_bytes(&other);
    assert_eq!(desk.remember(&other).unwrap_err().code, "memory");
    assert_eq!(
        desk.seal(vouched.as_bytes()).unwrap_err().code,
        "memory-missing"
    );
    desk.state_lost().unwrap();
    assert_eq!(desk.state_lost().unwrap_err().code, "memory-here");
    let step = desk.seal(vouched.as_bytes()).unwrap();
    stand(&mut setting, &step);
    look(&mut desk, &setting);
    assert!(view(&desk).trustees[0].memory_lost);
    assert!(!view(&desk).trustees[1].memory_lost);
}

#[test]
fn the_memory_and_the_key_file_are_those_of_the_command_line() {
    let setting = Setting::found(false);
    let mut desk = desk(&setting, 0);
    let step = desk.deal(&mut rng()).unwrap();
    let key = public_key(setting.trustees[0].signing());
    let memory = TrusteeMemory::decode(&bytes(&step.memory.unwrap()), &key).unwrap();
    assert_eq!(memory.dealt(), Some(setting.replica.election().id()));
    assert_eq!(desk.memory_bytes().unwrap(), memory.to_bytes(&key));
}

/// A deal that holds in public, with shares that nobody can open.
fn garbled(setting: &Setting, trustee: u32) -> DealBytes {
    let Phase::Dealing(phase) = setting.replica.election().phase() else {
        panic!("dealing");
    };
    let setup = phase.setup();
    let mut rng = rng();
    let mut secret = || SecretScalar::random(&mut rng);
    let coefficients = [secret(), secret()];
    let (ephemeral, nonces) = (secret(), [secret(), secret()]);
    let commitments = coefficients.each_ref().map(SecretScalar::public);
    let shares = [[7; 48]; 2];
    let statement = transcript::deal(&DealStatement {
        election: &setup.election,
        trustee,
        threshold: setup.threshold,
        encryption_keys: &setup.encryption_keys,
        signing_key: &setup.signing_keys[trustee as usize - 1],
        commitments: &commitments,
        ephemeral: &ephemeral.public(),
        shares: &shares,
    });
    let [first, second] = nonces.each_ref().map(SecretScalar::public);
    let challenge = statement.challenge(&[&first, &second]);
    let response = |nonce: &SecretScalar, secret: &SecretScalar| {
        (nonce.expose() + challenge * secret.expose()).to_bytes()
    };
    let responses = [
        response(&nonces[0], &coefficients[0]),
        response(&nonces[1], &ephemeral),
    ];
    let proof = [*first.bytes(), *second.bytes(), responses[0], responses[1]].concat();
    DealBytes {
        commitments: [*commitments[0].bytes(), *commitments[1].bytes()].concat(),
        ephemeral: *ephemeral.public().bytes(),
        shares: shares.concat(),
        proof: proof.try_into().unwrap(),
    }
}

#[test]
fn a_bad_share_becomes_a_complaint_that_names_the_dealer() {
    let mut setting = Setting::found(false);
    let mut desk = desk(&setting, 0);
    stand(&mut setting, &desk.deal(&mut rng()).unwrap());
    let deal = Entry::Deal(Deal {
        election: *setting.replica.election().id(),
        trustee: 2,
        bytes: garbled(&setting, 2),
    });
    let deal = deal.signed(&[setting.trustees[1].signing()]);
    setting.stand(deal);
    look(&mut desk, &setting);
    let step = desk.confirm_or_complain(&mut rng()).unwrap();
    assert_eq!(step.name, "complaint");
    assert_eq!((step.dealer, step.fault), (Some(2), Some("ciphertext")));
    stand(&mut setting, &step);
    look(&mut desk, &setting);
    let view = view(&desk);
    assert_eq!(view.phase, "failed");
    let failed = view.failed.unwrap();
    assert_eq!((failed.trustee, failed.role), (2, "dealer"));
    assert_eq!(failed.fault, Some("ciphertext"));
}

#[test]
fn numbers_are_read_aloud_in_six_groups_of_four() {
    let setting = Setting::found(false);
    let desk = desk(&setting, 0);
    let view = view(&desk);
    let numbers = view.trustees.iter().map(|trustee| &trustee.fingerprint);
    for number in numbers.chain([&view.spoken]) {
        let groups: Vec<&str> = number.split(' ').collect();
        assert_eq!(groups.len(), 6);
        assert!(groups.iter().all(|group| group.len() == 4), "{number}");
    }
    assert_eq!(view.own, Some(1));
    assert_eq!(view.election, base64url(setting.replica.election().id()));
    assert!(from_base64url::<32>(&view.election).is_some());
}
