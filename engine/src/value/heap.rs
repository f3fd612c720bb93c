//! The allocator, and its memory given back to the system.
//!
//! mimalloc keeps what is freed for a second, and longer while nothing is allocated: the columns of one query are the
//! room for those of the next, without a page being touched for the first time again.

use crate::value::memory;

#[global_allocator]
static ALLOCATOR: cap::Cap<mimalloc::MiMalloc> = cap::Cap::new(mimalloc::MiMalloc, usize::MAX);

/// Bytes in use.
pub fn used() -> usize {
    ALLOCATOR.allocated()
}

/// Bytes of this process's memory, without files.
pub fn held() -> usize {
    memory::figure("/proc/self/status", "RssAnon:")
}

/// Gives back what is not in use; how many bytes.
pub fn collect() -> usize {
    let before = held();
    // SAFETY: takes no pointers; any thread may call it at any time.
    #[allow(unsafe_code)]
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
    before.saturating_sub(held())
}
