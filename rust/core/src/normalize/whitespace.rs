//! Whitespace: runs of spaces and tabs behind the indentation become one space, those at the end of a line go,
//! only so many blank lines in a row stay.
//!
//! A line ends at a line feed, a carriage return, or both in that order, and at the end of the text. Spaces and
//! tabs at its beginning are its indentation and stay as they are. A blank line holds nothing but spaces and tabs;
//! the start of the text counts as the end of a line. The blanks at the ends of lines go first, the surplus lines
//! second: that matters only for a carriage return and a line feed with blanks between them, which become one
//! line end. No other character is a space here: not U+00A0, not U+3000, not U+2028.
//!
//! [`Walk`] is that, byte by byte, and what texts with carriage returns get; the others are done by the bits of the fast look.

use fastcurate_simd::spacing::{BLOCK, Findings, loose, next_stop};

use super::options::Spacing;

/// Writes `text` with its whitespace collapsed behind what `out` holds; false, and nothing written, where nothing had to be
/// done. `bits` is for scratch.
pub(super) fn collapse(text: &str, spacing: Spacing, bits: &mut Vec<u64>, out: &mut String) -> bool {
    let found = loose(text.as_bytes(), spacing.limit(), bits);
    collapse_seen(text, spacing, found, bits, out)
}

/// [`collapse`] where the fast look has been taken.
///
/// Without carriage returns it has seen every place where something is to be done, but for a blank at the end of the text; all
/// between them is copied.
pub(super) fn collapse_seen(
    text: &str,
    spacing: Spacing,
    found: Findings,
    bits: &[u64],
    out: &mut String,
) -> bool {
    out.reserve(text.len());
    if !spacing.collapse || found.any(Findings::RETURN) {
        let mut walk = Walk::new(text, spacing, out);
        walk.over();
        return walk.finish();
    }
    let bytes = text.as_bytes();
    let mut copied = 0; // everything before has been written or left out
    for (block, bits) in bits.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            let at = block * BLOCK + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            if at < copied {
                continue;
            }
            let (from, to) = run(bytes, copied, at, blank);
            if !matches!(bytes.get(to), None | Some(b'\n')) {
                out.push_str(&text[copied..from]);
                out.push(' ');
                copied = to;
                continue;
            }
            // The ends of lines, blank ones and those with blanks: the first of them stay.
            let (from, end) = run(bytes, copied, at, |byte| blank(byte) || byte == b'\n');
            let last = bytes[from..end].iter().rposition(|byte| *byte == b'\n');
            let to = last.map_or(end, |last| from + last + 1);
            let count = memchr::memchr_iter(b'\n', &bytes[from..to]).count();
            let most = spacing
                .blank_lines
                .map_or(count, |most| most + usize::from(from > 0));
            out.push_str(&text[copied..from]);
            (0..count.min(most)).for_each(|_| out.push('\n'));
            copied = to;
        }
    }
    let ended = text[copied..].trim_end_matches([' ', '\t']).len() + copied;
    if copied == 0 && ended == text.len() {
        return false;
    }
    out.push_str(&text[copied..ended]);
    true
}

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The run of bytes around `at` of which `belongs` is true, not beginning before `first`; empty where `at` is none of them.
fn run(bytes: &[u8], first: usize, at: usize, belongs: impl Fn(u8) -> bool) -> (usize, usize) {
    let before = bytes[first..at]
        .iter()
        .rev()
        .take_while(|byte| belongs(**byte))
        .count();
    let behind = bytes[at..].iter().take_while(|byte| belongs(**byte)).count();
    (at - before, at + behind)
}

/// The definition, byte by byte.
struct Walk<'a> {
    text: &'a str,
    spacing: Spacing,
    out: &'a mut String,
    /// Everything before has been written or left out.
    copied: usize,
    changed: bool,
    /// At the beginning of a line.
    indented: bool,
    /// Line ends in a row.
    ends: usize,
    /// The last of them is a carriage return.
    after_return: bool,
    /// Where the blanks of a line without text began.
    blank_line: usize,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str, spacing: Spacing, out: &'a mut String) -> Self {
        Self {
            text,
            spacing,
            out,
            copied: 0,
            changed: false,
            indented: true,
            ends: 1,
            after_return: false,
            blank_line: 0,
        }
    }

    fn leave_out(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[self.copied..from]);
        self.copied = to;
        self.changed = true;
    }

    fn over(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            match byte {
                b' ' | b'\t' => {
                    let start = at;
                    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
                        at += 1;
                    }
                    if !self.spacing.collapse {
                        self.after_return = false;
                        continue;
                    }
                    let trailing = matches!(bytes.get(at), None | Some(b'\r' | b'\n'));
                    if trailing {
                        self.leave_out(start, at);
                    } else if !self.indented && (at - start > 1 || byte == b'\t') {
                        self.leave_out(start, at);
                        self.out.push(' ');
                    }
                }
                b'\r' | b'\n' => {
                    let second = byte == b'\n' && self.after_return;
                    if !second {
                        self.ends += 1;
                    }
                    at += 1;
                    if self.spacing.blank_lines.is_some_and(|most| self.ends > most + 1) {
                        let line = if second {
                            at - 1
                        } else {
                            self.blank_line.max(self.copied)
                        };
                        self.leave_out(line, at);
                    }
                    (self.indented, self.after_return) = (true, byte == b'\r');
                    self.blank_line = at;
                }
                _ => {
                    // Between two words, a single space is the rule.
                    at = next_stop(bytes, at + 1);
                    (self.indented, self.ends, self.after_return) = (false, 0, false);
                }
            }
        }
    }

    fn finish(self) -> bool {
        if self.changed {
            self.out.push_str(&self.text[self.copied..]);
        }
        self.changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str, spacing: Spacing) -> String {
        let mut out = String::new();
        if collapse(text, spacing, &mut Vec::new(), &mut out) {
            out
        } else {
            text.to_owned()
        }
    }

    fn whole(text: &str, spacing: Spacing) -> String {
        let mut out = String::new();
        let mut walk = Walk::new(text, spacing, &mut out);
        walk.over();
        if walk.finish() { out } else { text.to_owned() }
    }

    const TWO: Spacing = Spacing {
        collapse: true,
        blank_lines: Some(2),
    };

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
            assert_eq!(of(text, TWO), expected, "{text:?}");
            assert_eq!(of(expected, TWO), expected, "{text:?}");
        }
    }

    #[test]
    fn blank_lines_alone() {
        let one = Spacing {
            collapse: false,
            blank_lines: Some(1),
        };
        let table = [
            ("a  b \n \n\t\n\n  c", "a  b \n \n  c"),
            ("\n\na", "\na"),
            ("a\r\n \r\n  \r\nb", "a\r\n \r\nb"),
            ("a\n \n ", "a\n \n "),
        ];
        for (text, expected) in table {
            assert_eq!(of(text, one), expected, "{text:?}");
            assert_eq!(of(expected, one), expected, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn places_are_the_walk(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "a", "word ", " ", "  ", "\t", "\n", "\n\n\n", "\r", "a longer stretch of words, all clean\n",
                "    indented by four, and behind it nothing of any interest to anybody at all\n",
            ]), 0..40),
            blank_lines in prop::option::of(0usize..4), squeeze in any::<bool>(),
        ) {
            let spacing = Spacing { collapse: squeeze, blank_lines };
            let text = pieces.concat();
            let once = of(&text, spacing);
            prop_assert_eq!(&once, &whole(&text, spacing));
            prop_assert_eq!(of(&once, spacing), once);
        }
    }
}
