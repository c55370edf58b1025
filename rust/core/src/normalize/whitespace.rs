//! Whitespace: runs of spaces and tabs behind the indentation become one space, those at the end of a line go,
//! at most two blank lines in a row stay.
//!
//! A line ends at a line feed, a carriage return, or both in that order, and at the end of the text. Spaces and
//! tabs at its beginning are its indentation and stay as they are. A blank line holds nothing but spaces and tabs;
//! the start of the text counts as the end of a line. The blanks at the ends of lines go first, the surplus lines
//! second: that matters only for a carriage return and a line feed with blanks between them, which become one
//! line end. No other character is a space here: not U+00A0, not U+3000, not U+2028.

/// Line ends that may follow one another: that of the line with text, and two blank lines.
const LINE_ENDS: usize = 3;

/// `text` with its whitespace collapsed.
pub(super) fn collapse(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
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
                while bytes.get(at).is_some_and(|byte| !b" \t\r\n".contains(byte)) {
                    at += 1;
                }
                (indented, ends, after_return) = (false, 0, false);
            }
        }
    }
    out.push_str(&text[copied..]);
    out
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
