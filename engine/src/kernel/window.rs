//! Moving windows: item `i` of a result covers items `i-w+1 ..= i`, fewer at the start.

use super::{Item, Num};
use std::cmp::Ordering;
use std::collections::VecDeque;

/// Moving sums of integers; nulls count as 0. A window of 0 gives zeros.
pub fn sums_int<T: Num>(w: usize, x: &[T]) -> Vec<T::Sum> {
    let keep = |v: T| if v.is_null() { T::Sum::ZERO } else { v.wide() };
    let mut s = T::Sum::ZERO;
    (0..x.len())
        .map(|i| {
            s = s.add(keep(x[i]));
            if i >= w {
                s = s.sub(keep(x[i - w]));
            }
            s
        })
        .collect()
}

/// Moving sums of floats; nulls count as 0. Each sum adds only items of its window (no drift).
pub fn sums_float(w: usize, x: &[f64]) -> Vec<f64> {
    let n = x.len();
    let keep = |v: f64| if v.is_nan() { 0.0 } else { v };
    if w == 0 {
        return vec![0.0; n];
    }
    if w >= n {
        return super::scan::sums(x);
    }
    // blocks of w: a window is the tail of one block and the head of the next
    let mut out = Vec::with_capacity(n);
    let mut tail = vec![0.0; w];
    for (b, block) in x.chunks(w).enumerate() {
        let mut head = 0.0;
        for (k, &v) in block.iter().enumerate() {
            head += keep(v);
            out.push(if b == 0 || k + 1 == w { head } else { tail[k + 1] + head });
        }
        let mut s = 0.0;
        for (t, &v) in tail.iter_mut().zip(block).rev() {
            s += keep(v);
            *t = s;
        }
    }
    out
}

/// Moving counts of items that are not null.
pub fn counts(w: usize, null: impl Fn(usize) -> bool, n: usize) -> Vec<i32> {
    let mut c = 0i32;
    (0..n)
        .map(|i| {
            c += i32::from(!null(i));
            if i >= w {
                c -= i32::from(!null(i - w));
            }
            c
        })
        .collect()
}

/// Moving means over the items that are not null; NaN where a window has none.
pub fn means(w: usize, x: &[f64]) -> Vec<f64> {
    let mut s = sums_float(w, x);
    if !x.iter().any(|v| v.is_nan()) {
        for (i, s) in s.iter_mut().enumerate() {
            *s /= w.min(i + 1) as f64;
        }
        return s;
    }
    let c = counts(w, |i| x[i].is_nan(), x.len());
    for (s, &c) in s.iter_mut().zip(&c) {
        *s = if c == 0 { f64::NAN } else { *s / f64::from(c) };
    }
    s
}

/// Moving standard deviations (divided by n) over the items that are not null.
pub fn deviations(w: usize, x: &[f64]) -> Vec<f64> {
    // about a point near the data, so that squares do not cancel
    let base = super::reduce::mean(x);
    // a whole number where that is near enough, so that whole numbers stay exact
    let base = if !base.is_finite() {
        0.0
    } else if base.abs() >= 1.0 {
        base.round()
    } else {
        f64::from(base as f32)
    };
    let y: Vec<f64> = x.iter().map(|v| v - base).collect();
    let sq: Vec<f64> = y.iter().map(|v| v * v).collect();
    let (m, q) = (means(w, &y), means(w, &sq));
    m.iter()
        .zip(&q)
        .map(|(m, q)| {
            let v = q - m * m;
            if v.is_nan() { f64::NAN } else { v.max(0.0).sqrt() }
        })
        .collect()
}

/// Moving extreme by a monotone queue: `wins(a, b)` is true when `a` beats or equals `b`.
fn extreme<T: Copy>(w: usize, x: &[T], wins: impl Fn(T, T) -> bool) -> Vec<T> {
    let mut q: VecDeque<usize> = VecDeque::new();
    let mut out = Vec::with_capacity(x.len());
    for i in 0..x.len() {
        while q.back().is_some_and(|&j| wins(x[i], x[j])) {
            q.pop_back();
        }
        q.push_back(i);
        if q.front().is_some_and(|&j| i - j >= w) {
            q.pop_front();
        }
        out.push(x[q.front().copied().unwrap_or(i)]);
    }
    out
}

/// Moving minimums with the null as the least; `x` itself for a window of 0.
pub fn mins<T: Item>(w: usize, x: &[T]) -> Vec<T> {
    if w == 0 {
        return x.to_vec();
    }
    extreme(w, x, |a, b| a.order(b) != Ordering::Greater)
}

/// Moving maximums with the null as the least; `x` itself for a window of 0.
pub fn maxs<T: Item>(w: usize, x: &[T]) -> Vec<T> {
    if w == 0 {
        return x.to_vec();
    }
    extreme(w, x, |a, b| a.order(b) != Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented() {
        assert_eq!(sums_int(3, &[1i64, 2, 3, 5, 7, 11]), [1, 3, 6, 10, 15, 23]);
        let n = i64::MIN;
        assert_eq!(sums_int(3, &[n, 2, 3, 5, n, 11]), [0, 2, 5, 10, 8, 16]);
        assert_eq!(means(2, &[1., 2., 3., 5., 7., 10.]), [1., 1.5, 2.5, 4., 6., 8.5]);
        assert_eq!(maxs(3, &[2i64, 7, 1, 3, 5, 2, 8]), [2, 7, 7, 7, 5, 5, 8]);
        assert_eq!(mins(3, &[n, -3, -2, 1, n, -i64::MAX]), [n, n, n, -3, n, n]);
        assert_eq!(deviations(2, &[1., 2., 3., 5., 7., 10.]), [0., 0.5, 0.5, 1., 1., 1.5]);
    }

    #[test]
    fn float_windows_add_only_their_items() {
        let x = [1e300, 1.0, 2.0, 3.0, 4.0, f64::INFINITY, 5.0, 6.0, 7.0];
        for w in 1..12 {
            let got = sums_float(w, &x);
            for (i, g) in got.iter().enumerate() {
                let from = (i + 1).saturating_sub(w);
                let want: f64 = x[from..=i].iter().sum();
                assert_eq!(*g, want, "window {w} at {i}");
            }
        }
    }
}
