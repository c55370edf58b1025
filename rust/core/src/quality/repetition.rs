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
    longer: Vec<Gram>,
    counts: Vec<u32>,
    naming: Naming,
}

impl Repetition {
    /// `numbers` are the words by their names, `counts` how often each name occurs, `lengths` their characters.
    pub(super) fn measure(&mut self, numbers: &[u32], counts: &[u32], lengths: &[u32], row: &mut Row) {
        let whole = lengths.iter().map(|length| *length as usize).sum();
        self.grams.clear();
        let repeated = |(_, number): &(u32, &u32)| counts[**number as usize] > 1;
        let places = (0u32..).zip(numbers).filter(repeated);
        self.grams.extend(places.map(|(word, number)| Gram {
            word,
            number: *number,
        }));
        for n in 2..=10u32 {
            self.lengthen();
            let found = match (n, self.most_frequent()) {
                (_, None) => 0,
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
        self.naming.start(self.grams.len());
        self.counts.clear();
        self.longer.clear();
        for pair in self.grams.windows(2) {
            if pair[0].word + 1 == pair[1].word {
                let key = u64::from(pair[0].number) << 32 | u64::from(pair[1].number);
                let (number, new) = self.naming.name(key);
                if new {
                    self.counts.push(0);
                }
                self.counts[number] += 1;
                self.longer.push(Gram {
                    word: pair[0].word,
                    number: number as u32,
                });
            }
        }
        let counts = &self.counts;
        self.longer.retain(|gram| counts[gram.number as usize] > 1);
        std::mem::swap(&mut self.grams, &mut self.longer);
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
