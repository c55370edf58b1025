//! The same with the instructions of x86-64-v3 and v4.

use std::arch::x86_64::{
    __m128i, __m512i, _mm_loadu_si128, _mm256_loadu_si256, _mm256_sub_epi32, _mm512_add_epi32,
    _mm512_add_epi64, _mm512_and_si512, _mm512_andnot_si512, _mm512_castsi128_si512, _mm512_cmpgt_epu64_mask,
    _mm512_cvtepu32_epi64, _mm512_inserti64x2, _mm512_loadu_si512, _mm512_maskz_compress_epi32,
    _mm512_mul_epu32, _mm512_permutex2var_epi64, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_setr_epi32,
    _mm512_slli_epi64, _mm512_sllv_epi64, _mm512_srli_epi64, _mm512_storeu_si512, _mm512_subs_epu16,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::{BLOCK, Edges, SQRT3, STEP, flatten, hash_all, hash_long, seed};

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
pub(super) fn avx2(text: &[u8], mask: &[u64], cuts: &[u64], edges: &mut Edges, out: &mut Vec<u64>) {
    edges.find(mask, cuts, flatten);
    hash_all(text, edges, out);
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,popcnt,lzcnt")]
pub(super) fn avx512(text: &[u8], mask: &[u64], cuts: &[u64], edges: &mut Edges, out: &mut Vec<u64>) {
    edges.find(mask, cuts, |bits, base, out| compress(bits, base, out));
    hash_eight(text, edges, out);
}

/// The positions of the bits of one block, 16 at a time, without a branch.
#[target_feature(enable = "avx512f")]
fn compress(bits: u64, base: u32, out: &mut [u32; BLOCK]) {
    let mut places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    places = _mm512_add_epi32(places, _mm512_set1_epi32(base.cast_signed()));
    let mut length = 0;
    for quarter in 0..4 {
        let bits = (bits >> (16 * quarter)) as u16;
        let found = _mm512_maskz_compress_epi32(bits, places);
        // SAFETY: before the nth quarter at most 16n of the 64 places are taken.
        let free = unsafe { out.as_mut_ptr().add(length) };
        // SAFETY: so that 16 more are free; the store needs no alignment.
        unsafe { _mm512_storeu_si512(free.cast(), found) };
        length += bits.count_ones() as usize;
        places = _mm512_add_epi32(places, _mm512_set1_epi32(16));
    }
}

/// Words that are hashed together.
const WORDS: usize = 8;

/// The seeds of words of 16, 1, 2, ... 15 bytes: each at the place that the lowest four bits of the length give.
static SEEDS: [u64; STEP] = {
    let mut seeds = [seed(STEP); STEP];
    let mut length = 1;
    while length < STEP {
        seeds[length] = seed(length);
        length += 1;
    }
    seeds
};

/// The hashes of the words, eight in a register.
#[target_feature(enable = "avx512f,avx512bw,avx512dq")]
fn hash_eight(text: &[u8], edges: &mut Edges, out: &mut Vec<u64>) {
    let Edges {
        starts,
        ends,
        long,
        count,
    } = edges;
    let (first, count) = (out.len(), *count);
    // Whole registers are read and written: behind the last word come some of no length.
    out.reserve(count + WORDS);
    starts[count..][..WORDS].fill(0);
    ends[count..][..WORDS].fill(0);
    let mut longs = 0;
    let (starts, ends) = (starts.as_chunks::<WORDS>().0, ends.as_chunks::<WORDS>().0);
    let free = &mut out.spare_capacity_mut()[..count.next_multiple_of(WORDS)];
    let blocks = starts.iter().zip(ends).zip(free.as_chunks_mut::<WORDS>().0);
    let (low_seeds, high_seeds) = SEEDS.split_at(WORDS);
    // SAFETY: each half is 64 bytes; the load needs no alignment.
    let low_seeds = unsafe { _mm512_loadu_si512(low_seeds.as_ptr().cast()) };
    // SAFETY: as above.
    let high_seeds = unsafe { _mm512_loadu_si512(high_seeds.as_ptr().cast()) };
    let ones = _mm512_set1_epi64(-1);
    for (block, ((starts, ends), free)) in blocks.enumerate() {
        let step = |word: usize| {
            // SAFETY: every start is 0 or within the mask, and the text is 64 bytes longer than that: `hash_words` checked it.
            let place = unsafe { text.as_ptr().add(starts[word] as usize) };
            // SAFETY: as above, there are 64 bytes more; the load needs no alignment.
            unsafe { _mm_loadu_si128(place.cast()) }
        };
        // Loads and unpacking take less time than gathering.
        let even = of_four(step(0), step(2), step(4), step(6));
        let odd = of_four(step(1), step(3), step(5), step(7));
        let (low, high) = (_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd));
        // SAFETY: it is an array of exactly the 32 bytes that are read; the load needs no alignment.
        let starts = unsafe { _mm256_loadu_si256(starts.as_ptr().cast()) };
        // SAFETY: as above.
        let ends = unsafe { _mm256_loadu_si256(ends.as_ptr().cast()) };
        let lengths = _mm512_cvtepu32_epi64(_mm256_sub_epi32(ends, starts));
        // A shift by 64 and more leaves nothing; so all bits of the low half are the word's own from eight bytes on.
        let bits = _mm512_slli_epi64::<3>(lengths);
        let behind = _mm512_subs_epu16(bits, _mm512_set1_epi64(64));
        let low = _mm512_andnot_si512(_mm512_sllv_epi64(ones, bits), low);
        let high = _mm512_andnot_si512(_mm512_sllv_epi64(ones, behind), high);
        let seeds = _mm512_permutex2var_epi64(low_seeds, lengths, high_seeds);
        let hashes = folded_product(
            _mm512_xor_si512(low, seeds),
            _mm512_xor_si512(high, _mm512_set1_epi64(SQRT3.cast_signed())),
        );
        // SAFETY: `free` is an array of exactly the 64 bytes that are written; the store needs no alignment.
        unsafe { _mm512_storeu_si512(free.as_mut_ptr().cast(), hashes) };
        let mut too_long = _mm512_cmpgt_epu64_mask(lengths, _mm512_set1_epi64(STEP as i64));
        while too_long != 0 {
            long[longs] = (block * WORDS) as u32 + too_long.trailing_zeros();
            longs += 1;
            too_long &= too_long - 1;
        }
    }
    // SAFETY: `reserve` made room for `count` more elements, and the loop has written as many.
    unsafe { out.set_len(first + count) };
    hash_long(text, edges, longs, &mut out[first..]);
}

#[target_feature(enable = "avx512f,avx512dq")]
fn of_four(a: __m128i, b: __m128i, c: __m128i, d: __m128i) -> __m512i {
    let one = _mm512_inserti64x2::<1>(_mm512_castsi128_si512(a), b);
    _mm512_inserti64x2::<3>(_mm512_inserti64x2::<2>(one, c), d)
}

/// Both halves of the 128-bit products, xored: from four products of 32-bit halves.
#[target_feature(enable = "avx512f")]
fn folded_product(a: __m512i, b: __m512i) -> __m512i {
    let half = _mm512_set1_epi64(0xffff_ffff);
    let (a_high, b_high) = (_mm512_srli_epi64::<32>(a), _mm512_srli_epi64::<32>(b));
    let lowest = _mm512_mul_epu32(a, b);
    let one = _mm512_add_epi64(_mm512_mul_epu32(a_high, b), _mm512_srli_epi64::<32>(lowest));
    let other = _mm512_add_epi64(_mm512_mul_epu32(a, b_high), _mm512_and_si512(one, half));
    let high = _mm512_add_epi64(
        _mm512_add_epi64(_mm512_mul_epu32(a_high, b_high), _mm512_srli_epi64::<32>(one)),
        _mm512_srli_epi64::<32>(other),
    );
    let low = _mm512_add_epi64(_mm512_slli_epi64::<32>(other), _mm512_and_si512(lowest, half));
    _mm512_xor_si512(low, high)
}
