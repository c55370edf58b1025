//! Split patterns without a regex engine: the text of a byte-level tokenizer is cut into pretokens, and no token
//! crosses a cut.
//!
//! A pattern is recognised by its text, letter for letter, in the spellings that published tokenizers use. Each
//! splitter is a transcription of its regular expression, whose alternatives are tried in order; the comments
//! name them.

mod cl100k;
mod classes;
mod gpt2;
mod o200k;

use classes::{Classes, NEWLINE, WHITE, classes};

pub(super) use cl100k::Cl100k;
pub(super) use gpt2::Gpt2;
pub(super) use o200k::O200k;

/// One way to cut text.
pub(super) trait Split: Copy {
    /// The end of the pretoken that begins at `start`, which is before the end of `text`.
    fn end(self, text: &[u8], start: usize) -> usize;
}

/// The patterns that have a splitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// GPT-2: also `r50k_base` and the `ByteLevel` pre-tokenizer with its own pattern.
    Gpt2,
    /// GPT-4 and Llama 3: numbers in groups of three.
    Cl100k,
    /// `tiktoken`'s own spelling of GPT-4, where white space at the end of the text is one pretoken.
    Cl100kTiktoken,
    /// Qwen 2: one pretoken a digit.
    Qwen2,
    /// GPT-4o.
    O200k,
}

const SPELLINGS: [(&str, Pattern); 4] = [
    (
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        Pattern::Gpt2,
    ),
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Pattern::Cl100k,
    ),
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Pattern::Qwen2,
    ),
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        Pattern::O200k,
    ),
];

impl Pattern {
    /// The pattern of the vocabulary or model of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gpt2" => Self::Gpt2,
            "cl100k_base" => Self::Cl100kTiktoken,
            "llama3" => Self::Cl100k,
            "qwen2" => Self::Qwen2,
            "o200k_base" => Self::O200k,
            _ => return None,
        })
    }

    /// The pattern that is written like this.
    pub(super) fn spelled(text: &str) -> Option<Self> {
        let known = SPELLINGS.iter().find(|(spelling, _)| *spelling == text);
        known.map(|(_, pattern)| *pattern)
    }
}

/// The length of `'s`, `'t`, `'m`, `'d`, `'re`, `'ve` or `'ll` at `at`, 0 where none of them begins there. Under
/// `any_case` these are the letters that fold to them, among which is the long s.
#[inline]
fn contraction(text: &[u8], at: usize, any_case: bool) -> usize {
    let letter = |position: usize| {
        let byte = text.get(at + position).copied().unwrap_or_default();
        if any_case { byte.to_ascii_lowercase() } else { byte }
    };
    match letter(1) {
        b's' | b't' | b'm' | b'd' => 2,
        b'r' | b'v' if letter(2) == b'e' => 3,
        b'l' if letter(2) == b'l' => 3,
        0xc5 if any_case && letter(2) == 0xbf => 3,
        _ => 0,
    }
}

/// White space as the patterns after GPT-2 cut it: `\s*[\r\n]+|\s+(?!\S)|\s+`, with `\s+$` before them for
/// `whole_end`.
#[inline]
fn white_space(classes: &Classes, text: &[u8], start: usize, whole_end: bool) -> usize {
    let end = classes.run(text, start, WHITE);
    if whole_end && end == text.len() {
        return end;
    }
    let newline = text[start..end]
        .iter()
        .rposition(|byte| matches!(byte, b'\r' | b'\n'));
    match newline {
        Some(last) => start + last + 1,
        None => all_but_the_last(text, start, end),
    }
}

/// `\s+(?!\S)|\s+` on the white space in `start..end`: all of it at the end of the text, else all but its last
/// character, which may belong to the word that follows.
#[inline]
fn all_but_the_last(text: &[u8], start: usize, end: usize) -> usize {
    if end == text.len() {
        return end;
    }
    let last = (start..end).rfind(|at| text[*at] & 0xc0 != 0x80).unwrap_or(start);
    if last > start { last } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pretokens of `text`.
    pub(super) fn pieces<S: Split>(split: S, text: &str) -> Vec<&str> {
        let (mut start, mut out) = (0, Vec::new());
        while start < text.len() {
            let end = split.end(text.as_bytes(), start);
            out.push(&text[start..end]);
            start = end;
        }
        out
    }

    #[test]
    fn contractions() {
        for (text, any_case, length) in [
            ("'s", false, 2),
            ("'S", false, 0),
            ("'S", true, 2),
            ("'llama", false, 3),
            ("'l", true, 0),
            ("'ſ", true, 3),
            ("'ſ", false, 0),
            ("'", true, 0),
        ] {
            assert_eq!(contraction(text.as_bytes(), 0, any_case), length, "{text}");
        }
    }
}
