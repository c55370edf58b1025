//! Finds the characters of a UTF-8 text that somebody has doubts about, by their first two bytes and the upper half of the
//! third byte.
//!
//! Most text of most scripts needs no more than that to be passed over, 64 bytes at a time; what is found may turn out to be
//! harmless at a closer look. Doubts are put into eight groups by their first byte. For each of the five halves of bytes
//! there is a table from its value to the groups in which some doubt has it, and a place is found where a group is in all five
//! (the method is that of Teddy, G. Langdale, in Hyperscan): within a group, what one doubt has in one half goes with what another one
//! has in another half.

/// Bytes in one block, and bits in one element of a mask.
pub const BLOCK: usize = 64;

/// A block and the two bytes behind it.
const WITH_NEXT: usize = BLOCK + 2;

/// The third bytes of all kinds, as the bits of their upper halves.
pub const ANY: u16 = u16::MAX;

/// Beginnings of characters that are in doubt.
#[derive(Clone, Default)]
pub struct Doubts {
    /// Groups by the lower and the upper half of the first byte, the same of the second byte, and the upper half of the third.
    tables: [[u8; 16]; 5],
}

/// The group of a first and a second byte, as a bit: what common scripts have stays out of the groups of others.
fn group(lead: u8, second: u8) -> u8 {
    let number = match lead {
        0xc2 | 0xe2 => 0,
        0xc8..=0xcf => 1,
        0xd8..=0xdf => 1 + 2 * u8::from(second < 0x90),
        0xc3..=0xc7 | 0xd0..=0xd7 => 2,
        0xe0 => 4,
        0xe1 | 0xea | 0xef => 5,
        0xe3 => 6,
        _ => 7,
    };
    1 << number
}

impl Doubts {
    /// From the answer to which third bytes, as the bits of their upper halves, a first and a second byte are in doubt with. The
    /// third byte is the first one of the next character where the character has only two; behind the end of the text it is 0.
    pub fn new(mut doubtful: impl FnMut(u8, u8) -> u16) -> Self {
        let mut found = Self::default();
        for lead in 0xc2..=0xf4_u8 {
            for second in 0x80..=0xbf_u8 {
                let thirds = doubtful(lead, second);
                if thirds == 0 {
                    continue;
                }
                let halves = [lead & 15, lead >> 4, second & 15, second >> 4];
                for (table, half) in found.tables.iter_mut().zip(halves) {
                    table[usize::from(half)] |= group(lead, second);
                }
                for half in (0..16).filter(|half| thirds >> half & 1 == 1) {
                    found.tables[4][half] |= group(lead, second);
                }
            }
        }
        found
    }

    /// Where characters in doubt begin, and perhaps others, as bit `i % 64` of `bits[i / 64]`, in place of what `bits` held.
    ///
    /// `text` is UTF-8.
    pub fn places(&self, text: &[u8], bits: &mut Vec<u64>) {
        let count = text.len().div_ceil(BLOCK);
        if bits.len() != count {
            bits.resize(count, 0);
        }
        #[cfg(target_arch = "x86_64")]
        match crate::level::level() {
            // SAFETY: a level is never more than the machine has, and this one has all that it asks for.
            crate::level::Level::Avx512 => return unsafe { avx512::places(self, text, bits) },
            // SAFETY: as above.
            crate::level::Level::Avx2 => return unsafe { avx2::places(self, text, bits) },
            crate::level::Level::Scalar => {}
        }
        self.scalar(text, bits);
    }

    /// The twin: byte by byte.
    fn scalar(&self, text: &[u8], bits: &mut [u64]) {
        every_block(text, bits, |block| {
            let places = block.windows(3).enumerate();
            places
                .map(|(at, bytes)| u64::from(self.doubtful(bytes)) << at)
                .sum()
        });
    }

    fn doubtful(&self, bytes: &[u8]) -> bool {
        let (lead, second, third) = (bytes[0], bytes[1], bytes[2]);
        let halves = [lead & 15, lead >> 4, second & 15, second >> 4, third >> 4];
        let tables = self.tables.iter().zip(halves);
        tables.fold(0xff, |groups, (table, half)| groups & table[usize::from(half)]) != 0
    }
}

/// `one` for every block of the text and the bytes behind it, the last one filled up with zeros.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn every_block(text: &[u8], bits: &mut [u64], one: impl Fn(&[u8; WITH_NEXT]) -> u64) {
    // Two blocks may want what lies behind the end.
    for (at, bits) in bits.iter_mut().enumerate() {
        let rest = &text[at * BLOCK..];
        let mut last = [0; WITH_NEXT];
        let block = rest.first_chunk().unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            &last
        });
        *bits = one(block);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512i, _mm_loadu_si128, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_loadu_si512,
        _mm512_set1_epi8, _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_test_epi8_mask,
    };

    use super::{BLOCK, Doubts, WITH_NEXT, every_block};

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn places(doubts: &Doubts, text: &[u8], bits: &mut [u64]) {
        let tables = doubts.tables.each_ref().map(|entries| table(entries));
        let half = _mm512_set1_epi8(0x0f);
        let groups = |table: __m512i, by: __m512i| _mm512_shuffle_epi8(table, _mm512_and_si512(by, half));
        every_block(text, bits, |block| {
            let [first, second, third] = [load(block, 0), load(block, 1), load(block, 2)];
            let [lead, next] = [
                _mm512_and_si512(
                    groups(tables[0], first),
                    groups(tables[1], _mm512_srli_epi16(first, 4)),
                ),
                _mm512_and_si512(
                    groups(tables[2], second),
                    groups(tables[3], _mm512_srli_epi16(second, 4)),
                ),
            ];
            let behind = groups(tables[4], _mm512_srli_epi16(third, 4));
            _mm512_test_epi8_mask(_mm512_and_si512(lead, next), behind)
        });
    }

    #[target_feature(enable = "avx512f")]
    fn table(entries: &[u8; 16]) -> __m512i {
        // SAFETY: the array is 16 bytes long, and the load asks for no alignment.
        let entries = unsafe { _mm_loadu_si128(entries.as_ptr().cast()) };
        _mm512_broadcast_i32x4(entries)
    }

    #[target_feature(enable = "avx512f")]
    fn load(block: &[u8; WITH_NEXT], from: usize) -> __m512i {
        let lanes = &block[from..from + BLOCK];
        // SAFETY: `lanes` is 64 bytes long, and the load asks for no alignment.
        unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_srli_epi16,
    };

    use super::{Doubts, WITH_NEXT, every_block};

    const LANES: usize = 32;

    #[target_feature(enable = "avx2")]
    pub(super) fn places(doubts: &Doubts, text: &[u8], bits: &mut [u64]) {
        let tables = doubts.tables.each_ref().map(|entries| table(entries));
        let half = _mm256_set1_epi8(0x0f);
        let groups = |table: __m256i, by: __m256i| _mm256_shuffle_epi8(table, _mm256_and_si256(by, half));
        let hits = |block: &[u8; WITH_NEXT], from: usize| {
            let [first, second, third] = [load(block, from), load(block, from + 1), load(block, from + 2)];
            let lead = _mm256_and_si256(
                groups(tables[0], first),
                groups(tables[1], _mm256_srli_epi16(first, 4)),
            );
            let next = _mm256_and_si256(
                groups(tables[2], second),
                groups(tables[3], _mm256_srli_epi16(second, 4)),
            );
            let behind = groups(tables[4], _mm256_srli_epi16(third, 4));
            let hit = _mm256_and_si256(_mm256_and_si256(lead, next), behind);
            let none = _mm256_cmpeq_epi8(hit, _mm256_setzero_si256());
            u64::from(!_mm256_movemask_epi8(none).cast_unsigned())
        };
        every_block(text, bits, |block| hits(block, 0) | hits(block, LANES) << LANES);
    }

    #[target_feature(enable = "avx2")]
    fn table(entries: &[u8; 16]) -> __m256i {
        // SAFETY: the array is 16 bytes long, and the load asks for no alignment.
        let entries = unsafe { _mm_loadu_si128(entries.as_ptr().cast()) };
        _mm256_broadcastsi128_si256(entries)
    }

    #[target_feature(enable = "avx2")]
    fn load(block: &[u8; WITH_NEXT], from: usize) -> __m256i {
        let lanes = &block[from..from + LANES];
        // SAFETY: `lanes` is 32 bytes long, and the load asks for no alignment.
        unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    fn places(doubts: &Doubts, text: &str) -> Vec<usize> {
        let mut bits = vec![7; 3];
        doubts.places(text.as_bytes(), &mut bits);
        assert_eq!(bits.len(), text.len().div_ceil(BLOCK));
        let set = |at: &usize| bits[at / BLOCK] >> (at % BLOCK) & 1 == 1;
        (0..bits.len() * BLOCK).filter(set).collect()
    }

    #[test]
    fn known_answers() {
        let doubts = Doubts::new(|lead, second| match (lead, second) {
            (0xcc, _) => ANY,
            (0xe2, 0x80) => 1 << 9, // U+2010 to U+201F
            (0xc3, 0xa9) => 1,      // at the end of the text, or before a control
            _ => 0,
        });
        let text =
            "plain text of some length, then é and я and 中 and †, then e\u{301} and ’ behind it, café";
        let expected = ["\u{301}", "’"].map(|c| text.find(c).unwrap_or(0));
        at_every_level(|| {
            assert_eq!(places(&doubts, text), [&expected[..], &[text.len() - 2]].concat());
            assert_eq!(places(&doubts, ""), [0; 0]);
            assert_eq!(places(&doubts, "†"), [0; 0]);
        });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn every_level_finds_what_the_twin_finds_and_every_doubt(
            text in prop_oneof!["\\PC{0,80}", "[a-zé-я’中😀]{0,100}"], odd in any::<u64>(), thirds in any::<u16>()
        ) {
            let which = |lead: u8, second: u8| {
                let odd = (odd >> (lead & 63)) & 1 == 1 && (odd >> (second & 31)) & 1 == 1;
                if odd { thirds } else { 0 }
            };
            let doubts = Doubts::new(which);
            let bytes = [text.as_bytes(), &[0, 0]].concat();
            let mut twin = vec![7; text.len().div_ceil(BLOCK)];
            doubts.scalar(text.as_bytes(), &mut twin);
            for (at, found) in bytes.windows(3).enumerate().filter(|(_, found)| found[0] >= 0xc2) {
                let doubt = which(found[0], found[1]) >> (found[2] >> 4) & 1 == 1;
                prop_assert!(!doubt || twin[at / BLOCK] >> (at % BLOCK) & 1 == 1);
            }
            at_every_level(|| {
                let mut bits = vec![7; 3];
                doubts.places(text.as_bytes(), &mut bits);
                assert_eq!(bits, twin);
            });
        }
    }
}
