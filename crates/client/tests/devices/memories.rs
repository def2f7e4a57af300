//! What devices keep on disk: memories that name their key, and key files, each in one form only.

use urne_client::key_file::{Holder, KeyFileError, signing_key_from_bytes, signing_key_to_bytes};
use urne_client::memory::{MemoryError, OrganizerMemory, TrusteeMemory};
use urne_client::organizer::{Organizer, OrganizerError};
use urne_client::trustee::{StepError, TrusteeKeys};
use urne_crypto::signature::public_key;

use crate::setting::{ORGANIZER, Setting, copy, key};

const KEY: [u8; 32] = [5; 32];

fn again(memory: &TrusteeMemory) -> TrusteeMemory {
    TrusteeMemory::decode(&memory.to_bytes(&KEY), &KEY).unwrap()
}

#[test]
fn a_trustees_memory_survives_the_disk_at_every_step() {
    let mut setting = Setting::found(false);
    assert_eq!(again(&setting.memories[0]), TrusteeMemory::default());
    assert_eq!(again(&TrusteeMemory::lost()), TrusteeMemory::lost());
    setting = setting.until_sealing();
    assert_eq!(again(&setting.memories[0]), setting.memories[0]);
    assert_eq!(
        again(&setting.memories[0]).dealt(),
        Some(setting.replica.election().id())
    );
    setting.memories[1] = TrusteeMemory::lost();
    for index in 0..2 {
        let seal = setting.seal(index).unwrap();
        setting.stand(seal);
        let memory = &setting.memories[index];
        assert_eq!(again(memory), *memory);
        assert_eq!(again(memory).sealed(), memory.sealed());
        assert_eq!(again(memory).is_lost(), index == 1);
    }
}

#[test]
fn a_memory_read_from_disk_refuses_a_second_deal_and_another_board() {
    let mut setting = Setting::found(false);
    setting.deal(0).unwrap();
    setting.memories[0] = again(&setting.memories[0]);
    assert_eq!(setting.deal(0), Err(StepError::DealtBefore));
    let mut setting = Setting::found(false).until_voting();
    let open = setting.replica.entries().len();
    let mut other = copy(&setting.replica, open);
    let close = setting.organizer.close(&other).unwrap();
    other.admit(close).unwrap();
    setting.organizer.forget_void_position();
    setting.vote(0);
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    setting.seal(0).unwrap();
    setting.memories[0] = again(&setting.memories[0]);
    assert!(setting.seal(0).is_ok());
    core::mem::swap(&mut setting.replica, &mut other);
    assert_eq!(setting.seal(0), Err(StepError::SealedAnother));
}

#[test]
fn a_trustees_memory_has_one_form_and_one_key() {
    let setting = Setting::found(false).until_sealing();
    for memory in [TrusteeMemory::default(), setting.memories[0].clone()] {
        let bytes = memory.to_bytes(&KEY);
        assert_eq!(
            TrusteeMemory::decode(&bytes, &[6; 32]),
            Err(MemoryError::OtherKey)
        );
        for length in 0..bytes.len() {
            assert!(TrusteeMemory::decode(&bytes[..length], &KEY).is_err());
        }
        let mut longer = bytes.clone();
        longer.push(b'\n');
        assert!(TrusteeMemory::decode(&longer, &KEY).is_err());
    }
    // Parts that contradict each other.
    let never = String::from_utf8(TrusteeMemory::default().to_bytes(&KEY)).unwrap();
    for (from, to) in [
        ("\"size\":0", "\"size\":1"),
        ("\"never\"", "\"once\""),
        ("\"kept\"", "\"lost\""),
        ("\"never\"", "\"never-as-stated\""),
        ("\"dealt\":\"\"", "\"dealt\":\"AAAA\""),
    ] {
        let wrong = never.replace(from, to);
        assert_ne!(wrong, never);
        assert!(
            TrusteeMemory::decode(wrong.as_bytes(), &KEY).is_err(),
            "{to}"
        );
    }
}

#[test]
fn an_organizers_memory_read_from_disk_still_refuses_a_second_opening() {
    let mut setting = Setting::found(false).until_ready();
    let open = setting
        .organizer
        .open(&setting.replica, Vec::new())
        .unwrap();
    let bytes = setting.organizer.memory().to_bytes(&KEY);
    let memory = OrganizerMemory::decode(&bytes, &KEY).unwrap();
    assert_eq!(memory, *setting.organizer.memory());
    let mut organizer = Organizer::with_memory(key(ORGANIZER), memory);
    assert_eq!(organizer.open(&setting.replica, Vec::new()), Ok(open));
    let notice = organizer.notice(&setting.replica, vec!["late".into()]);
    setting.stand(notice);
    assert_eq!(
        organizer.open(&setting.replica, Vec::new()),
        Err(OrganizerError::SignedAnother("opening"))
    );
}

#[test]
fn an_organizers_memory_has_one_form_and_one_key() {
    let setting = Setting::found(false).until_sealing();
    let bytes = setting.organizer.memory().to_bytes(&KEY);
    assert_eq!(
        OrganizerMemory::decode(&bytes, &KEY).as_ref(),
        Ok(setting.organizer.memory())
    );
    assert_eq!(
        OrganizerMemory::decode(&bytes, &[6; 32]),
        Err(MemoryError::OtherKey)
    );
    for length in 0..bytes.len() {
        assert!(OrganizerMemory::decode(&bytes[..length], &KEY).is_err());
    }
    // The same election twice.
    let text = String::from_utf8(bytes).unwrap();
    let list = text.split_once("\"opened\":[").unwrap().1;
    let item = list.split_once(']').unwrap().0;
    let twice = text.replacen(item, &format!("{item},{item}"), 1);
    assert!(OrganizerMemory::decode(twice.as_bytes(), &KEY).is_err());
}

#[test]
fn keys_survive_their_file_and_are_never_taken_for_another_roles() {
    let mut setting = Setting::found(false);
    let keys = TrusteeKeys::generate(&mut setting.rng);
    let trustee = keys.to_bytes();
    let read = TrusteeKeys::decode(&trustee).unwrap();
    assert_eq!(public_key(read.signing()), public_key(keys.signing()));
    assert_eq!(read.encryption().to_bytes(), keys.encryption().to_bytes());
    let organizer = signing_key_to_bytes(Holder::Organizer, &key(9));
    let issuer = signing_key_to_bytes(Holder::Issuer, &key(9));
    assert_eq!(
        signing_key_from_bytes(Holder::Issuer, &issuer).map(|key| public_key(&key)),
        Ok(public_key(&key(9)))
    );
    assert!(matches!(
        signing_key_from_bytes(Holder::Issuer, &organizer),
        Err(KeyFileError::Other(_))
    ));
    assert!(matches!(
        TrusteeKeys::decode(&issuer),
        Err(KeyFileError::Other(_))
    ));
    for length in 0..trustee.len() {
        assert!(TrusteeKeys::decode(&trustee[..length]).is_err());
    }
    let mut longer = issuer.to_vec();
    longer.push(0);
    assert_eq!(
        signing_key_from_bytes(Holder::Issuer, &longer).err(),
        Some(KeyFileError::Damaged)
    );
    // An encryption secret that is not below the order.
    let mut wrong = trustee.to_vec();
    let end = wrong.len();
    wrong[end - 32..].fill(0xff);
    assert_eq!(
        TrusteeKeys::decode(&wrong).err(),
        Some(KeyFileError::Damaged)
    );
}
