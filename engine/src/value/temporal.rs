//! Calendar arithmetic. Days count from 2000.01.01, months from 2000.01m, nanoseconds from 2000.01.01D0.

/// Nanoseconds in a day.
pub const DAY: i64 = 86_400_000_000_000;
/// Nanoseconds in an hour, minute, second, millisecond.
pub const HOUR: i64 = 3_600_000_000_000;
pub const MINUTE: i64 = 60_000_000_000;
pub const SECOND: i64 = 1_000_000_000;
pub const MILLI: i64 = 1_000_000;
/// Days from 1970.01.01 to 2000.01.01.
pub const UNIX_DAYS: i64 = 10_957;

/// Days since 2000.01.01 of a civil date (proleptic Gregorian).
pub fn days_from_civil(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + d - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468 - UNIX_DAYS
}

/// Year, month, day of days since 2000.01.01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + UNIX_DAYS + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(m <= 2), m, doy - (153 * mp + 2) / 5 + 1)
}

/// Days in a month.
pub fn days_in_month(y: i64, m: i64) -> i64 {
    match m {
        2 if (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Now, in nanoseconds since 2000.01.01 UTC.
pub fn now_utc() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX) - UNIX_DAYS * DAY
}

/// Nanoseconds since 2000.01.01 of a day and the time in it, None when a timestamp cannot hold them.
pub fn timestamp(days: i64, nanos: i64) -> Option<i64> {
    let n = i128::from(days) * i128::from(DAY) + i128::from(nanos);
    i64::try_from(n).ok().filter(|n| *n != i64::MIN)
}
