//! Damage done to valid bytes.

use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// Which sample is damaged, and how.
#[derive(Arbitrary, Clone, Debug)]
pub struct Damage {
    sample: u8,
    edits: Vec<Edit>,
}

/// Positions and lengths beyond the end mean the end.
#[derive(Arbitrary, Clone, Debug)]
enum Edit {
    /// Writes over what stands there.
    Overwrite { at: u16, bytes: Vec<u8> },
    /// Puts bytes in between.
    Insert { at: u16, bytes: Vec<u8> },
    /// Takes bytes out.
    Remove { at: u16, count: u16 },
    /// Puts a piece of the same bytes somewhere else as well.
    Copy { from: u16, count: u16, to: u16 },
    /// Puts a piece of another sample in the same place.
    Graft { sample: u8, from: u16, count: u16 },
}

/// Copies of copies must not grow without end.
const MOST_BYTES: usize = 1 << 20;

impl Damage {
    /// Whether nothing is changed.
    pub fn is_none(&self) -> bool {
        self.edits.is_empty()
    }

    /// Which of this many samples is meant; `None` for the one more that is empty.
    fn choose(number: u8, samples: &[Vec<u8>]) -> &[u8] {
        let index = usize::from(number) % (samples.len() + 1);
        samples.get(index).map_or(&[], Vec::as_slice)
    }

    /// The chosen sample (or nothing at all, so that every input can be built) with the edits applied.
    pub fn done_to(&self, samples: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Damage::choose(self.sample, samples).to_vec();
        for edit in &self.edits {
            edit.apply(&mut bytes, samples);
            bytes.truncate(MOST_BYTES);
        }
        bytes
    }
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>, samples: &[Vec<u8>]) {
        match self {
            Edit::Overwrite { at, bytes: new } => {
                let range = range(bytes, *at, new.len());
                bytes.splice(range, new.iter().copied());
            }
            Edit::Insert { at, bytes: new } => {
                let range = range(bytes, *at, 0);
                bytes.splice(range, new.iter().copied());
            }
            Edit::Remove { at, count } => {
                let range = range(bytes, *at, usize::from(*count));
                bytes.drain(range);
            }
            Edit::Copy { from, count, to } => {
                let piece = bytes[range(bytes, *from, usize::from(*count))].to_vec();
                let range = range(bytes, *to, 0);
                bytes.splice(range, piece);
            }
            Edit::Graft {
                sample,
                from,
                count,
            } => {
                let other = Damage::choose(*sample, samples);
                let count = usize::from(*count);
                let piece = other[range(other, *from, count)].to_vec();
                let range = range(bytes, *from, count);
                bytes.splice(range, piece);
            }
        }
    }
}

fn range(bytes: &[u8], at: u16, count: usize) -> std::ops::Range<usize> {
    let start = usize::from(at).min(bytes.len());
    start..(start + count).min(bytes.len())
}
