//! What is folded for comparing: case and accents.

use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;

/// Writes `text` with full case folding (Unicode 17.0, section 3.13, toCasefold) to `out`, which is empty; false
/// where nothing changes.
pub(super) fn case(text: &str, out: &mut String) -> bool {
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        out.push_str(&CaseMapper::new().fold_string(text));
    }
    out != text
}

/// Writes `text` without accents to `out`, which is empty; false where there is none.
///
/// Accents are the code points of the blocks named Combining Diacritical Marks, alone or in the canonical
/// decomposition of a character. The marks of Hebrew, Arabic, the scripts of India, Thai and kana are spelling and
/// stay.
pub(super) fn accents(text: &str, out: &mut String) -> bool {
    if text.is_ascii() {
        return false;
    }
    let nfd = DecomposingNormalizerBorrowed::new_nfd();
    let mut single = [0; 4];
    for c in text.chars() {
        let decomposed = if c.is_ascii() {
            None
        } else {
            Some(nfd.normalize(c.encode_utf8(&mut single)))
        };
        match decomposed {
            Some(parts) if parts.contains(accent) => out.extend(parts.chars().filter(|part| !accent(*part))),
            _ => out.push(c),
        }
    }
    out != text
}

fn accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let table = [
            ("Straße ÀÉ", Some("strasse àé"), Some("Straße AE")),
            ("Ǟ e\u{301}\u{323}", Some("ǟ e\u{301}\u{323}"), Some("A e")),
            ("abc", None, None),
            ("हिन्दी 가 が", None, None),
            ("Ёж", Some("ёж"), Some("Еж")),
        ];
        for (text, folded, plain) in table {
            let (mut first, mut second) = (String::new(), String::new());
            assert_eq!(case(text, &mut first).then_some(first.as_str()), folded);
            assert_eq!(accents(text, &mut second).then_some(second.as_str()), plain);
        }
    }
}
