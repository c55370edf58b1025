//! Split patterns without a regex engine: the text of a byte-level tokenizer is cut into pretokens, and no token
//! crosses a cut.
//!
//! A pattern is recognised by its text, letter for letter, in the spellings that published tokenizers use. Each
//! splitter is a transcription of its regular expression, whose alternatives are tried in order; the comments
//! name them.

mod cl100k;
mod classes;
mod deepseek;
mod gpt2;
mod o200k;
mod window;

use classes::{Classes, NEWLINE, WHITE, classes};

pub(super) use cl100k::Cl100k;
pub(super) use deepseek::DeepSeek;
pub(super) use gpt2::Gpt2;
pub(super) use o200k::O200k;
use window::{Starts, Window, places};

/// One way to cut text.
pub(super) trait Split: Copy {
    /// The end of the pretoken that begins at `start`, which is before the end of `text`.
    fn end(self, text: &[u8], start: usize) -> usize;

    /// The pretokens of a window, as [`Self::end`] would find them.
    fn starts(self, window: &Window) -> Starts;
}

/// Calls `found` with the beginning and the end of every pretoken of `text`, in order.
#[expect(clippy::inline_always, reason = "the innermost loop of byte-level models")]
#[inline(always)]
pub(super) fn pretokens(split: impl Split, text: &[u8], mut found: impl FnMut(usize, usize)) {
    let mut at = 0;
    while at < text.len() {
        let ascii = |place: usize| text.get(place).is_none_or(u8::is_ascii);
        if ascii(at) && ascii(at + 1) {
            let (first, starts) = (at, split.starts(&Window::new(text, at)));
            for place in places(starts.bits) {
                let end = first + place as usize;
                found(at, end);
                at = end;
            }
            if let Some(end) = starts.last {
                found(at, end);
                return;
            }
            if at > first && starts.full {
                continue;
            }
        }
        let end = split.end(text, at);
        found(at, end);
        at = end;
    }
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
    /// `DeepSeek` V3 and R1: three expressions, one after the other.
    DeepSeek,
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

/// The expressions of `DeepSeek` V3, in order; published files have line ends as they are in the last.
const DEEPSEEK: [&str; 3] = [
    r"\p{N}{1,3}",
    "[一-龥\u{3040}-ゟ゠-ヿ]+",
    concat!(
        r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^"##,
        "\r\n",
        r"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[",
        "\r\n",
        r"]*|\s*[",
        "\r\n",
        r"]+|\s+(?!\S)|\s+",
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
            "deepseek" => Self::DeepSeek,
            _ => return None,
        })
    }

    /// The pattern that is written like this, as one or more expressions.
    pub(super) fn spelled(expressions: &[&str]) -> Option<Self> {
        // Line ends may be written as such or by their letters.
        let written = expressions.iter().map(|one| one.replace(r"\r\n", "\r\n"));
        if written.eq(DEEPSEEK) {
            return Some(Self::DeepSeek);
        }
        let [text] = expressions[..] else {
            return None;
        };
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
    use proptest::prelude::*;

    /// Text of what patterns tell apart, with long runs of one kind and few characters beyond ASCII.
    fn mixed() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-zA-Z]{1,12}",
            4 => Just(" ".to_owned()),
            2 => "[ \\t\\n\\r\\x0b]{1,4}",
            2 => "'(s|t|re|ve|m|ll|d|S|LL|lL|x|'|ſ)",
            2 => "[.,;/'()_\\x00\\x1c\\x7f-]{1,3}",
            1 => "[0-9]{1,9}",
            1 => "[a-z]{60,70}| {60,70}|[0-9]{60,70}|\\.{60,70}|\\n{60,70}",
            1 => "[éß中é\u{301}\u{a0}\u{2028}😀٣Ⅷǅ]{1,2}",
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    fn windows_cut_as_one_by_one(split: impl Split, text: &str) -> Result<(), TestCaseError> {
        let mut found = Vec::new();
        pretokens(split, text.as_bytes(), |start, end| found.push(&text[start..end]));
        prop_assert_eq!(found, pieces(split, text));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn windows_cut_as_the_expression(text in mixed()) {
            windows_cut_as_one_by_one(Gpt2::default(), &text)?;
            windows_cut_as_one_by_one(Cl100k::<3, false>::default(), &text)?;
            windows_cut_as_one_by_one(Cl100k::<3, true>::default(), &text)?;
            windows_cut_as_one_by_one(Cl100k::<1, false>::default(), &text)?;
            windows_cut_as_one_by_one(O200k::default(), &text)?;
            windows_cut_as_one_by_one(DeepSeek::default(), &text)?;
        }
    }

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
