//! Repeated punctuation: more than three of the same become three.
//!
//! Punctuation is general category P, and the symbols of ASCII (dollar, plus, less, equals, greater, caret, backtick, bar, tilde). Three, because an ellipsis of
//! full stops, a rule of dashes, the line under a heading and a fence of backticks need as many.

use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};

/// How many may stand in a row.
const MOST: usize = 3;

/// Writes `text` with its runs cut to `out`, which is empty; false where there is none to cut.
pub(super) fn limit(text: &str, out: &mut String) -> bool {
    let mut copied = 0; // everything before has been written or left out
    let mut last = '\0';
    let mut run = 0;
    for (at, c) in text.char_indices() {
        run = if c == last { run + 1 } else { 1 };
        last = c;
        if run > MOST && punctuation(c) {
            out.push_str(&text[copied..at]);
            copied = at + c.len_utf8();
        }
    }
    if copied == 0 {
        return false;
    }
    out.push_str(&text[copied..]);
    true
}

fn punctuation(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    GeneralCategoryGroup::Punctuation.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        let table = [
            ("Wow!!!!!", Some("Wow!!!")),
            ("no......way", Some("no...way")),
            ("？？？？？", Some("？？？")),
            ("====\naaaa  1111", Some("===\naaaa  1111")),
            ("!?!?!?!?...", None),
            ("", None),
            ("😂😂😂😂😂", None),
            ("a    b\n\n\n\n\n", None),
        ];
        for (text, expected) in table {
            let mut out = String::new();
            let changed = limit(text, &mut out);
            assert_eq!(changed.then_some(out.as_str()), expected, "{text:?}");
        }
    }
}
