//! Whitespace: runs of spaces and tabs behind the indentation become one space, those at the end of a line go,
//! at most two blank lines in a row stay.
//!
//! A line ends at a line feed, a carriage return, or both in that order, and at the end of the text. Spaces and
//! tabs at its beginning are its indentation and stay as they are. A blank line holds nothing but spaces and tabs;
//! the start of the text counts as the end of a line. The blanks at the ends of lines go first, the surplus lines
//! second: that matters only for a carriage return and a line feed with blanks between them, which become one
//! line end. No other character is a space here: not U+00A0, not U+3000, not U+2028.

use fastcurate_simd::spacing::{Findings, scan};

/// Line ends that may follow one another: that of the line with text, and two blank lines.
const LINE_ENDS: usize = 3;

/// The bytes that the walk stops at.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    stops[b' ' as usize] = true;
    stops[b'\t' as usize] = true;
    stops[b'\r' as usize] = true;
    stops[b'\n' as usize] = true;
    stops
};

/// `text` with its whitespace collapsed.
///
/// Most lines of a text that needs it need nothing themselves: without carriage returns, lines can be told apart
/// and looked at by the fast scan, and only those with loose spacing are walked byte by byte.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if memchr::memchr(b'\r', text.as_bytes()).is_some() {
        walk(text, &mut out);
        return out;
    }
    let mut copied = 0; // everything before has been written or left out
    let mut start = 0;
    let mut ends = 1; // line ends in a row
    for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
        if collapse_line(&text[start..end], &text[copied..start], &mut out) {
            copied = end;
        }
        let blank = text.as_bytes()[start..end]
            .iter()
            .all(|byte| b" \t".contains(byte));
        ends = if blank { ends + 1 } else { 1 };
        if ends > LINE_ENDS {
            out.push_str(&text[copied..end]);
            copied = end + 1;
        }
        start = end + 1;
    }
    if collapse_line(&text[start..], &text[copied..start], &mut out) {
        copied = text.len();
    }
    out.push_str(&text[copied..]);
    out
}

/// Writes `before` and the collapsed line, if there is anything to do.
fn collapse_line(line: &str, before: &str, out: &mut String) -> bool {
    let loose = scan(line.as_bytes()).any(Findings::SPACING);
    if loose {
        out.push_str(before);
        walk(line, out);
    }
    loose
}

/// The definition, byte by byte.
fn walk(text: &str, out: &mut String) {
    let bytes = text.as_bytes();
    let mut copied = 0; // everything before has been written or left out
    let mut indented = true; // at the beginning of a line
    let mut ends = 1; // line ends in a row
    let mut after_return = false; // the last of them is a carriage return
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' => {
                let start = at;
                while matches!(bytes.get(at), Some(b' ' | b'\t')) {
                    at += 1;
                }
                let trailing = matches!(bytes.get(at), None | Some(b'\r' | b'\n'));
                if trailing {
                    out.push_str(&text[copied..start]);
                    copied = at;
                } else if !indented && (at - start > 1 || byte == b'\t') {
                    out.push_str(&text[copied..start]);
                    out.push(' ');
                    copied = at;
                }
            }
            b'\r' | b'\n' => {
                if !(byte == b'\n' && after_return) {
                    ends += 1;
                }
                if ends > LINE_ENDS {
                    out.push_str(&text[copied..at]);
                    copied = at + 1;
                }
                (indented, after_return) = (true, byte == b'\r');
                at += 1;
            }
            _ => {
                at = next_stop(bytes, at + 1);
                // Between two words, a single space is the rule.
                while bytes.get(at) == Some(&b' ') && bytes.get(at + 1).is_some_and(|next| !stops(*next)) {
                    at = next_stop(bytes, at + 2);
                }
                (indented, ends, after_return) = (false, 0, false);
            }
        }
    }
    out.push_str(&text[copied..]);
}

#[inline]
fn stops(byte: u8) -> bool {
    STOPS[usize::from(byte)]
}

#[inline]
fn next_stop(bytes: &[u8], from: usize) -> usize {
    let ahead = bytes[from..].iter().position(|byte| stops(*byte));
    ahead.map_or(bytes.len(), |ahead| from + ahead)
}

#[cfg(test)]
mod tests {
    use super::collapse;

    #[test]
    fn known_answers() {
        let table = [
            ("a  b \t c", "a b c"),
            ("a\tb", "a b"),
            ("    if x:\n\t  y  = 1  \n", "    if x:\n\t  y = 1\n"),
            ("a\n\n\n\n\nb", "a\n\n\nb"),
            ("\n\n\n\na", "\n\na"),
            ("a\r\n\r\n\r\n\r\nb", "a\r\n\r\n\r\nb"),
            ("a\r\r\r\r\rb", "a\r\r\rb"),
            ("a \r \n b", "a\r\n b"),
            ("a\n \n\t\n  \n b", "a\n\n\n b"),
            ("   ", ""),
            (" \u{a0} b", " \u{a0} b"),
            ("a\u{3000}\u{3000}b\u{2028}  c", "a\u{3000}\u{3000}b\u{2028} c"),
        ];
        for (text, expected) in table {
            assert_eq!(collapse(text), expected, "{text:?}");
            assert_eq!(collapse(expected), expected, "{text:?}");
        }
    }
}
