//! Pretokens to token counts: tables of fixed size that forget.
//!
//! Nine pretokens in ten have been seen before. Each has one place it may be in, and whole keys are compared, so that a
//! count is never another pretoken's. Up to 15 bytes fit into 16 with their length and count, two in a place: a new
//! one goes behind, and comes to the front, which is looked at first, when it is met again; so words that are met once do
//! not drive out the others. Up to 30 bytes fit into 32, one in a place; longer ones are counted anew every time, but for
//! short parts of them. The tables are larger than what is near the processor, but places are asked for long before
//! they are looked at, so that nobody waits for them.

use fastcurate_simd::prefetch::prefetch;

/// Places of pretokens of up to [`SHORT`] bytes: 4 MiB, of which the operating system gives what is used.
const PLACES: usize = 1 << 17;
/// Places of those of up to [`LONG`] bytes: 2 MiB.
const LONG_PLACES: usize = 1 << 16;

const SHORT: usize = 15;
const LONG: usize = 30;

/// Pretokens that are looked up together, long enough after their places were asked for.
const TOGETHER: usize = 32;
/// The same for those that are not short.
const TOGETHER_LONG: usize = 16;

/// A pretoken of up to 15 bytes, its length (4 bits) and its count (4 bits): 16 bytes as two numbers.
type Short = [u64; 2];

/// Two of them, in one line of the processor's cache.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Place {
    front: Short,
    behind: Short,
}

/// The bytes of a pretoken of up to 30, zeros, its length and its count: 32 bytes as four numbers.
type Long = [u64; 4];

/// Where the count is in the last number.
const COUNT: u32 = 56;
/// Where the length of a short one is.
const LENGTH: u32 = 60;
/// The last number of a short one without the count.
const KEY: u64 = !(0xf << COUNT);

/// That of a long one without the count.
const KEY_OF_LONG: u64 = !(0xff << COUNT);

/// The bits of the two numbers that bytes of each length fill.
const FILLED: [[u64; 2]; SHORT + 1] = {
    let mut filled = [[0; 2]; SHORT + 1];
    let mut length = 0;
    while length <= SHORT {
        let bits: u128 = (1 << (8 * length)) - 1;
        filled[length] = [bits as u64, (bits >> 64) as u64];
        length += 1;
    }
    filled
};

/// The tables of one worker.
pub(super) struct Cache {
    short: Vec<Place>,
    long: Vec<Long>,
    waiting: Box<[Waiting<Short>; TOGETHER]>,
    waiting_long: Box<[Waiting<Long>; TOGETHER_LONG]>,
    /// The parts of one pretoken.
    parts: Box<[Waiting<Short>; TOGETHER]>,
}

/// A short pretoken, or one that is not, which is to be looked up.
#[derive(Clone, Copy, Default)]
struct Waiting<Key> {
    key: Key,
    place: usize,
    start: usize,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            short: vec![Place::default(); PLACES],
            long: vec![[0; 4]; LONG_PLACES],
            waiting: Box::new([Waiting::default(); TOGETHER]),
            waiting_long: Box::new([Waiting::default(); TOGETHER_LONG]),
            parts: Box::new([Waiting::default(); TOGETHER]),
        }
    }
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
    cache: &'a mut Cache,
    text: &'a [u8],
    count: C,
    tokens: usize,
    waiting: usize,
    waiting_long: usize,
}

impl Cache {
    /// A sum over pretokens of `text`, of which `count` counts those that are not remembered.
    pub(super) fn sum<'a, C: Count>(&'a mut self, text: &'a [u8], count: C) -> Sum<'a, C> {
        Sum {
            cache: self,
            text,
            count,
            tokens: 0,
            waiting: 0,
            waiting_long: 0,
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
        self.cache.waiting[self.waiting % TOGETHER] = self.ask(start, length);
        self.waiting += 1;
        if self.waiting == TOGETHER {
            self.short();
        }
    }

    /// All counts that were added.
    pub(super) fn total(mut self) -> usize {
        self.short();
        self.long();
        self.tokens
    }

    /// A short pretoken, whose place is asked for.
    #[inline]
    fn ask(&self, start: usize, length: usize) -> Waiting<Short> {
        let key = self.key(start, length);
        let place = hash(key) as usize % PLACES;
        prefetch(&self.cache.short, place);
        Waiting { key, place, start }
    }

    /// Looks up what waits.
    #[inline(never)]
    fn short(&mut self) {
        let mut sum = 0;
        for index in 0..self.waiting.min(TOGETHER) {
            sum += self.look(self.cache.waiting[index]);
        }
        self.tokens += sum;
        self.waiting = 0;
    }

    /// The count of a short pretoken whose place was asked for.
    #[inline]
    fn look(&mut self, Waiting { key, place, start }: Waiting<Short>) -> usize {
        match count_of(self.cache.short[place].front, key) {
            Some(count) => count,
            None => self.miss(key, place, start),
        }
    }

    /// The count of a short pretoken that is not in front of its place.
    #[inline(never)]
    fn miss(&mut self, key: Short, place: usize, start: usize) -> usize {
        let Place { front, behind } = &mut self.cache.short[place];
        if let Some(count) = count_of(*behind, key) {
            std::mem::swap(front, behind);
            return count;
        }
        let counted = self
            .count
            .count(&self.text[start..start + (key[1] >> LENGTH) as usize]);
        if counted <= SHORT {
            self.cache.short[place].behind = [key[0], key[1] | (counted as u64) << COUNT];
        }
        counted
    }

    /// Adds a pretoken that is not short.
    #[inline(never)]
    fn add_long(&mut self, start: usize, end: usize) {
        let length = end - start;
        if length > LONG {
            self.tokens += self.parts(start, end);
            return;
        }
        let mut bytes = [0; 32];
        bytes[..length].copy_from_slice(&self.text[start..end]);
        bytes[LONG] = length as u8;
        let (parts, _) = bytes.as_chunks();
        let key: Long = std::array::from_fn(|part| u64::from_le_bytes(parts[part]));
        let mixed = [key[0] ^ key[2].rotate_left(29), key[1] ^ key[3].rotate_left(17)];
        let place = hash(mixed) as usize % LONG_PLACES;
        prefetch(&self.cache.long, place);
        self.cache.waiting_long[self.waiting_long % TOGETHER_LONG] = Waiting { key, place, start };
        self.waiting_long += 1;
        if self.waiting_long == TOGETHER_LONG {
            self.long();
        }
    }

    /// Looks up what waits and is not short.
    fn long(&mut self) {
        for index in 0..self.waiting_long.min(TOGETHER_LONG) {
            let Waiting {
                mut key,
                place,
                start,
            } = self.cache.waiting_long[index];
            let entry = &self.cache.long[place];
            if entry[..3] == key[..3] && entry[3] & KEY_OF_LONG == key[3] {
                self.tokens += (entry[3] >> COUNT) as usize;
                continue;
            }
            let length = (key[3] >> (8 * (LONG % 8))) as u8;
            let counted = self.parts(start, start + usize::from(length));
            self.tokens += counted;
            if counted <= LONG {
                key[3] |= (counted as u64) << COUNT;
                self.cache.long[place] = key;
            }
        }
        self.waiting_long = 0;
    }

    /// The count of a long pretoken part by part, of which the short ones may be remembered.
    fn parts(&mut self, start: usize, end: usize) -> usize {
        let (mut at, mut sum) = (start, 0);
        while at < end {
            let mut waiting = 0;
            while at < end && waiting < TOGETHER {
                let length = self.count.part(&self.text[at..end]);
                if length > SHORT {
                    sum += self.count.count(&self.text[at..at + length]);
                } else {
                    self.cache.parts[waiting] = self.ask(at, length);
                    waiting += 1;
                }
                at += length;
            }
            for index in 0..waiting {
                sum += self.look(self.cache.parts[index]);
            }
        }
        sum
    }

    /// The key of a short pretoken.
    #[inline]
    fn key(&self, start: usize, length: usize) -> Short {
        let [low, high] = load(self.text, start);
        let [fills_low, fills_high] = FILLED[length];
        [low & fills_low, high & fills_high | (length as u64) << LENGTH]
    }
}

/// The count of an entry, if it is that of `key`.
#[inline]
fn count_of([low, high]: Short, key: Short) -> Option<usize> {
    (low == key[0] && high & KEY == key[1]).then_some((high >> COUNT & 0xf) as usize)
}

/// The 16 bytes at `start`, zeros behind the end of the text.
#[inline]
fn load(text: &[u8], start: usize) -> Short {
    let bytes = if let Some(bytes) = text[start..].first_chunk() {
        u128::from_le_bytes(*bytes)
    } else if let Some(bytes) = text.last_chunk() {
        u128::from_le_bytes(*bytes) >> (8 * (start + 16 - text.len()))
    } else {
        let mut bytes = [0; 16];
        bytes[..text.len() - start].copy_from_slice(&text[start..]);
        u128::from_le_bytes(bytes)
    };
    [bytes as u64, (bytes >> 64) as u64]
}

#[inline]
fn hash([low, high]: Short) -> u64 {
    let product = u128::from(low ^ 0x6a09_e667_f3bc_c909) * u128::from(high ^ 0xbb67_ae85_84ca_a73b);
    product as u64 ^ (product >> 64) as u64
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
        for length in [1, 15, 16, 30, 31] {
            for _ in 0..2 {
                let pieces = 40usize.div_ceil(length);
                let found = sum(&mut cache, &text, |at| text.len().min(at + length), |_| 1000);
                assert_eq!(found, 1000 * pieces, "{length}");
            }
        }
    }

    #[test]
    fn a_pretoken_is_counted_once() {
        let text: Vec<u8> = (0..186u8).collect(); // six times the shortest length that is not remembered
        let mut cache = Cache::default();
        for length in [1, 7, 8, 14, 15, 16, 17, 30, 31] {
            let end = |start: usize| text.len().min(start + length);
            let mut asked = 0;
            sum(&mut cache, &text, end, |_| 1);
            sum(&mut cache, &text, end, |_| {
                asked += 1;
                1
            });
            // Two pretokens may take turns in one place, but hardly any do.
            assert!(
                if length > LONG { asked == 6 } else { asked <= 2 },
                "{length}: {asked}"
            );
        }
    }
}
