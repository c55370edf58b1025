//! Added tokens inside text: each is one token, and the text between them is split on its own.
//!
//! As in `tokenizers`: the leftmost match counts, the longest where several begin there; a token may take the white
//! space before or behind it, and may ask to stand alone as a word.

use std::ops::Range;

use aho_corasick::{AhoCorasick, Match, MatchKind, packed};
use serde::Deserialize;

use super::points::ranges;

/// An added token, as a `tokenizer.json` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the fields of the file")]
pub(super) struct AddedToken {
    pub(super) id: u32,
    pub(super) content: String,
    pub(super) single_word: bool,
    pub(super) lstrip: bool,
    pub(super) rstrip: bool,
    pub(super) normalized: bool,
    #[serde(rename = "special")]
    pub(super) _special: bool,
}

/// A set of added tokens.
pub(super) struct Added {
    search: Option<Search>,
    /// For each token `single_word`, `lstrip`, `rstrip`; empty where no token has any.
    flags: Vec<[bool; 3]>,
}

/// How the leftmost and longest token is found.
enum Search {
    /// A few tokens, by vectors: an automaton stops at every `<`, and text has many.
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
}

impl Search {
    /// `None` where the automaton would be too large.
    fn new(tokens: &[AddedToken]) -> Option<Self> {
        let contents = tokens.iter().map(|token| &token.content);
        let mut few = packed::Config::new()
            .match_kind(packed::MatchKind::LeftmostLongest)
            .builder();
        if let Some(few) = few.extend(contents.clone()).build() {
            return Some(Self::Packed(few));
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(contents);
        automaton.ok().map(Self::Automaton)
    }

    /// The first token of `text` at `from` or behind it.
    #[inline]
    fn find(&self, text: &str, from: usize) -> Option<Match> {
        match self {
            Self::Packed(few) => few.find_in(text, (from..text.len()).into()),
            Self::Automaton(automaton) => automaton.find(aho_corasick::Input::new(text).range(from..)),
        }
    }
}

/// A part of a text.
pub(super) enum Piece {
    /// Text without an added token, which may be empty.
    Text(Range<usize>),
    /// An added token that ends here.
    Token(usize),
}

impl Added {
    /// `None` where a token is empty or the automaton would be too large.
    pub(super) fn new(tokens: &[AddedToken]) -> Option<Self> {
        if tokens.iter().any(|token| token.content.is_empty()) {
            return None;
        }
        let mut added = Self {
            search: None,
            flags: Vec::new(),
        };
        if tokens.is_empty() {
            return Some(added);
        }
        added.search = Some(Search::new(tokens)?);
        let flags = tokens
            .iter()
            .map(|token| [token.single_word, token.lstrip, token.rstrip]);
        added.flags = flags.collect();
        if added.flags.iter().all(|flags| *flags == [false; 3]) {
            added.flags.clear();
        }
        Some(added)
    }

    /// `text` in order: what is before, between and behind the added tokens, and where each of those ends.
    #[inline]
    pub(super) fn split(&self, text: &str, mut found: impl FnMut(Piece)) {
        let (mut rest, mut from) = (0, 0);
        if let Some(search) = &self.search {
            while let Some(token) = search.find(text, from) {
                let (mut start, mut end) = (token.start(), token.end());
                from = end;
                if let Some([single_word, lstrip, rstrip]) = self.flags.get(token.pattern().as_usize()) {
                    let (before, behind) = (&text[..start], &text[end..]);
                    if *single_word
                        && (before.chars().next_back().is_some_and(is_word)
                            || behind.chars().next().is_some_and(is_word))
                    {
                        continue;
                    }
                    if *lstrip {
                        start = before.trim_end().len().max(rest);
                    }
                    if *rstrip {
                        end = text.len() - behind.trim_start().len();
                    }
                }
                if rest < start {
                    found(Piece::Text(rest..start));
                }
                rest = end;
                found(Piece::Token(end));
            }
        }
        if rest < text.len() {
            found(Piece::Text(rest..text.len()));
        }
    }
}

/// `\w`, as regular expressions have it.
fn is_word(c: char) -> bool {
    use std::sync::OnceLock;
    static WORDS: OnceLock<Vec<std::ops::RangeInclusive<usize>>> = OnceLock::new();
    let words = WORDS.get_or_init(|| ranges(r"\w"));
    let at = words.partition_point(|range| *range.end() < c as usize);
    words.get(at).is_some_and(|range| range.contains(&(c as usize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(content: &str) -> AddedToken {
        AddedToken {
            id: 0,
            content: content.to_owned(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            _special: true,
        }
    }

    fn pieces<'a>(added: &Added, text: &'a str) -> (usize, Vec<&'a str>) {
        let (mut tokens, mut between) = (0, Vec::new());
        added.split(text, |piece| match piece {
            Piece::Text(range) => between.push(&text[range]),
            Piece::Token(_) => tokens += 1,
        });
        (tokens, between)
    }

    #[test]
    fn the_leftmost_and_longest_token_counts() {
        let added = Added::new(&[token("<a>"), token("<a><b>"), token("b>")]).unwrap();
        assert_eq!(pieces(&added, "x<a><b>y<a>"), (2, vec!["x", "y"]));
        assert_eq!(pieces(&added, ""), (0, vec![]));
        assert_eq!(pieces(&Added::new(&[]).unwrap(), "<a>"), (0, vec!["<a>"]));
        assert!(Added::new(&[token("")]).is_none());
    }

    #[test]
    fn white_space_beside_a_token_and_words() {
        let left = AddedToken {
            lstrip: true,
            ..token("<l>")
        };
        let right = AddedToken {
            rstrip: true,
            ..token("<r>")
        };
        let alone = AddedToken {
            single_word: true,
            ..token("one")
        };
        let added = Added::new(&[left, right, alone]).unwrap();
        assert_eq!(pieces(&added, "a \n<l> b"), (1, vec!["a", " b"]));
        assert_eq!(pieces(&added, "a <r> \u{3000}b"), (1, vec!["a ", "b"]));
        assert_eq!(pieces(&added, "<r>  <l>"), (2, vec![]));
        assert_eq!(
            pieces(&added, "one, someone one_ one"),
            (2, vec![", someone one_ "])
        );
    }
}
