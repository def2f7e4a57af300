//! Numbers as published files write them.

use super::error::{Problem, excerpt};

/// The largest amount read, in whole units of the currency. A thousand costs of
/// this size, in hundredths, still add up within 64 bits.
pub const MAX_AMOUNT: u64 = 10_000_000_000_000;

/// The largest number read that is not money, either way of zero. A million
/// ballots of this size still add up within 63 bits.
pub const MAX_POINTS: i64 = 1_000_000_000_000;

/// An amount of money, in hundredths.
///
/// A point or a comma starts the decimals (both are published). Exactly three
/// digits after it are refused: `40.000` may well be forty thousand.
pub(super) fn hundredths(text: &str) -> Result<u64, Problem> {
    let (whole, decimals) = match text.split_once(['.', ',']) {
        Some((whole, decimals)) if is_digits(decimals) => (whole, decimals),
        None => (text, ""),
        Some(_) => {
            return Err(Problem::NotAnAmount {
                found: excerpt(text),
            });
        }
    };
    if !is_digits(whole) {
        return Err(Problem::NotAnAmount {
            found: excerpt(text),
        });
    }
    if decimals.len() == 3 {
        return Err(Problem::AmbiguousAmount {
            found: excerpt(text),
        });
    }
    let cents = match decimals.trim_end_matches('0').as_bytes() {
        [] => 0,
        [tenths] => u64::from(tenths - b'0') * 10,
        [tenths, rest] => u64::from(tenths - b'0') * 10 + u64::from(rest - b'0'),
        _ => {
            return Err(Problem::TooManyDecimals {
                found: excerpt(text),
            });
        }
    };
    match whole.parse::<u64>() {
        Ok(units) if units <= MAX_AMOUNT => Ok(units * 100 + cents),
        _ => Err(Problem::NumberTooLarge {
            found: excerpt(text),
            most: MAX_AMOUNT,
        }),
    }
}

/// A whole number, negative or not; decimals are read if they are all zero
/// (spreadsheets write `3.0`).
pub(super) fn whole(text: &str) -> Result<i64, Problem> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let digits = match digits.split_once('.') {
        Some((digits, zeros)) if is_digits(zeros) && zeros.bytes().all(|byte| byte == b'0') => {
            digits
        }
        None => digits,
        Some(_) => {
            return Err(Problem::NotAWholeNumber {
                found: excerpt(text),
            });
        }
    };
    if !is_digits(digits) {
        return Err(Problem::NotAWholeNumber {
            found: excerpt(text),
        });
    }
    match digits.parse::<i64>() {
        Ok(number) if number <= MAX_POINTS => Ok(sign * number),
        _ => Err(Problem::NumberTooLarge {
            found: excerpt(text),
            most: MAX_POINTS.unsigned_abs(),
        }),
    }
}

/// A whole number that cannot be below zero.
pub(super) fn count(text: &str) -> Result<u64, Problem> {
    u64::try_from(whole(text)?).map_err(|_| Problem::Negative {
        found: excerpt(text),
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
