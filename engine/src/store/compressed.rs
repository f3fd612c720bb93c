//! `kxzipped` files: compressed blocks, each of one logical block of the plain file.
//!
//! Layout: the magic, the blocks, then (written by newer versions) 32 bytes of totals, one `(u32 length, u32 algorithm)`
//! a block, and a u64 count of blocks. Algorithm 0 marks a block stored as it is.

use crate::error::{Error, Result};
use crate::ipc::compress;
use std::io::{Read, Write};
use std::path::Path;

/// The first eight bytes of a compressed file.
pub const MAGIC: &[u8; 8] = b"kxzipped";
/// Logical blocks are at most 2^20 bytes by documentation; a file that claims more than this is damaged.
const BLOCK_MAX: usize = 1 << 24;
/// Bytes before the compressed form of an IPC message.
const HEADER: usize = 8;
/// Bytes of totals between the blocks and their table in newer files.
const TOTALS: usize = 32;

/// How to compress: `17 2 6` is blocks of 2^17 bytes, algorithm 2 (gzip), level 6.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Zip {
    /// log2 of the logical block size, 12 to 20.
    pub block: u32,
    /// 0 none, 1 q IPC, 2 gzip, 3 snappy, 4 lz4hc, 5 zstd.
    pub algorithm: u8,
    pub level: i32,
}

impl Zip {
    /// From `(block;algorithm;level)`; None stands for algorithm 0, which leaves the file plain.
    pub fn from_longs(v: &[i64]) -> Result<Option<Zip>> {
        let &[block, algorithm, level] = v else { return Err(Error::length()) };
        if algorithm == 0 {
            return Ok(None);
        }
        if !(12..=20).contains(&block) {
            return Err(Error::new("disk compression - bad logicalBlockSize"));
        }
        let in_range = match algorithm {
            1 | 3 => true,
            2 => (0..=9).contains(&level),
            4 => (0..=16).contains(&level),
            5 => (-7..=22).contains(&level),
            16.. => return Err(Error::new("nyi: encryption of files")),
            _ => return Err(Error::domain()),
        };
        if !in_range {
            return Err(Error::domain());
        }
        Ok(Some(Zip { block: block as u32, algorithm: algorithm as u8, level: level as i32 }))
    }
}

/// What `-21!` reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stats {
    pub compressed: usize,
    pub uncompressed: usize,
    pub algorithm: u8,
    /// log2 of the logical block size.
    pub block: u32,
    pub level: u8,
}

struct Layout {
    /// Where the blocks end.
    end: usize,
    /// Length and algorithm of each block.
    blocks: Vec<(usize, u32)>,
    /// Totals of newer files: algorithm, level, uncompressed length, logical block size.
    totals: Option<(u8, u8, usize, usize)>,
}

/// True for the bytes of a compressed file.
pub fn is_compressed(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::new(format!("{}: damaged compressed file: {why}", path.display()))
}

fn u64_at(b: &[u8], at: usize) -> Option<usize> {
    let mut a = [0; 8];
    a.copy_from_slice(b.get(at..at.checked_add(8)?)?);
    usize::try_from(u64::from_le_bytes(a)).ok()
}

fn u32_at(b: &[u8], at: usize) -> Option<u32> {
    let mut a = [0; 4];
    a.copy_from_slice(b.get(at..at.checked_add(4)?)?);
    Some(u32::from_le_bytes(a))
}

fn layout(file: &[u8], path: &Path) -> Result<Layout> {
    let bad = |why| damaged(path, why);
    let tail = file.len().checked_sub(8).ok_or_else(|| bad("too short"))?;
    let n = u64_at(file, tail).ok_or_else(|| bad("no block count"))?;
    let table = n
        .checked_mul(8)
        .and_then(|t| tail.checked_sub(t))
        .filter(|&t| t >= MAGIC.len())
        .ok_or_else(|| bad("block count exceeds the file"))?;
    let mut blocks = Vec::with_capacity(n);
    let mut sum = MAGIC.len();
    for k in 0..n {
        let len = u32_at(file, table + 8 * k).unwrap_or(0) as usize;
        let algorithm = u32_at(file, table + 8 * k + 4).unwrap_or(u32::MAX);
        sum = sum.checked_add(len).ok_or_else(|| bad("block lengths"))?;
        blocks.push((len, algorithm));
    }
    if sum == table {
        return Ok(Layout { end: sum, blocks, totals: None });
    }
    if sum.checked_add(TOTALS) != Some(table) {
        return Err(bad("block lengths do not add up to the file"));
    }
    let totals = (
        file[sum + 4],
        file[sum + 5],
        u64_at(file, sum + 8).ok_or_else(|| bad("totals"))?,
        u64_at(file, sum + 24).ok_or_else(|| bad("totals"))?,
    );
    if totals.3 == 0 || totals.3 > BLOCK_MAX || n.checked_mul(totals.3).is_none_or(|m| m < totals.2) {
        return Err(bad("uncompressed length exceeds its blocks"));
    }
    Ok(Layout { end: sum, blocks, totals: Some(totals) })
}

/// The plain bytes of a compressed file.
pub fn inflate(file: &[u8], path: &Path) -> Result<Vec<u8>> {
    let lay = layout(file, path)?;
    let max = lay.totals.map_or(1 << 20, |t| t.3);
    let mut out = Vec::new();
    if let Some(t) = lay.totals {
        // the total is a hint for the capacity, never trusted beyond a modest ratio to what the file holds
        out.reserve(t.2.min(lay.end.saturating_mul(64)));
    }
    let mut at = MAGIC.len();
    for (k, &(len, algorithm)) in lay.blocks.iter().enumerate() {
        let block = file.get(at..at + len).ok_or_else(|| damaged(path, "block out of range"))?;
        at += len;
        inflate_block(block, algorithm, max, &mut out).map_err(|e| damaged(path, &format!("block {k}: {e}")))?;
    }
    if let Some(t) = lay.totals
        && out.len() != t.2
    {
        return Err(damaged(path, &format!("{} bytes instead of {}", out.len(), t.2)));
    }
    Ok(out)
}

/// The first logical block of a compressed file, and the plain length of the whole where the file tells it.
pub fn start(file: &[u8], path: &Path) -> Result<(Vec<u8>, Option<usize>)> {
    let lay = layout(file, path)?;
    let mut out = Vec::new();
    if let Some(&(len, algorithm)) = lay.blocks.first() {
        let block = file.get(MAGIC.len()..MAGIC.len() + len).ok_or_else(|| damaged(path, "block out of range"))?;
        let max = lay.totals.map_or(1 << 20, |t| t.3);
        inflate_block(block, algorithm, max, &mut out).map_err(|e| damaged(path, &format!("block 0: {e}")))?;
    }
    Ok((out, lay.totals.map(|t| t.2)))
}

/// Appends one plain block; at most `max` bytes.
fn inflate_block(block: &[u8], algorithm: u32, max: usize, out: &mut Vec<u8>) -> std::result::Result<(), String> {
    let before = out.len();
    match algorithm {
        0 => out.extend_from_slice(block),
        1 => unpack_ipc(block, max, out)?,
        2 => {
            let limit = max as u64 + 1;
            flate2::read::ZlibDecoder::new(block).take(limit).read_to_end(out).map_err(|e| e.to_string())?;
        }
        3 => {
            let n = snap::raw::decompress_len(block).map_err(|e| e.to_string())?;
            if n > max {
                return Err("longer than a block".into());
            }
            out.extend(snap::raw::Decoder::new().decompress_vec(block).map_err(|e| e.to_string())?);
        }
        4 => out.extend(lz4_flex::block::decompress(block, max).map_err(|e| e.to_string())?),
        5 => out.extend(zstd::bulk::decompress(block, max).map_err(|e| e.to_string())?),
        a => return Err(format!("unknown algorithm {a}")),
    }
    if out.len() - before > max {
        return Err("longer than a block".into());
    }
    Ok(())
}

/// A block of algorithm 1 is a compressed IPC message without an object in it.
fn unpack_ipc(block: &[u8], max: usize, out: &mut Vec<u8>) -> std::result::Result<(), String> {
    let claimed = u32_at(block, HEADER).ok_or("ends early")? as usize;
    if claimed > max + HEADER {
        return Err("longer than a block".into());
    }
    let plain = compress::decompress(block).map_err(|e| e.kind.to_string())?;
    out.extend_from_slice(plain.get(HEADER..).unwrap_or(b""));
    Ok(())
}

/// The form that [`unpack_ipc`] reads, or None where it would not be much shorter.
fn pack_ipc(block: &[u8]) -> Option<Vec<u8>> {
    let mut message = vec![1, 0, 0, 0];
    message.extend_from_slice(&((block.len() + HEADER) as u32).to_le_bytes());
    message.extend_from_slice(block);
    compress::compress(&message)
}

/// Compression statistics, or None for a plain file.
pub fn stats(file: &[u8], path: &Path) -> Result<Option<Stats>> {
    if !is_compressed(file) {
        return Ok(None);
    }
    let lay = layout(file, path)?;
    let (algorithm, level, uncompressed, block) = if let Some(t) = lay.totals {
        t
    } else {
        let algorithm = lay.blocks.iter().map(|b| b.1).find(|&a| a != 0).unwrap_or(0);
        let plain = inflate(file, path)?.len();
        (u8::try_from(algorithm).unwrap_or(u8::MAX), 0, plain, plain.div_ceil(lay.blocks.len().max(1)))
    };
    let block = block.max(1).next_power_of_two().trailing_zeros();
    Ok(Some(Stats { compressed: file.len(), uncompressed, algorithm, block, level }))
}

/// The compressed form of `plain`. A block that would not shrink is stored as it is.
pub fn deflate(plain: &[u8], zip: Zip) -> Result<Vec<u8>> {
    let size = 1usize << zip.block;
    let mut out = MAGIC.to_vec();
    let mut table = Vec::new();
    for block in plain.chunks(size) {
        let packed = deflate_block(block, zip)?;
        let (body, algorithm) = match &packed {
            Some(p) if p.len() < block.len() => (&p[..], zip.algorithm),
            _ => (block, 0),
        };
        out.extend_from_slice(body);
        table.extend_from_slice(&(body.len() as u32).to_le_bytes());
        table.extend_from_slice(&u32::from(algorithm).to_le_bytes());
    }
    let end = out.len() as u64;
    out.extend_from_slice(&[3, 0, 0, 0, zip.algorithm, zip.level as u8, 0, 0]);
    out.extend_from_slice(&(plain.len() as u64).to_le_bytes());
    out.extend_from_slice(&end.to_le_bytes());
    out.extend_from_slice(&(size as u64).to_le_bytes());
    let count = (table.len() / 8) as u64;
    out.append(&mut table);
    out.extend_from_slice(&count.to_le_bytes());
    Ok(out)
}

fn deflate_block(block: &[u8], zip: Zip) -> Result<Option<Vec<u8>>> {
    let fail = |e: std::io::Error| Error::new(format!("compression: {e}"));
    Ok(Some(match zip.algorithm {
        2 => {
            let mut e = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(zip.level as u32));
            e.write_all(block).map_err(fail)?;
            e.finish().map_err(fail)?
        }
        3 => snap::raw::Encoder::new().compress_vec(block).map_err(|e| Error::new(format!("compression: {e}")))?,
        4 => lz4_flex::block::compress(block),
        5 => zstd::bulk::compress(block, zip.level).map_err(fail)?,
        1 => match pack_ipc(block) {
            Some(p) => p,
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        (0..300_000u32).flat_map(|i| (i / 7 % 251).to_le_bytes()).collect()
    }

    #[test]
    fn round_trips_every_algorithm_it_writes() {
        let plain = sample();
        for (algorithm, level) in [(1, 0), (2, 6), (2, 0), (3, 0), (4, 0), (5, 3), (5, -5)] {
            let zip = Zip { block: 17, algorithm, level };
            let packed = deflate(&plain, zip).unwrap();
            assert_eq!(plain, inflate(&packed, Path::new("x")).unwrap(), "algorithm {algorithm} level {level}");
            let s = stats(&packed, Path::new("x")).unwrap().unwrap();
            assert_eq!((s.uncompressed, s.block, s.algorithm), (plain.len(), 17, algorithm));
        }
        let empty = deflate(&[], Zip { block: 17, algorithm: 2, level: 6 }).unwrap();
        assert_eq!(inflate(&empty, Path::new("x")).unwrap(), Vec::<u8>::new());
    }

    #[test]
    fn reads_the_documented_file_of_a_hundred_zeros() {
        // ref/read1.md shows its start: one block of zlib, then the totals
        let mut f = b"kxzippedx\xdac`\xa0=\x00\x00\x00d\x00\x01".to_vec();
        f.extend_from_slice(&[3, 0, 0, 0, 2, 9, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]);
        f.extend_from_slice(&[0, 0, 2, 0, 0, 0, 0, 0, 12, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(inflate(&f, Path::new("x")).unwrap(), vec![0; 100]);
        let s = stats(&f, Path::new("x")).unwrap().unwrap();
        assert_eq!((s.compressed, s.uncompressed, s.algorithm, s.block, s.level), (f.len(), 100, 2, 17, 9));
    }

    #[test]
    fn damage_is_an_error_not_a_panic() {
        let packed = deflate(&sample(), Zip { block: 12, algorithm: 4, level: 0 }).unwrap();
        for cut in [8, 9, 15, 16, 100, packed.len() / 2, packed.len() - 1] {
            assert!(inflate(&packed[..cut], Path::new("x")).is_err(), "cut at {cut}");
        }
        let mut x = 12345u64;
        for _ in 0..300 {
            let mut p = packed.clone();
            for _ in 0..3 {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (x >> 33) as usize % p.len();
                p[at] ^= (x >> 20) as u8 | 1;
            }
            // a flipped literal may still decode; all that matters is that it returns
            let _ = inflate(&p, Path::new("x"));
        }
    }

    #[test]
    fn reads_q_ipc_blocks() {
        // literal 1, then the pair (1,1) seen at 0 copied with 7 more: control 0b100, positions by XOR 0
        let mut block = vec![1, 0, 1, 0, 17, 0, 0, 0];
        block.extend_from_slice(&19u32.to_le_bytes());
        block.extend_from_slice(&[0b100, 1, 1, 0, 7]);
        let mut out = vec![];
        unpack_ipc(&block, 1 << 16, &mut out).unwrap();
        assert_eq!(out, vec![1; 11]);
        for cut in 0..block.len() {
            let mut out = vec![];
            assert!(unpack_ipc(&block[..cut], 1 << 16, &mut out).is_err());
        }
    }
}
