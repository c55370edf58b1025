//! What the words of a text are: their lengths, how many differ, what the lexicon knows of them.

use super::entropy::Entropy;
use super::lexicon::{Entry, LEXICON, STOP_WORDS};
use super::marks::{HASH, LETTER, Marks};
use super::naming::Naming;
use super::repetition::Repetition;
use super::signals::{Family, Row, Signal, Wanted};

/// The words of one text, used again for the next.
#[derive(Default)]
pub(super) struct Words {
    /// Where each word begins and ends.
    edges: Vec<u32>,
    /// Its characters.
    lengths: Vec<u32>,
    hashes: Vec<u64>,
    /// Its name, and how often each name occurs.
    numbers: Vec<u32>,
    counts: Vec<u32>,
    naming: Naming,
    /// What the lexicon knows, by the names of the words.
    known: Vec<(u32, &'static Entry)>,
    /// The words that lead to phrases, by their names.
    anchors: Vec<u32>,
    /// Where phrases of C4's line rules are: first bytes, ascending.
    pub(super) unwanted: Vec<usize>,
    repetition: Repetition,
}

/// Phrases that C4 drops a line for.
const LINE_PHRASES: [Signal; 2] = [Signal::PolicyPhrases, Signal::Javascript];

impl Words {
    pub(super) fn measure(&mut self, marks: &mut Marks, wanted: &Wanted, entropy: &Entropy, row: &mut Row) {
        let alphabetic = self.read(marks);
        let total = self.lengths.len();
        let characters = self.lengths.iter().sum::<u32>() as usize;
        row.count(Signal::WordCount, total);
        row.share(Signal::MeanWordLength, characters, total);
        let longest = self.lengths.iter().copied().max().unwrap_or(0) as usize;
        row.count(Signal::LongestWord, longest);
        row.share(Signal::AlphabeticWords, alphabetic, total);
        row.share(Signal::HashWordRatio, marks.total(HASH), total);
        self.unwanted.clear();
        if !wanted.any(&[
            Family::Words,
            Family::Lines,
            Family::Phrases,
            Family::StopWords,
            Family::Repetition,
        ]) {
            return;
        }
        self.count(row);
        self.find_phrases(row);
        row.share(Signal::UniqueWords, self.counts.len(), total);
        row.set(
            Signal::WordEntropy,
            entropy.of(self.counts.iter().copied(), total),
        );
        row.count(Signal::LongestWordRun, longest_run(&self.numbers));
        if wanted.any(&[Family::Repetition]) {
            self.repetition
                .measure(&self.numbers, &self.counts, &self.lengths, row);
        }
    }

    /// Places, lengths and hashes; the number of words with a letter.
    fn read(&mut self, marks: &mut Marks) -> usize {
        self.edges.clear();
        self.hashes.clear();
        marks.words(&mut self.edges, &mut self.hashes);
        let words = self.edges.as_chunks::<2>().0;
        self.lengths.clear();
        if marks.foreign == 0 {
            self.lengths.extend(words.iter().map(|[start, end]| end - start));
            return marks.alphabetic_words();
        }
        let characters = |[start, end]: &[u32; 2]| marks.characters(*start as usize, *end as usize) as u32;
        self.lengths.extend(words.iter().map(characters));
        let letter = |[start, end]: &&[u32; 2]| marks.any(LETTER, *start as usize, *end as usize);
        words.iter().filter(letter).count()
    }

    /// Names the words and counts them; asks the lexicon once for each name.
    fn count(&mut self, row: &mut Row) {
        self.numbers.clear();
        self.counts.clear();
        self.anchors.clear();
        self.naming.start(self.hashes.len());
        let mut gopher = 0u8;
        self.known.clear();
        for hash in &self.hashes {
            let (number, new) = self.naming.name(*hash);
            self.numbers.push(number as u32);
            if !new {
                self.counts[number] += 1;
                continue;
            }
            self.counts.push(1);
            if let Some(entry) = LEXICON.get(*hash) {
                gopher |= entry.gopher;
                self.known.push((number as u32, entry));
                if !entry.phrases.is_empty() {
                    self.anchors.push(number as u32);
                }
            }
        }
        let mut stops = [0; STOP_WORDS.len()];
        for (number, entry) in &self.known {
            for language in &entry.languages {
                stops[*language] += self.counts[*number as usize] as usize;
            }
        }
        row.count(Signal::GopherStopWords, gopher.count_ones() as usize);
        for ((signal, _), count) in STOP_WORDS.iter().zip(stops) {
            row.count(*signal, count);
        }
    }

    fn find_phrases(&mut self, row: &mut Row) {
        if self.anchors.is_empty() {
            return;
        }
        for (at, number) in self.numbers.iter().enumerate() {
            if !self.anchors.contains(number) {
                continue;
            }
            let Some(entry) = LEXICON.get(self.hashes[at]) else {
                continue;
            };
            for phrase in &entry.phrases {
                let Some(first) = at.checked_sub(phrase.anchor) else {
                    continue;
                };
                if self.hashes[first..].starts_with(&phrase.words) {
                    row.0[phrase.signal as usize] += 1.0;
                    if LINE_PHRASES.contains(&phrase.signal) {
                        self.unwanted.push(self.edges[first * 2] as usize);
                    }
                }
            }
        }
    }

    /// How many words begin at or behind this byte.
    pub(super) fn from(&self, at: usize) -> usize {
        let words = self.edges.as_chunks::<2>().0;
        words.len() - words.partition_point(|[start, _]| (*start as usize) < at)
    }
}

/// The longest run of one word.
fn longest_run(numbers: &[u32]) -> usize {
    numbers
        .chunk_by(|a, b| a == b)
        .map(<[u32]>::len)
        .max()
        .unwrap_or(0)
}
