//! The walk over a text that is not ASCII: what is in its form is passed over, what is not is handed to the
//! normalizer piece by piece.
//!
//! A piece begins with the last plain character before the doubt and ends before the next one: plain characters
//! stand in their form, are starters and join with nothing before them, so that no change reaches beyond. Every
//! character is in one piece at most, which keeps hostile text linear.

use std::borrow::Cow;

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

/// Writes `text` in `form` to `out`, which is empty, or says that nothing has to be done.
pub(super) fn walk(text: &str, form: Option<Form>, classes: &Classes, out: &mut String) -> Walked {
    let bytes = text.as_bytes();
    let mut changed = false;
    let mut copied = 0; // everything before is in `out`, if that has begun
    let mut plain = 0; // where the last plain character begins
    let mut before = PLAIN; // class of the character before
    let mut at = 0;
    let mut calm = CALM; // plain characters in a row
    while at < bytes.len() {
        if calm >= CALM {
            let doubt = classes.doubt(bytes, at);
            if doubt > at {
                (plain, before, at) = (last_before(bytes, doubt), PLAIN, doubt);
            }
            calm = 0;
            continue;
        }
        calm += 1;
        if bytes[at] < 0x80 {
            at = behind_ascii(bytes, at);
            (plain, before) = (at - 1, PLAIN);
            continue;
        }
        let width = width(bytes[at]);
        if classes.plain_page(page(bytes, at, width)) {
            (plain, before) = (at, PLAIN);
            at += width;
            continue;
        }
        let code = decode(bytes, at, width);
        let class = classes.class(code);
        if class == PLAIN {
            plain = at;
        } else if class == REPLACED {
            return Walked::Replace;
        } else if class == ASK || class < before {
            calm = 0;
            let end = next_plain(bytes, at + width, classes);
            let piece = &text[plain..end];
            let settled = settle(piece, form);
            if settled != piece {
                changed = true;
                out.push_str(&text[copied..plain]);
                out.push_str(&settled);
                copied = end;
            }
            (plain, before, at) = (end, PLAIN, end);
            continue;
        }
        before = class;
        at += width;
    }
    if !changed {
        return Walked::Clean;
    }
    out.push_str(&text[copied..]);
    Walked::Changed
}

/// So many plain characters, or stretches of ASCII, in a row, and the look ahead is worth its while again.
const CALM: u32 = 4;

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

/// The first position behind `from` that is not ASCII, or the end.
#[inline]
fn behind_ascii(bytes: &[u8], mut from: usize) -> usize {
    while let Some(eight) = bytes[from..].first_chunk::<8>() {
        let high = u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080;
        if high != 0 {
            return from + high.trailing_zeros() as usize / 8;
        }
        from += 8;
    }
    while bytes.get(from).is_some_and(u8::is_ascii) {
        from += 1;
    }
    from
}

/// The length in bytes of the character with this first byte, which is not ASCII.
#[inline]
fn width(lead: u8) -> usize {
    2 + usize::from(lead >= 0xe0) + usize::from(lead >= 0xf0)
}

/// The page of the code point that begins at `at`: all its bits but the last byte's.
#[inline]
fn page(bytes: &[u8], at: usize, width: usize) -> u32 {
    let bits = |behind: usize| u32::from(bytes[at + behind] & 0x3f);
    let lead = u32::from(bytes[at]);
    match width {
        2 => lead & 0x1f,
        3 => (lead & 0x0f) << 6 | bits(1),
        _ => (lead & 0x07) << 12 | bits(1) << 6 | bits(2),
    }
}

/// The code point that begins at `at`.
#[inline]
fn decode(bytes: &[u8], at: usize, width: usize) -> u32 {
    page(bytes, at, width) << 6 | u32::from(bytes[at + width - 1] & 0x3f)
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
