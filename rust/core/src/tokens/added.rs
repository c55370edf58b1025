//! Added tokens inside text: each is one token, and the text between them is split on its own.
//!
//! As in `tokenizers`: the leftmost match counts, the longest where several begin there.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

/// A set of added tokens.
pub(super) struct Added(Option<AhoCorasick>);

/// A part of a text.
pub(super) enum Piece {
    /// Text without an added token, which may be empty.
    Text(Range<usize>),
    /// An added token that ends here.
    Token(usize),
}

impl Added {
    /// `None` where the automaton would be too large.
    pub(super) fn new(contents: &[String]) -> Option<Self> {
        if contents.is_empty() {
            return Some(Self(None));
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(contents);
        automaton.ok().map(|automaton| Self(Some(automaton)))
    }

    /// `text` in order: what is before, between and behind the added tokens, and where each of those ends.
    #[inline]
    pub(super) fn split(&self, text: &str, mut found: impl FnMut(Piece)) {
        let mut rest = 0;
        if let Some(automaton) = &self.0 {
            for token in automaton.find_iter(text) {
                found(Piece::Text(rest..token.start()));
                rest = token.end();
                found(Piece::Token(rest));
            }
        }
        found(Piece::Text(rest..text.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let added = Added::new(&["<a>".into(), "<a><b>".into(), "b>".into()]).unwrap();
        assert_eq!(pieces(&added, "x<a><b>y<a>"), (2, vec!["x", "y", ""]));
        assert_eq!(pieces(&added, ""), (0, vec![""]));
        assert_eq!(pieces(&Added::new(&[]).unwrap(), "<a>"), (0, vec!["<a>"]));
    }
}
