//! How many sentences a line has.
//!
//! A sentence ends behind a run of sentence terminals (the Unicode property) and the closing quotes and brackets that
//! follow it, where white space or the end of the line comes next or where the last terminal is not ASCII (Chinese puts no
//! space there). A part without a letter (the `1.` of a list) is no sentence by itself, and a line that is not blank has at least
//! one. Abbreviations count as ends: this is a measure, not a parser.

use super::classes::{TERMINAL as CLASS, class_of};
use super::marks::{LETTER, Marks, SPACE};

const CLOSING: [char; 14] = [
    '"', '\'', ')', ']', '}', '*', '_', '”', '’', '»', '」', '』', '）', '】',
];

/// Whether this is a sentence terminal.
pub(super) fn terminal(c: char) -> bool {
    if c.is_ascii() {
        matches!(c, '.' | '!' | '?')
    } else {
        class_of(c) & CLASS != 0
    }
}

/// Sentences of the line `start..stop`, and how many of them end in a terminal; `terminals` are the places of all of them
/// from the line on, of which those up to its end are taken.
pub(super) fn count(
    text: &str,
    marks: &Marks,
    start: usize,
    stop: usize,
    terminals: &mut &[u32],
) -> (usize, usize) {
    let (mut sentences, mut ended) = (0, 0);
    let (mut from, mut behind) = (start, start);
    // Whether there is a letter since `from`, and up to where that is known: nothing is looked at twice.
    let (mut letter, mut known) = (false, start);
    while let Some((at, rest)) = terminals.split_first() {
        let at = *at as usize;
        if at >= stop {
            break;
        }
        *terminals = rest;
        if at < behind {
            continue;
        }
        letter = letter || has_letter(marks, known, at);
        known = at;
        let ends;
        (behind, ends) = end_of(text, marks, at, stop);
        if ends && letter {
            sentences += 1;
            ended += 1;
            (from, known, letter) = (behind, behind, false);
        }
    }
    letter = letter || has_letter(marks, known, stop);
    sentences += usize::from(from < stop && letter);
    (sentences.max(1), ended)
}

/// Whether there is a letter in `from..to`; the last byte nearly always is one.
fn has_letter(marks: &Marks, from: usize, to: usize) -> bool {
    from < to && (marks.has(LETTER, to - 1) || marks.any(LETTER, from, to))
}

/// Where the run of terminals at `at` ends, closing quotes and brackets included, and whether a sentence does.
fn end_of(text: &str, marks: &Marks, at: usize, stop: usize) -> (usize, bool) {
    // Nearly always: one full stop and a blank.
    if text.as_bytes()[at].is_ascii() && (at + 1 == stop || text.as_bytes()[at + 1] == b' ') {
        return (at + 1, true);
    }
    let tail = &text[at..stop];
    let rest = tail.trim_start_matches(terminal);
    let last = tail[..tail.len() - rest.len()].chars().next_back();
    let rest = rest.trim_start_matches(CLOSING);
    let behind = stop - rest.len();
    let ends = rest.is_empty() || marks.has(SPACE, behind) || last.is_some_and(|c| !c.is_ascii());
    (behind, ends)
}

/// Whether a line breaks off: it ends in a letter, a comma, a semicolon, a dash or an opening bracket.
pub(super) fn ends_open(line: &str, letter: bool) -> bool {
    letter || line.ends_with([',', ';', '-', '–', '—', '(', '[', '{', '，', '、', '；'])
}
