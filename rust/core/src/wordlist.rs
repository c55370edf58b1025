//! Which words of a list, and which regular expressions, a text has.
//!
//! Words and texts are compared as matching text ([`crate::matching`]: case, width and composition do not count). A word is
//! found as a whole word: where it begins or ends with a letter, mark or digit, none may stand before or behind it. Where it
//! begins or ends with a character of a script written without spaces (Han, kana, Thai ...), no boundary is asked
//! there. All words are one automaton (Aho and Corasick 1975), all expressions another, on the text as it is: linear time.
//! Null in, null out; the empty text has no words.

use aho_corasick::AhoCorasick;
use arrow_array::{ArrayRef, Int32Array, ListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};
use regex_automata::meta::Regex;
use regex_automata::{Input, MatchKind, PatternSet};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::matching::{Class, Matched, class_of};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;

/// A list of words, and behind them expressions, ready to be looked for.
pub struct WordList {
    words: Option<AhoCorasick>,
    /// How many entries are words.
    count: usize,
    /// Whether a boundary is asked before and behind each word.
    edges: Vec<(bool, bool)>,
    expressions: Option<Regex>,
}

impl WordList {
    /// [`Error::Argument`] for a word without a character that counts, or an expression that is none.
    pub fn new(words: &[String], expressions: &[String]) -> Result<Self> {
        let mut folded = Vec::with_capacity(words.len());
        let mut edges = Vec::with_capacity(words.len());
        let mut matched = Matched::default();
        for word in words {
            let view = matched.fold(word.trim());
            let text = String::from_utf8_lossy(&view.padded[..view.length]).into_owned();
            let (Some(first), Some(last)) = (text.chars().next(), text.chars().next_back()) else {
                return Err(Error::argument(
                    "words",
                    format!("{word:?}"),
                    "words that are not blank",
                ));
            };
            edges.push((bounded(first), bounded(last)));
            folded.push(text);
        }
        let too_many = |error: &dyn std::fmt::Display| {
            let expected = format!("a list that fits into one automaton ({error})");
            Error::argument("words", format!("{} entries", words.len()), expected)
        };
        for expression in expressions {
            Regex::new(expression).map_err(|error| {
                let reason = error
                    .syntax_error()
                    .map_or_else(|| error.to_string(), ToString::to_string);
                let expected = format!("regular expressions of the Rust regex syntax: {reason}");
                Error::argument("words", format!("{expression:?}"), expected)
            })?;
        }
        Ok(Self {
            words: (!folded.is_empty())
                .then(|| AhoCorasick::new(&folded))
                .transpose()
                .map_err(|error| too_many(&error))?,
            count: words.len(),
            edges,
            expressions: if expressions.is_empty() {
                None
            } else {
                let every = Regex::config().match_kind(MatchKind::All);
                let built = Regex::builder().configure(every).build_many(expressions);
                Some(built.map_err(|error| too_many(&error))?)
            },
        })
    }

    /// Appends the positions of the entries that `text` has, ascending.
    fn find(&self, text: &str, matched: &mut Matched, out: &mut Vec<i32>) {
        let first = out.len();
        if let Some(words) = &self.words {
            let view = matched.fold(text);
            let joins = |at: usize| view.words[at / 64] >> (at % 64) & 1 == 1;
            for found in words.find_overlapping_iter(&view.padded[..view.length]) {
                let (before, behind) = self.edges[found.pattern().as_usize()];
                let clear_before = !before || found.start() == 0 || !joins(found.start() - 1);
                let clear_behind = !behind || found.end() == view.length || !joins(found.end());
                if clear_before && clear_behind {
                    out.push(found.pattern().as_u32().cast_signed());
                }
            }
        }
        if let Some(expressions) = &self.expressions {
            let mut hits = PatternSet::new(expressions.pattern_len());
            expressions.which_overlapping_matches(&Input::new(text), &mut hits);
            out.extend(hits.iter().map(|found| (self.count + found.as_usize()) as i32));
        }
        out[first..].sort_unstable();
        let mut kept = first;
        for at in first..out.len() {
            if at == first || out[at] != out[kept - 1] {
                out[kept] = out[at];
                kept += 1;
            }
        }
        out.truncate(kept);
    }
}

/// Whether a boundary is asked beside this edge of a word.
fn bounded(edge: char) -> bool {
    let class = class_of(edge);
    class.contains(Class::WORD) && !class.contains(Class::ALONE)
}

/// The entries that every text has, by their positions in the list, ascending: `list<int32>`.
pub fn find_words(text: &dyn Text, list: &WordList, workers: &Workers) -> Result<ListArray> {
    let valid: Vec<bool> = (0..text.len()).map(|row| !text.is_null(row)).collect();
    let parts = workers.map_rows(text.len(), ROWS_PER_TASK, |range| {
        let (mut matched, mut scratch) = (Matched::default(), String::new());
        let (mut found, mut lengths) = (Vec::new(), Vec::with_capacity(range.len()));
        for row in range {
            let before = found.len();
            if valid[row] {
                list.find(text.read(row, &mut scratch), &mut matched, &mut found);
            }
            lengths.push(found.len() - before);
        }
        Ok((found, lengths))
    })?;
    let mut found = Vec::new();
    let mut lengths = Vec::with_capacity(text.len());
    for (part, each) in parts {
        found.extend(part);
        lengths.extend(each);
    }
    if found.len() > i32::MAX as usize {
        return Err(Error::argument(
            "words",
            "more than 2^31 finds",
            "a table in smaller parts",
        ));
    }
    let values: ArrayRef = Arc::new(Int32Array::from(found));
    let field = Arc::new(Field::new("item", DataType::Int32, false));
    let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
    Ok(ListArray::new(
        field,
        OffsetBuffer::from_lengths(lengths),
        values,
        nulls,
    ))
}
