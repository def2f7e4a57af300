//! A trustee's tool: one deal per key, one sealed root, and nothing without the board that calls for it.

use urne_client::replica::Replica;
use urne_client::trustee::{SecondStep, StepError, Trustee, TrusteeKeys, TrusteeMemory};
use urne_crypto::ceremony::deal::ShareFault;
use urne_election::entry::{Entry, Memory, SignedEntry};
use urne_election::phase::{Applied, Phase};

use crate::setting::{Setting, checkpoint, checkpoint_by, copy, key};

fn read(replica: &Replica, entry: &[u8]) -> Entry {
    let shape = &replica.election().constants().shape;
    SignedEntry::decode(entry, shape).unwrap().entry
}

#[test]
fn a_trustee_finds_its_place_by_its_key() {
    let mut setting = Setting::found(false);
    assert_eq!(setting.trustee(0).number(), 1);
    assert_eq!(setting.trustee(1).number(), 2);
    let stranger = TrusteeKeys::generate(&mut setting.rng);
    assert!(Trustee::find(&stranger, &setting.replica).is_none());
}

#[test]
fn a_key_deals_once_whatever_the_board() {
    let mut setting = Setting::found(false);
    let deal = setting.deal(0).unwrap();
    assert_eq!(setting.deal(0), Err(StepError::DealtBefore));
    // The same keys in another election: with witnesses the manifest is another one.
    let other = Setting::found(true);
    assert_ne!(
        other.replica.election().id(),
        setting.replica.election().id()
    );
    let trustee = Trustee::find(&setting.trustees[0], &other.replica).unwrap();
    let again = trustee.deal(&other.replica, &mut setting.memories[0], &mut setting.rng);
    assert_eq!(again, Err(StepError::DealtBefore));
    // The deal that was made is good.
    assert_eq!(setting.stand(deal), Applied::Done);
}

#[test]
fn a_lost_memory_cannot_deal_but_a_refused_step_leaves_it_free() {
    let mut setting = Setting::found(false);
    setting.memories[0] = TrusteeMemory::lost();
    assert_eq!(setting.deal(0), Err(StepError::DealtBefore));
    let mut early = TrusteeMemory::default();
    let confirming = Setting::found(false).until_confirming();
    let mut rng = setting.rng;
    let trustee = confirming.trustee(0);
    let refused = trustee.deal(&confirming.replica, &mut early, &mut rng);
    assert_eq!(refused, Err(StepError::WrongPhase));
    assert_eq!(early, TrusteeMemory::default());
}

#[test]
fn every_step_belongs_to_its_phase() {
    let mut settings = [
        Setting::found(false),
        Setting::found(false).until_confirming(),
        Setting::found(false).until_preparing(),
        Setting::found(false).until_voting(),
        Setting::found(false).until_sealing(),
    ];
    for (phase, setting) in settings.iter_mut().enumerate() {
        setting.memories[0] = TrusteeMemory::default();
        let early = |error: Option<StepError>| error == Some(StepError::WrongPhase);
        assert_eq!(early(setting.deal(0).err()), phase != 0, "deal in {phase}");
        assert_eq!(
            early(setting.second_step(0).err()),
            phase != 1,
            "confirm in {phase}"
        );
        assert_eq!(
            early(setting.drill(0).err()),
            phase != 2,
            "drill in {phase}"
        );
        assert_eq!(early(setting.seal(0).err()), phase != 4, "seal in {phase}");
        assert_eq!(
            early(setting.decrypt(0).err()),
            phase != 4,
            "decrypt in {phase}"
        );
    }
}

#[test]
fn the_tools_of_two_trustees_take_a_board_from_the_deals_to_the_result() {
    let mut setting = Setting::found(false).until_sealing();
    for index in 0..2 {
        let seal = setting.seal(index).unwrap();
        setting.stand(seal);
    }
    for index in 0..2 {
        let decryption = setting.decrypt(index).unwrap();
        setting.stand(decryption);
    }
    let Phase::Sealing(phase) = setting.replica.election().phase() else {
        panic!("the box is closed");
    };
    let result = phase.tally().unwrap();
    assert_eq!(result.questions[0].totals, [1, 0, 0]);
}

#[test]
fn a_key_seals_one_root_only_and_the_same_one_with_the_same_bytes() {
    let mut setting = Setting::found(false).until_voting();
    let size = setting.replica.entries().len();
    let mut other = copy(&setting.replica, size);
    setting.vote(0);
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    // The other board closes before the ballot, as a dishonest organizer and server might arrange.
    let mut organizer = urne_client::organizer::Organizer::new(key(crate::setting::ORGANIZER));
    other.admit(organizer.close(&other).unwrap()).unwrap();

    let first = setting.seal(0).unwrap();
    assert_eq!(setting.seal(0).unwrap(), first);
    let remembered = setting.memories[0].clone();
    let trustee = Trustee::find(&setting.trustees[0], &other).unwrap();
    let second = trustee.seal(&other, Some(&checkpoint(&other)), &mut setting.memories[0]);
    assert_eq!(second, Err(StepError::SealedAnother));
    assert_eq!(setting.memories[0], remembered);
    // Nor does it decrypt the other root.
    let decrypted = trustee.decrypt(&other, &setting.memories[0], &mut setting.rng);
    assert_eq!(decrypted, Err(StepError::NotSealed));
    assert_eq!(setting.seal(0).unwrap(), first);
    setting.stand(first);
}

#[test]
fn a_seal_says_whether_the_memory_was_kept() {
    let mut setting = Setting::found(false).until_sealing();
    let memory = |setting: &Setting, entry: &[u8]| match read(&setting.replica, entry) {
        Entry::Seal(seal) => seal.memory,
        other => panic!("{other:?}"),
    };
    let kept = setting.seal(0).unwrap();
    assert_eq!(memory(&setting, &kept), Memory::Kept);
    assert_eq!(setting.seal(0).unwrap(), kept);
    setting.memories[1] = TrusteeMemory::lost();
    let lost = setting.seal(1).unwrap();
    assert_eq!(memory(&setting, &lost), Memory::Lost);
    // Sealing again does not turn a lost memory into a kept one.
    assert_eq!(setting.seal(1).unwrap(), lost);
}

#[test]
fn a_seal_waits_for_the_witnesses_where_the_manifest_has_some() {
    let mut setting = Setting::found(true).until_voting();
    let before = checkpoint(&setting.replica);
    setting.vote(0);
    let close = setting.organizer.close(&setting.replica).unwrap();
    setting.stand(close);
    let closed = checkpoint(&setting.replica);
    let few = checkpoint_by(&setting.replica, &[11, 12]);
    let notice = setting
        .organizer
        .notice(&setting.replica, vec!["closed".into()]);
    setting.stand(notice);
    let after = checkpoint(&setting.replica);
    let trustee = Trustee::find(&setting.trustees[0], &setting.replica).unwrap();
    let mut memory = TrusteeMemory::default();
    for refused in [None, Some(&before), Some(&few), Some(&after)] {
        let sealed = trustee.seal(&setting.replica, refused, &mut memory);
        assert_eq!(sealed, Err(StepError::NotVouchedFor));
        assert_eq!(memory, TrusteeMemory::default());
    }
    assert!(
        trustee
            .seal(&setting.replica, Some(&closed), &mut memory)
            .is_ok()
    );
}

#[test]
fn without_witnesses_a_seal_needs_no_checkpoint() {
    let setting = Setting::found(false).until_sealing();
    let mut memory = TrusteeMemory::default();
    assert!(
        setting
            .trustee(0)
            .seal(&setting.replica, None, &mut memory)
            .is_ok()
    );
}

#[test]
fn a_trustee_decrypts_what_its_own_memory_sealed_once_the_quorum_stands() {
    let mut setting = Setting::found(false).until_sealing();
    assert_eq!(setting.decrypt(0), Err(StepError::NotSealed));
    let seal = setting.seal(0).unwrap();
    setting.stand(seal);
    assert_eq!(setting.decrypt(0), Err(StepError::QuorumMissing));
    let seal = setting.seal(1).unwrap();
    setting.stand(seal);
    // The board holds the seal, but only the memory counts.
    for memory in [TrusteeMemory::default(), TrusteeMemory::lost()] {
        let kept = core::mem::replace(&mut setting.memories[0], memory);
        assert_eq!(setting.decrypt(0), Err(StepError::NotSealed));
        setting.memories[0] = kept;
    }
    let decryption = setting.decrypt(0).unwrap();
    setting.stand(decryption);
}

#[test]
fn a_trustee_confirms_good_shares_and_complains_about_others() {
    let mut setting = Setting::found(false).until_confirming();
    let SecondStep::Confirm(entry) = setting.second_step(0).unwrap() else {
        panic!("all shares are good");
    };
    setting.stand(entry);
    // A tool with another key file for the same place opens nothing, and complains in vain.
    let wrong = TrusteeKeys::generate(&mut setting.rng);
    let dealt = match setting.replica.election().phase() {
        Phase::Confirming(phase) => phase.dealt(),
        other => panic!("{other:?}"),
    };
    let grievances = dealt.open_shares(2, wrong.encryption()).unwrap_err();
    assert_eq!(grievances[0].fault, ShareFault::Ciphertext);
    assert!(
        dealt
            .open_shares(2, setting.trustees[1].encryption())
            .is_ok()
    );
}

#[test]
fn enrolled_keys_prove_possession_for_their_number_and_nonce() {
    let mut setting = Setting::found(false);
    assert_eq!(setting.replica.manifest().check_possession(), Ok(()));
    let keys = &setting.trustees[0];
    let place = keys.enrol("Zoé", &crate::setting::NONCE, 1, &mut setting.rng);
    let own = &setting.replica.manifest().trustees[0];
    assert_eq!((place.key, place.encryption), (own.key, own.encryption));
    assert_eq!(place.name, "Zoé");
    assert_eq!(keys.encryption().public(), place.encryption);
    assert_eq!(
        urne_crypto::signature::public_key(keys.signing()),
        place.key
    );
}
