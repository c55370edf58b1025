//! Hashes of n-grams: of every run of n units, a polynomial with the units' hashes as coefficients modulo 2⁶⁴, mixed.
//!
//! The polynomial of every run is computed anew (Horner), not rolled along from its neighbour's: so no value waits for
//! another, and whole registers are computed at once. Frozen by `tests/golden/hash.json`.

use crate::level::dispatch;

/// The golden ratio, as SplitMix64 has it. It leaves 1 when divided by 4, so that a run of one unit repeated n times
/// loses no more bits of the unit's hash than n has factors of 2.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The 64-bit finaliser of MurmurHash3.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
pub fn mix(mut value: u64) -> u64 {
    value ^= value >> 33;
    value = value.wrapping_mul(0xff51_afd7_ed55_8ccd);
    value ^= value >> 33;
    value = value.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

/// Appends to `out` the hashes of all runs of `n` units, or of all of them where there are fewer: for units u
/// `mix(salt ^ (u[0]·BASEⁿ⁻¹ + ... + u[n-1]))`.
///
/// # Panics
/// If `n` is 0.
pub fn n_grams(units: &[u64], n: usize, salt: u64, out: &mut Vec<u64>) {
    assert!(n > 0, "a run has at least one unit");
    let n = n.min(units.len());
    if n > 0 {
        let first = out.len();
        out.resize(first + units.len() + 1 - n, 0);
        runs(units, n, salt, &mut out[first..]);
    }
}

fn runs(units: &[u64], n: usize, salt: u64, out: &mut [u64]) {
    dispatch!(body::<32>, body::<8>, body::<4>; (units: &[u64], n: usize, salt: u64, out: &mut [u64]));
}

/// `LANES` runs at a time.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn body<const LANES: usize>(units: &[u64], n: usize, salt: u64, out: &mut [u64]) {
    let (whole, rest) = out.as_chunks_mut::<LANES>();
    let done = whole.len() * LANES;
    for (at, out) in whole.iter_mut().enumerate() {
        let mut sums = [0u64; LANES];
        for next in units[at * LANES..].windows(LANES).take(n) {
            for (sum, unit) in sums.iter_mut().zip(next) {
                *sum = sum.wrapping_mul(BASE).wrapping_add(*unit);
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = mix(sum ^ salt);
        }
    }
    for (run, out) in units[done..].windows(n).zip(rest) {
        let add = |sum: u64, unit: &u64| sum.wrapping_mul(BASE).wrapping_add(*unit);
        *out = mix(run.iter().fold(0, add) ^ salt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    fn twin(units: &[u64], n: usize, salt: u64) -> Vec<u64> {
        let hash = |run: &[u64]| {
            let add = |sum: u64, unit: &u64| sum.wrapping_mul(BASE).wrapping_add(*unit);
            mix(run.iter().fold(0, add) ^ salt)
        };
        match units.len() {
            0 => Vec::new(),
            length => units.windows(n.min(length)).map(hash).collect(),
        }
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(
            units in proptest::collection::vec(any::<u64>(), 0..200), n in 1usize..=64, salt in any::<u64>(),
        ) {
            let expected = twin(&units, n, salt);
            at_every_level(|| {
                let mut found = vec![3];
                n_grams(&units, n, salt, &mut found);
                assert_eq!((found[0], &found[1..]), (3, &expected[..]));
            });
        }
    }
}
