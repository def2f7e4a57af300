//! Tests that take a minute. `cargo xtask test --quick` leaves them out, and its account says so.

/// The variable that `cargo xtask test --quick` sets.
const QUICK: &str = "URNE_QUICK";

/// Whether this slow test is left out; it then says so in the words that the account reads.
pub fn is_left_out() -> bool {
    let quick = std::env::var_os(QUICK).is_some();
    if quick {
        println!("SKIPPED: it is slow; `cargo xtask test` without --quick runs it");
    }
    quick
}
