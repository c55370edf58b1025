//! Near-duplicates: which rows go, and which kept row stands for each.
//!
//! The kept set is defined, not approximate. Rows are put in the order of the keep policy; a row goes if and only if a
//! row that is already kept has a similarity of at least the threshold to it; of those, the most similar stands for
//! it (ties: the earliest in that order). There are no chains. The similarity of two rows is the lowest Jaccard
//! similarity over the entries of `on`, and 0 where numbers count and differ.
//!
//! ```text
//! rows ─▶ classes ─▶ sets ─▶ prefix join over one entry ─▶ verify all entries ─▶ leader
//! ```
//!
//! Candidates come from an exact prefix-filter join (Chaudhuri, Ganti and Kaushik 2006; PPJoin, Xiao et al. 2008):
//! nothing that reaches the threshold is missed. A null row (every entry null) is kept, stands for itself and matches
//! nothing; a null beside a text counts as empty.

mod bounds;
mod classes;
mod counts;
mod exact;
mod identity;
mod index;
mod keep;
mod leader;
mod lookup;
mod mutual;
mod numbers;
mod probe;
mod sets;

use std::sync::Arc;

use self::bounds::Bounds;
use self::classes::Classes;
use self::sets::Sets;
use crate::error::{Error, Result};
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

pub use exact::duplicates;
pub use identity::identities;
pub use keep::code_points;

/// Bytes a row that stored shingles may take, over all entries.
const STORED_BYTES_PER_ROW: usize = 400;

/// What becomes of every row.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// The row that stands for each row: itself where it is kept.
    pub representative: Vec<i64>,
    /// The similarity of each row to that row: 1 where it is kept.
    pub similarity: Vec<f64>,
    /// Whether each row is kept.
    pub kept: Vec<bool>,
}

impl Verdicts {
    /// Every row kept.
    fn all_kept(rows: usize) -> Self {
        Self {
            representative: (0..rows as i64).collect(),
            similarity: vec![1.0; rows],
            kept: vec![true; rows],
        }
    }

    fn remove(&mut self, row: u32, for_row: u32, similarity: f64) {
        let row = row as usize;
        self.representative[row] = i64::from(for_row);
        self.similarity[row] = similarity;
        self.kept[row] = false;
    }
}

/// What is compared, and how.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How texts are cut.
    pub shingle: Shingle,
    /// Whether rows with different numbers are different whatever their words.
    pub distinct_numbers: bool,
}

/// The rows' sets, ready to be judged at any threshold.
pub struct Similar {
    rows: usize,
    shingle: Shingle,
    /// The rows that are not null, in the order of the keep policy.
    ranked: Vec<u32>,
    classes: Classes,
    /// One for each entry of `on`.
    entries: Vec<Sets>,
    /// One for each class, where numbers count.
    numbers: Option<Vec<u64>>,
}

impl Similar {
    /// Cuts the texts, one column for each entry of `on`. `order` is every row once, in the order of the keep policy.
    pub fn new(texts: &[Arc<dyn Text>], order: &[u32], options: Options, workers: &Workers) -> Result<Self> {
        let rows = order.len();
        let Options {
            shingle,
            distinct_numbers,
        } = options;
        let ranked = without_nulls(texts, order, workers)?;
        let (same_bytes, bytes) = classes::of_bytes(texts, &ranked, false, workers)?;
        let distinct = same_bytes.first.len();
        let repeated: Vec<_> = bytes
            .iter()
            .map(|bytes| sets::repeated_for(shingle, *bytes, distinct))
            .collect();
        let (classes, numbers) = classes::of_sets(
            texts,
            &ranked,
            same_bytes,
            shingle,
            &repeated,
            distinct_numbers,
            workers,
        )?;
        let first_rows: Vec<u32> = classes.first.iter().map(|rank| ranked[*rank as usize]).collect();
        let most_stored = sets::most_stored(texts, shingle, &first_rows, &repeated, STORED_BYTES_PER_ROW);
        let cut = |(text, repeated): (&Arc<dyn Text>, counts::Repeated)| {
            Sets::new(
                Arc::clone(text),
                shingle,
                first_rows.clone(),
                &repeated,
                most_stored,
                workers,
            )
        };
        let entries = texts.iter().zip(repeated).map(cut).collect::<Result<_>>()?;
        Ok(Self {
            rows,
            shingle,
            ranked,
            classes,
            entries,
            numbers,
        })
    }

    /// The verdicts of the leader rule.
    pub fn leader(&self, threshold: f64, workers: &Workers) -> Result<Verdicts> {
        leader::verdicts(self, bounds(threshold)?, workers)
    }

    /// The verdicts where every row with a similar other goes; the most similar other (ties: the lowest row) is the
    /// evidence. Ranks must be rows.
    pub fn mutual(&self, threshold: f64, workers: &Workers) -> Result<Verdicts> {
        mutual::verdicts(self, bounds(threshold)?, workers)
    }

    fn first_row(&self, class: u32) -> u32 {
        self.ranked[self.classes.first[class as usize] as usize]
    }
}

fn bounds(threshold: f64) -> Result<Bounds> {
    if threshold > 0.0 && threshold <= 1.0 {
        Ok(Bounds(threshold))
    } else {
        Err(Error::argument("threshold", threshold, "over 0 and at most 1"))
    }
}

/// The rows of `order` in which some text is not null.
fn without_nulls(texts: &[Arc<dyn Text>], order: &[u32], workers: &Workers) -> Result<Vec<u32>> {
    let parts = workers.map_rows(order.len(), crate::parallel::ROWS_PER_TASK, |range| {
        let has_text = |row: &&u32| texts.iter().any(|text| !text.is_null(**row as usize));
        Ok(order[range]
            .iter()
            .filter(has_text)
            .copied()
            .collect::<Vec<u32>>())
    })?;
    Ok(parts.concat())
}
