//! What devices keep in files: whatever is read is written again byte for byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_client::key_file::{Holder, signing_key_from_bytes, signing_key_to_bytes};
use urne_client::memory::{OrganizerMemory, TrusteeMemory};
use urne_client::trustee::TrusteeKeys;
use urne_client::workshop::register::Register;
use urne_election::json::base64url;
use urne_fuzz::{Damage, sample};

const KEY: [u8; 32] = [7; 32];

fn files() -> Vec<Vec<u8>> {
    let sample = sample();
    let [key, hash, more] = [KEY, [8; 32], [9; 32]].map(|bytes| base64url(&bytes));
    let signed = |id: &str| format!("{{\"election\":\"{id}\",\"payload\":\"{hash}\"}}");
    let organizer = format!(
        "{{\"kind\":\"organizer-memory\",\"key\":\"{key}\",\"opened\":[{},{}],\"closed\":[{}]}}\n",
        signed(&hash),
        signed(&more),
        signed(&hash)
    );
    let trustee = format!(
        "{{\"kind\":\"trustee-memory\",\"key\":\"{key}\",\"dealt\":\"{hash}\",\"sealed\":\"once\",\"size\":17,\"root\":\"{more}\",\"memory\":\"kept\"}}\n"
    );
    let keys = &sample.town.trustees[0].keys;
    let line = sample.credential();
    let voter = [
        &[1; 16][..],
        &3_u32.to_le_bytes(),
        &1_u32.to_le_bytes(),
        &[5],
        b"voter",
        &[4],
        line.bytes(),
    ];
    let register = Register::default().to_bytes();
    let files = vec![
        TrusteeMemory::default().to_bytes(&KEY),
        TrusteeMemory::lost().to_bytes(&KEY),
        OrganizerMemory::default().to_bytes(&KEY),
        trustee.into_bytes(),
        organizer.into_bytes(),
        keys.to_bytes().to_vec(),
        signing_key_to_bytes(Holder::Organizer, keys.signing()).to_vec(),
        signing_key_to_bytes(Holder::Issuer, keys.signing()).to_vec(),
        [&register[..], &voter.concat()].concat(),
        register.to_vec(),
    ];
    assert!(TrusteeMemory::decode(&files[3], &KEY).is_ok());
    assert!(OrganizerMemory::decode(&files[4], &KEY).is_ok());
    assert!(Register::decode(&files[8]).is_ok());
    files
}

fuzz_target!(|damage: Damage| {
    let bytes = damage.done_to(&files());
    if let Ok(memory) = TrusteeMemory::decode(&bytes, &KEY) {
        assert_eq!(memory.to_bytes(&KEY), bytes);
    }
    if let Ok(memory) = OrganizerMemory::decode(&bytes, &KEY) {
        assert_eq!(memory.to_bytes(&KEY), bytes);
    }
    if let Ok(keys) = TrusteeKeys::decode(&bytes) {
        assert_eq!(keys.to_bytes()[..], bytes);
    }
    if let Ok(register) = Register::decode(&bytes) {
        assert_eq!(register.to_bytes()[..], bytes);
    }
    for holder in [Holder::Organizer, Holder::Issuer] {
        if let Ok(key) = signing_key_from_bytes(holder, &bytes) {
            assert_eq!(signing_key_to_bytes(holder, &key)[..], bytes);
        }
    }
});
