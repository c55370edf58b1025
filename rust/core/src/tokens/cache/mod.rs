//! Pretokens to token counts: tables of limited size that forget.
//!
//! Nine pretokens in ten have been seen before. Each has one place it may be in, and whole keys are compared, so that a
//! count is never another pretoken's. There are tables for up to [15](short), 30 and 62 bytes ([`long`]); of longer ones the
//! parts are remembered. A table grows where it was filled, so that text of few words needs no more than what is near the
//! processor; in the larger ones nobody waits for memory, as places are asked for long before they are looked at.

mod long;
mod short;

use long::LongTable;
use short::{SHORT, Short, ShortTable, length};

/// Pretokens that are looked up together, long enough after their places were asked for.
const TOGETHER: usize = 32;

/// The tables of one worker.
#[derive(Default)]
pub(super) struct Cache {
    short: ShortTable,
    long: LongTable<4>,
    longer: LongTable<8>,
    waiting: Queue,
    /// The parts of one pretoken.
    parts: Queue,
}

/// Short pretokens that are to be looked up.
struct Queue(Box<[Waiting<Short>; TOGETHER]>);

impl Default for Queue {
    fn default() -> Self {
        let nothing = Waiting {
            key: [0; 2],
            place: 0,
            start: 0,
        };
        Self(Box::new([nothing; TOGETHER]))
    }
}

/// A pretoken that is to be looked up: what it is, the place that it may be in, and where it begins in the text.
#[derive(Clone, Copy)]
struct Waiting<Key> {
    key: Key,
    place: usize,
    start: usize,
}

/// Counts what is not remembered.
pub(super) trait Count {
    /// The tokens of a pretoken.
    fn count(&mut self, pretoken: &[u8]) -> usize;

    /// The length of its first part that can be counted alone.
    fn part(&self, pretoken: &[u8]) -> usize {
        pretoken.len()
    }
}

/// The counts of pretokens of one text, summed up.
pub(super) struct Sum<'a, C> {
    long: &'a mut LongTable<4>,
    longer: &'a mut LongTable<8>,
    queue: &'a mut [Waiting<Short>; TOGETHER],
    waiting: usize,
    rest: Rest<'a, C>,
    tokens: usize,
}

/// What counts a pretoken part by part, of which the short ones may be remembered.
struct Rest<'a, C> {
    text: &'a [u8],
    count: C,
    short: &'a mut ShortTable,
    parts: &'a mut [Waiting<Short>; TOGETHER],
}

impl Cache {
    /// A sum over pretokens of `text`, of which `count` counts those that are not remembered.
    pub(super) fn sum<'a, C: Count>(&'a mut self, text: &'a [u8], count: C) -> Sum<'a, C> {
        Sum {
            long: &mut self.long,
            longer: &mut self.longer,
            queue: &mut self.waiting.0,
            waiting: 0,
            rest: Rest {
                text,
                count,
                short: &mut self.short,
                parts: &mut self.parts.0,
            },
            tokens: 0,
        }
    }
}

impl<C: Count> Sum<'_, C> {
    /// Adds the pretoken between two places, the first of which is less than the other.
    #[expect(
        clippy::inline_always,
        reason = "a few instructions in the innermost loop of every model"
    )]
    #[inline(always)]
    pub(super) fn add(&mut self, start: usize, end: usize) {
        let length = end - start;
        if length > SHORT {
            self.add_long(start, end);
            return;
        }
        self.queue[self.waiting % TOGETHER] = self.rest.short.ask(self.rest.text, start, length);
        self.waiting += 1;
        if self.waiting == TOGETHER {
            self.short();
        }
    }

    /// All counts that were added.
    pub(super) fn total(mut self) -> usize {
        self.short();
        self.tokens += self.long.look(|start, end| self.rest.count(start, end));
        self.tokens += self.longer.look(|start, end| self.rest.count(start, end));
        self.tokens
    }

    /// Looks up what waits.
    #[inline(never)]
    fn short(&mut self) {
        let mut sum = 0;
        for waiting in &self.queue[..self.waiting.min(TOGETHER)] {
            sum += self.rest.look(waiting);
        }
        self.tokens += sum;
        self.waiting = 0;
        self.rest.short.grow();
    }

    /// Adds a pretoken that is not short.
    #[inline(never)]
    fn add_long(&mut self, start: usize, end: usize) {
        let (text, length) = (self.rest.text, end - start);
        if length <= LongTable::<4>::LONGEST {
            if self.long.ask(text, start, end) {
                self.tokens += self.long.look(|start, end| self.rest.count(start, end));
            }
        } else if length <= LongTable::<8>::LONGEST {
            if self.longer.ask(text, start, end) {
                self.tokens += self.longer.look(|start, end| self.rest.count(start, end));
            }
        } else {
            self.add_parts(start, end);
        }
    }

    /// Adds the parts of a pretoken that is too long to be remembered.
    #[inline(never)]
    fn add_parts(&mut self, mut start: usize, end: usize) {
        while start < end {
            let part = start + self.rest.count.part(&self.rest.text[start..end]);
            if part - start > LongTable::<8>::LONGEST {
                self.tokens += self.rest.count.count(&self.rest.text[start..part]);
            } else {
                self.add(start, part);
            }
            start = part;
        }
    }
}

impl<C: Count> Rest<'_, C> {
    /// The count of a short pretoken whose place was asked for.
    #[inline]
    fn look(&mut self, waiting: &Waiting<Short>) -> usize {
        match self.short.look(waiting) {
            Some(count) => count,
            None => self.miss(waiting),
        }
    }

    /// The count of a short pretoken that is not in front of its place.
    #[inline(never)]
    fn miss(&mut self, waiting: &Waiting<Short>) -> usize {
        if let Some(count) = self.short.look_behind(waiting) {
            return count;
        }
        let pretoken = &self.text[waiting.start..waiting.start + length(waiting.key)];
        let counted = self.count.count(pretoken);
        self.short.remember(waiting, counted);
        counted
    }

    /// The count of what is between two places part by part.
    fn count(&mut self, start: usize, end: usize) -> usize {
        let (mut at, mut sum) = (start, 0);
        while at < end {
            let mut waiting = 0;
            while at < end && waiting < TOGETHER {
                let length = self.count.part(&self.text[at..end]);
                if length > SHORT {
                    sum += self.count.count(&self.text[at..at + length]);
                } else {
                    self.parts[waiting] = self.short.ask(self.text, at, length);
                    waiting += 1;
                }
                at += length;
            }
            for index in 0..waiting {
                let part = self.parts[index];
                sum += self.look(&part);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Counting<C>(C);

    impl<C: FnMut(&[u8]) -> usize> Count for Counting<C> {
        fn count(&mut self, pretoken: &[u8]) -> usize {
            self.0(pretoken)
        }
    }

    /// `count` of every piece of `text` between places and the `end` of the piece that begins there.
    fn sum(
        cache: &mut Cache,
        text: &[u8],
        end: impl Fn(usize) -> usize,
        count: impl FnMut(&[u8]) -> usize,
    ) -> usize {
        let (mut sum, mut start) = (cache.sum(text, Counting(count)), 0);
        while start < text.len() {
            sum.add(start, end(start));
            start = end(start);
        }
        sum.total()
    }

    proptest! {
        /// Texts of few letters and the zero, cut at random: what is counted must be summed, whatever is remembered.
        #[test]
        fn a_remembered_count_is_the_pretokens_own(
            texts in proptest::collection::vec(proptest::collection::vec(0..3u8, 1..300), 1..6),
            cuts in proptest::collection::vec(1..40usize, 1..20),
        ) {
            // A count that differs for nearly all pretokens and is no larger than their length.
            let count = |piece: &[u8]| {
                let weighed = piece.iter().zip(1..).map(|(byte, weight)| usize::from(*byte) * weight);
                weighed.sum::<usize>() % piece.len() + 1
            };
            let mut cache = Cache::default();
            for text in &texts {
                let end = |start: usize| text.len().min(start + cuts[start % cuts.len()]);
                let (mut start, mut expected) = (0, 0);
                while start < text.len() {
                    expected += count(&text[start..end(start)]);
                    start = end(start);
                }
                prop_assert_eq!(sum(&mut cache, text, end, count), expected);
                prop_assert_eq!(sum(&mut cache, text, end, count), expected);
            }
        }
    }

    #[test]
    fn a_count_that_does_not_fit_is_counted_anew() {
        let (text, mut cache) = ([b'x'; 40], Cache::default());
        for length in [1, 15, 16, 30, 31, 40] {
            for _ in 0..2 {
                let pieces = 40usize.div_ceil(length);
                let found = sum(&mut cache, &text, |at| text.len().min(at + length), |_| 1000);
                assert_eq!(found, 1000 * pieces, "{length}");
            }
        }
    }

    #[test]
    fn tables_grow_where_they_are_filled_and_keep_what_they_hold() {
        for (length, numbers) in [(12, 400_000), (20, 400_000), (40, 200_000)] {
            // So many numbers with leading zeros as every table holds at first several times over, and in the end with room.
            let text: Vec<u8> = (0..numbers)
                .flat_map(|number| format!("{number:0length$}").into_bytes())
                .collect();
            let count = |piece: &[u8]| usize::from(piece[piece.len() - 1] % 10) + 1;
            let expected = numbers / 10 * (1..=10).sum::<usize>();
            let (mut cache, mut asked) = (Cache::default(), 0);
            for round in 0..4 {
                asked = 0;
                let counting = |piece: &[u8]| {
                    asked += 1;
                    count(piece)
                };
                let found = sum(&mut cache, &text, |at| at + length, counting);
                assert_eq!(found, expected, "{length}, round {round}");
            }
            assert!(
                asked < numbers / 4,
                "{length}: {asked} of {numbers} were forgotten"
            );
        }
    }

    #[test]
    fn a_pretoken_is_counted_once() {
        let text: Vec<u8> = (0..186u8).collect(); // three times the longest length that is remembered
        let mut cache = Cache::default();
        for length in [1, 7, 8, 14, 15, 16, 17, 30, 31, 62] {
            let end = |start: usize| text.len().min(start + length);
            let mut asked = 0;
            sum(&mut cache, &text, end, |_| 1);
            sum(&mut cache, &text, end, |_| {
                asked += 1;
                1
            });
            // Two pretokens may take turns in one place, but hardly any do.
            assert!(asked <= 2, "{length}: {asked}");
        }
    }
}
