//! XXH3-128 of long inputs, seed 0: the loop over stripes of 64 bytes that the specification of xxHash 0.8 gives to inputs
//! of more than 240 bytes, with the instructions that the machine has.

/// Inputs up to this length are hashed otherwise.
pub const SHORT: usize = 240;

const PRIME32: [u64; 3] = [0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D];
const PRIME64: [u64; 5] = [
    0x9E37_79B1_85EB_CA87,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
];

/// The default secret of the specification.
#[rustfmt::skip] // sixteen bytes a line
const SECRET: [u8; 192] = [
    0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
    0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
    0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
    0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
    0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
    0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
    0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
    0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
    0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
    0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
    0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
    0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
];

type Stripe = [u8; 64];
type Lanes = [u64; 8];

/// Stripes between two scramblings; each begins 8 bytes further on in the secret.
const STRIPES: usize = 16;

/// The hash of an input of more than [`SHORT`] bytes.
///
/// # Panics
/// If the input is not longer than [`SHORT`].
pub fn hash(input: &[u8]) -> u128 {
    assert!(input.len() > SHORT, "short inputs are hashed otherwise");
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(input) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(input) },
        crate::level::Level::Scalar => {}
    }
    every_stripe(input, accumulate)
}

fn number(bytes: &[u8], at: usize) -> u64 {
    bytes[at..]
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The specification around the inner loop: `accumulate` takes in stripes, the first with the secret from a place on.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn every_stripe(input: &[u8], accumulate: impl Fn(&mut Lanes, &[Stripe], usize)) -> u128 {
    let [p1, p2, p3, p4, p5] = PRIME64;
    let mut lanes = [PRIME32[2], p1, p2, p3, p4, PRIME32[1], p5, PRIME32[0]];
    // The last byte is never in a whole block or whole stripe: the last stripe ends with it and overlaps.
    let (stripes, _) = input[..input.len() - 1].as_chunks::<64>();
    let (blocks, rest) = stripes.as_chunks::<STRIPES>();
    for block in blocks {
        accumulate(&mut lanes, block, 0);
        for (at, lane) in lanes.iter_mut().enumerate() {
            *lane = (*lane ^ *lane >> 47 ^ number(&SECRET, 128 + 8 * at)).wrapping_mul(PRIME32[0]);
        }
    }
    accumulate(&mut lanes, rest, 0);
    if let Some(last) = input.last_chunk::<64>() {
        accumulate(&mut lanes, &[*last], 121);
    }
    let length = input.len() as u64;
    let low = merge(&lanes, 11, length.wrapping_mul(p1));
    let high = merge(&lanes, 117, !length.wrapping_mul(p2));
    u128::from(high) << 64 | u128::from(low)
}

fn merge(lanes: &Lanes, secret: usize, start: u64) -> u64 {
    let pairs = lanes.as_chunks::<2>().0.iter().enumerate();
    let hash = pairs.fold(start, |hash, (at, [a, b])| {
        let (a, b) = (
            a ^ number(&SECRET, secret + 16 * at),
            b ^ number(&SECRET, secret + 16 * at + 8),
        );
        let product = u128::from(a) * u128::from(b);
        hash.wrapping_add(product as u64 ^ (product >> 64) as u64)
    });
    let hash = (hash ^ hash >> 37).wrapping_mul(0x1656_6791_9E37_79F9);
    hash ^ hash >> 32
}

/// The twin.
fn accumulate(lanes: &mut Lanes, stripes: &[Stripe], first: usize) {
    for (at, stripe) in stripes.iter().enumerate() {
        for lane in 0..8 {
            let data = number(stripe, 8 * lane);
            let key = data ^ number(&SECRET, first + 8 * at + 8 * lane);
            lanes[lane ^ 1] = lanes[lane ^ 1].wrapping_add(data);
            lanes[lane] = lanes[lane].wrapping_add((key & 0xffff_ffff) * (key >> 32));
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm256_add_epi64, _mm256_loadu_si256, _mm256_mul_epu32, _mm256_shuffle_epi32, _mm256_srli_epi64,
        _mm256_storeu_si256, _mm256_xor_si256, _mm512_add_epi64, _mm512_loadu_si512, _mm512_mul_epu32,
        _mm512_shuffle_epi32, _mm512_srli_epi64, _mm512_storeu_si512, _mm512_xor_si512,
    };

    use super::{Lanes, SECRET, Stripe, every_stripe};

    /// Swaps the two 64-bit lanes of every 128.
    const SWAP: i32 = 0b01_00_11_10;

    #[target_feature(enable = "avx512f")]
    pub(super) fn avx512(input: &[u8]) -> u128 {
        every_stripe(input, |lanes: &mut Lanes, stripes: &[Stripe], first| {
            // SAFETY: `lanes` is an array of exactly the 64 bytes that are read; the load needs no alignment.
            let mut sums = unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) };
            for (stripe, secret) in stripes.iter().zip(SECRET[first..].windows(64).step_by(8)) {
                // SAFETY: `stripe` is an array of exactly the 64 bytes that are read; the load needs no alignment.
                let data = unsafe { _mm512_loadu_si512(stripe.as_ptr().cast()) };
                // SAFETY: `secret` is a window of 64 bytes; the load needs no alignment.
                let key = unsafe { _mm512_loadu_si512(secret.as_ptr().cast()) };
                let key = _mm512_xor_si512(data, key);
                let product = _mm512_mul_epu32(key, _mm512_srli_epi64::<32>(key));
                let sum = _mm512_add_epi64(sums, _mm512_shuffle_epi32::<SWAP>(data));
                sums = _mm512_add_epi64(sum, product);
            }
            // SAFETY: `lanes` is an array of exactly the 64 bytes that are written; the store needs no alignment.
            unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), sums) };
        })
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(input: &[u8]) -> u128 {
        every_stripe(input, |lanes: &mut Lanes, stripes: &[Stripe], first| {
            for half in 0..2 {
                let lanes = &mut lanes.as_chunks_mut::<4>().0[half];
                // SAFETY: `lanes` is an array of exactly the 32 bytes that are read; the load needs no alignment.
                let mut sums = unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) };
                for (stripe, secret) in stripes.iter().zip(SECRET[first..].windows(64).step_by(8)) {
                    let (stripe, secret) = (
                        &stripe.as_chunks::<32>().0[half],
                        &secret.as_chunks::<32>().0[half],
                    );
                    // SAFETY: `stripe` is an array of exactly the 32 bytes that are read; the load needs no alignment.
                    let data = unsafe { _mm256_loadu_si256(stripe.as_ptr().cast()) };
                    // SAFETY: `secret` is an array of exactly the 32 bytes that are read; the load needs no alignment.
                    let key = unsafe { _mm256_loadu_si256(secret.as_ptr().cast()) };
                    let key = _mm256_xor_si256(data, key);
                    let product = _mm256_mul_epu32(key, _mm256_srli_epi64::<32>(key));
                    let sum = _mm256_add_epi64(sums, _mm256_shuffle_epi32::<SWAP>(data));
                    sums = _mm256_add_epi64(sum, product);
                }
                // SAFETY: `lanes` is an array of exactly the 32 bytes that are written; the store needs no alignment.
                unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sums) };
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_128;

    proptest! {
        #[test]
        fn every_path_gives_the_hash_of_the_specification(
            bytes in proptest::collection::vec(any::<u8>(), SHORT + 1..2500),
        ) {
            at_every_level(|| assert_eq!(hash(&bytes), xxh3_128(&bytes)));
        }
    }

    #[test]
    fn every_length_around_stripes_and_blocks() {
        let bytes: Vec<u8> = (0..5000_u32).map(|at| ((at * at) >> 3) as u8).collect();
        at_every_level(|| {
            for length in SHORT + 1..bytes.len() {
                assert_eq!(hash(&bytes[..length]), xxh3_128(&bytes[..length]), "{length}");
            }
        });
    }
}
