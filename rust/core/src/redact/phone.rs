//! Phone numbers, from their first digit on.

use super::Kind;
use super::numbers::{Found, before, byte, digits, joined_before, joined_behind, word_before};

/// Words before a phone number.
const CUES: [&str; 16] = [
    "tel",
    "telephone",
    "phone",
    "ph",
    "call",
    "mobile",
    "cell",
    "fax",
    "whatsapp",
    "telefon",
    "telefono",
    "hotline",
    "sms",
    "text",
    "dial",
    "mob",
];

/// Country codes of ITU-T E.164 by their first two digits: those of one digit, of two, and else of three.
fn country_code(number: &[u8]) -> Option<usize> {
    Some(match number {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        [b'2', b'1'..=b'6' | b'9', ..]
        | [b'3', b'5' | b'7' | b'8', ..]
        | [b'4', b'2', ..]
        | [b'5', b'0' | b'9', ..]
        | [b'6', b'7'..=b'9', ..]
        | [b'8', b'0' | b'5' | b'7' | b'8', ..]
        | [b'9', b'6' | b'7' | b'9', ..] => 3,
        _ => return None,
    })
}

/// Numbers with `+` and a country code (ITU-T E.164); numbers of North America in groups of 3, 3 and 4; and numbers behind a
/// word such as "phone".
pub(super) fn find(text: &[u8], start: usize, run: usize) -> Found {
    let sign = before(text, start);
    let plus = sign == b'+';
    let open = usize::from(sign == b'(');
    let from = start - usize::from(plus) - open;
    if joined_before(text, from)
        || matches!(before(text, from), b'.' | b'-' | b'/' | b'=' | b'$' | b'#' | b'+')
    {
        return None;
    }
    if !plus && run > 12 {
        return None;
    }
    let found = grouped(text, start, open == 1)?;
    let (number, groups, end) = (found.digits(), found.groups(), found.end);
    let joined = joined_behind(text, end)
        || (matches!(byte(text, end), b'-' | b'/' | b'=') && joined_behind(text, end + 1));
    if joined || !(7..=MOST).contains(&number.len()) {
        return None;
    }
    let national = |digits: &[u8]| {
        digits.len() == 10 && digits[0] > b'1' && (digits[3] > b'1' || groups.len() > 2 || open == 1)
    };
    let is_phone = if plus {
        let code = country_code(number)?;
        let rest = number.len() - code;
        let america = number[0] != b'1' || national(&number[1..]);
        america && rest >= 6 && number[code..].iter().any(|digit| *digit != number[code])
    } else {
        matches!(groups, [3, 3, 4] | [1, 3, 3, 4]) && national(&number[number.len() - 10..])
            || (number.len() >= 7
                && CUES.contains(&&*word_before(text, from))
                && !(run == 4 && groups.len() == 3 && number.len() == 8))
    };
    is_phone.then_some((from, end, Kind::Phone))
}

/// Most digits of a phone number, and so most groups.
const MOST: usize = 15;

/// Digits in groups behind single blanks, hyphens, dots or brackets.
struct Groups {
    digits: [u8; MOST],
    length: usize,
    groups: [usize; MOST],
    count: usize,
    /// Where they end.
    end: usize,
}

impl Groups {
    fn digits(&self) -> &[u8] {
        &self.digits[..self.length]
    }

    /// The sizes of the groups.
    fn groups(&self) -> &[usize] {
        &self.groups[..self.count]
    }
}

/// The groups that begin at `start`, perhaps behind an open bracket; none where they have too many digits.
fn grouped(text: &[u8], start: usize, open: bool) -> Option<Groups> {
    let mut found = Groups {
        digits: [0; MOST],
        length: 0,
        groups: [0; MOST],
        count: 0,
        end: start,
    };
    let (mut at, mut open) = (start, open);
    loop {
        let run = digits(text, at);
        if run == 0 {
            break;
        }
        let free = found.digits.get_mut(found.length..found.length + run)?;
        free.copy_from_slice(&text[at..at + run]);
        found.length += run;
        found.groups[found.count] = run;
        found.count += 1;
        found.end = at + run;
        at = found.end;
        if open && byte(text, at) == b')' {
            open = false;
            at += 1;
        }
        if matches!(byte(text, at), b' ' | b'-' | b'.') {
            at += 1;
        }
        if byte(text, at) == b'(' && !open {
            open = true;
            at += 1;
        }
    }
    (!open || found.end > start).then_some(found)
}
