//! The inner loop of MinHash: `out[i] = min over x of a[i]·x + b[i] (mod 2^32)`.
//!
//! One body, compiled for several instruction sets: the loop over lanes has no dependencies, so that the
//! compiler turns it into multiply, add and minimum over whole registers, and the accumulators stay in them.

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
}
