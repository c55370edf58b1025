//! What the lines, paragraphs and sentences of a text are.
//!
//! A line ends at a line feed; white space at its ends does not count, and blank lines are no lines. A paragraph is a
//! run of lines without a blank one between. What a sentence is stands in `sentences.rs`.

use super::code::{Code, Line};
use super::marks::{LETTER, Marks, NEWLINE, TERMINAL};
use super::naming::Naming;
use super::sentences::{self, ends_open};
use super::signals::{Family, Row, Signal, Wanted};
use super::words::Words;
use crate::hash;

/// Characters of a short line, at most (`FineWeb`).
const SHORT: usize = 30;
/// Words in a line, at least, and characters of one of them, at most (C4).
const C4_WORDS: usize = 5;
const C4_WORD: usize = 1000;
/// Words in a last line that can be cut short.
const CUT_WORDS: usize = 10;

/// Counts over the lines of one text.
#[derive(Default)]
struct Tally {
    lines: usize,
    characters: usize,
    longest: usize,
    sentences: usize,
    /// Sentences that end inside the text with a terminal.
    ended: usize,
    terminal: usize,
    bullets: usize,
    ellipses: usize,
    short: usize,
    repeated: usize,
    repeated_characters: usize,
    c4: usize,
    paragraphs: usize,
    repeated_paragraphs: usize,
    repeated_paragraph_characters: usize,
}

/// The paragraph under way.
#[derive(Default)]
struct Paragraph {
    hash: u64,
    characters: usize,
}

/// Lines and paragraphs seen before, used again for the next text.
#[derive(Default)]
pub(super) struct Lines {
    seen: Naming,
    paragraphs: Naming,
    /// Where line feeds and sentence terminals are.
    newlines: Vec<u32>,
    terminals: Vec<u32>,
}

impl Lines {
    pub(super) fn measure(
        &mut self,
        text: &str,
        marks: &Marks,
        words: &Words,
        wanted: &Wanted,
        row: &mut Row,
    ) {
        marks.positions(NEWLINE, &mut self.newlines);
        marks.positions(TERMINAL, &mut self.terminals);
        let (ends, terminals) = (
            std::mem::take(&mut self.newlines),
            std::mem::take(&mut self.terminals),
        );
        let newlines = ends.len();
        let mut ahead = &terminals[..];
        self.seen.start(newlines + 1);
        self.paragraphs.start(newlines / 2 + 1);
        let judged = wanted.any(&[Family::Lines]);
        let mut code = wanted.any(&[Family::Markup]).then(Code::default);
        let (mut tally, mut paragraph) = (Tally::default(), Paragraph::default());
        let (mut from, mut last) = (0, (0, 0));
        for line in 0..=newlines {
            let end = ends.get(line).map_or(text.len(), |end| *end as usize);
            let (start, stop) = marks.trimmed(from, end);
            from = end + 1;
            if start == stop {
                self.close(&mut paragraph, &mut tally);
                continue;
            }
            last = (start, stop);
            let line = Line {
                text: &text[start..stop],
                characters: marks.characters(start, stop),
            };
            tally.lines += 1;
            tally.characters += line.characters;
            tally.longest = tally.longest.max(line.characters);
            let (sentences, ended) = sentences::count(text, marks, start, stop, &mut ahead);
            tally.sentences += sentences;
            tally.ended += ended;
            if judged {
                judge(&line, &mut tally);
                if newlines > 0 {
                    self.compare(&line, &mut tally, &mut paragraph);
                }
                if c4(line.text, marks, words, start, stop) {
                    tally.c4 += sentences;
                }
            }
            paragraph.characters += line.characters;
            if let Some(code) = &mut code {
                code.read(&line);
            }
        }
        self.close(&mut paragraph, &mut tally);
        (self.newlines, self.terminals) = (ends, terminals);
        if let Some(code) = &code {
            code.write(tally.lines, tally.characters, row);
        }
        tally.write(newlines, row);
        if judged {
            let (start, stop) = last;
            let cut = tally.ended > 0
                && words_from(marks, start) >= CUT_WORDS
                && ends_open(&text[start..stop], marks.has(LETTER, stop.max(1) - 1));
            row.count(Signal::TruncatedEnding, usize::from(cut));
        }
    }

    /// Whether the line stood here before; of an only line, nobody asks.
    fn compare(&mut self, line: &Line, tally: &mut Tally, paragraph: &mut Paragraph) {
        let hash = hash_of(line.text.as_bytes());
        let repeated = usize::from(!self.seen.name(hash).1);
        tally.repeated += repeated;
        tally.repeated_characters += repeated * line.characters;
        paragraph.hash = hash::mix(paragraph.hash ^ hash).rotate_left(1);
    }

    fn close(&mut self, paragraph: &mut Paragraph, tally: &mut Tally) {
        let Paragraph { hash, characters } = std::mem::take(paragraph);
        if characters == 0 {
            return;
        }
        tally.paragraphs += 1;
        if !self.paragraphs.name(hash).1 {
            tally.repeated_paragraphs += 1;
            tally.repeated_paragraph_characters += characters;
        }
    }
}

/// What can be seen of a line by itself.
fn judge(line: &Line, tally: &mut Tally) {
    let last = line.text.as_bytes().last().copied().unwrap_or(0);
    let ascii = last.is_ascii();
    let terminal = || line.text.chars().next_back().is_some_and(sentences::terminal);
    tally.terminal += usize::from(matches!(last, b'.' | b'!' | b'?') || (!ascii && terminal()));
    tally.bullets += usize::from(line.is_bullet());
    let ellipsis = (last == b'.' && line.text.ends_with("...")) || (!ascii && line.text.ends_with('…'));
    tally.ellipses += usize::from(ellipsis);
    tally.short += usize::from(line.characters <= SHORT);
}

/// The hash of a line: its first bytes in blocks of 16, and its last 16, or what there is.
fn hash_of(line: &[u8]) -> u64 {
    let fold = |state: u64, low: u64, high: u64| {
        let product = u128::from(low ^ state) * u128::from(high ^ 0x9e37_79b9_7f4a_7c15);
        product as u64 ^ (product >> 64) as u64
    };
    let state = (line.len() as u64 ^ 0x2545_f491_4f6c_dd1d).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let step = |state: u64, block: &[u8; 16]| {
        let lanes = u128::from_le_bytes(*block);
        fold(state, lanes as u64, (lanes >> 64) as u64)
    };
    if let Some(last) = line.last_chunk() {
        let blocks = line.as_chunks().0.iter();
        step(blocks.fold(state, step), last)
    } else if let (Some(first), Some(last)) = (line.first_chunk(), line.last_chunk()) {
        fold(state, u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else {
        let few = line.iter().fold(0, |few, byte| few << 8 | u64::from(*byte));
        fold(state, few, 0)
    }
}

impl Tally {
    fn write(&self, newlines: usize, row: &mut Row) {
        row.count(Signal::LineCount, self.lines);
        row.count(Signal::Paragraphs, self.paragraphs);
        row.count(Signal::Sentences, self.sentences);
        row.share(Signal::MeanLineLength, self.characters, self.lines);
        row.count(Signal::LongestLine, self.longest);
        row.share(Signal::TerminalLines, self.terminal, self.lines);
        row.share(Signal::BulletLines, self.bullets, self.lines);
        row.share(Signal::EllipsisLines, self.ellipses, self.lines);
        row.share(Signal::ShortLines, self.short, self.lines);
        row.share(Signal::DuplicateLines, self.repeated, self.lines);
        row.share(
            Signal::DuplicateLineCharacters,
            self.repeated_characters,
            self.characters,
        );
        row.share(
            Signal::DuplicateParagraphs,
            self.repeated_paragraphs,
            self.paragraphs,
        );
        row.share(
            Signal::DuplicateParagraphCharacters,
            self.repeated_paragraph_characters,
            self.characters,
        );
        row.count(Signal::C4Sentences, self.c4);
        let words = row.0[Signal::WordCount as usize] as usize;
        row.share(Signal::NewlineWordRatio, newlines, words);
    }
}

/// Whether C4 keeps the line: it ends in `.`, `?`, `!` or `"` but not in an ellipsis, citations behind it left out, has
/// words enough and none too long, and no phrase of a policy, nor JavaScript.
fn c4(line: &str, marks: &Marks, words: &Words, start: usize, stop: usize) -> bool {
    if !matches!(line.as_bytes().last(), Some(b'.' | b'?' | b'!' | b'"' | b']')) {
        return false;
    }
    let shown = without_citations(line);
    if !shown.ends_with(['.', '?', '!', '"']) || shown.ends_with("...") {
        return false;
    }
    let first = words.unwanted.partition_point(|at| *at < start);
    let unwanted = words.unwanted.get(first).is_some_and(|at| *at < stop);
    !unwanted && marks.has_parts(start, stop, C4_WORDS) && !has_long_word(line)
}

/// The line up to the `[1]`, `[edit]` or `[citation needed]` behind it.
fn without_citations(mut line: &str) -> &str {
    while let Some(opened) = line.strip_suffix(']') {
        let digits = opened.trim_end_matches(|c: char| c.is_ascii_digit());
        let marks = ["[", "[edit", "[citation needed"];
        let Some(rest) = digits
            .strip_suffix('[')
            .or_else(|| marks.iter().find_map(|mark| opened.strip_suffix(mark)))
        else {
            break;
        };
        line = rest;
    }
    line
}

fn has_long_word(line: &str) -> bool {
    line.len() > C4_WORD
        && line
            .split(char::is_whitespace)
            .any(|word| word.chars().count() > C4_WORD)
}

/// How many words begin at or behind this byte.
fn words_from(marks: &Marks, at: usize) -> usize {
    let starts = marks.word_starts();
    starts.len() - starts.partition_point(|start| (*start as usize) < at)
}
