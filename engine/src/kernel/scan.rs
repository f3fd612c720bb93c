//! Running aggregates and neighbours: results as long as the argument.

use super::{Item, Num};

/// Running totals; nulls count as 0.
pub fn sums<T: Num>(x: &[T]) -> Vec<T::Sum> {
    let mut s = T::Sum::ZERO;
    x.iter()
        .map(|&v| {
            if !v.is_null() {
                s = s.add(v.wide());
            }
            s
        })
        .collect()
}

/// Differences of neighbours; the first item is kept.
pub fn deltas<T: Num>(x: &[T]) -> Vec<T> {
    let mut r = Vec::with_capacity(x.len());
    r.extend(x.first());
    r.extend(x.windows(2).map(|w| w[1].sub(w[0])));
    r
}

/// Running products; nulls count as 1.
pub fn products<T: Num>(x: &[T]) -> Vec<T::Sum> {
    let mut s = T::Sum::ONE;
    x.iter()
        .map(|&v| {
            if !v.is_null() {
                s = s.mul(v.wide());
            }
            s
        })
        .collect()
}

/// Running minimums; infinity until the first item that is not null.
pub fn mins<T: Num>(x: &[T]) -> Vec<T> {
    let mut m = T::INF;
    x.iter()
        .map(|&v| {
            m = m.min(if v.is_null() { T::INF } else { v });
            m
        })
        .collect()
}

/// Running maximums; negative infinity until the first item that is not null.
pub fn maxs<T: Num>(x: &[T]) -> Vec<T> {
    let mut m = T::NEG_INF;
    x.iter()
        .map(|&v| {
            m = m.max(if v.is_null() { T::NEG_INF } else { v });
            m
        })
        .collect()
}

/// Running means over the items that are not null.
pub fn means<T: Num>(x: &[T]) -> Vec<f64> {
    let (mut s, mut n) = (0.0, 0.0);
    x.iter()
        .map(|&v| {
            let f = v.float();
            if !f.is_nan() {
                s += f;
                n += 1.0;
            }
            s / n
        })
        .collect()
}

/// Exponential moving average: the first item, then `r + a*(y-r)`; `a` is one weight or one an item.
pub fn ema(a: &[f64], y: &[f64]) -> Vec<f64> {
    let mut r = f64::NAN;
    y.iter()
        .enumerate()
        .map(|(i, &v)| {
            let w = if a.len() == 1 { a[0] } else { a[i] };
            r = if i == 0 { v } else { (1.0 - w) * r + w * v };
            r
        })
        .collect()
}

/// Nulls replaced by the last item before them that is not null.
pub fn fills<T: Copy>(x: &mut [T], is_null: impl Fn(T) -> bool) {
    for i in 1..x.len() {
        if is_null(x[i]) {
            x[i] = x[i - 1];
        }
    }
}

/// Flags the first item and those that `differs` from the one before.
pub fn differ<T: Copy>(x: &[T], differs: impl Fn(T, T) -> bool) -> Vec<u8> {
    let mut r = Vec::with_capacity(x.len());
    if !x.is_empty() {
        r.push(1);
    }
    r.extend(x.windows(2).map(|w| u8::from(differs(w[0], w[1]))));
    r
}

/// Item `i-n` for each `i` (negative `n` looks ahead), `null` where there is none.
pub fn shift<T: Copy>(x: &[T], n: i64, null: T) -> Vec<T> {
    let len = x.len();
    let k = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX).min(len);
    let mut r = Vec::with_capacity(len);
    if n >= 0 {
        r.resize(k, null);
        r.extend_from_slice(&x[..len - k]);
    } else {
        r.extend_from_slice(&x[k..]);
        r.resize(len, null);
    }
    r
}

/// True where an item is null.
pub fn nulls<T: Item>(x: &[T]) -> Vec<u8> {
    x.iter().map(|v| u8::from(v.is_null())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running() {
        assert_eq!(sums(&[2i64, 3, i64::MIN, 7]), [2, 5, 5, 12]);
        assert_eq!(products(&[2i64, 3, i64::MIN, 7]), [2, 6, 6, 42]);
        assert_eq!(mins(&[i64::MIN, 5, i64::MIN, 1]), [i64::MAX, 5, 5, 1]);
        assert_eq!(maxs(&[i64::MIN, 5, i64::MIN, 1]), [-i64::MAX, 5, 5, 5]);
        assert_eq!(shift(&[1, 2, 3], 1, 0), [0, 1, 2]);
        assert_eq!(shift(&[1, 2, 3], -2, 0), [3, 0, 0]);
        assert_eq!(shift(&[1, 2, 3], i64::MIN, 0), [0, 0, 0]);
        assert_eq!(differ(&[1, 3, 3], |a, b| a != b), [1, 1, 0]);
    }
}
