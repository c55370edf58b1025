//! What the words of a text are: their lengths, how many differ, what the lexicon knows of them.

use super::entropy::Entropy;
use super::lexicon::{LEXICON, STOP_WORDS, Tally};
use super::marks::{HASH, LETTER, Marks};
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
    pub(super) fn measure(&mut self, marks: &mut Marks, wanted: &Wanted, row: &mut Row, entropy: &Entropy) {
        let alphabetic = self.read(marks);
        let total = self.lengths.len();
        let characters = self.lengths.iter().sum::<u32>() as usize;
        row.count(Signal::WordCount, total);
        row.share(Signal::MeanWordLength, characters, total);
        let longest = self
            .lengths
            .iter()
            .fold(0, |longest, length| longest.max(*length));
        row.count(Signal::LongestWord, longest as usize);
        row.share(Signal::AlphabeticWords, alphabetic, total);
        row.share(Signal::HashWordRatio, marks.total(HASH), total);
        self.unwanted.clear();
        if wanted.any(&[Family::Lines, Family::Phrases, Family::StopWords, Family::Words]) {
            self.look_up(marks, row);
        }
        if wanted.any(&[Family::Words, Family::Repetition]) {
            self.naming
                .name_all(&self.hashes, &mut self.numbers, &mut self.counts);
            row.share(Signal::UniqueWords, self.counts.len(), total);
            row.set(
                Signal::WordEntropy,
                Entropy::of(entropy.weights(&self.counts), total),
            );
            row.count(Signal::LongestWordRun, longest_run(&self.numbers));
        }
        if wanted.any(&[Family::Repetition]) {
            self.repetition
                .measure(&self.numbers, &self.counts, &self.lengths, row);
        }
    }

    /// Places, lengths and hashes; the number of words with a letter.
    fn read(&mut self, marks: &mut Marks) -> usize {
        self.hashes.clear();
        marks.words(&mut self.hashes);
        let words = || marks.word_starts().iter().zip(marks.word_ends());
        self.lengths.clear();
        if marks.foreign == 0 {
            self.lengths.extend(words().map(|(start, end)| end - start));
        } else {
            let characters = |(start, end): (&u32, &u32)| marks.characters(*start as usize, *end as usize);
            self.lengths.extend(words().map(|word| characters(word) as u32));
        }
        if !marks.has_cuts() {
            return marks.alphabetic_words();
        }
        let letter = |(start, end): &(&u32, &u32)| marks.any(LETTER, **start as usize, **end as usize);
        words().filter(letter).count()
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
    let (mut longest, mut run, mut before) = (0, 0, u32::MAX);
    for &number in numbers {
        run = if number == before { run + 1 } else { 1 };
        before = number;
        longest = longest.max(run);
    }
    longest
}
