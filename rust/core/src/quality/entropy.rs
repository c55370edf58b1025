//! The entropy of a distribution (Shannon 1948), in bits: `log2 n - (sum of c * log2 c) / n` for counts `c` that add up
//! to `n`. That of nothing is 0.

use std::sync::LazyLock;

/// Counts whose `c * log2 c` is looked up.
const KNOWN: usize = 1024;

/// `c * log2 c` for small counts.
static WEIGHTS: LazyLock<[f64; KNOWN]> = LazyLock::new(|| std::array::from_fn(|count| weight(count as f64)));

fn weight(count: f64) -> f64 {
    if count > 1.0 { count * count.log2() } else { 0.0 }
}

/// The sum of `c * log2 c`, in four parts that do not wait for each other.
pub(super) fn weights(counts: &[u32]) -> f64 {
    let known = &*WEIGHTS;
    let known = |count: u32| match known.get(count as usize) {
        Some(weight) => *weight,
        None => weight(f64::from(count)),
    };
    let (fours, rest) = counts.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for four in fours {
        for (sum, count) in sums.iter_mut().zip(four) {
            *sum += known(*count);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest.iter().map(|count| known(*count)).sum::<f64>()
}

/// The entropy of counts with these weights that add up to `total`.
pub(super) fn entropy(weights: f64, total: usize) -> f64 {
    if total == 0 {
        return 0.0;
    }
    let total = total as f64;
    (total.log2() - weights / total).max(0.0)
}
