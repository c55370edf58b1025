//! Added tokens inside text: each is one token, and the text between them is split on its own.
//!
//! As in `tokenizers`: the leftmost match counts, the longest where several begin there.

use aho_corasick::{AhoCorasick, MatchKind};

/// A set of added tokens.
pub(super) struct Added(Option<AhoCorasick>);

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

    /// The number of added tokens in `text`; `between` is given the text before, between and behind them.
    pub(super) fn split<'a>(&self, text: &'a str, mut between: impl FnMut(&'a str)) -> usize {
        let (mut found, mut rest) = (0, 0);
        if let Some(automaton) = &self.0 {
            for token in automaton.find_iter(text) {
                between(&text[rest..token.start()]);
                rest = token.end();
                found += 1;
            }
        }
        between(&text[rest..]);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces<'a>(added: &Added, text: &'a str) -> (usize, Vec<&'a str>) {
        let mut between = Vec::new();
        (added.split(text, |piece| between.push(piece)), between)
    }

    #[test]
    fn the_leftmost_and_longest_token_counts() {
        let added = Added::new(&["<a>".into(), "<a><b>".into(), "b>".into()]).unwrap();
        assert_eq!(pieces(&added, "x<a><b>y<a>"), (2, vec!["x", "y", ""]));
        assert_eq!(pieces(&added, ""), (0, vec![""]));
        assert_eq!(pieces(&Added::new(&[]).unwrap(), "<a>"), (0, vec!["<a>"]));
    }
}
