//! A published vote file is read or refused; what is read can be judged, counted and asked for its shape.
#![no_main]

use libfuzzer_sys::fuzz_target;
use urne_cli::pabulib::parse;
use urne_fuzz::Damage;

const FILES: [&[u8]; 8] = [
    include_bytes!("../../crates/cli/tests/pabulib/approval.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/choose_one.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/cumulative.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/faulty_votes.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/knapsack.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/ordinal.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/scoring.pb"),
    include_bytes!("../../crates/cli/tests/pabulib/spreadsheet.pb"),
];

fuzz_target!(|damage: Damage| {
    let bytes = damage.done_to(&FILES.map(<[u8]>::to_vec));
    if let Ok(instance) = parse(&bytes) {
        let _ = instance.supporters();
        let _ = instance.direct_count();
        let _ = instance.published_outcome();
        let shape = instance.ballot_shape();
        for vote in &instance.votes {
            let _ = instance.check_vote(vote);
            let values = instance.values(vote);
            assert!(values.is_err() || shape.is_ok());
        }
        if let Ok(shape) = shape {
            let _ = instance.rules_beyond_shape(&shape);
        }
    }
});
