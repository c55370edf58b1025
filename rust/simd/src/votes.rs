//! The inner loop of SimHash: in how many of the values each of the 64 bits is set.

/// The number of `values` in which bit `i` is set, for each `i`.
pub fn count_bits(values: &[u64]) -> [u32; 64] {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine has AVX-512F, which is all that `avx512` asks for.
            return unsafe { avx512(values) };
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, which is all that `avx2` asks for.
            return unsafe { avx2(values) };
        }
    }
    body(values)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(values: &[u64]) -> [u32; 64] {
    body(values)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(values: &[u64]) -> [u32; 64] {
    body(values)
}

/// Both halves of a value are looked at in lanes of 32 bits, which the compiler turns into shifts and adds over
/// whole registers.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn body(values: &[u64]) -> [u32; 64] {
    let mut counts = [0u32; 64];
    let (low, high) = counts.split_at_mut(32);
    for &value in values {
        for bit in 0..32 {
            low[bit] += (value as u32 >> bit) & 1;
            high[bit] += ((value >> 32) as u32 >> bit) & 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn twin(values: &[u64]) -> [u32; 64] {
        std::array::from_fn(|bit| values.iter().map(|value| (value >> bit & 1) as u32).sum())
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(values in proptest::collection::vec(any::<u64>(), 0..300)) {
            prop_assert_eq!(count_bits(&values), twin(&values));
            prop_assert_eq!(body(&values), twin(&values));
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                // SAFETY: the machine has AVX2.
                prop_assert_eq!(unsafe { avx2(&values) }, twin(&values));
            }
        }
    }
}
