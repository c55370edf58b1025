//! The inner loop of Fast Similarity Sketching: every value falls into a bin, and the bin keeps the smallest.

use crate::grams::mix;
use crate::level::dispatch;

/// Values whose hashes are computed together.
const LANES: usize = 32;

/// For every `x` in `values` with the hash `h = mix(x ^ key)`, lowers `minima[bin]` to `first + (h >> 32 >> shift)`, where the
/// bin is the low half of h as a fraction of all bins.
///
/// # Panics
/// If `shift` is more than 31.
pub fn min_in_bins(values: &[u64], key: u64, shift: u32, first: u32, minima: &mut [u32]) {
    assert!(shift < 32, "a hash has 32 bits");
    dispatch!(body, body, body; (values: &[u64], key: u64, shift: u32, first: u32, minima: &mut [u32]));
}

#[expect(
    clippy::inline_always,
    reason = "dispatch! compiles it for each instruction set"
)]
#[inline(always)]
fn body(values: &[u64], key: u64, shift: u32, first: u32, minima: &mut [u32]) {
    let bins = minima.len() as u64;
    let mut put = |hash: u64| {
        let bin = (u64::from(hash as u32) * bins) >> 32;
        let value = first.wrapping_add((hash >> 32) as u32 >> shift);
        if let Some(lowest) = minima.get_mut(bin as usize) {
            *lowest = (*lowest).min(value);
        }
    };
    let (whole, rest) = values.as_chunks::<LANES>();
    for values in whole {
        let mut hashes = *values;
        for hash in &mut hashes {
            *hash = mix(*hash ^ key);
        }
        hashes.into_iter().for_each(&mut put);
    }
    rest.iter().for_each(|value| put(mix(value ^ key)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(
            values in proptest::collection::vec(any::<u64>(), 0..200), key in any::<u64>(), bins in 1usize..300,
            shift in 8u32..20,
        ) {
            let first = 3 << (32 - shift);
            let mut expected = vec![u32::MAX; bins];
            for x in &values {
                let hash = mix(x ^ key);
                let bin = ((u128::from(hash & 0xffff_ffff) * bins as u128) >> 32) as usize;
                expected[bin] = expected[bin].min(first + ((hash >> 32) >> shift) as u32);
            }
            at_every_level(|| {
                let mut found = vec![u32::MAX; bins];
                min_in_bins(&values, key, shift, first, &mut found);
                assert_eq!(found, expected);
            });
        }
    }
}
