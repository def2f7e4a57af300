//! Entries in any order, damaged and signed anew: a board that refuses and a board that remembers void entries agree on
//! what stands, and nothing that is refused leaves a trace.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use urne_client::replica::Replica;
use urne_fuzz::{Damage, Sample, sample};

#[derive(Arbitrary, Debug)]
enum Step {
    /// the next entries as they should come
    Proceed(u8),
    /// leaves out one of them
    LeaveOut,
    /// any entry of the sample, damaged
    Damaged(Damage),
    /// the same, signed by whoever must sign it
    SignedAnew(Damage),
}

fuzz_target!(|steps: Vec<Step>| {
    let sample = sample();
    let mut rest = sample.board()[1..].iter();
    let start = || Replica::start(sample.board()[0].clone()).expect("a valid manifest");
    let (mut strict, mut lenient) = (start(), start());
    for step in &steps {
        for entry in entries(step, &mut rest, sample) {
            let void = lenient.void().len();
            match strict.admit(entry.clone()) {
                Ok(_) => {
                    lenient.replay(entry);
                    assert_eq!(lenient.void().len(), void);
                }
                Err(refusal) => {
                    let once_more = strict.admit(entry).expect_err("it was refused before");
                    assert_eq!(once_more, refusal);
                }
            }
        }
    }
    assert_eq!(strict.tree().root(), lenient.tree().root());
});

fn entries<'s>(
    step: &Step,
    rest: &mut impl Iterator<Item = &'s Vec<u8>>,
    sample: &Sample,
) -> Vec<Vec<u8>> {
    match step {
        Step::Proceed(count) => rest.take(usize::from(*count)).cloned().collect(),
        Step::LeaveOut => {
            rest.next();
            Vec::new()
        }
        Step::Damaged(damage) => vec![damage.done_to(&sample.entries)],
        Step::SignedAnew(damage) => vec![sample.signed_anew(damage.done_to(&sample.entries))],
    }
}
