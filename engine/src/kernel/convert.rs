//! Items of one type to another: widening, narrowing, and units of time.

use super::{Item, Num};
use crate::value::temporal::{DAY, civil_from_days, days_from_civil};

/// How integers of one temporal type become another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// The number as it is.
    Same,
    /// Multiplied, infinities kept, what does not fit becomes infinite.
    Times(i64),
    /// Divided, rounding down.
    Over(i64),
    /// Nanoseconds since the epoch to time of day in units of so many nanoseconds.
    Clock(i64),
    /// Months to the days of their firsts, multiplied.
    MonthDays(i64),
    /// Days to months.
    DayMonths,
}

impl Unit {
    /// Converts one item that is not null.
    pub fn apply(self, x: i64) -> i64 {
        let wide = |v: i64, k: i64| {
            // int infinities stand for themselves in the wider type
            match v {
                2_147_483_647 => i64::MAX,
                -2_147_483_647 => -i64::MAX,
                i64::MAX => i64::MAX,
                v if v == -i64::MAX => -i64::MAX,
                v => v.checked_mul(k).unwrap_or(if v < 0 { -i64::MAX } else { i64::MAX }),
            }
        };
        match self {
            Unit::Same => x,
            Unit::Times(k) => wide(x, k),
            Unit::Over(k) => x.div_euclid(k),
            Unit::Clock(k) => x.rem_euclid(DAY) / k,
            Unit::MonthDays(k) => {
                if x.abs() >= 2_147_483_647 {
                    wide(x, k)
                } else {
                    wide(days_from_civil(2000 + x.div_euclid(12), x.rem_euclid(12) + 1, 1), k)
                }
            }
            Unit::DayMonths => {
                let (y, m, _) = civil_from_days(x);
                (y - 2000) * 12 + m - 1
            }
        }
    }
}

/// Longs to a narrower integer: null to null, the rest as the low bits.
pub trait FromLong: Item {
    fn from_long(x: i64) -> Self;
    fn to_long(self) -> i64;
}
macro_rules! from_long {
    ($t:ty) => {
        impl FromLong for $t {
            #[inline(always)]
            fn from_long(x: i64) -> $t {
                if x == i64::MIN { <$t>::MIN } else { x as $t }
            }
            #[inline(always)]
            fn to_long(self) -> i64 {
                if self == <$t>::MIN { i64::MIN } else { self as i64 }
            }
        }
    };
}
from_long!(i16);
from_long!(i32);
from_long!(i64);
impl FromLong for u8 {
    #[inline(always)]
    fn from_long(x: i64) -> u8 {
        x as u8
    }
    #[inline(always)]
    fn to_long(self) -> i64 {
        i64::from(self)
    }
}

/// A float to a long: NaN to null, infinities to infinities, otherwise the nearest.
#[inline(always)]
pub fn round(x: f64) -> i64 {
    if x.is_nan() {
        i64::MIN
    } else if x >= 9.223_372_036_854_775e18 {
        i64::MAX
    } else if x <= -9.223_372_036_854_775e18 {
        -i64::MAX
    } else {
        (x + 0.5).floor() as i64
    }
}

/// A float to a long by rounding down, with NaN and infinities as [`round`] has them.
#[inline(always)]
pub fn floor(x: f64) -> i64 {
    if x.is_nan() || x.abs() >= 9.223_372_036_854_775e18 { round(x) } else { x.floor() as i64 }
}

/// All items as floats.
pub fn floats<T: Num>(x: &[T]) -> Vec<f64> {
    x.iter().map(|v| v.float()).collect()
}

/// All items as longs in another unit; nulls stay null.
pub fn longs<T: FromLong>(x: &[T], unit: Unit) -> Vec<i64> {
    let go = |f: &dyn Fn(i64) -> i64| {
        x.iter()
            .map(|v| {
                let l = v.to_long();
                if l == i64::MIN { l } else { f(l) }
            })
            .collect()
    };
    match unit {
        Unit::Same => x.iter().map(|v| v.to_long()).collect(),
        Unit::Over(k) => go(&|l| l.div_euclid(k)),
        Unit::Clock(k) => go(&|l| l.rem_euclid(DAY) / k),
        u => go(&|l| u.apply(l)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        assert_eq!(Unit::Times(60).apply(2), 120);
        assert_eq!(Unit::Times(DAY).apply(2_147_483_647), i64::MAX);
        assert_eq!(Unit::Times(DAY).apply(-200_000), -i64::MAX);
        assert_eq!(Unit::Clock(60_000_000_000).apply(-60_000_000_000), 1439);
        assert_eq!(Unit::MonthDays(1).apply(-1), -31);
        assert_eq!(Unit::DayMonths.apply(-1), -1);
        assert_eq!(longs(&[i32::MIN, 3], Unit::Times(2)), [i64::MIN, 6]);
    }

    #[test]
    fn rounding() {
        assert_eq!((round(2.5), round(-2.5), round(f64::NAN)), (3, -2, i64::MIN));
        assert_eq!(floor(-0.5), -1);
        assert_eq!(floor(f64::INFINITY), i64::MAX);
    }
}
