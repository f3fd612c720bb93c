//! Element-wise loops, in place where the caller gives up a buffer.
//!
//! `par` asks for threads; loops shorter than [`PARALLEL`] ignore it.

use rayon::prelude::*;

/// Items from which a loop is worth splitting over threads.
pub const PARALLEL: usize = 1 << 20;
const CHUNK: usize = 1 << 17;

/// `x[i] = f(x[i])`.
pub fn each_in_place<T: Copy + Send>(x: &mut [T], par: bool, f: impl Fn(T) -> T + Sync) {
    if par && x.len() >= PARALLEL {
        x.par_chunks_mut(CHUNK).for_each(|c| c.iter_mut().for_each(|v| *v = f(*v)));
    } else {
        x.iter_mut().for_each(|v| *v = f(*v));
    }
}

/// `f` of each item.
pub fn each<T: Copy + Sync, R: Copy + Send>(x: &[T], par: bool, f: impl Fn(T) -> R + Sync) -> Vec<R> {
    if par && x.len() >= PARALLEL {
        x.par_iter().with_min_len(CHUNK).map(|&v| f(v)).collect()
    } else {
        x.iter().map(|&v| f(v)).collect()
    }
}

/// `x[i] = f(x[i], y[i])`; of equal length.
pub fn zip_left<T: Copy + Send, U: Copy + Sync>(x: &mut [T], y: &[U], par: bool, f: impl Fn(T, U) -> T + Sync) {
    if par && x.len() >= PARALLEL {
        x.par_chunks_mut(CHUNK)
            .zip(y.par_chunks(CHUNK))
            .for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, &b)| *a = f(*a, b)));
    } else {
        x.iter_mut().zip(y).for_each(|(a, &b)| *a = f(*a, b));
    }
}

/// `f(x[i], y[i])`; of equal length.
pub fn zip<T: Copy + Sync, U: Copy + Sync, R: Copy + Send>(
    x: &[T],
    y: &[U],
    par: bool,
    f: impl Fn(T, U) -> R + Sync,
) -> Vec<R> {
    if par && x.len() >= PARALLEL {
        x.par_iter().with_min_len(CHUNK).zip(y.par_iter().with_min_len(CHUNK)).map(|(&a, &b)| f(a, b)).collect()
    } else {
        x.iter().zip(y).map(|(&a, &b)| f(a, b)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_give_the_same() {
        let n = PARALLEL + 77;
        let x: Vec<i64> = (0..n as i64).collect();
        let y: Vec<i64> = x.iter().map(|v| v * 3).collect();
        assert_eq!(zip(&x, &y, true, |a, b| a - b), zip(&x, &y, false, |a, b| a - b));
        let (mut a, mut b) = (x.clone(), x.clone());
        zip_left(&mut a, &y, true, |a, b| a ^ b);
        zip_left(&mut b, &y, false, |a, b| a ^ b);
        assert_eq!(a, b);
        each_in_place(&mut a, true, |v| v + 1);
        assert_eq!(a, each(&b, true, |v| v + 1));
    }
}
