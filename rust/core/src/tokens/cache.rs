//! Pretokens to token counts: a small table of fixed size that forgets.
//!
//! Nine pretokens in ten have been seen before. Each has one place it may be in, and a newer one takes it over;
//! whole keys are compared, so that a count is never another pretoken's. Up to 14 bytes fit into one number
//! with their length and their count, up to 30 into two; longer ones are counted anew every time.

/// Entries of up to [`SHORT`] bytes: 512 KiB.
const SHORT_ENTRIES: usize = 1 << 15;
/// Entries of up to [`LONG`] bytes: 256 KiB.
const LONG_ENTRIES: usize = 1 << 13;

const SHORT: usize = 14;
const LONG: usize = 30;

/// Everything but the count, which is the last byte.
const KEY: u128 = u128::MAX >> 8;

/// The table of one worker.
pub(super) struct Cache {
    short: Vec<u128>,
    long: Vec<[u128; 2]>,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            short: vec![0; SHORT_ENTRIES],
            long: vec![[0; 2]; LONG_ENTRIES],
        }
    }
}

impl Cache {
    /// The count of `text[start..end]`, which is not empty: remembered, or counted by `count`.
    #[inline]
    pub(super) fn get(
        &mut self,
        text: &[u8],
        start: usize,
        end: usize,
        count: impl FnOnce(&[u8]) -> usize,
    ) -> usize {
        let length = end - start;
        if length <= SHORT {
            let key = load(text, start, length) | (length as u128) << 112;
            let slot = hash(key) as usize % SHORT_ENTRIES;
            let entry = self.short[slot];
            if entry & KEY == key {
                return (entry >> 120) as usize;
            }
            let counted = count(&text[start..end]);
            self.short[slot] = key | (counted as u128) << 120;
            counted
        } else if length <= LONG {
            let key = [
                load(text, start, length.min(16)),
                load(text, start + 16.min(length), length.saturating_sub(16)) | (length as u128) << 112,
            ];
            let slot = hash(key[0] ^ key[1].rotate_left(64 + 27)) as usize % LONG_ENTRIES;
            let entry = self.long[slot];
            if entry[0] == key[0] && entry[1] & KEY == key[1] {
                return (entry[1] >> 120) as usize;
            }
            let counted = count(&text[start..end]);
            self.long[slot] = [key[0], key[1] | (counted as u128) << 120];
            counted
        } else {
            count(&text[start..end])
        }
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

    #[test]
    fn a_pretoken_is_counted_once_and_never_taken_for_another() {
        let text: Vec<u8> = (0..200u8).collect();
        let mut cache = Cache::default();
        for length in 1..40 {
            for start in [0, 1, 200 - length] {
                let end = start + length;
                let count = (start + length) % length + 1;
                assert_eq!(cache.get(&text, start, end, |_| count), count);
                let again = cache.get(&text, start, end, |_| usize::MAX);
                assert_eq!(again, if length > LONG { usize::MAX } else { count });
            }
        }
    }

    #[test]
    fn trailing_zeros_are_part_of_the_key() {
        let mut cache = Cache::default();
        let text = [b'a', 0, 0, 0];
        for end in 1..=4 {
            assert_eq!(cache.get(&text, 0, end, |_| end), end);
        }
        for end in 1..=4 {
            assert_eq!(cache.get(&text, 0, end, |_| 99), end);
        }
    }
}
