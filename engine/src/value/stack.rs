//! Deep recursion without overflowing the stack.
//!
//! What can fail asks [`check`] at each level and ends with `'stack`. What cannot fail (display, comparison, freeing)
//! calls itself through [`grow`], which continues on the heap where the stack is short.

use crate::error::{Error, Result};

/// Stack that must be left at a level: more than any code takes between two checks, also without optimisation.
const RESERVE: usize = 256 << 10;

/// Bytes that [`grow`] adds at a time.
const SEGMENT: usize = 4 << 20;

/// `'stack` where little of the stack is left.
pub fn check() -> Result<()> {
    match stacker::remaining_stack() {
        Some(n) if n < RESERVE => Err(Error::new("stack")),
        _ => Ok(()),
    }
}

/// Runs `f`, one level of a recursion, on more stack where this one is short.
pub fn grow<R>(f: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(RESERVE / 2, SEGMENT, f)
}
