//! What the words of a text are: their lengths, how many differ, what the lexicon knows of them.

use super::entropy::{entropy, weights};
use super::lexicon::{LEXICON, STOP_WORDS, Tally};
use super::marks::{HASH, Marks};
use super::naming::Naming;
use super::repetition::Repetition;
use super::signals::{Family, Row, Signal, Wanted};

/// The words of one text, used again for the next.
#[derive(Default)]
pub(super) struct Words {
    /// The characters of each word.
    lengths: Vec<u32>,
    hashes: Vec<u64>,
    /// Its name, and how often each name occurs.
    numbers: Vec<u32>,
    counts: Vec<u32>,
    naming: Naming,
    /// The words that lead to phrases.
    anchors: Vec<usize>,
    /// Where phrases of C4's line rules are: first bytes, ascending.
    pub(super) unwanted: Vec<usize>,
    repetition: Repetition,
}

/// Phrases that C4 drops a line for.
const LINE_PHRASES: [Signal; 2] = [Signal::PolicyPhrases, Signal::Javascript];

impl Words {
    pub(super) fn measure(&mut self, marks: &mut Marks, wanted: &Wanted, row: &mut Row) {
        self.hashes.clear();
        marks.words(&mut self.hashes);
        let total = self.hashes.len();
        let (characters, longest) = marks.word_lengths(&mut self.lengths);
        row.count(Signal::WordCount, total);
        row.share(Signal::MeanWordLength, characters, total);
        row.count(Signal::LongestWord, longest);
        row.share(Signal::AlphabeticWords, marks.alphabetic_words(), total);
        row.share(Signal::HashWordRatio, marks.total(HASH), total);
        self.unwanted.clear();
        if wanted.any(&[Family::Lines, Family::Phrases, Family::StopWords, Family::Words]) {
            self.look_up(marks, row);
        }
        if wanted.any(&[Family::Words, Family::Repetition]) {
            self.naming
                .name_all(&self.hashes, &mut self.numbers, &mut self.counts);
            row.share(Signal::UniqueWords, self.counts.len(), total);
            row.set(Signal::WordEntropy, entropy(weights(&self.counts), total));
            row.count(Signal::LongestWordRun, longest_run(&self.numbers));
        }
        if wanted.any(&[Family::Repetition]) {
            self.repetition
                .measure(&self.numbers, &self.counts, &self.lengths, row);
        }
    }

    /// Asks the lexicon for every word.
    fn look_up(&mut self, marks: &Marks, row: &mut Row) {
        let lexicon = &*LEXICON;
        let mut tally = Tally::default();
        self.anchors.clear();
        for (at, hash) in self.hashes.iter().enumerate() {
            let entry = lexicon.get(*hash);
            tally.add(entry);
            if entry.leads() {
                self.anchors.push(at);
            }
        }
        row.count(Signal::GopherStopWords, tally.gopher());
        for ((signal, _), count) in STOP_WORDS.iter().zip(tally.stops()) {
            row.count(*signal, count);
        }
        for &at in &self.anchors {
            for phrase in lexicon.phrases(self.hashes[at]) {
                let Some(first) = at.checked_sub(phrase.anchor) else {
                    continue;
                };
                if self.hashes[first..].starts_with(&phrase.words) {
                    row.0[phrase.signal as usize] += 1.0;
                    if LINE_PHRASES.contains(&phrase.signal) {
                        self.unwanted.push(marks.word_starts()[first] as usize);
                    }
                }
            }
        }
    }
}

/// The longest run of one word.
fn longest_run(numbers: &[u32]) -> usize {
    // Nearly always, no word follows itself.
    let behind = numbers.get(1..).unwrap_or_default();
    let twice = numbers
        .iter()
        .zip(behind)
        .fold(0, |any, (one, two)| any | u32::from(one == two));
    if twice == 0 {
        return numbers.len().min(1);
    }
    let (mut longest, mut run, mut before) = (0, 0, u32::MAX);
    for &number in numbers {
        run = if number == before { run + 1 } else { 1 };
        before = number;
        longest = longest.max(run);
    }
    longest
}
