//! Fenced code blocks, as in Markdown: they stay byte for byte.
//!
//! After `CommonMark` 0.31, section 4.5: a line of three or more backticks or tildes opens a block (behind backticks
//! no further backtick on that line), a line of at least as many of the same closes it, and so does the end of the
//! text. Two things differ: the fence may be indented at will, since in answers it often stands in a list, and
//! lines end at carriage returns as well.
//!
//! Whether a line opens a block is asked of the line as it will be, with its characters replaced and in its form:
//! so a text cannot become one with other blocks, and a second run finds the same ones. In a block, lines are taken
//! as they are.

use std::ops::Range;

/// The characters that fences are made of, and those that one Unicode form or another turns into them.
const MARKS: [char; 5] = ['`', '~', '\u{1fef}', '\u{ff40}', '\u{ff5e}'];

/// Whether `text` might have a block at all: most have not, and need no look at their lines. Where no character is `removed`,
/// marks that stand apart stay apart; where none is `exchanged`, nothing becomes a mark.
pub(super) fn possible(text: &str, removed: bool, exchanged: bool) -> bool {
    let bytes = text.as_bytes();
    let marked = memchr::memchr2(b'`', b'~', bytes).is_some_and(|first| {
        let rest = &bytes[first..];
        removed
            || ["```", "~~~"]
                .iter()
                .any(|fence| memchr::memmem::find(rest, fence.as_bytes()).is_some())
    });
    // The others share their first bytes: looking for each of them would stop at every last byte of Chinese text.
    marked
        || exchanged
            && ["\u{1fef}".as_bytes(), &"\u{ff40}".as_bytes()[..2]]
                .iter()
                .any(|mark| memchr::memmem::find(bytes, mark).is_some())
}

/// The next block at or behind `from`, where a line begins; `settled` gives a line as it will be.
pub(super) fn next(text: &str, from: usize, mut settled: impl FnMut(&str) -> String) -> Option<Range<usize>> {
    let mut at = from;
    while at < text.len() {
        let line = line(text, at);
        let start = text[line.clone()].trim_start_matches([' ', '\t']);
        if start.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            // Most lines: nothing that the steps on characters do takes a letter or a digit away.
            at = behind(text, line.end);
            continue;
        }
        if let Some(fence) = opening(&text[line.clone()], &mut settled) {
            return Some(at..end_of_block(text, behind(text, line.end), fence));
        }
        at = behind(text, line.end);
    }
    None
}

/// The mark of a fence and how often it stands there.
type Fence = (char, usize);

fn opening(line: &str, mut settled: impl FnMut(&str) -> String) -> Option<Fence> {
    if line.chars().filter(|c| MARKS.contains(c)).count() < 3 {
        return None;
    }
    if line
        .bytes()
        .all(|byte| (0x20..0x7f).contains(&byte) || byte == b'\t')
    {
        return opens(line);
    }
    opens(&settled(line))
}

fn opens(line: &str) -> Option<Fence> {
    let line = line.trim_start_matches([' ', '\t']);
    let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let behind = line.trim_start_matches(mark);
    let count = line.len() - behind.len();
    (count >= 3 && !(mark == '`' && behind.contains('`'))).then_some((mark, count))
}

/// Behind the line that closes the block whose content begins at `at`, or the end of the text.
fn end_of_block(text: &str, mut at: usize, (mark, count): Fence) -> usize {
    while at < text.len() {
        let line = line(text, at);
        let end = behind(text, line.end);
        let marks = text[line].trim_matches([' ', '\t']);
        if marks.len() >= count && marks.chars().all(|c| c == mark) {
            return end;
        }
        at = end;
    }
    text.len()
}

/// The line that begins at `at`, without what ends it.
fn line(text: &str, at: usize) -> Range<usize> {
    let ahead = memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]);
    at..ahead.map_or(text.len(), |ahead| at + ahead)
}

/// Behind the line end at `at`, if there is one.
fn behind(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    at + if rest.starts_with(b"\r\n") {
        2
    } else {
        rest.len().min(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

    fn blocks(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(block) = next(text, at, str::to_owned) {
            found.push(&text[block.clone()]);
            at = block.end;
        }
        found
    }

    #[test]
    fn known_answers() {
        let table: [(&str, &[&str]); 12] = [
            ("", &[]),
            ("``` ` ```", &[]),
            ("a ```\nb", &[]),
            ("``\na\n``", &[]),
            ("a\n```py\nb\n```\nc", &["```py\nb\n```\n"]),
            ("  ~~~ `a`\r\nb\r\n~~~~ \r\nc", &["  ~~~ `a`\r\nb\r\n~~~~ \r\n"]),
            ("````\n```\n````\n", &["````\n```\n````\n"]),
            ("```\na", &["```\na"]),
            ("1. a\n\t\t```\n\t\tb\n\t\t```", &["\t\t```\n\t\tb\n\t\t```"]),
            ("```\na\n``` b\n", &["```\na\n``` b\n"]),
            ("```a\n```\n```\nb\n```", &["```a\n```\n", "```\nb\n```"]),
            ("```\r~~~\r```\r", &["```\r~~~\r```\r"]),
        ];
        for (text, expected) in table {
            assert_eq!(blocks(text), expected, "{text:?}");
            assert!(expected.is_empty() || possible(text, false, false), "{text:?}");
        }
    }

    #[test]
    fn no_other_character_becomes_a_mark() {
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
        for c in '\0'..=char::MAX {
            let single = c.to_string();
            for form in [nfc.normalize(&single), nfkd.normalize(&single)] {
                assert_eq!(
                    form.contains(['`', '~']),
                    MARKS.contains(&c) && *form != single || c == '`' || c == '~',
                    "{c:?}"
                );
            }
            if MARKS.contains(&c) && c != '`' && c != '~' {
                assert!(nfkd.normalize(&single).contains(['`', '~']), "{c:?}");
            }
        }
    }
}
