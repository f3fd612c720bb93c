//! What a kernel needs to know of an item: its null, its order, its arithmetic.

use crate::value::{Guid, Sym};
use std::cmp::Ordering;

/// An item of a vector.
pub trait Item: Copy + Send + Sync + PartialEq + 'static {
    /// What stands for a missing item.
    const NULL: Self;
    /// True for the null. Bytes have none here; a char's blank is a matter for the caller.
    fn is_null(self) -> bool;
    /// Total order, null first.
    fn order(self, other: Self) -> Ordering;
    /// Equality as a key: the null equals itself, floats exactly.
    fn same(self, other: Self) -> bool {
        self.order(other) == Ordering::Equal
    }
}

/// An item that can be counted with. Integers wrap, and an integer null makes the result null.
pub trait Num: Item {
    const ZERO: Self;
    const ONE: Self;
    /// Largest and least value (`0W`, `-0W`); for bytes 255 and 0.
    const INF: Self;
    const NEG_INF: Self;
    /// What sums of such items are held in: int for narrower integers, else the same type.
    type Sum: Num;
    /// The item in the type of sums, null for null.
    fn wide(self) -> Self::Sum;
    /// As a float: null becomes NaN, infinities of integers are taken as the numbers they are stored as.
    fn float(self) -> f64;
    fn add(self, y: Self) -> Self;
    /// Addition that does not look for nulls, for running totals that hold none.
    fn raw_add(self, y: Self) -> Self;
    fn sub(self, y: Self) -> Self;
    fn mul(self, y: Self) -> Self;
    fn neg(self) -> Self;
    fn min(self, y: Self) -> Self {
        if y.order(self) == Ordering::Less { y } else { self }
    }
    fn max(self, y: Self) -> Self {
        if y.order(self) == Ordering::Greater { y } else { self }
    }
}

macro_rules! integer {
    ($t:ty, $sum:ty) => {
        impl Item for $t {
            const NULL: $t = <$t>::MIN;
            #[inline(always)]
            fn is_null(self) -> bool {
                self == <$t>::MIN
            }
            #[inline(always)]
            fn order(self, y: $t) -> Ordering {
                self.cmp(&y)
            }
        }
        impl Num for $t {
            const ZERO: $t = 0;
            const ONE: $t = 1;
            const INF: $t = <$t>::MAX;
            const NEG_INF: $t = -<$t>::MAX;
            type Sum = $sum;
            #[inline(always)]
            fn wide(self) -> $sum {
                if self.is_null() { <$sum>::MIN } else { self as $sum }
            }
            #[inline(always)]
            fn float(self) -> f64 {
                if self.is_null() { f64::NAN } else { self as f64 }
            }
            #[inline(always)]
            fn add(self, y: $t) -> $t {
                if self.is_null() | y.is_null() { <$t>::MIN } else { self.wrapping_add(y) }
            }
            #[inline(always)]
            fn raw_add(self, y: $t) -> $t {
                self.wrapping_add(y)
            }
            #[inline(always)]
            fn sub(self, y: $t) -> $t {
                if self.is_null() | y.is_null() { <$t>::MIN } else { self.wrapping_sub(y) }
            }
            #[inline(always)]
            fn mul(self, y: $t) -> $t {
                if self.is_null() | y.is_null() { <$t>::MIN } else { self.wrapping_mul(y) }
            }
            #[inline(always)]
            fn neg(self) -> $t {
                self.wrapping_neg()
            }
            #[inline(always)]
            fn min(self, y: $t) -> $t {
                std::cmp::Ord::min(self, y)
            }
            #[inline(always)]
            fn max(self, y: $t) -> $t {
                std::cmp::Ord::max(self, y)
            }
        }
    };
}
integer!(i16, i32);
integer!(i32, i32);
integer!(i64, i64);

impl Item for u8 {
    const NULL: u8 = 0;
    #[inline(always)]
    fn is_null(self) -> bool {
        false
    }
    #[inline(always)]
    fn order(self, y: u8) -> Ordering {
        self.cmp(&y)
    }
}
impl Num for u8 {
    const ZERO: u8 = 0;
    const ONE: u8 = 1;
    const INF: u8 = 255;
    const NEG_INF: u8 = 0;
    type Sum = i32;
    #[inline(always)]
    fn wide(self) -> i32 {
        i32::from(self)
    }
    #[inline(always)]
    fn float(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn add(self, y: u8) -> u8 {
        self.wrapping_add(y)
    }
    #[inline(always)]
    fn raw_add(self, y: u8) -> u8 {
        self.wrapping_add(y)
    }
    #[inline(always)]
    fn sub(self, y: u8) -> u8 {
        self.wrapping_sub(y)
    }
    #[inline(always)]
    fn mul(self, y: u8) -> u8 {
        self.wrapping_mul(y)
    }
    #[inline(always)]
    fn neg(self) -> u8 {
        self.wrapping_neg()
    }
    #[inline(always)]
    fn min(self, y: u8) -> u8 {
        std::cmp::Ord::min(self, y)
    }
    #[inline(always)]
    fn max(self, y: u8) -> u8 {
        std::cmp::Ord::max(self, y)
    }
}

macro_rules! floating {
    ($t:ty) => {
        impl Item for $t {
            const NULL: $t = <$t>::NAN;
            #[inline(always)]
            fn is_null(self) -> bool {
                self.is_nan()
            }
            #[inline(always)]
            fn order(self, y: $t) -> Ordering {
                match self.partial_cmp(&y) {
                    Some(o) => o,
                    None => y.is_nan().cmp(&self.is_nan()),
                }
            }
        }
        impl Num for $t {
            const ZERO: $t = 0.0;
            const ONE: $t = 1.0;
            const INF: $t = <$t>::INFINITY;
            const NEG_INF: $t = <$t>::NEG_INFINITY;
            type Sum = $t;
            #[inline(always)]
            fn wide(self) -> $t {
                self
            }
            #[inline(always)]
            fn float(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn add(self, y: $t) -> $t {
                self + y
            }
            #[inline(always)]
            fn raw_add(self, y: $t) -> $t {
                self + y
            }
            #[inline(always)]
            fn sub(self, y: $t) -> $t {
                self - y
            }
            #[inline(always)]
            fn mul(self, y: $t) -> $t {
                self * y
            }
            #[inline(always)]
            fn neg(self) -> $t {
                -self
            }
            #[inline(always)]
            fn min(self, y: $t) -> $t {
                // the null is the least
                if self < y || self.is_nan() { self } else { y }
            }
            #[inline(always)]
            fn max(self, y: $t) -> $t {
                if self > y || y.is_nan() { self } else { y }
            }
        }
    };
}
floating!(f32);
floating!(f64);

impl Item for Sym {
    const NULL: Sym = Sym::NULL;
    fn is_null(self) -> bool {
        self.0 == 0
    }
    fn order(self, y: Sym) -> Ordering {
        self.cmp(&y)
    }
    fn same(self, y: Sym) -> bool {
        self.0 == y.0
    }
}
impl Item for Guid {
    const NULL: Guid = [0; 16];
    fn is_null(self) -> bool {
        self == [0; 16]
    }
    fn order(self, y: Guid) -> Ordering {
        self.cmp(&y)
    }
}

/// Relative tolerance of comparisons between floats: 2^-43.
pub const TOLERANCE: f64 = crate::value::compare::TOLERANCE;

/// Equality of floats within tolerance; nulls are equal, infinities only to themselves.
#[inline(always)]
pub fn near(a: f64, b: f64) -> bool {
    let d = (a - b).abs();
    (a == b) | (a.is_nan() & b.is_nan()) | ((d <= TOLERANCE * a.abs().max(b.abs())) & (d < f64::INFINITY))
}

/// `a<b` for floats: null first, and not when they are equal within tolerance.
#[inline(always)]
pub fn below(a: f64, b: f64) -> bool {
    ((a < b) | (a.is_nan() & !b.is_nan())) & !near(a, b)
}

/// Integer division rounding down; null when either is null or `y` is 0.
#[inline(always)]
pub fn div_floor(x: i64, y: i64) -> i64 {
    if x == i64::MIN || y == i64::MIN || y == 0 {
        return i64::MIN;
    }
    let q = x.wrapping_div(y);
    if (x % y != 0) && ((x < 0) != (y < 0)) { q - 1 } else { q }
}

/// Remainder with the sign of `y`; null when either is null or `y` is 0.
#[inline(always)]
pub fn mod_floor(x: i64, y: i64) -> i64 {
    if x == i64::MIN || y == i64::MIN || y == 0 {
        return i64::MIN;
    }
    let r = x.wrapping_rem(y);
    if r != 0 && ((r < 0) != (y < 0)) { r + y } else { r }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_down_and_nulls_spread() {
        assert_eq!(div_floor(-7, 2), -4);
        assert_eq!(div_floor(7, -2), -4);
        assert_eq!(div_floor(-8, 2), -4);
        assert_eq!(mod_floor(-7, 3), 2);
        assert_eq!(mod_floor(7, -3), -2);
        assert_eq!(div_floor(1, 0), i64::MIN);
        assert_eq!(mod_floor(i64::MIN, 3), i64::MIN);
    }

    #[test]
    fn tolerance_is_relative_and_excludes_zero_and_infinity() {
        assert!(near(1.0, 1.0 + 1e-13));
        assert!(!near(1.0, 1.0 + 1e-12));
        assert!(!near(0.0, 1e-300));
        assert!(!near(f64::INFINITY, 1e308));
        assert!(near(f64::NAN, f64::NAN));
        assert!(below(f64::NAN, f64::NEG_INFINITY));
        assert!(!below(1.0, 1.0 + 1e-13));
    }

    #[test]
    fn null_is_least() {
        assert!(Num::min(f64::NAN, 1.0).is_nan());
        assert!(Num::min(1.0, f64::NAN).is_nan());
        assert_eq!(Num::max(f64::NAN, 1.0), 1.0);
        assert_eq!(Num::add(i64::MIN, 5), i64::MIN);
        assert_eq!(Num::add(i64::MAX, 2), -i64::MAX);
    }
}
