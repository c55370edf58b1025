//! Pretokens to token counts: a small table of fixed size that forgets.
//!
//! Nine pretokens in ten have been seen before. Each has one place it may be in, and a newer one takes it over;
//! whole keys are compared, so that a count is never another pretoken's. Up to 7 bytes fit into a number of 64 bits
//! with their count, up to 14 into one of 128 bits with their length too, up to 30 into two of those; longer ones are
//! counted anew every time. What the small tables have forgotten of up to 14 bytes is in a larger one, farther from the
//! processor, for another while.

use super::pairs::mix;

/// Entries of up to [`TINY`] bytes: 512 KiB.
const TINY_ENTRIES: usize = 1 << 16;
/// Entries of up to [`SHORT`] bytes: 512 KiB.
const SHORT_ENTRIES: usize = 1 << 15;
/// Entries of up to [`LONG`] bytes: 2 MiB.
const LONG_ENTRIES: usize = 1 << 16;

/// Entries of the larger table, two for each place: 4 MiB, of which the operating system gives what is used.
const SECOND_ENTRIES: usize = 1 << 18;

const TINY: usize = 7;
const SHORT: usize = 14;
const LONG: usize = 30;

/// Pretokens that are looked up together, so that the processor waits for all of their places at once.
const TOGETHER: usize = 32;

/// Everything but the count, which is the last byte.
const KEY: u128 = u128::MAX >> 8;

/// [`KEY`] of a tiny pretoken.
const TINY_KEY: u64 = u64::MAX >> 8;

/// The table of one worker.
pub(super) struct Cache {
    tiny: Vec<u64>,
    short: Vec<u128>,
    long: Vec<[u128; 2]>,
    second: Second,
    /// Keys, beginnings and lengths of the tiny pretokens that wait to be looked up.
    few: Box<[(u64, usize, usize); TOGETHER]>,
    /// Keys and beginnings of the short ones.
    waiting: Box<[(u128, usize); TOGETHER]>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            tiny: vec![0; TINY_ENTRIES],
            short: vec![0; SHORT_ENTRIES],
            long: vec![[0; 2]; LONG_ENTRIES],
            second: Second(vec![[0; 2]; SECOND_ENTRIES / 2]),
            few: Box::new([(0, 0, 0); TOGETHER]),
            waiting: Box::new([(0, 0); TOGETHER]),
        }
    }
}

impl Cache {
    /// The counts of all pretokens of `text`, summed up: `next` is given a place and returns the beginning and the end of
    /// the first pretoken there or behind it, the end of the text twice where there is none; `count` counts those
    /// that are not remembered.
    #[inline]
    pub(super) fn sum(
        &mut self,
        text: &[u8],
        mut next: impl FnMut(usize) -> (usize, usize),
        mut count: impl FnMut(&[u8]) -> usize,
    ) -> usize {
        let (mut at, mut sum, mut few, mut waiting) = (0, 0, 0, 0);
        while at < text.len() {
            let (start, end) = next(at);
            at = end;
            let length = end - start;
            if length == 0 {
                break;
            }
            // Without its length, a key says what it is of only where it does not end with zeros.
            if length <= TINY && text[end - 1] != 0 {
                self.few[few] = (tiny_key(text, start, length), start, length);
                few += 1;
                if few == TOGETHER {
                    sum += self.tiny(few, text, &mut count);
                    few = 0;
                }
            } else if length <= SHORT {
                let key = load(text, start, length) | (length as u128) << 112;
                self.waiting[waiting] = (key, start);
                waiting += 1;
                if waiting == TOGETHER {
                    sum += self.short(waiting, text, &mut count);
                    waiting = 0;
                }
            } else if length <= LONG {
                sum += self.long(text, start, end, &mut count);
            } else {
                sum += count(&text[start..end]);
            }
        }
        sum + self.tiny(few, text, &mut count) + self.short(waiting, text, &mut count)
    }

    fn tiny(&mut self, few: usize, text: &[u8], count: &mut impl FnMut(&[u8]) -> usize) -> usize {
        let mut sum = 0;
        for (key, start, length) in &self.few[..few] {
            let entry = &mut self.tiny[(mix(*key) >> 48) as usize % TINY_ENTRIES];
            if *entry & TINY_KEY != *key {
                let long = u128::from(*key) | (*length as u128) << 112;
                let counted = self.second.get(long, || count(&text[*start..start + length]));
                *entry = key | (counted as u64) << 56;
            }
            sum += (*entry >> 56) as usize;
        }
        sum
    }

    fn short(&mut self, waiting: usize, text: &[u8], count: &mut impl FnMut(&[u8]) -> usize) -> usize {
        let mut sum = 0;
        for (key, start) in &self.waiting[..waiting] {
            let entry = &mut self.short[hash(*key) as usize % SHORT_ENTRIES];
            if *entry & KEY != *key {
                let length = (key >> 112) as usize;
                let counted = self.second.get(*key, || count(&text[*start..*start + length]));
                *entry = key | (counted as u128) << 120;
            }
            sum += (*entry >> 120) as usize;
        }
        sum
    }

    fn long(
        &mut self,
        text: &[u8],
        start: usize,
        end: usize,
        count: &mut impl FnMut(&[u8]) -> usize,
    ) -> usize {
        let length = end - start;
        let first = length.min(16);
        let low = load(text, start, first);
        let high = load(text, start + first, length - first) | (length as u128) << 112;
        let entry = &mut self.long[hash(low ^ high.rotate_left(64 + 27)) as usize % LONG_ENTRIES];
        if entry[0] != low || entry[1] & KEY != high {
            let counted = count(&text[start..end]);
            *entry = [low, high | (counted as u128) << 120];
        }
        (entry[1] >> 120) as usize
    }
}

/// The larger table: of the two entries of a place the older one goes.
struct Second(Vec<[u128; 2]>);

impl Second {
    fn get(&mut self, key: u128, count: impl FnOnce() -> usize) -> usize {
        let place = (hash(key) >> 20) as usize % self.0.len();
        let [newer, older] = &mut self.0[place];
        for entry in [&*newer, &*older] {
            if *entry & KEY == key {
                return (*entry >> 120) as usize;
            }
        }
        let counted = count();
        *older = std::mem::replace(newer, key | (counted as u128) << 120);
        counted
    }
}

/// Up to 7 bytes as a number, the rest of it zero.
#[inline]
fn tiny_key(text: &[u8], start: usize, length: usize) -> u64 {
    if let Some(bytes) = text.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
        return u64::from_le_bytes(*bytes) & ((1 << (8 * length)) - 1);
    }
    let mut bytes = [0; 8];
    bytes[..length].copy_from_slice(&text[start..start + length]);
    u64::from_le_bytes(bytes)
}

/// Up to 16 bytes as a number, the rest of it zero.
#[inline]
fn load(text: &[u8], start: usize, length: usize) -> u128 {
    let mask = if length == 16 {
        u128::MAX
    } else {
        (1u128 << (8 * length)) - 1
    };
    if let Some(bytes) = text.get(start..).and_then(|rest| rest.first_chunk::<16>()) {
        return u128::from_le_bytes(*bytes) & mask;
    }
    let mut bytes = [0; 16];
    bytes[..length].copy_from_slice(&text[start..start + length]);
    u128::from_le_bytes(bytes)
}

#[inline]
fn hash(key: u128) -> u64 {
    let product = u128::from(key as u64 ^ 0x6a09_e667_f3bc_c909)
        * u128::from((key >> 64) as u64 ^ 0xbb67_ae85_84ca_a73b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
                prop_assert_eq!(cache.sum(text, |at| (at, end(at)), count), expected);
                prop_assert_eq!(cache.sum(text, |at| (at, end(at)), count), expected);
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
            cache.sum(&text, |at| (at, end(at)), |_| 1);
            cache.sum(
                &text,
                |at| (at, end(at)),
                |_| {
                    asked += 1;
                    1
                },
            );
            // Two pretokens may take turns in one place, but hardly any do.
            assert!(
                if length > LONG { asked == 6 } else { asked <= 2 },
                "{length}: {asked}"
            );
        }
    }
}
