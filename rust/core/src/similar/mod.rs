//! Near-duplicates: which rows go, and which kept row stands for each.
//!
//! The kept set is defined, not approximate. Rows are put in the order of the keep policy; a row goes if and only if a
//! row that is already kept has a similarity of at least the threshold to it; of those, the most similar stands for
//! it (ties: the earliest in that order). There are no chains. The similarity of two rows is the lowest Jaccard
//! similarity over the entries of `on`, and 0 where numbers count and differ or the rows are of different groups.
//!
//! ```text
//! rows ─▶ classes ─▶ plan ─▶ cut once: sizes, sketches, keys of one entry ─▶ index ─▶ bounds ─▶ exact, all entries ─▶ leader
//! ```
//!
//! Classes that have a key in common are candidates: [`keys`] makes the keys, either of an exact prefix-filter join
//! (Chaudhuri, Ganti and Kaushik 2006; PPJoin, Xiao et al. 2008), which misses nothing that reaches the threshold, or of
//! the bands of MinHash signatures, which miss little. [`probe`] rules out most of them by size and parity sketch, and
//! compares the rest exactly, from their texts. [`leader`] and [`mutual`] decide. A null row (every entry null) is kept, stands for itself and matches
//! nothing; a null beside a text counts as empty.

mod bands;
mod block;
mod blocks;
mod bounds;
mod classes;
mod common;
mod counted;
mod counts;
mod cut;
mod entry;
mod exact;
pub mod external;
mod identity;
mod index;
mod keep;
mod keys;
mod leader;
mod lookup;
mod made;
mod measure;
mod mutual;
mod nominated;
mod numbers;
mod pairs;
mod plan;
mod probe;
mod probes;
mod seen;
mod sets;
mod sketch;
mod sketched;
#[cfg(test)]
mod skew;
mod vectors;
mod weighed;
mod weights;
mod within;

use std::sync::Arc;

use self::bounds::Bounds;
use self::classes::Classes;
use self::entry::Entry;
use self::index::Index;
use self::keys::Keys;
use self::made::Start;
use self::measure::Quotient;
use self::nominated::Candidate;
use crate::error::{Error, Result};
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

use self::plan::Sample;
pub use bands::Shape;
pub use exact::duplicates;
pub use identity::identities;
pub use keep::code_points;
pub use measure::Measure;
pub use pairs::{Pair, Pairs};
pub use plan::{Engine, Plan, SAMPLED, distinct};
pub use seen::Seen;
pub use sketched::Sketched;

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
    /// What similarity means.
    pub measure: Measure,
    /// Whether rare shingles weigh more.
    pub idf: bool,
    /// How texts are cut.
    pub shingle: Shingle,
    /// The lowest threshold that will be asked about, over 0 and at most 1.
    pub threshold: f64,
    /// Whether rows with different numbers are different whatever their words.
    pub distinct_numbers: bool,
    /// What nominates candidates.
    pub engine: Engine,
    /// The least probability with which locality-sensitive hashing finds a pair at the threshold, over 0 and below 1.
    pub recall: f64,
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
    entries: Vec<Entry>,
    quotient: Quotient,
    plan: Plan,
    /// By which each class finds those that it can be similar to.
    keys: Keys,
    /// Under which each class is found, where these are others.
    held: Option<Keys>,
    /// The classes that have keys.
    meeting: Vec<u32>,
    /// All pairs of classes that can be similar, where they are few.
    candidates: Option<Vec<Candidate>>,
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
            measure,
            idf,
            shingle,
            threshold,
            distinct_numbers,
            engine,
            recall,
        } = options;
        if !(recall > 0.0 && recall < 1.0) {
            return Err(Error::argument("recall", recall, "over 0 and below 1"));
        }
        let bounds = bounds(threshold)?;
        let ranked = without_nulls(texts, order, workers)?;
        let (mut classes, hashes) = classes::of_bytes(texts, &ranked, groups, false, workers)?;
        let rows: Arc<[u32]> = classes.first.iter().map(|rank| ranked[*rank as usize]).collect();
        let numbers = distinct_numbers
            .then(|| numbers::of_rows(texts, &rows, workers))
            .transpose()?;
        let groups: Option<Vec<u32>> =
            groups.map(|groups| rows.iter().map(|row| groups[*row as usize]).collect());
        // Before the salts are made: the sample has its own, from itself alone.
        let is_planned = measure == Measure::Jaccard && !idf;
        let sample = is_planned
            .then(|| {
                let apart = (numbers.as_deref(), groups.as_deref());
                Sample::of(texts, &rows, hashes.as_deref(), apart, workers)
            })
            .transpose()?;
        drop(hashes);
        let salts = within::salts(numbers, groups);
        let start = Start {
            texts,
            rows: &rows,
            salts: salts.as_deref(),
            shingle,
            bounds,
        };
        let Some(sample) = sample else {
            without_bands(measure, idf, engine)?;
            let made = match measure {
                Measure::Hamming => sketched::simhashed(&start, &mut classes, workers)?,
                Measure::Jaccard | Measure::Containment => {
                    let directed = measure == Measure::Containment;
                    weighed::make(&start, idf, directed, recall, &mut classes, workers)?
                }
            };
            let quotient = if measure == Measure::Jaccard {
                Quotient::OfUnion
            } else {
                Quotient::OfOwn
            };
            return Ok(made.judged_by(order.len(), (shingle, bounds, quotient), ranked, classes, salts));
        };
        let made = counted::make(&start, &sample, (engine, recall), &mut classes, workers)?;
        let how = (shingle, bounds, Quotient::OfUnion);
        Ok(made.judged_by(order.len(), how, ranked, classes, salts))
    }

    /// How many classes of equal rows may have a similar one: what judging has to do.
    pub fn meeting(&self) -> usize {
        self.meeting.len()
    }

    /// What nominates candidates, and why.
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// The verdicts of the leader rule.
    pub fn leader(&self, threshold: f64, workers: &Workers) -> Result<Verdicts> {
        let (verdicts, _) = leader::verdicts(self, self.bounds(threshold)?, workers)?;
        Ok(verdicts)
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

    /// What the keys are of.
    fn keyed(&self) -> &Entry {
        &self.entries[self.plan.entry]
    }

    /// The keys under which classes are found.
    fn held(&self) -> &Keys {
        self.held.as_ref().unwrap_or(&self.keys)
    }

    /// An empty index for these keys.
    fn index(&self, keys: &Keys) -> Index {
        Index::new(
            keys,
            self.quotient.prints_tell(self.bounds, self.plan.shingles_per_row),
        )
    }

    /// Puts a class into an index of [`Self::held`].
    fn insert(&self, index: &mut Index, class: u32) {
        self.insert_under(self.held().of(class), index, class);
    }

    fn insert_under(&self, keys: &[u32], index: &mut Index, class: u32) {
        let entry = self.keyed();
        index.insert(keys, class, entry.coarse(entry.size(class)), entry.print(class));
    }

    fn first_row(&self, class: u32) -> u32 {
        self.ranked[self.classes.first[class as usize] as usize]
    }
}

/// Refuses what a measure that has no bands cannot be combined with.
fn without_bands(measure: Measure, idf: bool, engine: Engine) -> Result<()> {
    if engine == Engine::Lsh {
        let expected = "\"auto\" or \"join\" but for measure=\"jaccard\" without idf";
        return Err(Error::argument("engine", "\"lsh\"", expected));
    }
    if idf && measure == Measure::Hamming {
        let expected = "false with measure=\"hamming\", whose bits have no weights";
        return Err(Error::argument("idf", "true", expected));
    }
    Ok(())
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
