//! Patterns of `like`, `ss` and `ssr`, and other work on bytes.

/// One element of a pattern.
#[derive(Clone, Debug)]
enum Part {
    Byte(u8),
    Any,
    Star,
    /// `[…]`: a bit a byte value.
    Set(Box<[bool; 256]>),
}

/// A compiled pattern: `?` any one, `*` any number, `[a-z_]` one of, `[^…]` none of; and the texts between its stars where
/// it has nothing else.
#[derive(Clone, Debug)]
pub struct Pattern(Vec<Part>, Option<Vec<Vec<u8>>>);

impl Pattern {
    /// Reads a pattern. A bracket that is never closed stands for itself.
    pub fn new(p: &[u8]) -> Pattern {
        let mut parts = vec![];
        let mut i = 0;
        while i < p.len() {
            match p[i] {
                b'?' => parts.push(Part::Any),
                b'*' => {
                    if !matches!(parts.last(), Some(Part::Star)) {
                        parts.push(Part::Star);
                    }
                }
                b'[' => {
                    if let Some((set, end)) = read_set(p, i + 1) {
                        parts.push(Part::Set(set));
                        i = end;
                    } else {
                        parts.push(Part::Byte(b'['));
                    }
                }
                c => parts.push(Part::Byte(c)),
            }
            i += 1;
        }
        let mut texts = vec![vec![]];
        for part in &parts {
            match (part, texts.last_mut()) {
                (Part::Byte(b), Some(t)) => t.push(*b),
                (Part::Star, _) => texts.push(vec![]),
                _ => return Pattern(parts, None),
            }
        }
        Pattern(parts, Some(texts))
    }
    /// True with a `*` anywhere.
    pub fn has_star(&self) -> bool {
        self.0.iter().any(|p| matches!(p, Part::Star))
    }
    /// Bytes matched by a pattern without `*`.
    pub fn width(&self) -> usize {
        self.0.len()
    }
    fn one(&self, k: usize, c: u8) -> bool {
        match &self.0[k] {
            Part::Byte(b) => *b == c,
            Part::Any | Part::Star => true,
            Part::Set(s) => s[c as usize],
        }
    }
    /// Whether the whole of `t` matches.
    pub fn matches(&self, t: &[u8]) -> bool {
        if let Some(texts) = &self.1 {
            return in_order(texts, t);
        }
        let (mut k, mut i) = (0, 0);
        // where to go on after a mismatch: the part after the last star, and the text it was tried on
        let mut back: Option<(usize, usize)> = None;
        loop {
            if k < self.0.len() && matches!(self.0[k], Part::Star) {
                if k + 1 == self.0.len() {
                    return true;
                }
                k += 1;
                back = Some((k, i));
                continue;
            }
            if i == t.len() {
                return k == self.0.len();
            }
            if k < self.0.len() && self.one(k, t[i]) {
                k += 1;
                i += 1;
                continue;
            }
            match back {
                Some((bk, bi)) => {
                    k = bk;
                    i = bi + 1;
                    back = Some((bk, i));
                }
                None => return false,
            }
        }
    }
    /// Starts of the matches in `t` of a pattern without `*`, left to right, not overlapping.
    pub fn find(&self, t: &[u8]) -> Vec<usize> {
        let w = self.width();
        let mut r = vec![];
        if w == 0 {
            return r;
        }
        let mut i = 0;
        while i + w <= t.len() {
            if (0..w).all(|k| self.one(k, t[i + k])) {
                r.push(i);
                i += w;
            } else {
                i += 1;
            }
        }
        r
    }
}

/// Whether `t` begins with the first of `texts`, ends with the last and has the others between them in their order.
fn in_order(texts: &[Vec<u8>], t: &[u8]) -> bool {
    let [first, between @ .., last] = texts else { return texts.first().is_some_and(|only| *t == only[..]) };
    // comparing no bytes is not free: the C library's way of it may be a hundred times slower than any other
    let mut rest = t;
    if !first.is_empty() {
        let Some(t) = rest.strip_prefix(&first[..]) else { return false };
        rest = t;
    }
    if !last.is_empty() {
        let Some(t) = rest.strip_suffix(&last[..]) else { return false };
        rest = t;
    }
    for text in between {
        // a text of few bytes is looked through before a searcher is made
        let found = match rest.len() {
            0..64 => short_find(rest, text),
            _ => memchr::memmem::find(rest, text),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + text.len()..];
    }
    true
}

/// Where `part` (not empty) first stands in a text of few bytes: eight places at a time by its first two bytes.
fn short_find(text: &[u8], part: &[u8]) -> Option<usize> {
    let (Some(&first), Some(&second)) = (part.first(), part.get(1)) else {
        return text.iter().position(|b| Some(b) == part.first());
    };
    let last = text.len().checked_sub(part.len())?;
    if text.len() < 9 {
        return text.windows(part.len()).position(|w| w == part);
    }
    let word = |at: usize| text.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
    let mut at = 0;
    loop {
        // the last eight places overlap those before
        at = at.min(text.len() - 9);
        let mut hits = equal(word(at), first) & equal(word(at + 1), second);
        while hits != 0 {
            let place = at + hits.trailing_zeros() as usize / 8;
            if place > last {
                return None;
            }
            if part.len() == 2 || text[place + 2..].starts_with(&part[2..]) {
                return Some(place);
            }
            hits &= hits - 1;
        }
        if at + 8 > last || at + 9 == text.len() {
            return None;
        }
        at += 8;
    }
}

/// The top bit of each byte of `word` that is `b`.
fn equal(word: u64, b: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let x = word ^ (u64::from(b) * 0x0101_0101_0101_0101);
    !(((x & LOW) + LOW) | x | LOW)
}

/// The set that starts at `i` (after the bracket) and the position of its closing bracket.
fn read_set(p: &[u8], mut i: usize) -> Option<(Box<[bool; 256]>, usize)> {
    let not = p.get(i) == Some(&b'^');
    if not {
        i += 1;
    }
    let mut set = Box::new([false; 256]);
    let start = i;
    loop {
        let c = *p.get(i)?;
        if c == b']' && i > start {
            break;
        }
        match (p.get(i + 1), p.get(i + 2)) {
            (Some(b'-'), Some(&to)) if to != b']' => {
                for x in c..=to {
                    set[x as usize] = true;
                }
                i += 3;
            }
            _ => {
                set[c as usize] = true;
                i += 1;
            }
        }
    }
    if not {
        set.iter_mut().for_each(|b| *b = !*b);
    }
    Some((set, i))
}

/// `text` cut at each occurrence of `by` (not empty).
pub fn split<'a>(text: &'a [u8], by: &[u8]) -> Vec<&'a [u8]> {
    let mut r = vec![];
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, by) {
        r.push(&text[from..at]);
        from = at + by.len();
    }
    r.push(&text[from..]);
    r
}

/// Lines, without their ends (`\n` or `\r\n`); a last line end does not start another line.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut r = split(text, b"\n");
    if r.last().is_some_and(|l| l.is_empty()) {
        r.pop();
    }
    r.into_iter().map(|l| l.strip_suffix(b"\r").unwrap_or(l)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_searched_as_long_ones() {
        let mut x = 7u32;
        for len in 0..40 {
            for _ in 0..200 {
                let mut one = |n: u32| {
                    x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (x >> 16) % n
                };
                let text: Vec<u8> = (0..len).map(|_| b"ab\xffc"[one(4) as usize]).collect();
                let part: Vec<u8> = (0..=one(4)).map(|_| b"ab\xff\0"[one(4) as usize]).collect();
                let want = text.windows(part.len()).position(|w| w == &part[..]);
                assert_eq!(want, short_find(&text, &part), "{part:?} in {text:?}");
            }
        }
    }

    #[test]
    fn patterns() {
        let like = |t: &str, p: &str| Pattern::new(p.as_bytes()).matches(t.as_bytes());
        for (t, p) in [
            ("quick", "qu?ck"),
            ("brown", "br[ao]wn"),
            ("quickly", "quick*"),
            ("br]wn", "[bf]r[]]wn"),
            ("a[c", "a[[]c"),
            ("brwn", "br*wn"),
            ("br^wn", "br[&^]wn"),
            ("", "*"),
            ("abcabd", "*ab?"),
            ("x[y", "x[y"),
        ] {
            assert!(like(t, p), "{t} {p}");
        }
        for (t, p) in [("brown", "br[?*]wn"), ("br0wn", "br[3-6]wn"), ("", "?"), ("abc", "*b"), ("brown", "[^bf]*")] {
            assert!(!like(t, p), "{t} {p}");
        }
        assert_eq!(vec![2, 13], Pattern::new(b"[ir]o").find(b"toronto ontario"));
    }
}
