//! A published vote file is read or refused; what is read can be judged and asked for its shape, and its total is the sum
//! of its ballots.
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
        let _ = instance.published_outcome();
        let mut sums = vec![0; instance.projects.len()];
        for vote in &instance.votes {
            if instance.check_vote(vote).is_ok()
                && let Ok(values) = instance.values(vote)
            {
                sums.iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        if let Ok(totals) = instance.direct_count() {
            assert_eq!(totals, sums);
        }
        if let Ok(shape) = instance.ballot_shape() {
            let _ = instance.rules_beyond_shape(&shape);
        }
    }
});
