//! A string of bits in 64-bit words, written from front to back: what is behind the last bit written is 0.

/// Bits in one element.
pub(super) const BITS: usize = 64;

/// The lowest `count` bits, up to 64 of them.
#[inline]
pub(super) fn low(count: usize) -> u64 {
    u64::MAX.checked_shr((BITS - count) as u32).unwrap_or(0)
}

/// 64 bits from any place on; 0 behind the end.
#[inline]
pub(super) fn read(words: &[u64], at: usize) -> u64 {
    let (word, shift) = (at / BITS, at % BITS);
    let next = words.get(word + 1).map_or(0, |next| *next);
    words[word] >> shift | next << 1 << (BITS - 1 - shift)
}

/// Writes up to 64 bits, all those above being 0, from any place on; there must be an element behind the first.
#[inline]
pub(super) fn write(words: &mut [u64], at: usize, bits: u64) {
    let (word, shift) = (at / BITS, at % BITS);
    words[word] = words[word] & low(shift) | bits << shift;
    words[word + 1] = bits >> 1 >> (BITS - 1 - shift);
}

/// Sets all bits from a place on to 0.
pub(super) fn clear_from(words: &mut [u64], at: usize) {
    words[at / BITS] &= low(at % BITS);
    words[at / BITS + 1..].fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(pieces in proptest::collection::vec((any::<u64>(), 0usize..=64), 1..20)) {
            let mut words = vec![0; 22];
            let (mut at, mut bits) = (0, Vec::new());
            for (piece, count) in pieces {
                write(&mut words, at, piece & low(count));
                bits.extend((0..count).map(|bit| piece >> bit & 1));
                at += count;
            }
            for place in 0..at {
                let expected = bits[place..].iter().take(64).rev().fold(0, |all, bit| all << 1 | bit);
                prop_assert_eq!(read(&words, place), expected);
            }
            clear_from(&mut words, at / 2);
            prop_assert_eq!(read(&words, at / 2), 0);
            prop_assert_eq!(words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>(), bits[..at / 2].iter().sum::<u64>());
        }
    }
}
