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
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// The text is as it should be.
    Clean,
    /// The text brought into its form.
    Changed(String),
    /// Some character is to be replaced first; the walk ended there.
    Replace,
}

/// `text` in `form`, or the news that nothing has to be done.
pub(super) fn walk(text: &str, form: Option<Form>, classes: &Classes) -> Walked {
    let bytes = text.as_bytes();
    let mut changed: Option<String> = None;
    let mut copied = 0; // everything before is in `changed`, if that has begun
    let mut plain = 0; // where the last plain character begins
    let mut before = PLAIN; // class of the character before
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at = behind_ascii(bytes, at);
            (plain, before) = (at - 1, PLAIN);
            continue;
        }
        let (code, width) = decode(bytes, at);
        let class = classes.class(code);
        if class == PLAIN {
            plain = at;
        } else if class == REPLACED {
            return Walked::Replace;
        } else if class == ASK || class < before {
            let end = next_plain(bytes, at + width, classes);
            let piece = &text[plain..end];
            let settled = settle(piece, form);
            if settled != piece {
                let out = changed.get_or_insert_with(|| String::with_capacity(text.len()));
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
    match changed {
        Some(mut out) => {
            out.push_str(&text[copied..]);
            Walked::Changed(out)
        }
        None => Walked::Clean,
    }
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

/// The code point that begins at `at`, which is not ASCII, and its length in bytes.
#[inline]
fn decode(bytes: &[u8], at: usize) -> (u32, usize) {
    let bits = |behind: usize| u32::from(bytes[at + behind] & 0x3f);
    let lead = u32::from(bytes[at]);
    match lead {
        0..0xe0 => ((lead & 0x1f) << 6 | bits(1), 2),
        0xe0..0xf0 => ((lead & 0x0f) << 12 | bits(1) << 6 | bits(2), 3),
        _ => ((lead & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3), 4),
    }
}

/// Where the next character begins that is plain or to be replaced, from `at` on.
fn next_plain(bytes: &[u8], mut at: usize, classes: &Classes) -> usize {
    while at < bytes.len() && bytes[at] >= 0x80 {
        let (code, width) = decode(bytes, at);
        if matches!(classes.class(code), PLAIN | REPLACED) {
            break;
        }
        at += width;
    }
    at
}
