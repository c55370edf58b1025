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
//! Clean text costs a look, 64 bytes at a time, for a character that may begin a unit in front of one that may go on with it.

mod encoding;
mod entities;
mod kinds;
mod runs;

pub use entities::decode_entities;

use std::sync::LazyLock;

use encoding::{COUNT, REVERSE, windows_1252};
use fastcurate_simd::pairs::{ANY, BLOCK, Doubts};
use runs::{Run, Runs};

/// What a text may hold.
#[derive(Default)]
struct Suspects {
    /// The encodings in which it has a unit, as bits.
    encodings: u16,
    /// A control of the second set.
    control: bool,
}

/// What is in `text`: most texts have nothing, and need no closer look. `bits` is then where units may begin.
fn suspects(text: &[u8], bits: &mut Vec<u64>) -> Suspects {
    let (gate, reverse) = (&*GATE, &*REVERSE);
    let mut found = Suspects::default();
    gate.doubts.places(text, bits);
    for (block, bits) in bits.iter_mut().enumerate() {
        let mut left = std::mem::take(bits);
        while left != 0 {
            let place = left.trailing_zeros();
            left &= left - 1;
            let at = block * BLOCK + place as usize;
            let wide = usize::from(text[at] >= 0xe0);
            let second = text.get(at + 2 + wide..at + 4 + wide);
            let control = text[at] == 0xc2 && text[at + 1] < 0xa0;
            found.control |= control;
            let space = text.get(at..at + 3) == Some("Ã ".as_bytes());
            if !space && !second.is_some_and(|second| gate.goes_on(second[0], second[1])) {
                continue;
            }
            let Some((code, next)) = decoded(text, at) else {
                break;
            };
            let leads = reverse.roles(code).0;
            let encodings = if space {
                leads
            } else if let Some((second, behind)) = decoded(text, next) {
                match leads & reverse.roles(second).1 {
                    0 => 0,
                    pairs => whole(pairs, code, text, behind),
                }
            } else {
                0
            };
            *bits |= u64::from(encodings != 0) << place;
            found.encodings |= encodings;
        }
    }
    found
}

/// Of the encodings in which a character begins a unit and the next goes on with it, those in which the unit ends.
fn whole(pairs: u16, first: u32, text: &[u8], behind: usize) -> u16 {
    let reverse = &*REVERSE;
    let third = decoded(text, behind).map(|(code, next)| (reverse.roles(code).1, next));
    let fourth = third
        .and_then(|(_, next)| decoded(text, next))
        .map(|(code, _)| reverse.roles(code).1);
    let first = char::from_u32(first).map_or(&[0; COUNT], |c| reverse.bytes(c));
    let ends = |number: &usize| match first[*number] {
        ..0xe0 => true,
        0xe0..0xf0 => third.is_some_and(|(third, _)| third >> number & 1 == 1),
        _ => {
            third.is_some_and(|(third, _)| third >> number & 1 == 1)
                && fourth.is_some_and(|fourth| fourth >> number & 1 == 1)
        }
    };
    let numbers = (0..COUNT).filter(|number| pairs >> number & 1 == 1);
    numbers.filter(ends).map(|number| 1 << number).sum()
}

/// What the first look asks.
struct Gate {
    /// Characters that can begin a unit and have one behind them that is not ASCII, and controls of the second set.
    doubts: Doubts,
    /// For the first byte of a character, the second bytes with which it may go on with a unit, as bits.
    goes_on: [u64; 64],
}

impl Gate {
    #[inline]
    fn goes_on(&self, first: u8, second: u8) -> bool {
        first >= 0xc0 && self.goes_on[usize::from(first & 0x3f)] >> (second & 0x3f) & 1 == 1
    }
}

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    const FOREIGN: u16 = 0xf000; // first bytes of the next character
    const SPACE: u16 = 1 << (b' ' >> 4);
    const A_TILDE: u32 = 'Ã' as u32;
    let begins = |code: u32| REVERSE.roles(code).0 != 0;
    let doubts = Doubts::new(|lead, second| {
        let (lead, second) = (u32::from(lead), u32::from(second & 0x3f));
        match lead {
            0xc2..0xe0 => match (lead & 0x1f) << 6 | second {
                0x80..0xa0 => ANY,
                A_TILDE => FOREIGN | SPACE,
                code if begins(code) => FOREIGN,
                _ => 0,
            },
            0xe0..0xf0 => {
                let first = (lead & 0x0f) << 12 | second << 6;
                let parts = (0..4).map(|part| (part, first + part * 16));
                let doubtful = parts.filter(|(_, first)| (*first..first + 16).any(begins));
                doubtful.map(|(part, _)| 1 << (8 + part)).sum()
            }
            _ => 0,
        }
    });
    let continues = |code: u32| REVERSE.roles(code).1 != 0;
    let goes_on = |lead: u32, second: u32| match lead {
        0xc2..0xe0 => continues((lead & 0x1f) << 6 | second),
        0xe0..0xf0 => {
            let first = (lead & 0x0f) << 12 | second << 6;
            (first..first + 64).any(continues)
        }
        _ => false,
    };
    let row = |lead: u32| {
        (0..64)
            .map(|second| u64::from(goes_on(lead, second)) << second)
            .sum()
    };
    Gate {
        doubts,
        goes_on: std::array::from_fn(|lead| row(0xc0 + lead as u32)),
    }
});

/// The code point of two or three bytes at `at`, and where the next one begins; 0 for all others, none at the end.
#[inline]
fn decoded(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let bits = |behind: usize| bytes.get(at + behind).map_or(0, |byte| u32::from(byte & 0x3f));
    let lead = u32::from(*bytes.get(at)?);
    Some(match lead {
        0..0x80 => (0, at + 1),
        0x80..0xe0 => ((lead & 0x1f) << 6 | bits(1), at + 2),
        0xe0..0xf0 => ((lead & 0x0f) << 12 | bits(1) << 6 | bits(2), at + 3),
        _ => (0, at + 4),
    })
}

/// Writes `text` with its mojibake put right once to `out`, which is empty; false where there is none. `bits` is for scratch.
pub fn repair(text: &str, bits: &mut Vec<u64>, out: &mut String) -> bool {
    let suspects = suspects(text.as_bytes(), bits);
    let runs = if suspects.encodings == 0 {
        Vec::new()
    } else {
        best(text, suspects.encodings, bits)
    };
    if runs.is_empty() {
        return suspects.control && controls(text, out);
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

/// The runs to repair, in the one of the encodings that explains most.
fn best(text: &str, encodings: u16, places: &[u64]) -> Vec<Run> {
    // What is around the places decides whether anything is repaired at all, and hardly ever is it.
    if !Runs::of(text, encodings, Some(places)).any() {
        return Vec::new();
    }
    let found = Runs::of(text, encodings, None);
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
