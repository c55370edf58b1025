//! n-grams of words that occur again (Rae et al. 2021, appendix A; as counted by RedPajama-V2).
//!
//! Of the n-grams for n = 2, 3, 4, the most frequent (the first of them in the text where several are) that occurs at
//! least twice: the share of the words' characters that lie in one of its occurrences. For n = 5 to 10: the share of
//! those that lie in any n-gram that occurs at least twice. Every character counts once. A text that repeats
//! nothing has 0 throughout, however short it is.
//!
//! An n-gram can only occur again where both (n-1)-grams in it do. So each length looks only at the places that the
//! one before left, and names an n-gram by the names of these two: exact, and nearly free where nothing is repeated.

use super::naming::Naming;
use super::signals::{Row, Signal};

const TOP: [(u32, Signal); 3] = [(2, Signal::Top2), (3, Signal::Top3), (4, Signal::Top4)];
const DUPLICATE: [(u32, Signal); 6] = [
    (5, Signal::Duplicate5),
    (6, Signal::Duplicate6),
    (7, Signal::Duplicate7),
    (8, Signal::Duplicate8),
    (9, Signal::Duplicate9),
    (10, Signal::Duplicate10),
];

/// Where an n-gram begins, and its number among those of its length.
#[derive(Clone, Copy)]
struct Gram {
    word: u32,
    number: u32,
}

/// The n-grams of one text that occur again, used again for the next.
#[derive(Default)]
pub(super) struct Repetition {
    grams: Vec<Gram>,
    /// Where the longer ones begin, what they are made of, and their numbers.
    words: Vec<u32>,
    keys: Vec<u64>,
    numbers: Vec<u32>,
    counts: Vec<u32>,
    naming: Naming,
}

impl Repetition {
    /// `numbers` are the words by their names, `counts` how often each name occurs, `lengths` their characters.
    pub(super) fn measure(&mut self, numbers: &[u32], counts: &[u32], lengths: &[u32], row: &mut Row) {
        let whole = lengths.iter().map(|length| *length as usize).sum();
        repeated(
            numbers
                .iter()
                .enumerate()
                .map(|(word, number)| (word as u32, number)),
            counts,
            &mut self.grams,
        );
        for n in 2..=10u32 {
            self.lengthen();
            let found = match (n, self.most_frequent()) {
                // Nor does anything longer occur again.
                (_, None) => break,
                (2..=4, top) => covered(&self.grams, top, n, lengths),
                _ => covered(&self.grams, None, n, lengths),
            };
            let signal = TOP.iter().chain(&DUPLICATE).find(|(length, _)| *length == n);
            if let Some((_, signal)) = signal {
                row.share(*signal, found, whole);
            }
        }
    }

    /// From n-grams that occur again to those of one word more.
    fn lengthen(&mut self) {
        let most = self.grams.len();
        self.words.resize(most, 0);
        self.keys.resize(most, 0);
        let mut found = 0;
        for pair in self.grams.windows(2) {
            let key = u64::from(pair[0].number) << 32 | u64::from(pair[1].number);
            self.words[found] = pair[0].word;
            // A bijection whose high bits depend on all of the key.
            self.keys[found] = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            found += usize::from(pair[0].word + 1 == pair[1].word);
        }
        let (words, keys) = (&self.words[..found], &self.keys[..found]);
        self.naming.name_all(keys, &mut self.numbers, &mut self.counts);
        repeated(
            words.iter().copied().zip(&self.numbers),
            &self.counts,
            &mut self.grams,
        );
    }

    fn most_frequent(&self) -> Option<u32> {
        self.grams.first()?;
        // Numbers ascend with the first occurrence, so that of equals the last of the reversed order is the first.
        let most = self
            .counts
            .iter()
            .enumerate()
            .rev()
            .max_by_key(|(_, count)| **count);
        most.map(|(number, _)| number as u32)
    }
}

/// Replaces `grams` by those of `all` (their first words and numbers) that occur again. Which do is anybody's guess, and so
/// nothing branches on it.
fn repeated<'a>(all: impl ExactSizeIterator<Item = (u32, &'a u32)>, counts: &[u32], grams: &mut Vec<Gram>) {
    grams.resize(all.len(), Gram { word: 0, number: 0 });
    let mut found = 0;
    for (word, number) in all {
        grams[found] = Gram {
            word,
            number: *number,
        };
        found += usize::from(counts[*number as usize] > 1);
    }
    grams.truncate(found);
}

/// Characters of the words in any of these n-grams, or in those with one number.
fn covered(grams: &[Gram], only: Option<u32>, n: u32, lengths: &[u32]) -> usize {
    let (mut end, mut characters) = (0, 0);
    for gram in grams
        .iter()
        .filter(|gram| only.is_none_or(|number| gram.number == number))
    {
        let words = gram.word.max(end)..gram.word + n;
        end = gram.word + n;
        characters += lengths[words.start as usize..words.end as usize]
            .iter()
            .map(|length| *length as usize)
            .sum::<usize>();
    }
    characters
}
