//! Keys by locality-sensitive hashing: `bands` bands of `rows` MinHash values each (Broder 1997; Indyk and Motwani 1998).
//!
//! Two sets with similarity J agree in a band with probability J^rows, so that they have some key in common with
//! probability 1 - (1 - J^rows)^bands, the S-curve. The number of bands is the smallest that gives the recall asked for at
//! the threshold, with as many rows as a signature of [`MOST_VALUES`] allows: the more, the fewer dissimilar sets meet. Where
//! a sample says that too many meet even so, there are more rows ([`Shape::finer`]).

use crate::hash::{Permutations, mix};

/// The longest signature, unless even bands of one value ask for more.
const MOST_VALUES: usize = 128;

/// Rows of a band where data is so alike that fewer do not tell it apart.
const FINER: [usize; 5] = [8, 10, 12, 16, 20];

/// What very low thresholds with a very high recall have to be content with.
const MOST_BANDS: usize = 1 << 14;

/// The permutations are the engine's own: they need not be those of anybody's stored signatures.
const SEED: u64 = 0x6261_6e64_7321;

/// How many bands there are, and of how many values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// The number of bands: keys of a set.
    pub bands: usize,
    /// The number of MinHash values that a key is made of.
    pub rows: usize,
}

impl Shape {
    /// The shape for a threshold and the least recall at it, both over 0 and below 1 (a threshold of 1 needs a single band).
    pub fn new(threshold: f64, recall: f64) -> Self {
        let fits = |shape: &Self| shape.rows * shape.bands <= MOST_VALUES;
        let of_rows = |rows| Self::of_rows(rows, threshold, recall);
        (1..=16)
            .rev()
            .map(of_rows)
            .find(fits)
            .unwrap_or_else(|| of_rows(1))
    }

    /// Shapes of the same recall with more rows than [`Self::new`] has, ascending: more work for every set, for fewer sets
    /// that meet without need. At most `most_bands`.
    pub(super) fn finer(threshold: f64, recall: f64, most_bands: usize) -> impl Iterator<Item = Self> {
        let least = Self::new(threshold, recall).rows;
        FINER
            .into_iter()
            .filter(move |rows| *rows > least)
            .map(move |rows| Self::of_rows(rows, threshold, recall))
            .take_while(move |shape| shape.bands <= most_bands)
    }

    fn of_rows(rows: usize, threshold: f64, recall: f64) -> Self {
        let agree = threshold.powi(rows as i32);
        let needed = ((1.0 - recall).ln() / (1.0 - agree).ln()).ceil();
        Self {
            bands: (needed.max(1.0) as usize).min(MOST_BANDS),
            rows,
        }
    }

    /// The probability that sets of this similarity have a key in common.
    pub fn recall(self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.bands as i32)
    }
}

/// Makes keys of sets.
pub(super) struct Bands {
    pub(super) shape: Shape,
    permutations: Permutations,
}

impl Bands {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            permutations: Permutations::new(shape.bands * shape.rows, SEED),
        }
    }

    /// Appends the keys of a set: one for each band. `halves` and `minima` are buffers.
    pub(super) fn gather(
        &self,
        set: &[u64],
        salt: Option<u64>,
        (halves, minima): (&mut Vec<u32>, &mut Vec<u32>),
        out: &mut Vec<u32>,
    ) {
        halves.clear();
        halves.extend(set.iter().map(|shingle| (shingle >> 32) as u32));
        minima.clear();
        minima.resize(self.shape.bands * self.shape.rows, u32::MAX);
        self.permutations.lower(halves, minima);
        for (band, values) in (0u64..).zip(minima.chunks_exact(self.shape.rows)) {
            let start = salt.unwrap_or(0) ^ mix(band + 1);
            let key = values
                .iter()
                .fold(start, |key, value| mix(key ^ u64::from(*value)));
            out.push((key >> 32) as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_reach_the_recall() {
        for threshold in [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0] {
            let shape = Shape::new(threshold, 0.999);
            assert!(shape.recall(threshold) >= 0.999, "{threshold}: {shape:?}");
            assert!(
                shape.bands * shape.rows <= MOST_VALUES || shape.rows == 1,
                "{threshold}: {shape:?}"
            );
        }
        assert_eq!(Shape::new(0.8, 0.999), Shape { bands: 18, rows: 5 });
        assert_eq!(Shape::new(1.0, 0.999).bands, 1);
        let finer: Vec<Shape> = Shape::finer(0.8, 0.999, 105).collect();
        assert_eq!(finer.len(), 3);
        assert_eq!(finer[2], Shape { bands: 98, rows: 12 });
        assert!(finer.iter().all(|shape| shape.recall(0.8) >= 0.999));
    }

    #[test]
    fn pairs_meet_as_often_as_the_curve_says() {
        let bands = Bands::new(Shape { bands: 4, rows: 3 });
        let (mut met, trials) = (0, 2000);
        for trial in 0..trials {
            // 20 shared of 30: a similarity of two thirds.
            let element = |one: u64| mix(trial * 1000 + one);
            let (a, b): (Vec<u64>, Vec<u64>) =
                ((0..25).map(element).collect(), (5..30).map(element).collect());
            let (mut x, mut y) = (Vec::new(), Vec::new());
            for (set, keys) in [(&a, &mut x), (&b, &mut y)] {
                bands.gather(set, None, (&mut Vec::new(), &mut Vec::new()), keys);
            }
            met += usize::from(x.iter().zip(&y).any(|(x, y)| x == y));
        }
        let expected = bands.shape.recall(2.0 / 3.0);
        assert!((met as f64 / trials as f64 - expected).abs() < 0.04);
    }
}
