//! The index that kdb+ keeps behind the items of a parted or grouped enumeration.
//!
//! Its bytes are those of kdb+'s objects in memory, one after another; `docs/storage.md` has the layout, read off files
//! of kdb+ 3.6 to 5. A column whose index is missing or wrong is misread by kdb+, so it is written for enumerations alone,
//! where it is known. Reading takes nothing from it: quill builds its own index when a query first needs one.

use crate::value::Attr;
use rustc_hash::FxHashMap;

/// kdb+ multiplies by this and takes bits from the eleventh on as the slot of the hash table.
const HASH: u64 = 0x9e37_79b1;

/// An object's size class: its block has 2^(class+4) bytes.
fn class(bytes: usize) -> u64 {
    u64::from(bytes.next_power_of_two().trailing_zeros().saturating_sub(4))
}

/// Appends the words of a vector of longs.
fn push_longs(v: &[i64], out: &mut Vec<u8>) {
    let head = class(16 + 8 * v.len()) | 7 << 16;
    out.extend_from_slice(&head.to_le_bytes());
    out.extend_from_slice(&(v.len() as u64).to_le_bytes());
    v.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
}

/// Appends the index of an enumeration's items; nothing for attributes other than `p` and `g`.
pub fn push(items: &[i64], attr: Attr, out: &mut Vec<u8>) {
    if !matches!(attr, Attr::Parted | Attr::Grouped) {
        return;
    }
    let mut distinct: Vec<i64> = Vec::new();
    let mut groups: Vec<Vec<i64>> = Vec::new();
    let mut at: FxHashMap<i64, usize> = FxHashMap::default();
    for (i, &x) in items.iter().enumerate() {
        let k = *at.entry(x).or_insert_with(|| {
            distinct.push(x);
            groups.push(vec![]);
            distinct.len() - 1
        });
        // of a part the first row is enough
        if attr == Attr::Grouped || groups[k].is_empty() {
            groups[k].push(i as i64);
        }
    }
    let room = distinct.len().next_power_of_two();
    let slots = 2 * room;
    // where kdb+ has the address of the domain
    out.extend_from_slice(&[0; 8]);
    let shared = u64::from(attr == Attr::Grouped);
    let head = class(24 + 8 * (room + 1 + slots)) | 20 << 16 | 2 << 24 | shared << 32;
    out.extend_from_slice(&head.to_le_bytes());
    out.extend_from_slice(&(distinct.len() as u64).to_le_bytes());
    distinct.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
    out.resize(out.len() + 8 * (room - distinct.len() + 1), 0);
    let mut table = vec![-1i64; slots];
    for (k, &x) in distinct.iter().enumerate() {
        let mut slot = (x as u64).wrapping_mul(HASH) >> 11;
        while table[slot as usize & (slots - 1)] != -1 {
            slot += 1;
        }
        table[slot as usize & (slots - 1)] = k as i64;
    }
    table.iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
    let mut starts = Vec::with_capacity(distinct.len() + 1);
    let mut before = 0;
    for g in &groups {
        starts.push(if attr == Attr::Parted { g[0] } else { before });
        before += g.len() as i64;
    }
    starts.push(items.len() as i64);
    push_longs(&starts, out);
    if attr == Attr::Grouped {
        push_longs(&groups.concat(), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(b: &[u8]) -> Vec<i64> {
        b.chunks_exact(8).map(|c| i64::from_le_bytes(c.try_into().unwrap())).collect()
    }

    /// The words of a column of eight rows and five symbols, as kdb+ 3.6 wrote them; the address of the domain and the
    /// leftovers of memory that is not in use, which stand for nothing, as zeros.
    #[test]
    fn parted_as_kdb_wrote_it() {
        let mut b = vec![];
        push(&[5, 5, 2, 6, 4, 3, 3, 3], Attr::Parted, &mut b);
        let mut want = vec![0, 0x0214_0004, 5, 5, 2, 6, 4, 3, 0, 0, 0, 0];
        want.extend([-1; 11]);
        want.extend([2, 0, 3, 1, 4]);
        want.extend([0x0007_0002, 6, 0, 2, 3, 4, 5, 8]);
        assert_eq!(words(&b), want);
        let mut none = vec![];
        push(&[], Attr::Parted, &mut none);
        assert_eq!(words(&none), [0, 0x0214_0002, 0, 0, 0, -1, -1, 0x0007_0001, 1, 0]);
    }

    #[test]
    fn grouped_lists_the_rows_of_each_symbol() {
        let mut b = vec![];
        push(&[1, 0, 1, 1], Attr::Grouped, &mut b);
        let w = words(&b);
        assert_eq!(w[1] as u64, 1 << 32 | 0x0214_0003);
        // capacity 2, a word, 4 slots: 1 hashes to the last, 0 to the first
        assert_eq!(w[2..10], [2, 1, 0, 0, 1, -1, -1, 0]);
        assert_eq!(w[10..], [0x0007_0002, 3, 0, 3, 4, 0x0007_0002, 4, 0, 2, 3, 1]);
    }

    #[test]
    fn only_enumerations_that_are_parted_or_grouped_have_one() {
        for a in [Attr::None, Attr::Sorted, Attr::Unique] {
            let mut b = vec![];
            push(&[1, 2], a, &mut b);
            assert!(b.is_empty());
        }
    }
}
