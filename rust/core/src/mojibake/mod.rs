//! Mojibake: UTF-8 that was read in a single-byte encoding, put right again.
//!
//! "é" is two bytes in UTF-8; who reads them as Windows-1252 sees "Ã©", as Windows-1251 "Г©", as Mac Roman "√©". The
//! way back is exact: give every character its byte again, and read the bytes as UTF-8. What takes judgement is
//! where to do it, since "IRMÃ”" may be a word in capitals before a quotation mark.
//!
//! A **unit** is a sequence of characters whose bytes, in one encoding, are one character in UTF-8; a **run** is units
//! side by side. Two things speak for a run: pairs of neighbours that hardly any right text has, inside it and at its
//! ends (`odd` in `kinds.rs`: an upper-case letter behind a lower-case one, © behind a letter ...), and what it would
//! become. A run is repaired
//!
//! * where it would become something that stands alone in a text (a Latin letter with its accent, a quotation mark, an
//!   emoji) and has one odd pair for a unit of those;
//! * where it would become two letters or more of another script, and has two odd pairs, or one for every second unit,
//!   or is so long that it is no accident;
//! * or where it has no odd pair, but another run in the same text and encoding is repaired for its own sake, and no
//!   character of such a kind stands outside of runs.
//!
//! A run that would hold a character of hardly any text stays. Whoever wants text that was spoilt twice put right
//! twice calls [`repair`] until it has nothing more to do, as `normalize` does; each repair makes the text shorter.
//! Controls of the second set (U+0080 to U+009F) left over, one by one, are read as Windows-1252, next line aside.
//!
//! Clean text costs a look for a character that may begin a unit in front of one that may go on with it.

mod encoding;
mod entities;
mod kinds;
mod runs;

pub use entities::decode_entities;

use encoding::{COUNT, REVERSE, windows_1252};
use runs::{Run, Runs};

/// Whether `text` may hold a unit: exact enough that most texts need no closer look.
pub fn suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(ahead) = next_lead(&bytes[at..]) {
        at += ahead;
        let Some(c) = text[at..].chars().next() else { break };
        let next = at + c.len_utf8();
        if ('\u{80}'..='\u{9f}').contains(&c) {
            return true;
        }
        if let Some(second) = text[next..]
            .chars()
            .next()
            .filter(|second| !second.is_ascii() || c == 'Ã')
        {
            let (first, second) = (
                REVERSE.bytes(c),
                if second == ' ' {
                    &[0xa0; COUNT]
                } else {
                    REVERSE.bytes(second)
                },
            );
            if first
                .iter()
                .zip(second)
                .any(|(first, second)| *first >= 0xc2 && (0x80..0xc0).contains(second))
            {
                return true;
            }
        }
        at = next;
    }
    false
}

/// Where the next character is that may begin a unit, or a control of the second set.
fn next_lead(bytes: &[u8]) -> Option<usize> {
    let reverse = &*REVERSE;
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        let second = || u32::from(bytes.get(at + 1).copied().unwrap_or_default() & 0x3f);
        match lead {
            0..0x80 => {
                at += 1;
                while let Some(eight) = bytes[at..].first_chunk::<8>() {
                    let high = u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080;
                    at += if high == 0 {
                        8
                    } else {
                        high.trailing_zeros() as usize / 8
                    };
                    if high != 0 {
                        break;
                    }
                }
            }
            0..0xe0 => {
                if reverse.leads(u32::from(lead & 0x1f)) {
                    return Some(at);
                }
                at += 2;
            }
            0xe0..0xf0 => {
                if reverse.leads(u32::from(lead & 0x0f) << 6 | second()) {
                    return Some(at);
                }
                at += 3;
            }
            _ => at += 4,
        }
    }
    None
}

/// Writes `text` with its mojibake put right once to `out`, which is empty; false where there is none.
pub fn repair(text: &str, out: &mut String) -> bool {
    if !suspicious(text) {
        return false;
    }
    let runs = best(text);
    if runs.is_empty() {
        return controls(text, out);
    }
    let mut copied = 0;
    for run in runs {
        out.push_str(&text[copied..run.bytes.start]);
        out.push_str(&run.becomes);
        copied = run.bytes.end;
    }
    out.push_str(&text[copied..]);
    true
}

/// The runs to repair, in the encoding that explains most.
fn best(text: &str) -> Vec<Run> {
    let found = Runs::of(text);
    let mut best = (0, Vec::new());
    for number in 0..COUNT {
        let accepted = found.accepted(number);
        let score = accepted.iter().map(Run::score).sum();
        if score > best.0 {
            best = (score, accepted);
        }
    }
    best.1
}

/// Controls of the second set as the characters that Windows-1252 has in their place.
fn controls(text: &str, out: &mut String) -> bool {
    let control = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    let meant = |c: char| {
        control(c)
            .then(|| windows_1252().decode(c as u8))
            .filter(|meant| *meant != c)
    };
    // Between other characters than those of words and ASCII it is what is left of a longer sequence, or was meant.
    let chars = || text.chars().chain(std::iter::once(' '));
    let mut around = std::iter::once(' ')
        .chain(chars())
        .zip(chars())
        .zip(chars().skip(1));
    let stray =
        |before: char, after: char| !(before.is_ascii() || before.is_alphabetic()) || !after.is_ascii();
    if around.any(|((before, c), after)| control(c) && stray(before, after)) {
        return false;
    }
    // Next line is a line end of its own right where nothing else says Windows-1252.
    if !text.chars().any(|c| c != '\u{85}' && meant(c).is_some()) {
        return false;
    }
    out.extend(text.chars().map(|c| meant(c).unwrap_or(c)));
    true
}

#[cfg(test)]
mod tests;
