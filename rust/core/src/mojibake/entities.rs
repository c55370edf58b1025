//! Character references of HTML: `&eacute;`, `&#233;` and `&#xe9;` become é.
//!
//! The names are those of the HTML standard (section 13.5, named character references) that end in a semicolon;
//! numbers from 128 to 159 are Windows-1252, as the standard has it (13.2.5.80). A reference to a control
//! character, to no character, or without its semicolon stays as it is. What a reference brings to light is
//! decoded as well (`&amp;lt;` is `<`), so that a second run finds nothing to do.

use std::sync::LazyLock;

use super::encoding;

/// Name and characters, in the order of the names' bytes.
static NAMES: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let characters = |codes: &str| {
        let code = |code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
        codes.split(' ').filter_map(code).collect()
    };
    let lines = include_str!("entities.txt")
        .lines()
        .filter_map(|line| line.split_once(' '));
    lines.map(|(name, codes)| (name, characters(codes))).collect()
});

/// Bytes of the longest reference between `&` and `;`.
const LONGEST: usize = 31;

/// Writes `text` with its references decoded to `out`, which is empty; false where there is none.
///
/// A reference is looked for at every semicolon of what has been written so far: one pass, however deep they nest.
pub fn decode_entities(text: &str, out: &mut String) -> bool {
    let bytes = text.as_bytes();
    if memchr::memchr(b'&', bytes).is_none() {
        return false;
    }
    let mut changed = false;
    let mut copied = 0;
    for end in memchr::memchr_iter(b';', bytes) {
        out.push_str(&text[copied..=end]);
        copied = end + 1;
        changed |= decode_last(out);
    }
    out.push_str(&text[copied..]);
    changed
}

/// Decodes the reference that `out` ends in, and the ones that this completes.
fn decode_last(out: &mut String) -> bool {
    let mut changed = false;
    while out.ends_with(';') {
        let end = out.len() - 1;
        let window = &out.as_bytes()[end.saturating_sub(LONGEST + 1)..end];
        let Some(ampersand) = memchr::memrchr(b'&', window).map(|at| end - window.len() + at) else {
            break;
        };
        let Some(decoded) = reference(&out[ampersand + 1..end]) else {
            break;
        };
        out.truncate(ampersand);
        decoded.push_to(out);
        changed = true;
    }
    changed
}

enum Decoded {
    One(char),
    Named(&'static str),
}

impl Decoded {
    fn push_to(self, out: &mut String) {
        match self {
            Self::One(c) => out.push(c),
            Self::Named(text) => out.push_str(text),
        }
    }
}

/// What stands between `&` and `;`.
fn reference(name: &str) -> Option<Decoded> {
    let Some(number) = name.strip_prefix('#') else {
        let found = NAMES.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        return Some(Decoded::Named(&NAMES[found].1));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u32::from_str_radix(digits, 16)
        }
        None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse(),
        _ => return None,
    };
    let code = code.ok()?;
    let c = match code {
        0x80..=0x9f => encoding::windows_1252().decode(code as u8),
        _ => char::from_u32(code)?,
    };
    (!c.is_control()).then_some(Decoded::One(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let table = [
            ("caf&eacute; &amp; cr&#232;me", "café & crème"),
            ("&#x1F600;&#X41;&#128;", "😀A€"),
            ("&amp;amp;lt;", "<"),
            ("&&#97;mp;lt;", "<"),
            ("&#38;&#35;38;", "&"),
            ("&NotEqualTilde;", "≂̸"),
            ("&CounterClockwiseContourIntegral;", "∳"),
            ("&semi;", ";"),
            ("&amp&semi;", "&"),
        ];
        for (text, expected) in table {
            let mut out = String::new();
            assert!(decode_entities(text, &mut out), "{text:?}");
            assert_eq!(out, expected, "{text:?}");
        }
        let stay = [
            "a & b; c",
            "&nonsense;",
            "&#10;",
            "&#0;",
            "&#xD800;",
            "&#x110000;",
            "&#;",
            "&#x;",
            "&lt",
            ";",
            "&#+5;",
            "&#99999999999;",
            "&;",
        ];
        for text in stay {
            assert!(!decode_entities(text, &mut String::new()), "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_one_pass() {
        let text = format!("&{}lt;", "amp;".repeat(1_000_000));
        let mut out = String::new();
        assert!(decode_entities(&text, &mut out));
        assert_eq!(out, "<");
    }
}
