//! Finds the characters of a UTF-8 text that somebody has doubts about, by their first byte and the upper half of
//! their second.
//!
//! Most text of most scripts needs no more than that to be passed over, 32 bytes at a time; what is found may turn out
//! to be harmless at a closer look.

/// First bytes and halves of second bytes that are in doubt.
#[derive(Clone)]
pub struct Doubts {
    /// For every first byte from 0xC0 on, a bit for each second byte of 0x80, 0x90, 0xA0 and 0xB0 and the 15 behind it.
    masks: [u8; 64],
    /// The same as nibbles, to be looked up by the lower half of the first byte: 0xC0 and 0xD0, 0xE0 and 0xF0.
    tables: [[u8; 16]; 2],
}

impl Doubts {
    /// From the answer to whether a first and a second byte are in doubt.
    pub fn new(mut doubtful: impl FnMut(u8, u8) -> bool) -> Self {
        let mut masks = [0; 64];
        for lead in 0xc0..=0xff_u8 {
            for second in 0x80..=0xbf_u8 {
                let bit = 1 << ((second >> 4) - 8);
                masks[usize::from(lead - 0xc0)] |= if doubtful(lead, second) { bit } else { 0 };
            }
        }
        let table =
            |first: usize| std::array::from_fn(|low| masks[first + low] | masks[first + 16 + low] << 4);
        Self {
            masks,
            tables: [table(0), table(32)],
        }
    }

    /// Where the first character in doubt begins at or behind `from`, or the end of `text`.
    ///
    /// `text` is UTF-8, and a character begins at `from`.
    pub fn next(&self, text: &[u8], from: usize) -> usize {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the line above has seen that this machine has AVX2.
            let at = unsafe { avx2::next(self, text, from) };
            return self.scalar(text, at);
        }
        self.scalar(text, from)
    }

    /// The twin: byte by byte.
    fn scalar(&self, text: &[u8], from: usize) -> usize {
        let doubtful = |pair: &[u8]| {
            let (lead, second) = (pair[0], pair[1]);
            lead >= 0xc0
                && (0x80..0xc0).contains(&second)
                && self.masks[usize::from(lead - 0xc0)] >> ((second >> 4) - 8) & 1 == 1
        };
        let ahead = text[from.min(text.len())..].windows(2).position(doubtful);
        ahead.map_or(text.len(), |ahead| from + ahead)
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_blendv_epi8, _mm256_broadcastsi128_si256,
        _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
        _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi16, _mm256_srli_epi16,
    };

    use super::Doubts;

    const LANES: usize = 32;

    /// The bit of a second byte, by its upper half.
    const BITS: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 0, 0, 0, 0];

    /// As far as whole vectors go: the first doubt, or a place before which there is none.
    #[target_feature(enable = "avx2")]
    pub(super) fn next(doubts: &Doubts, text: &[u8], from: usize) -> usize {
        let [low, high] = [table(&doubts.tables[0]), table(&doubts.tables[1])];
        let bits = table(&BITS);
        let half = _mm256_set1_epi8(0x0f);
        let mut at = from;
        while let Some(bytes) = text.get(at..at + LANES + 1) {
            let lead = load(bytes, 0);
            if _mm256_movemask_epi8(lead) != 0 {
                let second = load(bytes, 1);
                let by = _mm256_and_si256(lead, half);
                // Bit 5 of the first byte tells 0xC0 and 0xD0 from 0xE0 and 0xF0, bit 4 the two of a pair.
                let both = _mm256_blendv_epi8(
                    _mm256_shuffle_epi8(low, by),
                    _mm256_shuffle_epi8(high, by),
                    _mm256_slli_epi16(lead, 2),
                );
                let upper = _mm256_and_si256(_mm256_srli_epi16(both, 4), half);
                let mask = _mm256_blendv_epi8(both, upper, _mm256_slli_epi16(lead, 3));
                let bit = _mm256_shuffle_epi8(bits, _mm256_and_si256(_mm256_srli_epi16(second, 4), half));
                // ASCII is above as well, but no second byte follows it.
                let first = _mm256_cmpgt_epi8(lead, _mm256_set1_epi8(0xbf_u8.cast_signed()));
                let hit = _mm256_and_si256(_mm256_and_si256(mask, bit), first);
                let none = _mm256_cmpeq_epi8(hit, _mm256_setzero_si256());
                let found = !_mm256_movemask_epi8(none).cast_unsigned();
                if found != 0 {
                    return at + found.trailing_zeros() as usize;
                }
            }
            at += LANES;
        }
        at
    }

    #[target_feature(enable = "avx2")]
    fn table(entries: &[u8; 16]) -> __m256i {
        // SAFETY: the array is 16 bytes long, and the load asks for no alignment.
        let entries: __m128i = unsafe { _mm_loadu_si128(entries.as_ptr().cast()) };
        _mm256_broadcastsi128_si256(entries)
    }

    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8], from: usize) -> __m256i {
        let lanes = &bytes[from..from + LANES];
        // SAFETY: `lanes` is 32 bytes long, and the load asks for no alignment.
        unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_answers() {
        let doubts = Doubts::new(|lead, second| lead == 0xcc || lead == 0xe2 && second == 0x80);
        let text = "plain text of some length, then é and я and 中, then e\u{301} and ’ behind it";
        let mark = text.find('\u{301}').unwrap();
        let quote = text.find('’').unwrap();
        assert_eq!(doubts.next(text.as_bytes(), 0), mark);
        assert_eq!(doubts.next(text.as_bytes(), mark + 2), quote);
        assert_eq!(doubts.next(text.as_bytes(), quote + 3), text.len());
        assert_eq!(doubts.next(b"", 0), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn vectors_find_what_the_twin_finds(
            text in prop_oneof!["\\PC{0,80}", "[a-zé-я’中😀]{0,100}"], odd in any::<u64>(), skip in 0usize..80
        ) {
            let doubts = Doubts::new(|lead, second| (odd >> (lead & 63)) & 1 == 1 && (odd >> (second & 31)) & 1 == 1);
            let from = text.char_indices().map(|(at, _)| at).nth(skip).unwrap_or(text.len());
            prop_assert_eq!(doubts.next(text.as_bytes(), from), doubts.scalar(text.as_bytes(), from));
        }
    }
}
