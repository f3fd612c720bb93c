//! Files: columns, objects, splayed tables, partitioned databases, logs. `docs/storage.md` describes the bytes.

pub mod compressed;
pub mod file;
pub mod log;
pub mod mmap;
pub mod partition;
pub mod splay;
