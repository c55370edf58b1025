//! Whitespace: runs of spaces and tabs behind the indentation become one space, those at the end of a line go,
//! only so many blank lines in a row stay.
//!
//! A line ends at a line feed, a carriage return, or both in that order, and at the end of the text. Spaces and
//! tabs at its beginning are its indentation and stay as they are. A blank line holds nothing but spaces and tabs;
//! the start of the text counts as the end of a line. The blanks at the ends of lines go first, the surplus lines
//! second: that matters only for a carriage return and a line feed with blanks between them, which become one
//! line end. No other character is a space here: not U+00A0, not U+3000, not U+2028.

use fastcurate_simd::spacing::{BLOCK, Findings, look, next_stop};

use super::options::Spacing;

/// The bytes that the walk stops at.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    stops[b' ' as usize] = true;
    stops[b'\t' as usize] = true;
    stops[b'\r' as usize] = true;
    stops[b'\n' as usize] = true;
    stops
};

/// Writes `text` with its whitespace collapsed to `out`, which is empty; false where nothing had to be done.
///
/// Most lines of a text that needs it need nothing themselves: without carriage returns, the lines in the blocks
/// where the fast look has found something are walked byte by byte, and all that is between them is copied.
pub(super) fn collapse(text: &str, spacing: Spacing, found: &mut Vec<Findings>, out: &mut String) -> bool {
    look(text.as_bytes(), spacing.limit(), found);
    collapse_seen(text, spacing, found, out)
}

/// [`collapse`] where the fast look has been taken.
pub(super) fn collapse_seen(text: &str, spacing: Spacing, found: &mut [Findings], out: &mut String) -> bool {
    out.reserve(text.len());
    if !spacing.collapse || found.iter().any(|here| here.any(Findings::RETURN)) {
        let mut walk = Walk::new(text, spacing, out);
        walk.over(0, text.len());
        return walk.finish();
    }
    let bytes = text.as_bytes();
    if matches!(bytes.last(), Some(b' ' | b'\t'))
        && let Some(last) = found.last_mut()
    {
        *last = last.and(Findings::SPACING);
    }
    let mut walk = Walk::new(text, spacing, out);
    let mut done = 0; // everything before has been walked or needs nothing
    for (block, _) in found
        .iter()
        .enumerate()
        .filter(|(_, here)| here.any(Findings::SPACING))
    {
        let (first, last) = (block * BLOCK, bytes.len().min((block + 1) * BLOCK));
        if last <= done {
            continue;
        }
        let from = if first <= done {
            done
        } else {
            calm(bytes, done, first)
        };
        let to = memchr::memchr(b'\n', &bytes[last..]).map_or(bytes.len(), |ahead| last + ahead);
        // Line ends that blanks kept apart may be too many now: all of them are walked.
        let to = to + bytes[to..].iter().take_while(|byte| stops(**byte)).count();
        // Where the walk went on without a gap its state still holds.
        if from > done {
            walk.begin_line();
        }
        walk.over(from, to);
        done = to;
    }
    walk.finish()
}

/// The last line feed from `done` up to `before` that has text in front of it: there the number of line ends in a
/// row is known. `done` where there is none, which keeps hostile text linear.
fn calm(bytes: &[u8], done: usize, before: usize) -> usize {
    let mut end = before;
    while let Some(ahead) = memchr::memrchr(b'\n', &bytes[done..end]) {
        let line_feed = done + ahead;
        if line_feed > done && !stops(bytes[line_feed - 1]) {
            return line_feed;
        }
        end = line_feed;
    }
    done
}

/// The definition, byte by byte, over one stretch after the other.
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

    /// The walk goes on at a line feed behind text.
    fn begin_line(&mut self) {
        (self.indented, self.ends, self.after_return) = (false, 0, false);
    }

    fn leave_out(&mut self, from: usize, to: usize) {
        self.out.push_str(&self.text[self.copied..from]);
        self.copied = to;
        self.changed = true;
    }

    fn over(&mut self, from: usize, to: usize) {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < to {
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

#[inline]
fn stops(byte: u8) -> bool {
    STOPS[usize::from(byte)]
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
        walk.over(0, text.len());
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
        fn stretches_are_the_whole(
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
