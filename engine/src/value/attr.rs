//! Attributes `s u p g` and the look-up index that `u`, `p` and `g` carry.

use super::{Data, Sym, Vector};
use rustc_hash::FxHashMap;

/// The attribute of a vector.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(u8)]
pub enum Attr {
    #[default]
    None = 0,
    /// `s#`: ascending.
    Sorted = 1,
    /// `u#`: every item once.
    Unique = 2,
    /// `p#`: equal items stand together.
    Parted = 3,
    /// `g#`: an index from item to positions.
    Grouped = 5,
}

impl Attr {
    /// The letter, or None.
    pub fn letter(self) -> Option<char> {
        match self {
            Attr::None => None,
            Attr::Sorted => Some('s'),
            Attr::Unique => Some('u'),
            Attr::Parted => Some('p'),
            Attr::Grouped => Some('g'),
        }
    }
    /// From the name in `` `g#x ``; the empty name is `None`.
    pub fn from_name(n: Sym) -> Option<Attr> {
        Some(match n.bytes() {
            b"" => Attr::None,
            b"s" => Attr::Sorted,
            b"u" => Attr::Unique,
            b"p" => Attr::Parted,
            b"g" => Attr::Grouped,
            _ => return None,
        })
    }
    /// From the byte in IPC and files; unknown bytes are no attribute.
    pub fn from_code(c: u8) -> Attr {
        match c {
            1 => Attr::Sorted,
            2 => Attr::Unique,
            3 => Attr::Parted,
            5 => Attr::Grouped,
            _ => Attr::None,
        }
    }
}

/// Positions of each distinct item, keyed by the item's bits (see [`key_bits`]).
#[derive(Clone, Default, Debug)]
pub struct Index {
    /// Bits of an item → ascending positions.
    pub at: FxHashMap<u128, Vec<u32>>,
    /// How many items have been indexed.
    pub len: usize,
}

/// An item's bits as a hash key: equal items have equal bits (all NaN are one, −0.0 is 0.0).
pub fn key_bits(d: &Data, i: usize) -> u128 {
    match d {
        Data::U8(v) => u128::from(v[i]),
        Data::I16(v) => u128::from(v[i] as u16),
        Data::I32(v) => u128::from(v[i] as u32),
        Data::I64(v) => u128::from(v[i] as u64),
        Data::F32(v) => u128::from(if v[i].is_nan() { u32::MAX } else { (v[i] + 0.0).to_bits() }),
        Data::F64(v) => u128::from(if v[i].is_nan() { u64::MAX } else { (v[i] + 0.0).to_bits() }),
        Data::Sym(v) => u128::from(v[i].0),
        Data::Guid(v) => u128::from_le_bytes(v[i]),
    }
}

impl Index {
    /// Adds items `self.len..` of `d`.
    pub fn extend(&mut self, d: &Data) {
        for i in self.len..d.len() {
            self.at.entry(key_bits(d, i)).or_default().push(u32::try_from(i).unwrap_or(u32::MAX));
        }
        self.len = d.len();
    }
}

impl Vector {
    /// The index of the items, built on first use.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let mut ix = Index::default();
            ix.extend(&self.data);
            std::sync::Arc::new(ix)
        })
    }
    /// After items were appended: brings a built index up to date, in O(items added).
    pub fn reindex(&mut self) {
        if let Some(ix) = self.index.get_mut() {
            std::sync::Arc::make_mut(ix).extend(&self.data);
        }
    }
}

impl Vector {
    /// For a parted vector: bits of each item → first row and the row after its last.
    pub fn parts_index(&self) -> FxHashMap<u128, (usize, usize)> {
        let mut out = FxHashMap::default();
        let n = self.len();
        let mut i = 0;
        while i < n {
            let k = key_bits(&self.data, i);
            // gallop to the end of the part
            let mut step = 1;
            let mut hi = i + 1;
            while hi < n && key_bits(&self.data, hi) == k {
                step *= 2;
                hi = (i + step).min(n);
            }
            let (mut a, mut b) = (i + step / 2, hi);
            while a < b {
                let m = usize::midpoint(a, b);
                if key_bits(&self.data, m) == k {
                    a = m + 1;
                } else {
                    b = m;
                }
            }
            let end = a.max(i + 1);
            out.entry(k).or_insert((i, end));
            i = end;
        }
        out
    }
}
