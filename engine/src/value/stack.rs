//! How much of the thread's stack is left, for recursion that follows a program's or a message's own nesting.

use crate::error::{Error, Result};
use std::cell::Cell;

thread_local! {
    /// Lowest address that recursion may reach; 0 where nobody has said.
    static FLOOR: Cell<usize> = const { Cell::new(0) };
}

/// What is kept for the calls that do not check.
const RESERVE: usize = 256 << 10;

#[inline(never)]
fn here() -> usize {
    let mark = 0u8;
    std::ptr::from_ref(&mark) as usize
}

/// Says at the start of a thread how many bytes of stack it was given.
pub fn begin(bytes: usize) {
    FLOOR.with(|f| f.set(here().saturating_sub(bytes - RESERVE.min(bytes))));
}

/// False when recursion must end.
#[inline]
pub fn room() -> bool {
    here() > FLOOR.with(Cell::get)
}

/// `'stack` when recursion must end.
#[inline]
pub fn check() -> Result<()> {
    if room() { Ok(()) } else { Err(Error::new("stack")) }
}
