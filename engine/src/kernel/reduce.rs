//! Aggregates of one slice. Nulls are skipped unless a function says otherwise.

use super::{Item, Num};

/// Total; 0 when empty or all null. Narrow integers are summed as ints; integers wrap.
///
/// Floats are added in eight lanes, as q's own vector sum is documented to do.
pub fn sum<T: Num>(x: &[T]) -> T::Sum {
    let zero = T::Sum::ZERO;
    let keep = |v: T| if v.is_null() { zero } else { v.wide() };
    let mut lanes = [zero; 8];
    let mut blocks = x.chunks_exact(8);
    if x.len() >= 8 {
        for b in &mut blocks {
            for (l, &v) in lanes.iter_mut().zip(b) {
                *l = l.raw_add(keep(v));
            }
        }
    }
    let mut s = zero;
    for l in lanes {
        s = s.raw_add(l);
    }
    for &v in blocks.remainder() {
        s = s.raw_add(keep(v));
    }
    s
}

/// Product; 1 when empty or all null.
pub fn product<T: Num>(x: &[T]) -> T::Sum {
    x.iter().fold(T::Sum::ONE, |p, &v| if v.is_null() { p } else { p.mul(v.wide()) })
}

/// Least item; infinity when there is none.
pub fn min<T: Num>(x: &[T]) -> T {
    x.iter().fold(T::INF, |m, &v| m.min(if v.is_null() { T::INF } else { v }))
}

/// Greatest item; negative infinity when there is none.
pub fn max<T: Num>(x: &[T]) -> T {
    x.iter().fold(T::NEG_INF, |m, &v| m.max(if v.is_null() { T::NEG_INF } else { v }))
}

/// How many items are not null.
pub fn count<T: Item>(x: &[T]) -> usize {
    x.iter().filter(|v| !v.is_null()).count()
}

/// Total as a float, and the number of items in it.
pub fn total<T: Num>(x: &[T]) -> (f64, usize) {
    let mut lanes = [0.0; 8];
    let mut n = 0;
    let mut blocks = x.chunks_exact(8);
    for b in &mut blocks {
        for (l, &v) in lanes.iter_mut().zip(b) {
            let f = v.float();
            *l += if f.is_nan() { 0.0 } else { f };
            n += usize::from(!f.is_nan());
        }
    }
    let mut s = lanes.iter().fold(0.0, |a, b| a + b);
    for &v in blocks.remainder() {
        let f = v.float();
        if !f.is_nan() {
            s += f;
            n += 1;
        }
    }
    (s, n)
}

/// Arithmetic mean, NaN without items.
pub fn mean<T: Num>(x: &[T]) -> f64 {
    let (s, n) = total(x);
    s / n as f64
}

/// Population variance (divided by n) and n; NaN without items.
pub fn variance<T: Num>(x: &[T]) -> (f64, usize) {
    let (s, n) = total(x);
    let m = s / n as f64;
    let d = x.iter().fold(0.0, |a, &v| {
        let f = v.float();
        if f.is_nan() { a } else { a + (f - m) * (f - m) }
    });
    (d / n as f64, n)
}

/// Mean of x, mean of y, covariance (divided by n), variances, and n, over pairs without nulls.
pub struct Pairs {
    pub cov: f64,
    pub var_x: f64,
    pub var_y: f64,
    pub n: usize,
}

/// Second moments of pairs; both of equal length.
pub fn pairs(x: &[f64], y: &[f64]) -> Pairs {
    let (mut sx, mut sy, mut n) = (0.0, 0.0, 0usize);
    for (&a, &b) in x.iter().zip(y) {
        if !(a.is_nan() || b.is_nan()) {
            sx += a;
            sy += b;
            n += 1;
        }
    }
    let (mx, my) = (sx / n as f64, sy / n as f64);
    let (mut c, mut vx, mut vy) = (0.0, 0.0, 0.0);
    for (&a, &b) in x.iter().zip(y) {
        if !(a.is_nan() || b.is_nan()) {
            c += (a - mx) * (b - my);
            vx += (a - mx) * (a - mx);
            vy += (b - my) * (b - my);
        }
    }
    let k = n as f64;
    Pairs { cov: c / k, var_x: vx / k, var_y: vy / k, n }
}

/// Weighted mean over pairs without nulls; NaN when the weights add to 0.
pub fn weighted_mean<T: Num, U: Num>(w: &[T], x: &[U]) -> f64 {
    let (mut s, mut t) = (0.0, 0.0);
    for (&w, &x) in w.iter().zip(x) {
        let (w, x) = (w.float(), x.float());
        if !(w.is_nan() || x.is_nan()) {
            s += w * x;
            t += w;
        }
    }
    s / t
}

/// Mean of the one or two middle items in sort order, nulls counted as the least.
pub fn median(mut x: Vec<f64>) -> f64 {
    let n = x.len();
    if n == 0 {
        return f64::NAN;
    }
    let hi = n / 2;
    let (left, &mut upper, _) = x.select_nth_unstable_by(hi, |a, b| a.order(*b));
    if n % 2 == 1 {
        return upper;
    }
    let lower = left.iter().copied().fold(f64::NAN, f64::max);
    // as the average of two items: a null is left out of it
    match (lower.is_nan(), upper.is_nan()) {
        (true, _) => upper,
        (_, true) => lower,
        _ => f64::midpoint(lower, upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_skipped() {
        assert_eq!(sum(&[2i64, 3, i64::MIN, 7]), 12);
        assert_eq!(sum(&[f64::NAN, 8.0]), 8.0);
        assert_eq!(sum(&[1u8; 300]), 300);
        assert_eq!(product(&[2i64, i64::MIN, 7]), 14);
        assert_eq!(min(&[i64::MIN, 5, 1]), 1);
        assert_eq!(max::<i64>(&[i64::MIN]), -i64::MAX);
        assert_eq!(min::<f64>(&[]), f64::INFINITY);
        assert_eq!(mean(&[1.0, f64::NAN, 3.0]), 2.0);
    }

    #[test]
    fn sums_wrap_past_the_null() {
        assert_eq!(sum(&[i64::MAX, 1, 1]), i64::MAX.wrapping_add(2));
    }

    #[test]
    fn median_of_even_and_odd() {
        assert_eq!(median(vec![10.0, 34.0, 23.0, 123.0, 5.0, 56.0]), 28.5);
        assert_eq!(median(vec![3.0, f64::NAN, 1.0]), 1.0);
        assert!(median(vec![]).is_nan());
    }
}
