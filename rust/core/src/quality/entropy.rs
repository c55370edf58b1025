//! The entropy of a distribution (Shannon 1948), in bits: `log2 n - (sum of c * log2 c) / n` for counts `c` that add up
//! to `n`. That of nothing is 0.

/// Counts whose `c * log2 c` is looked up.
const KNOWN: usize = 1024;

/// `c * log2 c` for small counts.
pub(super) struct Entropy(Vec<f64>);

impl Default for Entropy {
    fn default() -> Self {
        Self((0..KNOWN).map(|count| weight(count as f64)).collect())
    }
}

fn weight(count: f64) -> f64 {
    if count > 1.0 { count * count.log2() } else { 0.0 }
}

impl Entropy {
    #[inline]
    pub(super) fn of(&self, counts: impl Iterator<Item = u32>, total: usize) -> f64 {
        if total == 0 {
            return 0.0;
        }
        let known = |count: u32| match self.0.get(count as usize) {
            Some(weight) => *weight,
            None => weight(f64::from(count)),
        };
        let total = total as f64;
        (total.log2() - counts.map(known).sum::<f64>() / total).max(0.0)
    }
}
