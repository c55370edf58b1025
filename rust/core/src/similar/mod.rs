//! Near-duplicates: which rows go, and which kept row stands for each.
//!
//! The kept set is defined, not approximate. Rows are put in the order of the keep policy; a row goes if and only if a
//! row that is already kept has a similarity of at least the threshold to it; of those, the most similar stands for
//! it (ties: the earliest in that order). There are no chains. The similarity of two rows is the lowest Jaccard
//! similarity over the entries of `on`, and 0 where numbers count and differ or the rows are of different groups.
//!
//! ```text
//! rows ─▶ classes ─▶ sets ─▶ prefix join over one entry ─▶ verify all entries ─▶ leader
//! ```
//!
//! Candidates come from an exact prefix-filter join (Chaudhuri, Ganti and Kaushik 2006; PPJoin, Xiao et al. 2008):
//! nothing that reaches the threshold is missed. A null row (every entry null) is kept, stands for itself and matches
//! nothing; a null beside a text counts as empty.

mod block;
mod bounds;
mod classes;
mod counts;
mod cut;
mod exact;
mod identity;
mod index;
mod keep;
mod keys;
mod leader;
mod lookup;
mod mutual;
mod numbers;
mod pairs;
mod probe;
mod sets;
mod sketch;
mod within;

use std::sync::Arc;

use self::bounds::Bounds;
use self::classes::Classes;
use self::counts::Frequencies;
use self::keys::{Keys, Order};
use self::sets::{Keying, Sets};
use crate::error::{Error, Result};
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

pub use exact::duplicates;
pub use identity::identities;
pub use keep::code_points;
pub use pairs::{Pair, Pairs};

/// Bytes a row that the table of frequencies may take: it is gone before rows are judged.
const COUNTED_BYTES_PER_ROW: usize = 96;

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
    /// The lowest threshold that will be asked about, over 0 and at most 1.
    pub threshold: f64,
    /// Whether rows with different numbers are different whatever their words.
    pub distinct_numbers: bool,
}

/// What is needed to judge the rows at any threshold from the lowest on.
pub struct Similar {
    rows: usize,
    shingle: Shingle,
    bounds: Bounds,
    /// The rows that are not null, in the order of the keep policy.
    ranked: Vec<u32>,
    classes: Classes,
    /// One for each entry of `on`.
    entries: Vec<Sets>,
    /// The entry that the keys are of.
    keyed: usize,
    keys: Keys,
    /// The classes that have keys.
    meeting: Vec<u32>,
    /// One for each class, where there is more than words to keep rows apart.
    salts: Option<Vec<u64>>,
}

impl Similar {
    /// Cuts the texts, one column for each entry of `on`. `order` is every row once, in the order of the keep policy.
    /// Only rows of the same group, a number for each row, are compared.
    pub fn new(
        texts: &[Arc<dyn Text>],
        order: &[u32],
        groups: Option<&[u32]>,
        options: Options,
        workers: &Workers,
    ) -> Result<Self> {
        let Options {
            shingle,
            threshold,
            distinct_numbers,
        } = options;
        let bounds = bounds(threshold)?;
        let ranked = without_nulls(texts, order, workers)?;
        let (mut classes, bytes) = classes::of_bytes(texts, &ranked, groups, false, workers)?;
        let rows: Arc<[u32]> = classes.first.iter().map(|rank| ranked[*rank as usize]).collect();
        let numbers = distinct_numbers
            .then(|| numbers::of_rows(texts, &rows, workers))
            .transpose()?;
        let groups = groups.map(|groups| rows.iter().map(|row| groups[*row as usize]).collect());
        let salts = within::salts(numbers, groups);
        let keyed = 0;
        let order_of_keys = Order::new(bounds);
        let counts = Frequencies::new(bytes[keyed] / 12, COUNTED_BYTES_PER_ROW * rows.len());
        let keying = Keying {
            order: order_of_keys,
            salts: salts.as_deref(),
            counts: &counts,
            most_stored: usize::MAX,
        };
        let (mut entries, mut gathered) = (Vec::new(), Vec::new());
        let mut sums: Vec<Vec<u128>> = Vec::new();
        for (entry, text) in texts.iter().enumerate() {
            let keying = (entry == keyed).then_some(&keying);
            let cut = Sets::cut(text, shingle, &rows, keying, workers)?;
            entries.push(cut.sets);
            sums.push(cut.sums);
            if entry == keyed {
                gathered = cut.keys;
            }
        }
        classes.join((0..rows.len()).map(|class| {
            let salt = salts.as_ref().map(|salts| u128::from(salts[class]));
            let all: Vec<u128> = sums.iter().map(|sums| sums[class]).chain(salt).collect();
            classes::combine(&all)
        }));
        drop(sums);
        let mut stays = vec![false; rows.len()];
        classes.of.iter().for_each(|class| stays[*class as usize] = true);
        let keys = Keys::choose(
            gathered,
            &entries[keyed],
            shingle,
            &keying,
            |class| !stays[class],
            workers,
        )?;
        let meeting = (0..rows.len() as u32)
            .filter(|class| !keys.of(*class).is_empty())
            .collect();
        Ok(Self {
            rows: order.len(),
            shingle,
            bounds,
            ranked,
            classes,
            entries,
            keyed,
            keys,
            meeting,
            salts,
        })
    }

    /// The verdicts of the leader rule.
    pub fn leader(&self, threshold: f64, workers: &Workers) -> Result<Verdicts> {
        leader::verdicts(self, self.bounds(threshold)?, workers)
    }

    /// The verdicts where every row with a similar other goes; the most similar other (ties: the lowest row) is the
    /// evidence. Ranks must be rows.
    pub fn mutual(&self, threshold: f64, workers: &Workers) -> Result<Verdicts> {
        mutual::verdicts(self, self.bounds(threshold)?, workers)
    }

    fn bounds(&self, threshold: f64) -> Result<Bounds> {
        if (self.bounds.0..=1.0).contains(&threshold) {
            Ok(Bounds(threshold))
        } else {
            let expected = format!("from {} to 1", self.bounds.0);
            Err(Error::argument("threshold", threshold, expected))
        }
    }

    /// The sets that the keys are of.
    fn keyed(&self) -> &Sets {
        &self.entries[self.keyed]
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
