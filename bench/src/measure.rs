//! Interleaved timing: on a machine that does other things, too, only what ran side by side can be compared.

use std::time::{Duration, Instant};

/// Time this thread spent on a processor, where the system counts it (Linux), so that waiting for other programs is not
/// charged to whoever happened to be running; otherwise time since some instant.
struct Clock {
    start: Instant,
}

impl Clock {
    fn start() -> Clock {
        Clock {
            start: Instant::now(),
        }
    }

    fn nanoseconds(&self) -> f64 {
        // The kernel brings the count up to date when a thread stops running: so stop for a moment.
        std::thread::sleep(Duration::from_micros(1));
        std::fs::read_to_string("/proc/thread-self/schedstat")
            .ok()
            .and_then(|text| text.split(' ').next()?.parse().ok())
            .unwrap_or_else(|| self.start.elapsed().as_secs_f64() * 1e9)
    }
}

/// One way of doing the work.
pub(crate) struct Variant<'a> {
    pub(crate) name: &'static str,
    /// ballots handled in one round
    pub(crate) ballots: usize,
    /// does round number so-and-so
    pub(crate) run: Box<dyn FnMut(usize) + 'a>,
}

/// Microseconds per ballot of one variant, one figure per round.
#[derive(serde::Serialize)]
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) microseconds: Vec<f64>,
}

/// Runs all variants in turn, round after round; each round begins with another variant.
pub(crate) fn interleave(mut variants: Vec<Variant<'_>>, rounds: usize) -> Vec<Series> {
    let mut series: Vec<Series> = variants
        .iter()
        .map(|variant| Series {
            name: variant.name,
            microseconds: vec![0.0; rounds],
        })
        .collect();
    let count = variants.len();
    let clock = Clock::start();
    for round in 0..rounds {
        for turn in 0..count {
            let index = (round + turn) % count;
            let variant = &mut variants[index];
            let start = clock.nanoseconds();
            (variant.run)(round);
            let microseconds = (clock.nanoseconds() - start) / 1e3;
            series[index].microseconds[round] = microseconds / variant.ballots as f64;
        }
    }
    series
}

/// The median; of an even number of values, the mean of the middle two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = ((sorted.len() - 1) / 2, sorted.len() / 2);
    (sorted[low] + sorted[high]) / 2.0
}

/// The median over rounds of `above` divided by `below` in the same round.
pub(crate) fn ratio(above: &Series, below: &Series) -> f64 {
    let ratios: Vec<f64> = above
        .microseconds
        .iter()
        .zip(&below.microseconds)
        .map(|(above, below)| above / below)
        .collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(microseconds: &[f64]) -> Series {
        Series {
            name: "",
            microseconds: microseconds.to_vec(),
        }
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_middle_two() {
        assert_eq!(median(&[9.0, 1.0, 2.0]).to_bits(), 2.0_f64.to_bits());
        assert_eq!(median(&[4.0, 9.0, 1.0, 2.0]).to_bits(), 3.0_f64.to_bits());
    }

    #[test]
    fn a_ratio_compares_within_rounds_and_not_medians() {
        // Both slow down tenfold in the second round: the ratio does not notice.
        let (above, below) = (series(&[2.0, 20.0, 2.0]), series(&[1.0, 10.0, 4.0]));
        assert_eq!(ratio(&above, &below).to_bits(), 2.0_f64.to_bits());
    }

    #[test]
    fn the_clock_advances_while_work_is_done() {
        let clock = Clock::start();
        let (before, start) = (clock.nanoseconds(), Instant::now());
        while start.elapsed() < Duration::from_millis(100) {}
        assert!(clock.nanoseconds() > before);
    }

    #[test]
    fn every_variant_runs_once_in_every_round() {
        let mut seen = Vec::new();
        let variants = vec![Variant {
            name: "counted",
            ballots: 1,
            run: Box::new(|round| seen.push(round)),
        }];
        let series = interleave(variants, 3);
        assert_eq!(series[0].microseconds.len(), 3);
        assert_eq!(seen, [0, 1, 2]);
    }
}
