//! Pretokens to token counts: a small table of fixed size that forgets.
//!
//! Nine pretokens in ten have been seen before. Each has one place it may be in, and a newer one takes it over;
//! whole keys are compared, so that a count is never another pretoken's. Up to 14 bytes fit into one number
//! with their length and their count, up to 30 into two; longer ones are counted anew every time.

/// Entries of up to [`SHORT`] bytes: 1 MiB.
const SHORT_ENTRIES: usize = 1 << 16;
/// Entries of up to [`LONG`] bytes: 512 KiB.
const LONG_ENTRIES: usize = 1 << 14;

const SHORT: usize = 14;
const LONG: usize = 30;

/// Short pretokens that are looked up together, so that the processor waits for all of their places at once.
const TOGETHER: usize = 32;

/// Everything but the count, which is the last byte.
const KEY: u128 = u128::MAX >> 8;

/// The table of one worker.
pub(super) struct Cache {
    short: Vec<u128>,
    long: Vec<[u128; 2]>,
    /// Keys and beginnings of the short pretokens that wait to be looked up.
    waiting: Box<[(u128, usize); TOGETHER]>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            short: vec![0; SHORT_ENTRIES],
            long: vec![[0; 2]; LONG_ENTRIES],
            waiting: Box::new([(0, 0); TOGETHER]),
        }
    }
}

impl Cache {
    /// The counts of all pretokens of `text`, summed up: `end` is given the beginning of one and returns its end, which
    /// is behind it; `count` counts those that are not remembered.
    #[inline]
    pub(super) fn sum(
        &mut self,
        text: &[u8],
        end: impl Fn(usize) -> usize,
        mut count: impl FnMut(&[u8]) -> usize,
    ) -> usize {
        let (mut start, mut sum, mut waiting) = (0, 0, 0);
        while start < text.len() {
            let end = end(start);
            let length = end - start;
            if length <= SHORT {
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
            start = end;
        }
        sum + self.short(waiting, text, &mut count)
    }

    fn short(&mut self, waiting: usize, text: &[u8], count: &mut impl FnMut(&[u8]) -> usize) -> usize {
        let mut sum = 0;
        for (key, start) in &self.waiting[..waiting] {
            let entry = &mut self.short[hash(*key) as usize % SHORT_ENTRIES];
            if *entry & KEY != *key {
                let length = (key >> 112) as usize;
                let counted = count(&text[*start..*start + length]);
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
                prop_assert_eq!(cache.sum(text, end, count), expected);
                prop_assert_eq!(cache.sum(text, end, count), expected);
            }
        }
    }

    #[test]
    fn a_pretoken_is_counted_once() {
        let text: Vec<u8> = (0..186u8).collect(); // six times the shortest length that is not remembered
        let mut cache = Cache::default();
        for length in [1, 14, 15, 16, 17, 30, 31] {
            let end = |start: usize| text.len().min(start + length);
            let mut asked = 0;
            cache.sum(&text, end, |_| 1);
            cache.sum(&text, end, |_| {
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
