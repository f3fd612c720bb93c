//! Deep recursion without overflowing the stack.
//!
//! What can fail asks [`check`] at each level and ends with `'stack`. What cannot fail (display, comparison, freeing)
//! calls itself through [`grow`], which continues on the heap where the stack is short.

use crate::error::{Error, Result};
use std::cell::Cell;

/// Stack that must be left at a level: more than any code takes between two checks, also without optimisation.
const RESERVE: usize = 256 << 10;

/// Bytes that [`grow`] adds at a time.
const SEGMENT: usize = 4 << 20;

/// The limit of a thread that has not looked yet.
const UNKNOWN: usize = usize::MAX;

thread_local! {
    /// The address below which little is left of the stack that this thread runs on.
    static LOWEST: Cell<usize> = const { Cell::new(UNKNOWN) };
}

/// Roughly the stack pointer.
#[inline]
fn here() -> usize {
    let mark = 0u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}

/// `'stack` where little of the stack is left.
#[inline]
pub fn check() -> Result<()> {
    if here() >= LOWEST.get() { Ok(()) } else { look() }
}

/// As [`check`], for the first time on a stack and at its end.
#[cold]
fn look() -> Result<()> {
    if LOWEST.get() == UNKNOWN {
        LOWEST.set(lowest());
    }
    if here() >= LOWEST.get() { Ok(()) } else { Err(Error::new("stack")) }
}

/// What [`LOWEST`] is on the present stack; 0 where nothing is known of it.
fn lowest() -> usize {
    stacker::remaining_stack().map_or(0, |left| here().saturating_sub(left) + RESERVE)
}

/// Runs `f`, one level of a recursion, on more stack where this one is short.
pub fn grow<R>(f: impl FnOnce() -> R) -> R {
    if here() >= LOWEST.get() || stacker::remaining_stack().is_none_or(|left| left >= RESERVE / 2) {
        return f();
    }
    stacker::grow(SEGMENT, || {
        let _back = Back(LOWEST.replace(lowest()));
        f()
    })
}

/// The limit of the stack that is returned to.
struct Back(usize);

impl Drop for Back {
    fn drop(&mut self) {
        LOWEST.set(self.0);
    }
}
