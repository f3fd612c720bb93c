//! The allocator: mimalloc, and a count of what is in use.
//!
//! mimalloc keeps what is freed for a second, and longer while nothing is allocated: the columns of one query are the
//! room for those of the next, without a page being touched for the first time again.
//!
//! Atoms, short lists and the levels of a call are a few words each, taken and given back all the time: so an
//! allocation of usual alignment goes to mimalloc's shortest path, and what it takes is added up by thread, without a
//! word that all threads write.

use crate::value::memory;
use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes in use that threads have passed on.
static TOTAL: AtomicIsize = AtomicIsize::new(0);

/// A thread passes on what it has counted from this many bytes on; by so much what others see may be off.
const BATCH: usize = 64 << 10;

/// What a thread has counted and not passed on; at its end it is.
struct Pending(Cell<isize>);

impl Drop for Pending {
    fn drop(&mut self) {
        TOTAL.fetch_add(self.0.take(), Ordering::Relaxed);
    }
}

thread_local! {
    static PENDING: Pending = const { Pending(Cell::new(0)) };
}

#[inline]
fn count(bytes: isize) {
    let full = PENDING.try_with(|p| {
        let n = p.0.get() + bytes;
        if n.unsigned_abs() < BATCH {
            p.0.set(n);
            return 0;
        }
        p.0.set(0);
        n
    });
    // at the end of a thread there is nothing to count in any more
    match full.unwrap_or(bytes) {
        0 => {}
        n => _ = TOTAL.fetch_add(n, Ordering::Relaxed),
    }
}

/// mimalloc, counted.
struct Counting;

/// Blocks of mimalloc are whole words.
const WORD: usize = size_of::<usize>();

// SAFETY: memory comes from mimalloc and goes back to it with the layout it was asked for; `mi_malloc` and its like
// give blocks aligned to a word, and are asked for no more. Counting neither allocates nor unwinds: its cell needs no
// initialisation, and its destructor is registered with the C library.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let p = if layout.align() <= WORD {
            unsafe { libmimalloc_sys::mi_malloc(layout.size()).cast() }
        } else {
            unsafe { MiMalloc.alloc(layout) }
        };
        if !p.is_null() {
            count(layout.size() as isize);
        }
        p
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let p = if layout.align() <= WORD {
            unsafe { libmimalloc_sys::mi_zalloc(layout.size()).cast() }
        } else {
            unsafe { MiMalloc.alloc_zeroed(layout) }
        };
        if !p.is_null() {
            count(layout.size() as isize);
        }
        p
    }

    #[inline]
    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        unsafe { MiMalloc.dealloc(ptr, layout) };
        count(-(layout.size() as isize));
    }

    #[inline]
    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let p = if layout.align() <= WORD {
            unsafe { libmimalloc_sys::mi_realloc(ptr.cast(), size).cast() }
        } else {
            unsafe { MiMalloc.realloc(ptr, layout, size) }
        };
        if !p.is_null() {
            count(size as isize - layout.size() as isize);
        }
        p
    }
}

/// Bytes in use: exact for what this thread has taken and given back.
#[inline]
pub fn used() -> usize {
    let own = PENDING.try_with(|p| p.0.get()).unwrap_or(0);
    usize::try_from(TOTAL.load(Ordering::Relaxed) + own).unwrap_or(0)
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
