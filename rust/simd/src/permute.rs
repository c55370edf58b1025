//! The inner loops of MinHash: `out[i] = min over x of a[i]·x + b[i] (mod 2^32)`, for any coefficients and for such that
//! lie on lines.
//!
//! On a line, permutation m is `(a + m·c)·x + (b + m·d)`, which is `y + m·z` with `y = a·x + b` and `z = c·x + d`: after
//! two multiplications every further permutation of the line costs one addition instead of a multiplication (two steps of
//! the port that multiplies) and an addition. Any two permutations of a line, or of different lines, have coefficients
//! that are independent of each other, which is all that the variance of the estimate asks for.

use crate::level::dispatch;

/// Lowers `minima[i]` to the smallest `multiply[i]·x + add[i]` modulo 2³² over all `x` in `values`.
///
/// # Panics
/// If the three slices differ in length.
pub fn min_permuted(values: &[u32], multiply: &[u32], add: &[u32], minima: &mut [u32]) {
    assert!(multiply.len() == minima.len() && add.len() == minima.len());
    dispatch!(body::<128>, body::<32>, body::<16>; (values: &[u32], multiply: &[u32], add: &[u32], minima: &mut [u32]));
}

/// `LANES` permutations at a time, as many as the registers hold, then the rest one by one.
#[expect(
    clippy::inline_always,
    reason = "dispatch! compiles it for each instruction set"
)]
#[inline(always)]
fn body<const LANES: usize>(values: &[u32], multiply: &[u32], add: &[u32], minima: &mut [u32]) {
    let (a, a_rest) = multiply.as_chunks::<LANES>();
    let (b, b_rest) = add.as_chunks::<LANES>();
    let (out, out_rest) = minima.as_chunks_mut::<LANES>();
    for ((a, b), out) in a.iter().zip(b).zip(out) {
        let mut lowest = *out;
        for &x in values {
            for lane in 0..LANES {
                lowest[lane] = lowest[lane].min(a[lane].wrapping_mul(x).wrapping_add(b[lane]));
            }
        }
        *out = lowest;
    }
    scalar(values, a_rest, b_rest, out_rest);
}

/// The twin.
fn scalar(values: &[u32], multiply: &[u32], add: &[u32], minima: &mut [u32]) {
    for ((a, b), lowest) in multiply.iter().zip(add).zip(minima) {
        for &x in values {
            *lowest = (*lowest).min(a.wrapping_mul(x).wrapping_add(*b));
        }
    }
}

/// Lines that are computed together, side by side.
pub const LANES: usize = 16;

/// Permutations on each line.
pub const STEPS: usize = 8;

/// The coefficients of 128 permutations: number `m · LANES + l` is step m of line l.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// a, odd.
    pub multiply: [u32; LANES],
    /// b.
    pub add: [u32; LANES],
    /// c, even, so that a + m·c is odd.
    pub multiply_step: [u32; LANES],
    /// d.
    pub add_step: [u32; LANES],
}

/// The permutations of one [`Lines`].
type Group = [u32; LANES * STEPS];

impl Lines {
    /// The multiplier and the addend of permutation `number`.
    pub fn coefficients(&self, number: usize) -> (u32, u32) {
        let (line, step) = (number % LANES, (number / LANES) as u32);
        let on_line =
            |start: &[u32; LANES], by: &[u32; LANES]| start[line].wrapping_add(by[line].wrapping_mul(step));
        (
            on_line(&self.multiply, &self.multiply_step),
            on_line(&self.add, &self.add_step),
        )
    }
}

/// Lowers `minima[i]` to the smallest image under permutation i of all `x` in `values`; every 128 minima belong to the
/// next lines, the last ones may be fewer.
///
/// # Panics
/// If there are not as many lines as that.
pub fn min_on_lines(values: &[u32], lines: &[Lines], minima: &mut [u32]) {
    assert_eq!(
        lines.len(),
        minima.len().div_ceil(LANES * STEPS),
        "lines for all minima"
    );
    for (lines, minima) in lines.iter().zip(minima.chunks_mut(LANES * STEPS)) {
        if let Ok(group) = <&mut Group>::try_from(&mut *minima) {
            min_of_group(values, lines, group);
        } else {
            let mut group = [u32::MAX; LANES * STEPS];
            group[..minima.len()].copy_from_slice(minima);
            min_of_group(values, lines, &mut group);
            minima.copy_from_slice(&group[..minima.len()]);
        }
    }
}

fn min_of_group(values: &[u32], lines: &Lines, minima: &mut Group) {
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(values, lines, minima) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(values, lines, minima) },
        crate::level::Level::Scalar => {}
    }
    every_line(values, lines, minima);
}

/// The twin.
fn every_line(values: &[u32], lines: &Lines, minima: &mut Group) {
    let (steps, _) = minima.as_chunks_mut::<LANES>();
    for x in values {
        for lane in 0..LANES {
            let mut image = x.wrapping_mul(lines.multiply[lane]).wrapping_add(lines.add[lane]);
            let step = x
                .wrapping_mul(lines.multiply_step[lane])
                .wrapping_add(lines.add_step[lane]);
            for minima in &mut *steps {
                minima[lane] = minima[lane].min(image);
                image = image.wrapping_add(step);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_min_epu32, _mm256_mullo_epi32,
        _mm256_set1_epi32, _mm256_storeu_si256, _mm512_add_epi32, _mm512_loadu_si512, _mm512_min_epu32,
        _mm512_mullo_epi32, _mm512_set1_epi32, _mm512_storeu_si512,
    };

    use super::{Group, LANES, Lines};

    #[target_feature(enable = "avx512f")]
    fn load512(lanes: &[u32; LANES]) -> __m512i {
        // SAFETY: `lanes` is an array of exactly the 64 bytes that are read; the load needs no alignment.
        unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) fn avx512(values: &[u32], lines: &Lines, minima: &mut Group) {
        let (multiply, add) = (load512(&lines.multiply), load512(&lines.add));
        let (by_multiply, by_add) = (load512(&lines.multiply_step), load512(&lines.add_step));
        let (steps, _) = minima.as_chunks_mut::<LANES>();
        let mut lowest = [_mm512_set1_epi32(0); super::STEPS];
        for (lowest, minima) in lowest.iter_mut().zip(&*steps) {
            *lowest = load512(minima);
        }
        for value in values {
            let x = _mm512_set1_epi32(value.cast_signed());
            let mut image = _mm512_add_epi32(_mm512_mullo_epi32(x, multiply), add);
            let step = _mm512_add_epi32(_mm512_mullo_epi32(x, by_multiply), by_add);
            for lowest in &mut lowest {
                *lowest = _mm512_min_epu32(*lowest, image);
                image = _mm512_add_epi32(image, step);
            }
        }
        for (lowest, minima) in lowest.into_iter().zip(steps) {
            // SAFETY: `minima` is an array of exactly the 64 bytes that are written; the store needs no alignment.
            unsafe { _mm512_storeu_si512(minima.as_mut_ptr().cast(), lowest) };
        }
    }

    /// The lanes of one register of 32 bytes.
    const HALF: usize = LANES / 2;

    #[target_feature(enable = "avx2")]
    fn load256(lanes: &[u32; LANES], half: usize) -> __m256i {
        let lanes = &lanes.as_chunks::<HALF>().0[half];
        // SAFETY: `lanes` is an array of exactly the 32 bytes that are read; the load needs no alignment.
        unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(values: &[u32], lines: &Lines, minima: &mut Group) {
        let (steps, _) = minima.as_chunks_mut::<LANES>();
        for half in 0..2 {
            let (multiply, add) = (load256(&lines.multiply, half), load256(&lines.add, half));
            let (by_multiply, by_add) = (
                load256(&lines.multiply_step, half),
                load256(&lines.add_step, half),
            );
            let mut lowest = [_mm256_set1_epi32(0); super::STEPS];
            for (lowest, minima) in lowest.iter_mut().zip(&*steps) {
                *lowest = load256(minima, half);
            }
            for value in values {
                let x = _mm256_set1_epi32(value.cast_signed());
                let mut image = _mm256_add_epi32(_mm256_mullo_epi32(x, multiply), add);
                let step = _mm256_add_epi32(_mm256_mullo_epi32(x, by_multiply), by_add);
                for lowest in &mut lowest {
                    *lowest = _mm256_min_epu32(*lowest, image);
                    image = _mm256_add_epi32(image, step);
                }
            }
            for (lowest, minima) in lowest.into_iter().zip(&mut *steps) {
                let minima = &mut minima.as_chunks_mut::<HALF>().0[half];
                // SAFETY: `minima` is an array of exactly the 32 bytes that are written; the store needs no alignment.
                unsafe { _mm256_storeu_si256(minima.as_mut_ptr().cast(), lowest) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(
            values in proptest::collection::vec(any::<u32>(), 0..40),
            lanes in proptest::collection::vec(any::<(u32, u32)>(), 0..300),
        ) {
            let (a, b): (Vec<u32>, Vec<u32>) = lanes.into_iter().unzip();
            let mut expected = vec![u32::MAX; a.len()];
            scalar(&values, &a, &b, &mut expected);
            at_every_level(|| {
                let mut found = vec![u32::MAX; a.len()];
                min_permuted(&values, &a, &b, &mut found);
                assert_eq!(found, expected);
            });
        }
    }
    fn lanes() -> impl Strategy<Value = [u32; LANES]> {
        proptest::collection::vec(any::<u32>(), LANES)
            .prop_map(|lanes| std::array::from_fn(|lane| lanes[lane]))
    }

    proptest! {
        #[test]
        fn lines_are_permutations_like_any_other(
            values in proptest::collection::vec(any::<u32>(), 0..40), count in 0usize..300,
            lines in proptest::collection::vec((lanes(), lanes(), lanes(), lanes()), 3),
        ) {
            let lines: Vec<Lines> = lines.into_iter().take(count.div_ceil(LANES * STEPS))
                .map(|(multiply, add, multiply_step, add_step)| Lines { multiply, add, multiply_step, add_step })
                .collect();
            let all = (0..count).map(|i| lines[i / (LANES * STEPS)].coefficients(i % (LANES * STEPS)));
            let (a, b): (Vec<u32>, Vec<u32>) = all.unzip();
            let mut expected = vec![u32::MAX / 2; count];
            scalar(&values, &a, &b, &mut expected);
            at_every_level(|| {
                let mut found = vec![u32::MAX / 2; count];
                min_on_lines(&values, &lines, &mut found);
                assert_eq!(found, expected);
            });
        }
    }
}
