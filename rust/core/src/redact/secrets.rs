//! Keys and tokens, by the beginnings that their issuers gave them so that they can be found.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Kind;
use super::numbers::{Found, before, byte, joined_before, joined_behind};

/// What may follow a beginning.
#[derive(Clone, Copy)]
enum Body {
    /// Letters and digits.
    Plain,
    /// Capital letters and digits.
    Capitals,
    /// Letters, digits, `_` and `-`.
    Dashed,
    /// Three parts of these between dots (RFC 7519).
    Jwt,
    /// Up to the end of the block (RFC 7468).
    Pem,
}

use Body::{Capitals, Dashed, Jwt, Pem, Plain};

/// A beginning, what follows it, and how many bytes of that at least and at most.
const FORMATS: [(&str, Body, usize, usize); 31] = [
    ("AKIA", Capitals, 16, 16),
    ("ASIA", Capitals, 16, 16),
    ("AIza", Dashed, 35, 35),
    ("ghp_", Plain, 36, 255),
    ("gho_", Plain, 36, 255),
    ("ghu_", Plain, 36, 255),
    ("ghs_", Plain, 36, 255),
    ("ghr_", Plain, 36, 255),
    ("github_pat_", Dashed, 22, 255),
    ("glpat-", Dashed, 20, 255),
    ("xoxb-", Dashed, 20, 255),
    ("xoxa-", Dashed, 20, 255),
    ("xoxp-", Dashed, 20, 255),
    ("xoxr-", Dashed, 20, 255),
    ("xoxs-", Dashed, 20, 255),
    ("sk-ant-", Dashed, 32, 255),
    ("sk-proj-", Dashed, 32, 255),
    ("sk-", Plain, 32, 64),
    ("sk_live_", Plain, 16, 255),
    ("sk_test_", Plain, 16, 255),
    ("rk_live_", Plain, 16, 255),
    ("hf_", Plain, 30, 64),
    ("npm_", Plain, 36, 36),
    ("pypi-", Dashed, 50, 255),
    ("dop_v1_", Plain, 64, 64),
    ("shpat_", Plain, 32, 32),
    ("SG.", Dashed, 16, 100),
    ("ya29.", Dashed, 40, 255),
    ("key-", Plain, 32, 32),
    ("eyJ", Jwt, 10, 100_000),
    ("-----BEGIN ", Pem, 20, 16_000),
];

/// For each first byte of a beginning, a bit for each second one: nearly all long words have neither.
const SECOND: [u128; 128] = {
    let mut second = [0; 128];
    let mut at = 0;
    while at < FORMATS.len() {
        let beginning = FORMATS[at].0.as_bytes();
        second[beginning[0] as usize] |= 1 << beginning[1];
        at += 1;
    }
    second
};

/// Bytes of the shortest token that is no private key: a JWT's header.
pub(super) const SHORTEST: u32 = 13;

/// Places where at least [`SHORTEST`] bits are set in a row, of the first 64.
pub(super) fn long_runs(bits: u128) -> u64 {
    let two = bits & bits >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    (eight & eight >> (SHORTEST - 8)) as u64
}

static PEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));

/// All private keys of `text`.
pub(super) fn private_keys(text: &[u8]) -> impl Iterator<Item = (usize, usize, Kind)> {
    let format = FORMATS.len() - 1;
    let mut behind = 0;
    PEM.find_iter(text).filter_map(move |start| {
        if start < behind {
            return None;
        }
        let hit = check(text, start, start + FORMATS[format].0.len(), format)?;
        behind = hit.1;
        Some(hit)
    })
}

/// A token in whose beginning, or behind the dot in whose beginning, the long run of letters, digits, `_` and `-` at `start`
/// begins: no token follows any of these.
pub(super) fn token(text: &[u8], start: usize) -> Found {
    let dotted = (before(text, start) == b'.')
        .then(|| {
            ["SG.", "ya29."]
                .into_iter()
                .find(|beginning| text[..start].ends_with(beginning.as_bytes()))
        })
        .flatten();
    let at = |start: usize| {
        let rest = &text[start..];
        let (first, second) = (usize::from(byte(rest, 0)), u32::from(byte(rest, 1)));
        if SECOND.get(first)?.checked_shr(second)? & 1 == 0 {
            return None;
        }
        let begins = |(beginning, ..): &(&str, Body, usize, usize)| rest.starts_with(beginning.as_bytes());
        let formats = FORMATS.iter().enumerate().filter(|(_, format)| begins(format));
        // "sk-ant-" begins with "sk-".
        let (number, format) = formats.max_by_key(|(_, (beginning, ..))| beginning.len())?;
        check(text, start, start + format.0.len(), number)
    };
    dotted
        .and_then(|beginning| at(start - beginning.len()))
        .or_else(|| at(start))
}

fn check(text: &[u8], start: usize, body: usize, format: usize) -> Found {
    let (_, kind, least, most) = FORMATS[format];
    if joined_before(text, start) || (before(text, start) == b'-' && !matches!(kind, Pem)) {
        return None;
    }
    let rest = &text[body..];
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    let dashed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = match kind {
        Plain => run(rest, most, plain),
        Capitals => run(rest, most, |byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit()
        }),
        Dashed => run(rest, most, dashed),
        Jwt => {
            let header = run(rest, most, dashed);
            let payload = part(rest, header, most, dashed)?;
            let signature = part(rest, payload, most, dashed)?;
            return (header >= least && rest[header + 1..].starts_with(b"eyJ")).then_some((
                start,
                body + signature,
                Kind::Secret,
            ));
        }
        Pem => {
            let rest = &rest[..rest.len().min(most)];
            let label = &rest[..memchr::memmem::find(rest, b"-----")?];
            if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") {
                return None;
            }
            let end = memchr::memmem::find(rest, b"-----END ")?;
            let close = memchr::memmem::find(&rest[end + 9..], b"-----")?;
            return Some((start, body + end + 9 + close + 5, Kind::Secret));
        }
    };
    let token = &rest[..length];
    let ends = !joined_behind(text, body + length);
    // A word of letters only is a word: `hf_something...` in code.
    let mixed = token.iter().any(u8::is_ascii_digit) || token.iter().any(u8::is_ascii_uppercase);
    let varied = token.iter().any(|byte| *byte != token[0]);
    (length >= least && ends && mixed && varied).then_some((start, body + length, Kind::Secret))
}

fn run(rest: &[u8], most: usize, of: impl Fn(&u8) -> bool) -> usize {
    rest.iter().take(most).take_while(|byte| of(byte)).count()
}

/// The end of the part behind the dot at `at`, of ten bytes at least.
fn part(rest: &[u8], at: usize, most: usize, of: impl Fn(&u8) -> bool) -> Option<usize> {
    let length = (rest.get(at) == Some(&b'.')).then(|| run(&rest[at + 1..], most, of))?;
    (length >= 10).then_some(at + 1 + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_is_one_that_long_runs_find() {
        for (beginning, body, least, _) in FORMATS {
            let dot = beginning.find('.').map_or(0, |dot| dot + 1);
            let run = beginning.len() - dot + least;
            assert!(run >= SHORTEST as usize, "{beginning}");
            let whole = beginning[dot..]
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
            assert!(whole || matches!(body, Pem), "{beginning}");
            assert!(dot == 0 || ["SG.", "ya29."].contains(&beginning), "{beginning}");
        }
        assert!(matches!(FORMATS[FORMATS.len() - 1].1, Pem));
    }

    #[test]
    fn runs_are_found_where_they_are_long() {
        for length in 0..40 {
            let bits = ((1u128 << length) - 1) << 7;
            let found = long_runs(bits);
            assert_eq!(found.count_ones(), (length + 1u32).saturating_sub(SHORTEST));
            assert!(found == 0 || found.trailing_zeros() == 7);
        }
    }
}
