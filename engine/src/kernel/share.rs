//! Work that the threads of `-s` share.

/// Runs `work` over all of `out`: at once, or, from `least` items on, in one piece a thread. It is told where its piece begins.
pub fn pieces<T: Send>(out: &mut [T], least: usize, work: impl Fn(usize, &mut [T]) + Sync) {
    let threads = rayon::current_num_threads();
    if threads < 2 || out.len() < least {
        return work(0, out);
    }
    let each = out.len().div_ceil(threads).max(1);
    rayon::scope(|s| {
        for (k, piece) in out.chunks_mut(each).enumerate() {
            let work = &work;
            s.spawn(move |_| work(k * each, piece));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn each_item_once_with_its_place() {
        for threads in [1, 2, 3, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for n in [0, 1, 2, 5, 100] {
                let mut out = vec![0; n];
                let add = |at: usize, piece: &mut [usize]| piece.iter_mut().zip(at..).for_each(|(o, i)| *o += i + 1);
                pool.install(|| pieces(&mut out, 2, add));
                assert_eq!(out, (1..=n).collect::<Vec<_>>(), "{threads} threads");
            }
        }
    }
}
