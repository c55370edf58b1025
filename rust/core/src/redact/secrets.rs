//! Keys and tokens, by the beginnings that their issuers gave them so that they can be found.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Kind;
use super::numbers::{Found, before, joined_before, joined_behind};

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

static BEGINNINGS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let beginnings = FORMATS.iter().map(|(beginning, ..)| beginning);
    let built = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(beginnings);
    built.unwrap_or_else(|_| unreachable!("a small constant set of patterns"))
});

/// All keys and tokens of `text`.
pub(super) fn find(text: &[u8]) -> impl Iterator<Item = (usize, usize, Kind)> {
    let mut behind = 0;
    BEGINNINGS.find_iter(text).filter_map(move |found| {
        if found.start() < behind {
            return None;
        }
        let hit = check(text, found.start(), found.end(), found.pattern().as_usize())?;
        behind = hit.1;
        Some(hit)
    })
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
