//! Clocks, local time, and dotted access to parts of temporal values (`x.date`, `x.hh`).

use super::cast;
use crate::error::{Error, Result};
use crate::value::convert::{self, Part};
use crate::value::temporal::{self, DAY, HOUR, MILLI, MINUTE, SECOND, UNIX_DAYS};
use crate::value::{Data, Host, Sym, Ty, Value, Verb};
use std::sync::LazyLock;

pub static VERBS: &[Verb] = &[
    Verb {
        name: "ltime",
        monad: Some(ltime),
        doc: "ltime x: local time of a UTC timestamp or datetime",
        examples: &[("gtime ltime 2020.01.01D12", "2020.01.01D12")],
        ..Verb::BLANK
    },
    Verb {
        name: "gtime",
        monad: Some(gtime),
        doc: "gtime x: UTC of a local timestamp or datetime",
        examples: &[("ltime gtime 2020.01.01D12", "2020.01.01D12")],
        ..Verb::BLANK
    },
];

static ZONE: LazyLock<jiff::tz::TimeZone> = LazyLock::new(jiff::tz::TimeZone::system);

/// Nanoseconds that local time is ahead of UTC at `utc` (nanoseconds since 2000.01.01).
/// `setting` is `\o`: hours, or minutes beyond 23; None takes the system's zone.
pub fn utc_offset(utc: i64, setting: Option<i32>) -> i64 {
    match setting {
        Some(n) if n.unsigned_abs() > 23 => i64::from(n).saturating_mul(MINUTE),
        Some(n) => i64::from(n) * HOUR,
        None => {
            let secs = utc.div_euclid(SECOND) + UNIX_DAYS * 86_400;
            let at = jiff::Timestamp::from_second(secs).unwrap_or_default();
            i64::from(ZONE.to_offset(at).seconds()) * SECOND
        }
    }
}

/// Local time of UTC nanoseconds; nulls and infinities stay.
pub fn to_local(utc: i64, setting: Option<i32>) -> i64 {
    if is_special(utc) { utc } else { utc.saturating_add(utc_offset(utc, setting)) }
}

/// UTC of local nanoseconds. In the hour that a clock repeats, the earlier reading counts.
pub fn to_utc(local: i64, setting: Option<i32>) -> i64 {
    if is_special(local) {
        return local;
    }
    let guess = local.saturating_sub(utc_offset(local, setting));
    let earlier = local.saturating_sub(utc_offset(guess.saturating_sub(HOUR), setting));
    // both offsets around a change are tried; the one that maps back is right
    for utc in [earlier, guess] {
        if to_local(utc, setting) == local {
            return utc;
        }
    }
    guess
}

fn is_special(n: i64) -> bool {
    n == i64::MIN || n == i64::MAX || n == -i64::MAX
}

fn ltime(h: &mut dyn Host, x: Value) -> Result<Value> {
    let setting = h.settings().utc_offset;
    shift(&x, &|n| to_local(n, setting))
}
fn gtime(h: &mut dyn Host, x: Value) -> Result<Value> {
    let setting = h.settings().utc_offset;
    shift(&x, &|n| to_utc(n, setting))
}

/// `f` on the nanoseconds of timestamps and datetimes.
fn shift(x: &Value, f: &dyn Fn(i64) -> i64) -> Result<Value> {
    crate::value::stack::check()?;
    let days = |z: f64| -> f64 {
        if !z.is_finite() {
            return z;
        }
        // days beyond what nanoseconds can count go no further
        let ns = f(((z * 86_400_000.0).round() as i64).saturating_mul(MILLI));
        ns.div_euclid(DAY) as f64 + (ns.rem_euclid(DAY) / MILLI) as f64 / 86_400_000.0
    };
    match x {
        Value::I64(Ty::Timestamp, n) => Ok(Value::I64(Ty::Timestamp, f(*n))),
        Value::F64(Ty::Datetime, z) => Ok(Value::F64(Ty::Datetime, days(*z))),
        Value::Vec(v) => match (&v.data, v.ty) {
            (Data::I64(n), Ty::Timestamp) => {
                Ok(Value::vec(v.ty, Data::I64(n.iter().map(|&n| f(n)).collect::<Vec<_>>().into())))
            }
            (Data::F64(z), Ty::Datetime) => {
                Ok(Value::vec(v.ty, Data::F64(z.iter().map(|&z| days(z)).collect::<Vec<_>>().into())))
            }
            _ => Err(Error::ty()),
        },
        Value::List(l) => {
            let out = l.iter().map(|v| shift(v, f)).collect::<Result<Vec<_>>>()?;
            Ok(Value::collapse(out))
        }
        _ => Err(Error::ty()),
    }
}

/// The value of a clock of `.z`, by its letter `p P d D t T n N z Z` (upper case: local), else None.
/// `offset` is the `\o` setting.
pub fn clock(name: &str, offset: Option<i32>) -> Option<Value> {
    let [letter] = *name.as_bytes() else { return None };
    let ty = match letter.to_ascii_lowercase() {
        b'p' => Ty::Timestamp,
        b'd' => Ty::Date,
        b't' => Ty::Time,
        b'n' => Ty::Timespan,
        b'z' => Ty::Datetime,
        _ => return None,
    };
    let utc = temporal::now_utc();
    let ns = if letter.is_ascii_uppercase() { to_local(utc, offset) } else { utc };
    convert::cast_atom(&Value::I64(Ty::Timestamp, ns), ty).ok()
}

/// `v.name` for temporal `v`: `date time timespan month minute second` convert, `year mm dd hh uu ss week` extract.
/// None when `name` is no such part or `v` holds no temporal values.
pub fn part(name: Sym, v: Value) -> Option<Result<Value>> {
    if !v.ty().is_some_and(Ty::is_temporal) {
        return None;
    }
    if let Some(p) = Part::from_name(name.bytes()) {
        return Some(cast::part_of(p, &v));
    }
    let ty = Ty::from_name(name.bytes()).filter(|t| t.is_temporal())?;
    Some(cast::cast(ty, v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_offsets() {
        assert_eq!(to_local(0, Some(-5)), -5 * HOUR);
        assert_eq!(to_local(0, Some(390)), 390 * MINUTE);
        assert_eq!(to_utc(to_local(123, Some(8)), Some(8)), 123);
        assert_eq!(to_local(i64::MIN, Some(8)), i64::MIN);
    }

    #[test]
    fn clocks_agree_with_each_other() {
        let at = |n: &str| clock(n, Some(0)).expect("a clock").as_long();
        assert_eq!(at("d"), at("D"));
        assert!(at("p") <= at("P"));
        assert_eq!(clock("q", None).map(|v| v.type_code()), None);
        assert_eq!(clock("z", None).map(|v| v.type_code()), Some(-15));
    }
}
