//! Looking through the sets that were found under a key for those that can be similar.
//!
//! What rules out most of them stands beside each: its size, and 64 bits of which two similar sets differ in few. So a set
//! that is met in vain costs no look at anything else in memory.

/// A set under a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Posting {
    /// The set's number.
    pub class: u32,
    /// Its size, at most [`u16::MAX`].
    pub size: u16,
    /// A part of the key, where several share a list.
    pub tag: u16,
}

/// What similar sets are like.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The part of the key.
    pub tag: u16,
    /// The smallest and the largest size.
    pub sizes: (u16, u16),
    /// The sketch of the set that looks for others.
    pub sketch: u64,
    /// A set of size s may differ from it in at most `(apart.0 + apart.1 · s) / 2^16` elements.
    pub apart: (u64, u64),
}

impl Wanted {
    /// Of the key and of a size that can be similar.
    #[inline]
    fn fits(&self, posting: Posting) -> bool {
        posting.tag == self.tag && (self.sizes.0..=self.sizes.1).contains(&posting.size)
    }

    #[inline]
    fn is_near(&self, posting: Posting, sketch: u64) -> bool {
        u64::from((sketch ^ self.sketch).count_ones()) <= self.most_apart(posting.size)
    }

    /// How far apart a set of this size may be; of one whose size is not known, nothing can be said.
    #[inline]
    fn most_apart(&self, size: u16) -> u64 {
        if size == u16::MAX {
            u64::from(u64::BITS)
        } else {
            ((self.apart.0 + self.apart.1 * u64::from(size)) >> 16).min(u64::from(u64::BITS))
        }
    }

    /// The part of the key and the lowest size in one number, and how far it is to the highest.
    fn range(&self) -> (u64, u64) {
        let least = u64::from(self.tag) << 16 | u64::from(self.sizes.0);
        (least, u64::from(self.sizes.1.saturating_sub(self.sizes.0)))
    }
}

/// Sets that are looked at together.
const LANES: usize = 8;

/// Appends the sets that can be similar to `out`, in order.
///
/// `sketches` has one for each set, which differs from that of another set in at most |AΔB| bits, or none at all.
///
/// # Panics
/// If there are some, but not as many.
pub fn similar(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut Vec<u32>) {
    assert!(
        sketches.is_empty() || sketches.len() == postings.len(),
        "a sketch for each set"
    );
    // Most lists are short, and nothing is gained by a call for them.
    if postings.len() < LANES {
        return one_by_one(postings, sketches, wanted, out);
    }
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(postings, sketches, wanted, out) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(postings, sketches, wanted, out) },
        crate::level::Level::Scalar => {}
    }
    one_by_one(postings, sketches, wanted, out);
}

/// The twin.
fn one_by_one(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut Vec<u32>) {
    for (at, posting) in postings.iter().enumerate() {
        if wanted.fits(*posting)
            && sketches
                .get(at)
                .is_none_or(|sketch| wanted.is_near(*posting, *sketch))
        {
            out.push(posting.class);
        }
    }
}

/// First a bit for each of eight sets that may be what is wanted, then a look at those: `near` finds the sketches that differ
/// from one in so many bits at most, `fit` the key and the sizes.
#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn by_glances(
    postings: &[Posting],
    sketches: &[u64],
    wanted: &Wanted,
    near: impl Fn(&[u64; LANES], u64, u64) -> u8,
    fit: impl Fn(&[Posting; LANES], (u64, u64)) -> u8,
    out: &mut Vec<u32>,
) {
    // Of the largest size that is wanted, the most differ.
    let (most, range) = (wanted.most_apart(wanted.sizes.1), wanted.range());
    let (whole, _) = postings.as_chunks::<LANES>();
    let (sketched, _) = sketches.as_chunks::<LANES>();
    for (at, eight) in whole.iter().enumerate() {
        let mut found = match sketched.get(at) {
            Some(sketches) => near(sketches, wanted.sketch, most),
            None => fit(eight, range),
        };
        while found != 0 {
            let lane = found.trailing_zeros() as usize;
            found &= found - 1;
            let sketch = sketched.get(at).map(|sketches| sketches[lane]);
            let posting = eight[lane];
            if wanted.fits(posting) && sketch.is_none_or(|sketch| wanted.is_near(posting, sketch)) {
                out.push(posting.class);
            }
        }
    }
    let done = whole.len() * LANES;
    one_by_one(
        &postings[done..],
        sketches.get(done..).unwrap_or_default(),
        wanted,
        out,
    );
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm_setr_epi8, _mm256_add_epi8, _mm256_and_si256, _mm256_castsi256_pd,
        _mm256_cmpgt_epi64, _mm256_loadu_si256, _mm256_movemask_pd, _mm256_sad_epu8, _mm256_set1_epi8,
        _mm256_set1_epi64x, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
        _mm256_srli_epi64, _mm256_sub_epi64, _mm256_xor_si256, _mm512_add_epi8, _mm512_and_si512,
        _mm512_broadcast_i32x4, _mm512_cmple_epu64_mask, _mm512_loadu_si512, _mm512_sad_epu8,
        _mm512_set1_epi8, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_srli_epi16,
        _mm512_srli_epi64, _mm512_sub_epi64, _mm512_xor_si512,
    };

    use super::{LANES, Posting, Wanted, by_glances};

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn avx512(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut Vec<u32>) {
        by_glances(
            postings,
            sketches,
            wanted,
            |eight, sketch, most| near512(eight, sketch, most),
            |eight, range| fit512(eight, range),
            out,
        );
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
    pub(super) fn avx2(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut Vec<u32>) {
        by_glances(
            postings,
            sketches,
            wanted,
            |eight, sketch, most| near256(eight, sketch, most),
            |eight, range| fit256(eight, range),
            out,
        );
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    fn near512(sketches: &[u64; LANES], sketch: u64, most: u64) -> u8 {
        // SAFETY: `sketches` is an array of exactly the 64 bytes that are read; the load needs no alignment.
        let sketches = unsafe { _mm512_loadu_si512(sketches.as_ptr().cast()) };
        let differ = _mm512_xor_si512(sketches, _mm512_set1_epi64(sketch.cast_signed()));
        _mm512_cmple_epu64_mask(ones512(differ), _mm512_set1_epi64(most.cast_signed()))
    }

    /// How many bits of each lane are set: by halves of bytes, from a table.
    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    fn ones512(lanes: __m512i) -> __m512i {
        let ones = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
        let half = _mm512_set1_epi8(15);
        let low = _mm512_shuffle_epi8(ones, _mm512_and_si512(lanes, half));
        let high = _mm512_shuffle_epi8(ones, _mm512_and_si512(_mm512_srli_epi16::<4>(lanes), half));
        _mm512_sad_epu8(_mm512_add_epi8(low, high), _mm512_setzero_si512())
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    fn fit512(postings: &[Posting; LANES], (least, more): (u64, u64)) -> u8 {
        // SAFETY: `postings` is an array of exactly the 64 bytes that are read, eight each and none of them padding; the
        // load needs no alignment.
        let postings = unsafe { _mm512_loadu_si512(postings.as_ptr().cast()) };
        // Little end first: the class is the lower half, above it the size, then the part of the key.
        let sizes = _mm512_srli_epi64::<32>(postings);
        let beyond = _mm512_sub_epi64(sizes, _mm512_set1_epi64(least.cast_signed()));
        _mm512_cmple_epu64_mask(beyond, _mm512_set1_epi64(more.cast_signed()))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn near256(sketches: &[u64; LANES], sketch: u64, most: u64) -> u8 {
        let (sketch, more) = (
            _mm256_set1_epi64x(sketch.cast_signed()),
            _mm256_set1_epi64x(most.cast_signed() + 1),
        );
        let mut found = 0;
        for (half, sketches) in sketches.as_chunks::<4>().0.iter().enumerate() {
            // SAFETY: `sketches` is an array of exactly the 32 bytes that are read; the load needs no alignment.
            let sketches = unsafe { _mm256_loadu_si256(sketches.as_ptr().cast()) };
            let near = _mm256_cmpgt_epi64(more, ones256(_mm256_xor_si256(sketches, sketch)));
            found |= bits256(near) << (4 * half);
        }
        found
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn ones256(lanes: __m256i) -> __m256i {
        let ones = _mm256_setr_epi8(
            0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
        );
        let half = _mm256_set1_epi8(15);
        let low = _mm256_shuffle_epi8(ones, _mm256_and_si256(lanes, half));
        let high = _mm256_shuffle_epi8(ones, _mm256_and_si256(_mm256_srli_epi16::<4>(lanes), half));
        _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256())
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn fit256(postings: &[Posting; LANES], (least, more): (u64, u64)) -> u8 {
        let (least, above) = (
            _mm256_set1_epi64x(least.cast_signed()),
            _mm256_set1_epi64x(more.cast_signed() + 1),
        );
        let mut found = 0;
        for (half, postings) in postings.as_chunks::<4>().0.iter().enumerate() {
            // SAFETY: `postings` is an array of exactly the 32 bytes that are read, eight each and none of them padding;
            // the load needs no alignment.
            let postings = unsafe { _mm256_loadu_si256(postings.as_ptr().cast()) };
            let beyond = _mm256_sub_epi64(_mm256_srli_epi64::<32>(postings), least);
            let fit = _mm256_and_si256(
                _mm256_cmpgt_epi64(above, beyond),
                _mm256_cmpgt_epi64(beyond, _mm256_set1_epi64x(-1)),
            );
            found |= bits256(fit) << (4 * half);
        }
        found
    }

    /// A bit for each lane.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn bits256(lanes: __m256i) -> u8 {
        _mm256_movemask_pd(_mm256_castsi256_pd(lanes)) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    fn twin(postings: &[Posting], sketches: &[u64], wanted: &Wanted) -> Vec<u32> {
        let fits = |(at, posting): &(usize, &Posting)| {
            let differ = sketches.get(*at).map_or(0, |sketch| {
                (0..64)
                    .filter(|bit| (sketch ^ wanted.sketch) >> bit & 1 == 1)
                    .count()
            });
            let most = (wanted.apart.0 + wanted.apart.1 * u64::from(posting.size)) / 65536;
            posting.tag == wanted.tag
                && (wanted.sizes.0..=wanted.sizes.1).contains(&posting.size)
                && (posting.size == u16::MAX || differ as u64 <= most)
        };
        let found = postings.iter().enumerate().filter(fits);
        found.map(|(_, posting)| posting.class).collect()
    }

    proptest! {
        #[test]
        fn every_path_gives_the_answer_of_the_twin(
            sets in proptest::collection::vec((any::<u64>(), any::<u32>(), 0u16..40, 0u16..3, 0u8..8), 0..80),
            (sketch, tag, smallest) in (any::<u64>(), 0u16..3, 0u16..30),
            apart in (0u64..1 << 22, 0u64..1 << 17),
        ) {
            let posting = |&(_, class, size, tag, long): &(u64, u32, u16, u16, u8)| Posting {
                class, size: if long == 0 { u16::MAX } else { size }, tag,
            };
            let postings: Vec<Posting> = sets.iter().map(posting).collect();
            let sketches: Vec<u64> = sets.iter().map(|set| set.0).collect();
            for (sketches, largest) in [(&sketches[..], 20), (&sketches[..], u16::MAX), (&[], u16::MAX)] {
                let wanted = Wanted { tag, sizes: (smallest, largest), sketch, apart };
                let expected = twin(&postings, sketches, &wanted);
                at_every_level(|| {
                    let mut found = vec![7];
                    similar(&postings, sketches, &wanted, &mut found);
                    assert_eq!((found[0], &found[1..]), (7, &expected[..]));
                });
            }
        }
    }
}
