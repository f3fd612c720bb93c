//! Files: columns, objects, splayed tables, partitioned databases, logs. `docs/storage.md` describes the bytes.

pub mod compressed;
pub mod disk;
pub mod file;
mod index;
pub mod log;
pub mod mmap;
pub mod nested;
pub mod partition;
pub mod splay;
pub mod write;
