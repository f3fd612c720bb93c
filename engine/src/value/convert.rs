//! Conversion between types: the rules of Cast, one step a pair of types.

use super::temporal::{self, DAY, HOUR, MILLI, MINUTE, SECOND};
use super::{Class, Data, Sym, Ty, Value, Vector};
use crate::error::{Error, Result};
use std::borrow::Cow;

/// What happens to an integer on its way from one type to another. Nulls and, between temporal types,
/// infinities are dealt with around it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    Same,
    /// times a constant, saturating
    Mul(i64),
    /// divided by a constant, rounding down
    Div(i64),
    /// the time of the day, divided by a constant
    DayPart(i64),
    /// days to months, after dividing by a constant
    MonthOf(i64),
    /// months to days, times a constant
    DaysTimes(i64),
    Zero,
}

impl Step {
    #[inline]
    fn apply(self, n: i64) -> i64 {
        match self {
            Step::Same => n,
            Step::Mul(k) => n.saturating_mul(k),
            Step::Div(k) => n.div_euclid(k),
            Step::DayPart(k) => n.rem_euclid(DAY) / k,
            Step::MonthOf(k) => month_of_days(n.div_euclid(k)),
            Step::DaysTimes(k) => days_of_month(n).saturating_mul(k),
            Step::Zero => 0,
        }
    }
}

fn month_of_days(d: i64) -> i64 {
    let (y, m, _) = temporal::civil_from_days(d);
    (y - 2000) * 12 + m - 1
}
fn days_of_month(m: i64) -> i64 {
    // out of range months keep their order
    let m = m.clamp(-1_000_000, 1_000_000);
    temporal::days_from_civil(2000 + m.div_euclid(12), m.rem_euclid(12) + 1, 1)
}

/// Nanoseconds in one unit of a time type.
fn unit(t: Ty) -> Option<i64> {
    Some(match t {
        Ty::Timespan => 1,
        Ty::Minute => MINUTE,
        Ty::Second => SECOND,
        Ty::Time => MILLI,
        _ => return None,
    })
}

fn step(from: Ty, to: Ty) -> Step {
    if !from.is_temporal() || !to.is_temporal() || from == to {
        return Step::Same;
    }
    match (from, unit(from), to, unit(to)) {
        (_, Some(a), _, Some(b)) if a >= b => Step::Mul(a / b),
        (_, Some(a), _, Some(b)) => Step::Div(b / a),
        (Ty::Timestamp, _, _, Some(b)) => Step::DayPart(b),
        (_, None, _, Some(_)) => Step::Zero,
        (Ty::Timestamp, _, Ty::Date, _) => Step::Div(DAY),
        (Ty::Timestamp, _, Ty::Month, _) => Step::MonthOf(DAY),
        (Ty::Date, _, Ty::Timestamp, _) => Step::Mul(DAY),
        (Ty::Date, _, Ty::Month, _) => Step::MonthOf(1),
        (Ty::Month, _, Ty::Date, _) => Step::DaysTimes(1),
        (Ty::Month, _, Ty::Timestamp, _) => Step::DaysTimes(DAY),
        (_, Some(a), Ty::Timestamp, _) => Step::Mul(a),
        (_, Some(a), Ty::Date, _) => Step::Div(DAY / a),
        (_, Some(a), Ty::Month, _) => Step::MonthOf(DAY / a),
        _ => Step::Same,
    }
}

/// Half rounds up.
fn round(f: f64) -> f64 {
    let r = f.round();
    if r - f == -0.5 { r + 1.0 } else { r }
}

/// A float as a long: rounded, saturated, NaN to null.
pub fn float_to_long(f: f64) -> i64 {
    if f.is_nan() {
        return i64::MIN;
    }
    (round(f) as i64).max(-i64::MAX)
}
/// A long as an int: null to null, the rest saturated.
pub fn long_to_int(n: i64) -> i32 {
    if n == i64::MIN { i32::MIN } else { n.clamp(-i64::from(i32::MAX), i64::from(i32::MAX)) as i32 }
}
/// A long as a short: null to null, the rest saturated.
pub fn long_to_short(n: i64) -> i16 {
    if n == i64::MIN { i16::MIN } else { n.clamp(-i64::from(i16::MAX), i64::from(i16::MAX)) as i16 }
}
fn long_to_float(n: i64) -> f64 {
    if n == i64::MIN { f64::NAN } else { n as f64 }
}
/// The low byte, after saturating to an int.
fn long_to_byte(n: i64) -> u8 {
    if n == i64::MIN { 0 } else { n.clamp(-i64::from(i32::MAX), i64::from(i32::MAX)) as u8 }
}

/// Datetime days as nanoseconds since 2000.01.01, in whole milliseconds.
fn datetime_nanos(f: f64) -> i64 {
    if f.is_nan() {
        return i64::MIN;
    }
    if f.is_infinite() {
        return if f > 0.0 { i64::MAX } else { -i64::MAX };
    }
    ((f * 86_400_000.0).round() as i64).saturating_mul(MILLI).max(-i64::MAX)
}

/// The integers of a vector, nulls as `i64::MIN`. `keep_inf`: infinities become the long's, as between temporal types.
fn widen(v: &Vector, keep_inf: bool) -> Option<Cow<'_, [i64]>> {
    Some(match &v.data {
        Data::U8(b) => Cow::Owned(b.iter().map(|&b| i64::from(b)).collect()),
        Data::I16(x) => Cow::Owned(x.iter().map(|&n| if n == i16::MIN { i64::MIN } else { i64::from(n) }).collect()),
        Data::I32(x) if keep_inf => Cow::Owned(
            x.iter()
                .map(|&n| match n {
                    i32::MIN => i64::MIN,
                    i32::MAX => i64::MAX,
                    n if n == -i32::MAX => -i64::MAX,
                    n => i64::from(n),
                })
                .collect(),
        ),
        Data::I32(x) => Cow::Owned(x.iter().map(|&n| if n == i32::MIN { i64::MIN } else { i64::from(n) }).collect()),
        Data::I64(x) => Cow::Borrowed(x),
        _ => return None,
    })
}

fn narrow(ty: Ty, x: Cow<'_, [i64]>) -> Data {
    match ty.class() {
        Class::U8 if ty == Ty::Bool => Data::U8(x.iter().map(|&n| u8::from(n != 0)).collect::<Vec<_>>().into()),
        Class::U8 => Data::U8(x.iter().map(|&n| long_to_byte(n)).collect::<Vec<_>>().into()),
        Class::I16 => Data::I16(x.iter().map(|&n| long_to_short(n)).collect::<Vec<_>>().into()),
        Class::I32 => Data::I32(x.iter().map(|&n| long_to_int(n)).collect::<Vec<_>>().into()),
        Class::F32 => Data::F32(x.iter().map(|&n| long_to_float(n) as f32).collect::<Vec<_>>().into()),
        Class::F64 => Data::F64(x.iter().map(|&n| long_to_float(n)).collect::<Vec<_>>().into()),
        _ => Data::I64(x.into_owned().into()),
    }
}

/// `v` in the width of a column of type `to` it is written to: short, int and long, or real and float. None where the kinds differ.
pub fn in_width_of(to: Ty, v: &Vector) -> Option<Value> {
    let whole = |t| matches!(t, Ty::Short | Ty::Int | Ty::Long);
    let broken = |t| matches!(t, Ty::Real | Ty::Float);
    let kin = (whole(to) && whole(v.ty)) || (broken(to) && broken(v.ty));
    if kin { cast(v, to).ok() } else { None }
}

/// The items of `v` as type `to` (`Cast`). Symbols and guids convert to themselves only.
pub fn cast(v: &Vector, to: Ty) -> Result<Value> {
    if v.ty == to {
        return Ok(Value::Vec(std::sync::Arc::new(v.clone())));
    }
    if v.is_empty() {
        return Ok(Value::empty_of(to));
    }
    let done = |data: Data| Ok(Value::vec(to, data));
    match (v.ty, to) {
        (Ty::Enum, Ty::Sym) => {
            return Ok(Value::Vec(std::sync::Arc::new(v.clone().plain())).deenum());
        }
        (Ty::Sym | Ty::Guid, _) | (_, Ty::Guid | Ty::Enum) => return Err(Error::ty()),
        (Ty::Char, Ty::Bool) => {
            let Data::U8(text) = &v.data else { return Err(Error::ty()) };
            return Ok(Value::bools8(text.iter().map(|&c| u8::from(c != 0)).collect()));
        }
        (Ty::Char, Ty::Sym) => {
            let Data::U8(text) = &v.data else { return Err(Error::ty()) };
            return Ok(Value::Sym(Sym::new(text.trim_ascii())));
        }
        (_, Ty::Sym) => return Err(Error::ty()),
        (Ty::Byte, Ty::Char) | (Ty::Char, Ty::Byte) => return done(v.data.clone()),
        _ => {}
    }
    // floats
    match (&v.data, to.class()) {
        (Data::F32(x), Class::F64) => {
            return done(Data::F64(x.iter().map(|&f| f64::from(f)).collect::<Vec<_>>().into()));
        }
        (Data::F64(x), Class::F64) => return done(Data::F64(x.to_vec().into())),
        (Data::F64(x), Class::F32) => return done(Data::F32(x.iter().map(|&f| f as f32).collect::<Vec<_>>().into())),
        (Data::F32(x), _) if to == Ty::Bool => {
            return Ok(Value::bools8(x.iter().map(|&f| u8::from(f != 0.0)).collect()));
        }
        (Data::F64(x), _) if to == Ty::Bool => {
            return Ok(Value::bools8(x.iter().map(|&f| u8::from(f != 0.0)).collect()));
        }
        (Data::F64(x), _) if v.ty == Ty::Datetime && to.is_temporal() => {
            if to == Ty::Date {
                let day = |f: f64| if f.is_finite() { f.floor() } else { f };
                return done(narrow(to, Cow::Owned(x.iter().map(|&f| float_to_long(day(f))).collect())));
            }
            let st = step(Ty::Timestamp, to);
            let ns: Vec<i64> = x.iter().map(|&f| through(st, datetime_nanos(f))).collect();
            return done(narrow(to, Cow::Owned(ns)));
        }
        (Data::F32(x), _) => {
            return done(narrow(to, Cow::Owned(x.iter().map(|&f| float_to_long(f64::from(f))).collect())));
        }
        (Data::F64(x), _) => return done(narrow(to, Cow::Owned(x.iter().map(|&f| float_to_long(f)).collect()))),
        _ => {}
    }
    let both = v.ty.is_temporal() && to.is_temporal();
    let wide = widen(v, both).ok_or_else(Error::ty)?;
    if both && to == Ty::Datetime {
        let day = |n: i64| -> f64 {
            match n {
                i64::MIN => f64::NAN,
                i64::MAX => f64::INFINITY,
                n if n == -i64::MAX => f64::NEG_INFINITY,
                n => match v.ty {
                    Ty::Date => n as f64,
                    Ty::Month => days_of_month(n) as f64,
                    Ty::Timestamp => n.div_euclid(DAY) as f64 + (n.rem_euclid(DAY) / MILLI) as f64 / 86_400_000.0,
                    t => n as f64 * unit(t).unwrap_or(1) as f64 / DAY as f64,
                },
            }
        };
        return done(Data::F64(wide.iter().map(|&n| day(n)).collect::<Vec<_>>().into()));
    }
    match step(v.ty, to) {
        Step::Same => done(narrow(to, wide)),
        st => done(narrow(to, Cow::Owned(wide.iter().map(|&n| through(st, n)).collect()))),
    }
}

/// A step that leaves nulls and infinities as they are.
#[inline]
fn through(st: Step, n: i64) -> i64 {
    if n == i64::MIN || n == i64::MAX || n == -i64::MAX { n } else { st.apply(n).max(-i64::MAX) }
}

/// An atom as type `to`.
pub fn cast_atom(v: &Value, to: Ty) -> Result<Value> {
    match v {
        Value::U8(Ty::Char, c) if to == Ty::Sym => return Ok(Value::sym([*c].trim_ascii())),
        Value::Sym(_) | Value::Guid(_) => {
            return if v.ty() == Some(to) { Ok(v.clone()) } else { Err(Error::ty()) };
        }
        Value::Enum(_, i) => {
            return match to {
                Ty::Sym => Ok(v.deenum()),
                Ty::Enum => Ok(v.clone()),
                _ => cast_atom(&Value::long(*i), to),
            };
        }
        _ => {}
    }
    match Value::collapse(vec![v.clone()]) {
        Value::Vec(one) => Ok(cast(&one, to)?.at(0)),
        _ => Err(Error::ty()),
    }
}

/// A field of a temporal value, or what remains of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Year,
    MonthOfYear,
    Day,
    Hour,
    MinuteOfHour,
    SecondOfMinute,
    /// the first day of the week, a date; counted from Saturday, so 2 starts on Monday (`\W`)
    Week(i64),
}

impl Part {
    /// From the name: `year mm dd hh uu ss week`.
    pub fn from_name(n: &[u8]) -> Option<Part> {
        Some(match n {
            b"year" => Part::Year,
            b"mm" => Part::MonthOfYear,
            b"dd" => Part::Day,
            b"hh" => Part::Hour,
            b"uu" => Part::MinuteOfHour,
            b"ss" => Part::SecondOfMinute,
            b"week" => Part::Week(2),
            _ => return None,
        })
    }
}

/// A part of each item of a temporal vector: ints, or dates for `Week`.
pub fn part(v: &Vector, p: Part) -> Result<Value> {
    let clock = unit(v.ty).is_some();
    if !v.ty.is_temporal() {
        return Err(Error::ty());
    }
    let has_time = clock || matches!(v.ty, Ty::Timestamp | Ty::Datetime);
    let ok = match p {
        Part::Year | Part::Day | Part::Week(_) => !clock && (p == Part::Year || v.ty != Ty::Month),
        Part::MonthOfYear => true,
        Part::Hour | Part::MinuteOfHour | Part::SecondOfMinute => has_time,
    };
    if !ok {
        return Err(Error::ty());
    }
    // nanoseconds for times, days for calendar parts
    let by_clock = clock || matches!(p, Part::Hour | Part::MinuteOfHour | Part::SecondOfMinute);
    let base = match (by_clock, v.ty) {
        (true, _) => cast(v, Ty::Timespan)?,
        (false, _) => cast(&as_vector(cast(v, Ty::Date)?), Ty::Long)?,
    };
    let Value::Vec(base) = base else { return Err(Error::ty()) };
    let Data::I64(x) = &base.data else { return Err(Error::ty()) };
    let f = |n: i64| -> i64 {
        if n == i64::MIN {
            return n;
        }
        match p {
            Part::MonthOfYear | Part::MinuteOfHour if by_clock => n.div_euclid(MINUTE).rem_euclid(60),
            Part::Hour => n.div_euclid(HOUR),
            Part::SecondOfMinute => n.div_euclid(SECOND).rem_euclid(60),
            Part::Year => temporal::civil_from_days(n).0,
            Part::MonthOfYear | Part::MinuteOfHour => temporal::civil_from_days(n).1,
            Part::Day => temporal::civil_from_days(n).2,
            // 2000.01.01 was a Saturday
            Part::Week(start) => n - (n - start).rem_euclid(7),
        }
    };
    let out: Vec<i32> = x.iter().map(|&n| long_to_int(f(n))).collect();
    Ok(Value::vec(if matches!(p, Part::Week(_)) { Ty::Date } else { Ty::Int }, Data::I32(out.into())))
}

fn as_vector(v: Value) -> Vector {
    match v {
        Value::Vec(v) => v.as_ref().clone(),
        _ => Vector::new(Ty::Long, Data::empty(Ty::Long)),
    }
}
