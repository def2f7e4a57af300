//! Hours as people write them (RFC 3339), and as the manifest holds them: seconds since 1970-01-01T00:00:00Z.

use toml::value::{Datetime, Offset};

/// Why an hour cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HourError {
    /// A part is missing.
    #[error(
        "{name} = {written} lacks {missing}: write date, time and offset, such as 2026-12-01T08:00:00+01:00"
    )]
    Incomplete {
        /// which hour
        name: &'static str,
        /// as written
        written: String,
        /// what is missing
        missing: &'static str,
    },
    /// Before 1970.
    #[error("{name} = {written} lies before 1970")]
    TooEarly {
        /// which hour
        name: &'static str,
        /// as written
        written: String,
    },
}

const DAY_S: i64 = 86_400;

/// Seconds since 1970 of an hour written with its offset; fractions of a second are cut off.
///
/// # Errors
/// [`HourError`].
pub fn seconds(name: &'static str, hour: &Datetime) -> Result<u64, HourError> {
    let lacks = |missing| HourError::Incomplete {
        name,
        written: hour.to_string(),
        missing,
    };
    let date = hour.date.ok_or_else(|| lacks("the date"))?;
    let time = hour.time.ok_or_else(|| lacks("the time of day"))?;
    let offset_min = match hour.offset.ok_or_else(|| lacks("the offset from UTC"))? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let days = days_from_civil(
        i64::from(date.year),
        i64::from(date.month),
        i64::from(date.day),
    );
    let minutes = i64::from(time.hour) * 60 + i64::from(time.minute) - offset_min;
    let total = days * DAY_S + minutes * 60 + i64::from(time.second.unwrap_or(0));
    u64::try_from(total).map_err(|_| HourError::TooEarly {
        name,
        written: hour.to_string(),
    })
}

/// An hour in UTC, as RFC 3339 writes it.
pub fn written(seconds: u64) -> String {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let (year, month, day) = civil_from_days(seconds / DAY_S);
    let within = seconds % DAY_S;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        within / 3600,
        within / 60 % 60,
        within % 60
    )
}

/// The time of day in UTC, for an hour that is near.
pub fn time_of_day(seconds: u64) -> String {
    let within = seconds % DAY_S.unsigned_abs();
    format!(
        "{:02}:{:02}:{:02} UTC",
        within / 3600,
        within / 60 % 60,
        within % 60
    )
}

/// Days from 1970-01-01 of a date of the Gregorian calendar; years begin in March here, so that leap days come last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<u64, HourError> {
        seconds("opens", &text.parse().unwrap())
    }

    #[test]
    fn hours_are_counted_with_their_offset() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:00:00+01:00", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-12-01T08:00:00+01:00", 1_796_108_400),
            ("2026-11-30T22:30:00-08:30", 1_796_108_400),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_hour_that_is_not_complete_says_what_it_lacks() {
        for (text, missing) in [
            ("2026-12-01", "time of day"),
            ("08:00:00", "date"),
            ("2026-12-01T08:00:00", "offset"),
        ] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains(missing), "{message}");
            assert!(message.contains("opens"), "{message}");
        }
        assert!(matches!(
            read("1969-12-31T23:59:59Z"),
            Err(HourError::TooEarly { .. })
        ));
    }

    #[test]
    fn every_day_is_written_as_it_is_read() {
        for day in (0..200_000).step_by(7) {
            let seconds = day * 86_400 + day % 86_400;
            assert_eq!(read(&written(seconds)), Ok(seconds));
        }
        assert_eq!(written(951_868_799), "2000-02-29T23:59:59Z");
    }
}
