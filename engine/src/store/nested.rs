//! Lists of lists: the layout of old kdb+ versions (type 77+t) and the mapped lists of newer ones (type 77).

use super::file::{Header, bad, not_q, plain_bytes};
use super::mmap::copy;
use crate::error::Result;
use crate::value::{Class, Data, Ty, Value};
use std::path::{Path, PathBuf};

/// Where the items of a mapped list begin in the companion file, which has a header page of its own.
const MAPPED_DATA: usize = 4096;
/// An item of a mapped list that is a vector of chars with its length in one byte.
const SHORT_CHARS: u8 = 0x89;

/// `path` with `#` appended: where nested items live.
pub fn companion(path: &Path) -> PathBuf {
    let mut s = path.as_os_str().to_owned();
    s.push("#");
    PathBuf::from(s)
}

/// Vectors of one type: the file has where each ends in the companion.
pub fn read_nested(b: &[u8], h: &Header, n: usize, ty: Ty, path: &Path) -> Result<Value> {
    let ends: Vec<i64> =
        copy(n.checked_mul(8).and_then(|s| b.get(h.data..h.data + s)).ok_or_else(|| bad(path, "offsets are cut off"))?);
    let at = companion(path);
    let items = plain_bytes(&at)?;
    let width = ty.width();
    let last = ends.last().copied().unwrap_or(0);
    // offsets count items
    if width == 0 || i64::try_from(items.len() / width).is_ok_and(|have| have < last) {
        return Err(bad(&at, format!("{last} items expected, {} bytes found", items.len())));
    }
    let mut from = 0;
    let mut out = Vec::with_capacity(n);
    for end in ends {
        let end = usize::try_from(end).ok().filter(|&e| e >= from).ok_or_else(|| bad(path, "offsets do not ascend"))?;
        let bytes = from.saturating_mul(width)..end.saturating_mul(width);
        let part = items.get(bytes).ok_or_else(|| bad(&at, "offset beyond the end of the file"))?;
        let data = match ty.class() {
            Class::U8 => Data::U8(part.to_vec().into()),
            Class::I16 => Data::I16(copy(part).into()),
            Class::I32 => Data::I32(copy(part).into()),
            Class::I64 => Data::I64(copy(part).into()),
            Class::F32 => Data::F32(copy(part).into()),
            Class::F64 => Data::F64(copy(part).into()),
            Class::Guid => Data::Guid(copy(part).into()),
            Class::Sym => return Err(not_q(path)),
        };
        out.push(Value::vec(ty, data));
        from = end;
    }
    Ok(Value::list(out))
}

/// A mapped list. Each word of the file is a 1 in its highest byte and an offset into the companion behind that one's
/// header page. Of the forms of items there, that of short strings is known: `89`, the length in a byte, the characters.
pub fn read_mapped(b: &[u8], h: &Header, n: usize, path: &Path) -> Result<Value> {
    let words: Vec<i64> =
        copy(n.checked_mul(8).and_then(|s| b.get(h.data..h.data + s)).ok_or_else(|| bad(path, "offsets are cut off"))?);
    let at = companion(path);
    let side = plain_bytes(&at)?;
    if n > 0 && !(side.starts_with(&[0xfd, 0x20]) && side.get(4082) == Some(&4)) {
        return Err(bad(&at, "not the items of a mapped list"));
    }
    let mut out = Vec::with_capacity(n);
    for (k, word) in words.into_iter().enumerate() {
        let word = word as u64;
        if word >> 56 != 1 {
            return Err(bad(path, format!("nyi: item {k} of a mapped list of kind {}", word >> 56)));
        }
        let from = usize::try_from(word & ((1 << 56) - 1)).unwrap_or(usize::MAX).saturating_add(MAPPED_DATA);
        let item = side.get(from..).unwrap_or_default();
        let text = match *item {
            [SHORT_CHARS, len, ..] if len < 0x80 => item.get(2..2 + usize::from(len)),
            [form, ..] => {
                return Err(bad(
                    &at,
                    format!("nyi: item {k} of a mapped list has form {form:02x}, not a short string"),
                ));
            }
            [] => None,
        };
        let text = text.ok_or_else(|| bad(&at, format!("item {k} lies beyond the end of the file")))?;
        out.push(Value::string(text));
    }
    Ok(Value::list(out))
}
