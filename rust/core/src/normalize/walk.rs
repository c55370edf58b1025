//! The walk over a text that is not ASCII: what is in its form is passed over, what is not is handed to the
//! normalizer piece by piece.
//!
//! A piece begins with the last plain character before the doubt and ends before the next one: plain characters
//! stand in their form, are starters and join with nothing before them, so that no change reaches beyond. Every
//! character is in one piece at most, which keeps hostile text linear.

use std::borrow::Cow;

use fastcurate_simd::pairs::BLOCK;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::classes::{ASK, Classes, PLAIN, REPLACED};
use super::options::Form;

/// What a walk has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walked {
    /// The text is as it should be.
    Clean,
    /// The text in its form has been written.
    Changed,
    /// Some character is to be replaced first; the walk ended there.
    Replace,
}

/// Writes `text` in `form` to `out`, which is empty, or says that nothing has to be done; `bits` is for scratch.
pub(super) fn walk(
    text: &str,
    form: Option<Form>,
    classes: &Classes,
    bits: &mut Vec<u64>,
    out: &mut String,
) -> Walked {
    let bytes = text.as_bytes();
    classes.doubts(bytes, bits);
    let mut copied = 0; // everything before is in `out`, if that has begun
    let mut done = 0; // behind the last piece: a plain character, or one to be replaced
    let mut plain = 0; // where the last plain character before the marks at hand begins
    let mut marks = (0, PLAIN); // behind the last mark in its order, and its class
    for (block, bits) in bits.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            let at = block * BLOCK + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if at < done {
                continue;
            }
            let width = width(bytes[at]);
            let class = classes.class(decode(bytes, at, width));
            if class == PLAIN {
                continue;
            }
            if class == REPLACED {
                return Walked::Replace;
            }
            let before = if at == marks.0 { marks.1 } else { PLAIN };
            if before == PLAIN {
                plain = if at > done { last_before(bytes, at) } else { done };
            }
            if class != ASK && class >= before {
                marks = (at + width, class);
                continue;
            }
            let end = next_plain(bytes, at + width, classes);
            let piece = &text[plain..end];
            let settled = settle(piece, form);
            if settled != piece {
                out.push_str(&text[copied..plain]);
                out.push_str(&settled);
                copied = end;
            }
            done = end;
        }
    }
    if copied == 0 {
        return Walked::Clean;
    }
    out.push_str(&text[copied..]);
    Walked::Changed
}

/// Where the character before `at` begins.
fn last_before(bytes: &[u8], at: usize) -> usize {
    let mut last = at - 1;
    while bytes[last] & 0xc0 == 0x80 {
        last -= 1;
    }
    last
}

/// `text` in `form`, whatever it holds.
pub(super) fn settle(text: &str, form: Option<Form>) -> Cow<'_, str> {
    match form {
        None => Cow::Borrowed(text),
        Some(Form::Nfc) => ComposingNormalizerBorrowed::new_nfc().normalize(text),
        Some(Form::Nfd) => DecomposingNormalizerBorrowed::new_nfd().normalize(text),
        Some(Form::Nfkc) => ComposingNormalizerBorrowed::new_nfkc().normalize(text),
        Some(Form::Nfkd) => DecomposingNormalizerBorrowed::new_nfkd().normalize(text),
    }
}

/// The length in bytes of the character with this first byte, which is not ASCII.
#[inline]
fn width(lead: u8) -> usize {
    2 + usize::from(lead >= 0xe0) + usize::from(lead >= 0xf0)
}

/// The code point that begins at `at`.
#[expect(
    clippy::inline_always,
    reason = "a call for every doubt costs as much as the rest of it"
)]
#[inline(always)]
fn decode(bytes: &[u8], at: usize, width: usize) -> u32 {
    let bits = |behind: usize| u32::from(bytes[at + behind] & 0x3f);
    let lead = u32::from(bytes[at]);
    match width {
        2 => (lead & 0x1f) << 6 | bits(1),
        3 => (lead & 0x0f) << 12 | bits(1) << 6 | bits(2),
        _ => (lead & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3),
    }
}

/// Where the next character begins that is plain or to be replaced, from `at` on.
fn next_plain(bytes: &[u8], mut at: usize, classes: &Classes) -> usize {
    while at < bytes.len() && bytes[at] >= 0x80 {
        let width = width(bytes[at]);
        if matches!(classes.class(decode(bytes, at, width)), PLAIN | REPLACED) {
            break;
        }
        at += width;
    }
    at
}
