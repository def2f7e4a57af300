//! What a load test reports: for people, and as JSON with everything a reader may want to compute again.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::Options;
use super::cast::Casts;
use super::recheck::Checked;

/// The figures of one run.
pub struct Figures {
    /// ballots with a receipt, for each second of the whole casting
    pub casts_per_second: f64,
    /// milliseconds from a ballot's first request to its receipt: median, 95 %, 99 %, longest
    pub waited_ms: [f64; 4],
    /// answers 503, each followed by another attempt
    pub overloaded: u64,
    /// broken connections, each followed by another attempt
    pub broken: u64,
    /// ballots refused for good
    pub refused: usize,
    /// seconds of processor time of the server while ballots were cast, where the system tells
    pub server_cpu_s: Option<f64>,
    /// load averages of one minute before and after
    pub load_averages: [Option<f64>; 2],
    /// receipts, verifier, entries
    pub checked: Checked,
    /// warnings and errors of the server
    pub server_said: Vec<String>,
    took: Duration,
    per_second: Vec<u64>,
    options: Options,
    memory_kib: Option<u64>,
}

/// What the system says of itself and of a process.
pub struct Machine {
    cpu_s: Option<f64>,
    peak_kib: Option<u64>,
    load_average: Option<f64>,
}

impl Machine {
    /// As it is now; everything is missing where there is no `/proc`.
    pub fn now(process: u32) -> Machine {
        let read = |file: &str| fs::read_to_string(file).ok();
        let stat = read(&format!("/proc/{process}/stat"));
        let status = read(&format!("/proc/{process}/status"));
        let peak = status.as_deref().and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse().ok()
        });
        Machine {
            cpu_s: stat.as_deref().and_then(cpu_seconds),
            peak_kib: peak,
            load_average: read("/proc/loadavg")
                .and_then(|text| text.split_whitespace().next()?.parse().ok()),
        }
    }
}

/// User and system time of `/proc/PID/stat`, whose fields are counted from behind the name in brackets; a hundred ticks a second.
fn cpu_seconds(stat: &str) -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

impl Figures {
    /// Computes them.
    pub fn new(
        options: &Options,
        casts: &Casts,
        (before, after): (&Machine, &Machine),
        checked: Checked,
        server_said: Vec<String>,
    ) -> Figures {
        let mut waited: Vec<Duration> = casts.receipted.iter().map(|cast| cast.waited).collect();
        waited.sort_unstable();
        let quantile = |share: f64| {
            let last = waited.len().saturating_sub(1);
            let place = (share * last as f64).round() as usize;
            waited
                .get(place)
                .map_or(0.0, |waited| milliseconds(*waited))
        };
        let seconds = casts.took.as_secs() as usize + 1;
        let mut per_second = vec![0; seconds];
        for cast in &casts.receipted {
            if let Some(count) = per_second.get_mut(cast.after.as_secs() as usize) {
                *count += 1;
            }
        }
        Figures {
            casts_per_second: casts.receipted.len() as f64 / casts.took.as_secs_f64(),
            waited_ms: [0.5, 0.95, 0.99, 1.0].map(quantile),
            overloaded: casts.overloaded,
            broken: casts.broken,
            refused: casts.refused.len(),
            server_cpu_s: before
                .cpu_s
                .zip(after.cpu_s)
                .map(|(before, after)| after - before),
            load_averages: [before.load_average, after.load_average],
            memory_kib: after.peak_kib,
            checked,
            server_said,
            took: casts.took,
            per_second,
            options: options.clone(),
        }
    }

    /// Everything, for `docs/performance/load.json`.
    pub fn to_json(&self) -> Value {
        let [p50, p95, p99, longest] = self.waited_ms.map(rounded);
        json!({
            "machine": {
                "processor": processor(),
                "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
                "load_average_before": self.load_averages[0],
                "load_average_after": self.load_averages[1],
            },
            "options": {
                "ballots": self.options.ballots,
                "clients": self.options.clients,
                "batch_ms": self.options.settings.batch_ms,
                "publication_ms": self.options.settings.publication_ms,
                "limits": self.options.settings.limits,
                "question": "one of five",
            },
            "casts_per_second": rounded(self.casts_per_second),
            "took_s": rounded(self.took.as_secs_f64()),
            "to_receipt_ms": { "p50": p50, "p95": p95, "p99": p99, "longest": longest },
            "receipts_in_each_second": self.per_second,
            "overloaded_and_retried": self.overloaded,
            "broken_and_retried": self.broken,
            "refused": self.refused,
            "server": {
                "cpu_s": self.server_cpu_s.map(rounded),
                "peak_memory_kib": self.memory_kib,
                "warnings": self.server_said,
            },
            "checked": {
                "receipts_on_the_board": self.checked.receipts,
                "receipts_judged_by_the_verifier": self.checked.shown,
                "entries": self.checked.entries,
                "verdict": "pass",
            },
        })
    }

    /// A table for people.
    pub fn to_text(&self) -> String {
        let [p50, p95, p99, longest] = self.waited_ms;
        let cpu = self.server_cpu_s.map_or("unknown".into(), |seconds| {
            let share = seconds / self.took.as_secs_f64();
            let each = seconds * 1e6 / self.checked.receipts.max(1) as f64;
            format!("{seconds:.1} s ({share:.2} cores, {each:.0} µs a ballot)")
        });
        let memory = self.memory_kib.map_or("unknown".into(), |kib| {
            format!("{:.0} MiB at most", kib as f64 / 1024.0)
        });
        let load = |average: Option<f64>| average.map_or("?".into(), |a| format!("{a:.2}"));
        let rows = [
            ("casts a second", format!("{:.0}", self.casts_per_second)),
            (
                "to the receipt",
                format!(
                    "p50 {p50:.0} ms, p95 {p95:.0} ms, p99 {p99:.0} ms, longest {longest:.0} ms"
                ),
            ),
            (
                "clients",
                format!("{}, one connection each", self.options.clients),
            ),
            (
                "answered 503",
                format!("{}, all sent again", self.overloaded),
            ),
            ("broken connections", self.broken.to_string()),
            ("refused for good", self.refused.to_string()),
            ("server's processor", cpu),
            ("server's memory", memory),
            (
                "load average",
                format!(
                    "{} before, {} after",
                    load(self.load_averages[0]),
                    load(self.load_averages[1])
                ),
            ),
            (
                "checked",
                format!(
                    "{} receipts on the board, {} of them by the verifier too; {} entries: PASS",
                    self.checked.receipts, self.checked.shown, self.checked.entries
                ),
            ),
        ];
        rows.map(|(name, value)| format!("{name:<20}{value}\n"))
            .concat()
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn processor() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(':'));
    name.map_or("unknown".into(), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_name_with_brackets_and_spaces() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 9 9 0 0 250 150 0 0 20 0 9 0 1 1 1";
        assert_eq!(cpu_seconds(stat), Some(4.0));
        assert_eq!(cpu_seconds(""), None);
    }
}
