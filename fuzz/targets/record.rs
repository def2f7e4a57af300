//! Records with damaged entries and damaged files: the verifier never panics, passes nothing that is not whole, and agrees
//! with the participants' own code on which entries are void.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use urne_client::replica::Replica;
use urne_fuzz::{Damage, sample};
use urne_tests::record::{Forger, Record};
use urne_verify::{NoRandomness, Options, ReadError, Verdict, verify};

#[derive(Arbitrary, Debug)]
struct Input {
    /// damage to these entries, by position; signed anew or not
    entries: Vec<(u8, bool, Damage)>,
    /// so many entries are missing at the end
    missing: u8,
    /// damage to these files, by position
    files: Vec<(u8, Damage)>,
    receipts: Vec<Damage>,
}

fuzz_target!(|input: Input| {
    let sample = sample();
    let mut entries = sample.board().to_vec();
    let count = entries.len();
    for (position, anew, damage) in &input.entries {
        let position = usize::from(*position) % count;
        let damaged = damage.done_to(&[&[entries[position].clone()], &sample.entries[..]].concat());
        let damaged = if *anew {
            sample.signed_anew(damaged)
        } else {
            damaged
        };
        // A board cannot hold an entry without bytes, or with too many.
        if (1..=65_535).contains(&damaged.len()) {
            entries[position] = damaged;
        }
    }
    entries.truncate(count.saturating_sub(usize::from(input.missing)).max(1));
    let kept: Vec<u64> = (0..count as u64).collect();
    let mut record = Forger::new(&sample.town.server).record(&entries, &kept);
    let whole = record.clone();
    let mut paths: Vec<String> = record.files.keys().cloned().collect();
    for (position, damage) in &input.files {
        let index = usize::from(*position) % paths.len();
        let path = &paths[index];
        let damaged = damage.done_to(&[record.files[path].clone()]);
        record.edit(path, |file| *file = damaged);
    }
    paths.retain(|path| record.files[path] != whole.files[path]);
    judge(&record, &input.receipts, &entries, paths.is_empty());
});

fn judge(record: &Record, receipts: &[Damage], entries: &[Vec<u8>], in_order: bool) {
    let sample = sample();
    let source = |path: &str, limit: usize| -> Result<Option<Vec<u8>>, ReadError> {
        let file = record.read(path);
        match file.filter(|file| file.len() > limit) {
            Some(_) => Err(ReadError("too long".to_owned())),
            None => Ok(file.map(<[u8]>::to_vec)),
        }
    };
    let receipts = receipts
        .iter()
        .map(|damage| damage.done_to(&sample.receipts));
    let options = Options {
        election: None,
        receipts: receipts.collect(),
    };
    // Weights that are always the same would help an attacker; without any, ballots are checked one by one.
    let randomness = |_: &mut [u8]| Err(NoRandomness);
    let report = verify(&source, &options, &randomness, &mut |_| {});
    assert!(!report.to_json().is_empty() && !report.to_text().is_empty());
    if report.verdict() == Verdict::Pass {
        assert_eq!(entries.len(), sample.board().len());
    }
    if !in_order {
        return;
    }
    let read = |path: &str| record.read(path).map(<[u8]>::to_vec).ok_or("missing");
    if let Ok(replica) = Replica::from_record(read, None) {
        let ours: Vec<u64> = replica.void().iter().map(|(index, _)| *index).collect();
        let theirs: Vec<u64> = report.void.iter().map(|void| void.index).collect();
        assert_eq!(ours, theirs);
    }
}
