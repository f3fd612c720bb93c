//! Runtime scripts, `\_ script.q`: the text is scrambled and functions loaded from it do not show theirs.

use crate::kernel::random::Random;

const MARK: &[u8] = b"quill\x00";

/// Text as it stands in a runtime script. It keeps readers away, not cryptographers.
pub fn scramble(text: &[u8]) -> Vec<u8> {
    [MARK.to_vec(), masked(text)].concat()
}

/// The text of a runtime script; None for bytes that are none.
pub fn unscramble(bytes: &[u8]) -> Option<Vec<u8>> {
    bytes.strip_prefix(MARK).map(masked)
}

fn masked(b: &[u8]) -> Vec<u8> {
    let mut mask = Random::new(b.len() as i64);
    b.iter().map(|c| c ^ mask.bits() as u8).collect()
}
