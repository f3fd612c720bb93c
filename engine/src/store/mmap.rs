//! Bytes of a file, mapped or in memory, and typed slices lent from them. The one module with `unsafe`.
//!
//! A mapped file must not shrink while it is mapped: the operating system answers a read past the new end with
//! SIGBUS, as it does under kdb+. This engine never shrinks a file in place: it writes aside and renames.
#![allow(unsafe_code)]

use crate::error::{Error, Result};
use crate::value::{Buf, Guid, Lend};
use memmap2::Mmap;
use std::fs::File;
use std::io::Read;
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// Files up to this many bytes are read; a mapping would cost more than the copy.
const READ_MAX: u64 = 16 * 1024;

/// The bytes of a file.
pub enum Bytes {
    /// Mapped read-only.
    Mapped(Mmap),
    /// Read, or decompressed.
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps the file at `path`, or reads it when it is small.
    pub fn open(path: &Path) -> Result<Arc<Bytes>> {
        crate::access::read(path)?;
        let fail = |e: &std::io::Error| Error::os(&path.to_string_lossy(), e);
        let mut f = File::open(path).map_err(|e| fail(&e))?;
        let meta = f.metadata().map_err(|e| fail(&e))?;
        if meta.is_dir() {
            return Err(Error::new(format!("{}. OS reports: Is a directory", path.display())));
        }
        if meta.len() <= READ_MAX {
            let mut v = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(0));
            f.read_to_end(&mut v).map_err(|e| fail(&e))?;
            return Ok(Arc::new(Bytes::Owned(v)));
        }
        // SAFETY: the mapping is private to this process and read-only; nothing in this engine truncates or rewrites
        // a file in place, so the bytes stay valid and unchanged (another process that does so is outside our control).
        let map = unsafe { Mmap::map(&f) }.map_err(|e| fail(&e))?;
        crate::value::memory::map(map.len());
        Ok(Arc::new(Bytes::Mapped(map)))
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Bytes::Mapped(m) = self {
            crate::value::memory::unmap(m.len());
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(m) => m,
            Bytes::Owned(v) => v,
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// Item types that are their own little-endian bytes: every bit pattern is a value.
pub trait Plain: sealed::Sealed + Copy + Send + Sync + 'static {
    /// From exactly as many bytes as the type has.
    fn read(b: &[u8]) -> Self;
    /// Appends the bytes of all items.
    fn write(items: &[Self], out: &mut Vec<u8>);
}

macro_rules! plain {
    ($($t:ty),*) => { $(
        impl sealed::Sealed for $t {}
        impl Plain for $t {
            fn read(b: &[u8]) -> $t {
                let mut a = [0; size_of::<$t>()];
                a.copy_from_slice(b);
                <$t>::from_le_bytes(a)
            }
            fn write(items: &[$t], out: &mut Vec<u8>) {
                let at = out.len();
                out.resize(at + size_of_val(items), 0);
                for (to, i) in out[at..].chunks_exact_mut(size_of::<$t>()).zip(items) {
                    to.copy_from_slice(&i.to_le_bytes());
                }
            }
        }
    )* };
}
plain!(i16, i32, i64, f32, f64);
impl sealed::Sealed for u8 {}
impl Plain for u8 {
    fn read(b: &[u8]) -> u8 {
        b.first().copied().unwrap_or(0)
    }
    fn write(items: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(items);
    }
}
impl sealed::Sealed for Guid {}
impl Plain for Guid {
    fn read(b: &[u8]) -> Guid {
        let mut a = [0; 16];
        a.copy_from_slice(b);
        a
    }
    fn write(items: &[Guid], out: &mut Vec<u8>) {
        for g in items {
            out.extend_from_slice(g);
        }
    }
}

/// Part of a file's bytes seen as items of `T`.
struct Window<T> {
    bytes: Arc<Bytes>,
    at: usize,
    len: usize,
    item: PhantomData<T>,
}

impl<T: Plain> Lend<T> for Window<T> {
    fn slice(&self) -> &[T] {
        // SAFETY: `lend` checked that `at .. at + len * size` lies within the bytes and that the start is aligned for
        // T; the bytes live as long as `self` and never move (a mapping, or a Vec that nobody else can reach for
        // writing behind the Arc); T is `Plain`, so any bits are a valid value.
        unsafe { std::slice::from_raw_parts(self.bytes.as_ptr().add(self.at).cast::<T>(), self.len) }
    }
}

/// `len` items at byte `at`: lent where they are mapped and aligned, otherwise copied. None when out of range.
pub fn lend<T: Plain>(bytes: &Arc<Bytes>, at: usize, len: usize) -> Option<Buf<T>> {
    let size = len.checked_mul(size_of::<T>())?;
    let part = bytes.get(at..at.checked_add(size)?)?;
    let aligned = (part.as_ptr() as usize).is_multiple_of(align_of::<T>());
    let large = match &**bytes {
        Bytes::Mapped(_) => true,
        Bytes::Owned(v) => v.len() as u64 > READ_MAX,
    };
    if aligned && len > 0 && cfg!(target_endian = "little") && large {
        return Some(Buf::Lent(Arc::new(Window::<T> { bytes: bytes.clone(), at, len, item: PhantomData })));
    }
    Some(Buf::Own(copy(part)))
}

/// The items whose little-endian bytes these are; an incomplete last item is dropped.
pub fn copy<T: Plain>(bytes: &[u8]) -> Vec<T> {
    bytes.chunks_exact(size_of::<T>()).map(T::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lends_aligned_windows_and_copies_the_rest() {
        let path = std::env::temp_dir().join(format!("quill-mmap-{}", std::process::id()));
        let body: Vec<u8> = (0..40_000u32).flat_map(u32::to_le_bytes).collect();
        std::fs::write(&path, &body).unwrap();
        let b = Bytes::open(&path).unwrap();
        assert!(matches!(*b, Bytes::Mapped(_)));
        let at8 = lend::<i32>(&b, 8, 3).unwrap();
        assert!(matches!(at8, Buf::Lent(_)));
        assert_eq!(&at8[..], &[2, 3, 4]);
        let odd = lend::<i32>(&b, 5, 1).unwrap();
        assert!(matches!(odd, Buf::Own(_)));
        assert!(lend::<i64>(&b, 0, usize::MAX).is_none());
        assert!(lend::<i64>(&b, body.len() - 7, 1).is_none());
        std::fs::remove_file(&path).unwrap();
    }
}
