//! What begins with a digit: IPv4 addresses, payment card numbers, IBANs, phone numbers.
//!
//! Each is checked as far as its definition goes (ranges, check digits, country codes, lengths), since a number is more often
//! a date, a version or a measure than somebody's account.

use std::net::Ipv4Addr;

use super::{Kind, phone};
use crate::matching::{Class, class_of};

/// Where something was found.
pub(super) type Found = Option<(usize, usize, Kind)>;

pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The byte before `at`, 0 at the beginning.
pub(super) fn before(text: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |at| text[at])
}

/// Part of a word, a number or an identifier: an ASCII letter or digit, `_`, or a letter of a script that is written with
/// spaces between words.
fn joins(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let class = class_of(c);
    class.contains(Class::WORD) && !class.contains(Class::ALONE)
}

/// Whether the character before `at` joins what begins there.
pub(super) fn joined_before(text: &[u8], at: usize) -> bool {
    let last = before(text, at);
    if last.is_ascii() {
        return at > 0 && joins(char::from(last));
    }
    let first = (at.saturating_sub(4)..at)
        .rev()
        .find(|place| text[*place] & 0xc0 != 0x80);
    let c = first.and_then(|first| std::str::from_utf8(&text[first..at]).ok()?.chars().next());
    c.is_some_and(joins)
}

/// Whether the character at `at` joins what ends there.
pub(super) fn joined_behind(text: &[u8], at: usize) -> bool {
    if let Some(next) = text.get(at).filter(|next| next.is_ascii()) {
        return joins(char::from(*next));
    }
    let most = text.len().min(at + 4);
    let end = (at + 1..=most).find(|end| text.get(*end).is_none_or(|byte| byte & 0xc0 != 0x80));
    let c = end.and_then(|end| std::str::from_utf8(text.get(at..end)?).ok()?.chars().next());
    c.is_some_and(joins)
}

pub(super) fn digits(text: &[u8], from: usize) -> usize {
    text[from..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// Looks at a run of digits that begins at `start`.
pub(super) fn find(text: &[u8], start: usize) -> Found {
    let run = digits(text, start);
    if run < 7 && !goes_on(text, start + run) {
        // Too few digits for anything, but for the check digits of an IBAN: most numbers of most texts.
        return iban(text, start, run);
    }
    iban(text, start, run)
        .or_else(|| address(text, start, run))
        .or_else(|| card(text, start, run))
        .or_else(|| phone::find(text, start, run))
}

/// Whether more digits may belong to a run that ends at `at`: behind a sign, or in brackets.
fn goes_on(text: &[u8], mut at: usize) -> bool {
    for signs in [&b")"[..], b" -.", b"("] {
        at += usize::from(signs.contains(&byte(text, at)));
    }
    byte(text, at).is_ascii_digit()
}

/// Words before a version or a section, which has dots as well.
const VERSIONS: [&str; 12] = [
    "version", "ver", "v", "release", "build", "section", "sec", "chapter", "firmware", "driver", "clause",
    "figure",
];

/// Four numbers to 255 between dots (RFC 791), without leading zeros. Not one where all are below ten, which reads as
/// the number of a section, nor one behind a word such as "version".
fn address(text: &[u8], start: usize, run: usize) -> Found {
    if run > 3 || byte(text, start + run) != b'.' || joined_before(text, start) {
        return None;
    }
    if matches!(before(text, start), b'.' | b'-' | b'$') {
        return None;
    }
    let mut octets = [0u8; 4];
    let (mut at, mut length) = (start, run);
    for (part, octet) in octets.iter_mut().enumerate() {
        if part > 0 {
            if byte(text, at) != b'.' {
                return None;
            }
            at += 1;
            length = digits(text, at);
        }
        if length == 0 || length > 3 || (length > 1 && text[at] == b'0') {
            return None;
        }
        let number = text[at..at + length]
            .iter()
            .fold(0u16, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        *octet = u8::try_from(number).ok()?;
        at += length;
    }
    let goes_on =
        joined_behind(text, at) || (matches!(byte(text, at), b'.' | b'-') && joined_behind(text, at + 1));
    if goes_on || octets.iter().all(|octet| *octet < 10) || VERSIONS.contains(&&*word_before(text, start)) {
        return None;
    }
    let kind = if public_v4(Ipv4Addr::from(octets)) {
        Kind::Ip
    } else {
        Kind::PrivateIp
    };
    Some((start, at, kind))
}

/// Whether the address is routed on the Internet and belongs to somebody (RFC 6890 and the registries it names).
fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

/// The letters before `at` in lower case, blanks and a few signs between left out.
pub(super) fn word_before(text: &[u8], at: usize) -> String {
    let end = at
        - text[..at]
            .iter()
            .rev()
            .take(3)
            .take_while(|byte| b" :.(#=\t".contains(byte))
            .count();
    let letters = text[..end]
        .iter()
        .rev()
        .take(12)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    String::from_utf8_lossy(&text[end - letters..end]).to_ascii_lowercase()
}

/// Lengths of the payment card numbers of a beginning (ISO/IEC 7812 and the networks' published ranges).
const CARDS: [(u32, u32, &[usize]); 9] = [
    (4000, 4999, &[13, 16, 19]),
    (5100, 5599, &[16]),
    (2221, 2720, &[16]),
    (3400, 3499, &[15]),
    (3700, 3799, &[15]),
    (6011, 6011, &[16, 19]),
    (6440, 6599, &[16, 19]),
    (3528, 3589, &[16]),
    (6200, 6299, &[16, 17, 18, 19]),
];

/// 13 to 19 digits with a known beginning and the check digit of Luhn (1954), in one run or in groups.
fn card(text: &[u8], start: usize, run: usize) -> Found {
    let sign = byte(text, start + run);
    let grouped = run == 4 && matches!(sign, b' ' | b'-');
    if !(grouped || (13..=19).contains(&run)) || joined_before(text, start) {
        return None;
    }
    if matches!(before(text, start), b'.' | b'-' | b'+' | b'/' | b'=' | b'#') {
        return None;
    }
    let mut number: Vec<u8> = text[start..start + run].to_vec();
    let (mut end, mut groups) = (start + run, vec![run]);
    while grouped && byte(text, end) == sign && number.len() < 19 {
        let more = digits(text, end + 1);
        if more == 0 {
            break;
        }
        number.extend(text[end + 1..].iter().take(more.min(20)));
        groups.push(more);
        end += 1 + more;
    }
    if grouped && !matches!(groups[..], [4, 4, 4, 4] | [4, 6, 5] | [4, 4, 4, 4, 3]) {
        return None;
    }
    let first = number[..4]
        .iter()
        .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let known = CARDS
        .iter()
        .any(|(low, high, lengths)| (*low..=*high).contains(&first) && lengths.contains(&number.len()));
    let goes_on =
        joined_behind(text, end) || (matches!(byte(text, end), b'.' | b'-') && joined_behind(text, end + 1));
    let plain = number.iter().all(|digit| *digit == number[0]);
    (known && !goes_on && !plain && luhn(&number)).then_some((start, end, Kind::Card))
}

fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0') << (place % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Characters of an IBAN by country (the SWIFT registry).
const IBANS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 \
    ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 \
    LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 \
    SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

/// Two capital letters, two check digits and the rest (ISO 13616), without blanks or in groups of four; the length is that of the
/// country, and the remainder by 97 is 1.
fn iban(text: &[u8], start: usize, run: usize) -> Found {
    let from = start.checked_sub(2)?;
    let country = &text[from..start];
    if run < 2 || !country.iter().all(u8::is_ascii_uppercase) || joined_before(text, from) {
        return None;
    }
    let country = std::str::from_utf8(country).ok()?;
    let known = IBANS
        .split_ascii_whitespace()
        .find(|known| known.starts_with(country))?;
    let length: usize = known[2..].parse().ok()?;
    let (mut at, mut characters) = (from, Vec::with_capacity(length));
    while characters.len() < length {
        match byte(text, at) {
            b' ' if characters.len() % 4 == 0 && !characters.is_empty() => {}
            byte if byte.is_ascii_digit() || byte.is_ascii_uppercase() => characters.push(byte),
            _ => return None,
        }
        at += 1;
    }
    if joined_behind(text, at) {
        return None;
    }
    let rest = characters[4..]
        .iter()
        .chain(&characters[..4])
        .fold(0u32, |rest, byte| {
            if byte.is_ascii_digit() {
                (rest * 10 + u32::from(byte - b'0')) % 97
            } else {
                (rest * 100 + u32::from(byte - b'A') + 10) % 97
            }
        });
    (rest == 1).then_some((from, at, Kind::Iban))
}
