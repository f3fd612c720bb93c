//! What the process has allocated, what it may allocate, and `'wsfull` before the limit rather than an abort after it.

use super::Value;
use crate::ensure;
use crate::error::{Error, Result};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The limit of `-w` in bytes; 0 for none.
static LIMIT: AtomicUsize = AtomicUsize::new(0);
/// The most that was seen in use since the latest mark, and before it.
static SEEN: AtomicUsize = AtomicUsize::new(0);
static EARLIER: AtomicUsize = AtomicUsize::new(0);
/// Bytes of files that are mapped.
static MAPPED: AtomicUsize = AtomicUsize::new(0);

/// Requests from this size on are weighed against the memory that the machine has free.
const LARGE: usize = 32 << 20;
/// The longest list, in items.
const LONGEST: i64 = (1 << 40) - 1;

/// A figure of `/proc/meminfo` or `/proc/self/status`, in bytes; 0 where there is none.
pub fn figure(path: &str, key: &str) -> usize {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(key)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<usize>().ok()).unwrap_or(0) * 1024
}

/// Bytes of memory of the machine.
pub static PHYSICAL: LazyLock<usize> = LazyLock::new(|| figure("/proc/meminfo", "MemTotal:"));

/// What the machine, its control group or `ulimit -v` allows this process, without `-w`.
static CEILING: LazyLock<usize> = LazyLock::new(|| {
    let machine = match *PHYSICAL {
        0 => usize::MAX,
        n => n + figure("/proc/meminfo", "SwapTotal:"),
    };
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|t| t.trim().parse().ok());
    let space = rustix::process::getrlimit(rustix::process::Resource::As).current.map(|n| {
        // stacks and libraries take their part of the address space
        usize::try_from(n).unwrap_or(usize::MAX).saturating_sub(figure("/proc/self/status", "VmSize:")) + used()
    });
    machine.min(group.unwrap_or(usize::MAX)).min(space.unwrap_or(usize::MAX))
});

pub use super::heap::used;

/// For `\g 1`: gives memory back once 64 MB less are in use than were.
pub fn settle() {
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let now = used();
    if MOST.fetch_max(now, Ordering::Relaxed) > now + (64 << 20) {
        MOST.store(now, Ordering::Relaxed);
        super::heap::collect();
    }
}

/// The most bytes that were seen in use.
pub fn peak() -> usize {
    SEEN.load(Ordering::Relaxed).max(EARLIER.load(Ordering::Relaxed)).max(used())
}

/// The limit of `-w` in bytes; 0 for none.
pub fn limit() -> usize {
    LIMIT.load(Ordering::Relaxed)
}

/// Sets the limit in bytes.
pub fn set_limit(bytes: usize) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Bytes of files that are mapped.
pub fn mapped() -> usize {
    MAPPED.load(Ordering::Relaxed)
}

/// Counts a mapping that begins.
pub fn map(bytes: usize) {
    MAPPED.fetch_add(bytes, Ordering::Relaxed);
}

/// Counts a mapping that ends.
pub fn unmap(bytes: usize) {
    MAPPED.fetch_sub(bytes, Ordering::Relaxed);
}

fn most() -> usize {
    match limit() {
        0 => *CEILING,
        n => n.min(*CEILING),
    }
}

fn see(bytes: usize) {
    if bytes > SEEN.load(Ordering::Relaxed) {
        SEEN.store(bytes, Ordering::Relaxed);
    }
}

/// `'wsfull` when more is in use than may be.
#[inline]
pub fn check() -> Result<()> {
    let now = used();
    see(now);
    if now > most() { Err(Error::new("wsfull")) } else { Ok(()) }
}

/// `'wsfull` when there would be no memory for `bytes` more. To be asked before an allocation whose size the program
/// has chosen: a failed one would end the process.
pub fn reserve(bytes: usize) -> Result<()> {
    let then = used().saturating_add(bytes);
    ensure!(then <= most(), "wsfull");
    if bytes >= LARGE && *PHYSICAL != 0 {
        let free = || figure("/proc/meminfo", "MemAvailable:") + figure("/proc/meminfo", "SwapFree:");
        // what was freed may still be held
        ensure!(bytes <= free() || (super::heap::collect() > 0 && bytes <= free()), "wsfull");
    }
    see(then);
    Ok(())
}

/// `n` as the length of a list of items of `width` bytes.
pub fn room(n: i64, width: usize) -> Result<usize> {
    ensure!(n <= LONGEST, "limit");
    let n = usize::try_from(n).map_err(|_| Error::domain())?;
    if n > 4096 {
        reserve(n.saturating_mul(width))?;
    }
    Ok(n)
}

/// Room for `n` items or rows like those of `v`.
pub fn room_like(n: usize, v: &Value) -> Result<()> {
    if n <= 4096 {
        return Ok(());
    }
    reserve(n.saturating_mul(width(v)))
}

/// Room for `x,y`, before the parts are taken: a join that fails would lose them.
pub fn room_to_join(x: &Value, y: &Value) -> Result<()> {
    room_like(y.len().saturating_mul(2), y)?;
    // a list that is full is moved to one of twice the size
    if x.len() > LARGE / 8 { room_like(x.len(), x) } else { Ok(()) }
}

/// Bytes that one item or row takes in its list.
pub fn width(v: &Value) -> usize {
    match v {
        Value::Vec(x) => x.data.width(),
        Value::Table(t) => t.cols.iter().map(width).sum(),
        Value::Dict(d) => width(&d.keys) + width(&d.vals),
        _ => size_of::<Value>(),
    }
}

/// The start of a measurement.
pub struct Mark {
    start: usize,
    seen: usize,
}

/// Starts to measure what an evaluation needs.
pub fn mark() -> Mark {
    let start = used();
    let seen = SEEN.swap(start, Ordering::Relaxed);
    EARLIER.fetch_max(seen, Ordering::Relaxed);
    Mark { start, seen }
}

impl Mark {
    /// The most bytes that were in use beyond those at the start.
    pub fn bytes(&self) -> usize {
        see(used());
        SEEN.load(Ordering::Relaxed).saturating_sub(self.start)
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        SEEN.fetch_max(self.seen, Ordering::Relaxed);
    }
}
