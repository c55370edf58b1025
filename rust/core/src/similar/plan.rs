//! Which engine nominates the candidates, and from which entry of `on`.
//!
//! Decided from the arguments and a sample of the rows alone: for every entry and engine, what making the keys costs and
//! how many pairs meet under them. The sample is the distinct rows whose texts have the lowest hashes, so that it
//! depends neither on their order nor on whether they were all at hand at once.

use std::sync::Arc;

use super::bands::{Bands, Shape};
use super::bounds::Bounds;
use super::classes::combine;
use super::cut::Cutter;
use super::keys::{Buffers, Maker, Order};
use super::measure::Quotient;
use super::within;
use crate::error::{Error, Result};
use crate::fingerprint::fingerprint_of;
use crate::hash::Map;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::shingle::Shingle;
use crate::text::Text;

/// Which engine nominates candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The one that costs less, the exact one in case of doubt.
    Auto,
    /// The exact prefix-filter join.
    Join,
    /// MinHash and locality-sensitive hashing.
    Lsh,
}

/// What was decided, and why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The entry of `on` that candidates come from.
    pub entry: usize,
    /// The bands, where locality-sensitive hashing was chosen.
    pub bands: Option<Shape>,
    /// The estimates, in nanoseconds a row, for the best entry of each engine.
    pub join_cost: f64,
    /// The same for locality-sensitive hashing.
    pub lsh_cost: f64,
    /// Shingles that one row has in the entry, on average over the sample.
    pub(super) shingles_per_row: f64,
    /// The longest set whose gathered keys are stored; longer ones are cut again.
    pub(super) most_stored: usize,
}

/// Rows of a sample.
pub const SAMPLED: usize = 1024;

/// Of these, so many are worked on by one task.
const SAMPLED_PER_TASK: usize = 64;

/// Rows that stand for all.
pub(super) struct Sample {
    /// Where their texts are.
    pub(super) rows: Vec<u32>,
    /// What keeps them apart whatever their words.
    pub(super) salts: Option<Vec<u64>>,
    /// About how many distinct rows there are.
    pub(super) distinct: f64,
}

impl Sample {
    /// Of these distinct rows those with the lowest hashes ([`text_hash`], perhaps known), of equal ones the lowest rows.
    pub(super) fn of(
        texts: &[Arc<dyn Text>],
        rows: &[u32],
        hashes: Option<&[u64]>,
        (numbers, groups): (Option<&[u64]>, Option<&[u32]>),
        workers: &Workers,
    ) -> Result<Self> {
        let parts = workers.map_rows(rows.len(), ROWS_PER_TASK, |range| {
            let (mut scratch, mut prints) = (String::new(), Vec::new());
            let hash = |at: usize| {
                let row = rows[at];
                let hash = match hashes {
                    Some(known) => known[at],
                    None => text_hash(texts, row as usize, &mut scratch, &mut prints),
                };
                (hash, row, at)
            };
            let mut hashes: Vec<(u64, u32, usize)> = range.map(hash).collect();
            keep_lowest(&mut hashes);
            Ok(hashes)
        })?;
        let mut lowest = parts.concat();
        keep_lowest(&mut lowest);
        lowest.sort_unstable();
        let highest = lowest.last().map_or(0, |(hash, ..)| *hash);
        Ok(Self {
            rows: lowest.iter().map(|(_, row, _)| *row).collect(),
            salts: within::of_sample(
                &lowest.iter().map(|(hash, ..)| *hash).collect::<Vec<_>>(),
                numbers.map(|numbers| lowest.iter().map(|(.., at)| numbers[*at]).collect()),
                groups.map(|groups| lowest.iter().map(|(.., at)| groups[*at]).collect()),
            ),
            distinct: distinct(lowest.len(), highest),
        })
    }
}

fn keep_lowest(hashes: &mut Vec<(u64, u32, usize)>) {
    if hashes.len() > SAMPLED {
        hashes.select_nth_unstable(SAMPLED - 1);
        hashes.truncate(SAMPLED);
    }
}

/// What a sample goes by: a hash of a row's texts, the same for the same texts; a null counts as empty.
pub(super) fn text_hash(
    texts: &[Arc<dyn Text>],
    row: usize,
    scratch: &mut String,
    prints: &mut Vec<u128>,
) -> u64 {
    prints.clear();
    prints.extend(texts.iter().map(|text| fingerprint_of(text.read(row, scratch))));
    (combine(prints) >> 64) as u64
}

/// About how many distinct rows there are if the `sampled` lowest of their hashes end with `highest` (k minimum values,
/// Bar-Yossef et al. 2002); exact where that is all of them.
pub fn distinct(sampled: usize, highest: u64) -> f64 {
    if sampled < SAMPLED {
        return sampled as f64;
    }
    (sampled - 1) as f64 / ((highest as f64 + 1.0) / 2.0_f64.powi(64))
}

/// Nanoseconds, measured once: a rough guide is enough to tell engines apart that differ by a factor.
const PER_STORED_KEY: f64 = 20.0;
const PER_MINHASH_VALUE: f64 = 0.06;
const PER_BAND: f64 = 300.0;
const PER_MEETING: f64 = 60.0;

/// The same where 64 bits beside each other rule out nearly all that meet.
const PER_MEETING_OF_PRINTS: f64 = 0.75;

/// Rows are cut twice where their keys would take more than this many bytes a row,
const MOST_KEY_BYTES: f64 = 420.0;

/// which costs this.
const PER_SHINGLE_CUT_AGAIN: f64 = 20.0;

/// The exact engine is given up where it is estimated to take this many times as long.
const PATIENCE: f64 = 1.5;

/// What an engine costs from an entry.
#[derive(Clone)]
struct Priced {
    cost: f64,
    entry: usize,
    shingles_per_row: f64,
    bands: Option<Shape>,
    order: Order,
}

impl Plan {
    /// Candidates from this entry, without an estimate.
    pub(super) fn of_entry(entry: usize) -> Self {
        Self {
            entry,
            bands: None,
            join_cost: 0.0,
            lsh_cost: 0.0,
            shingles_per_row: 0.0,
            most_stored: usize::MAX,
        }
    }

    /// The plan for the texts in these rows, and the order in which the join takes their shingles; with `knows_common` that
    /// may depend on the sample.
    pub(super) fn new(
        texts: &[Arc<dyn Text>],
        sample: &Sample,
        shingle: Shingle,
        bounds: Bounds,
        (engine, recall): (Engine, f64),
        knows_common: bool,
        workers: &Workers,
    ) -> Result<(Self, Order)> {
        // Pairs among all rows for each pair of the sample, per row.
        let scale = sample.distinct / (sample.rows.len().max(1) as f64).powi(2);
        let mut best: [Option<Priced>; 2] = [None, None];
        let mut sizes: Vec<Vec<usize>> = Vec::new();
        for (entry, text) in texts.iter().enumerate() {
            let sets = workers.map_rows(sample.rows.len(), SAMPLED_PER_TASK, |range| {
                let mut cutter = Cutter::new(shingle);
                let set = |row: &u32| cutter.set(&**text, *row).to_vec();
                Ok(sample.rows[range].iter().map(set).collect::<Vec<_>>())
            })?;
            let sets: Vec<Vec<u64>> = sets.into_iter().flatten().collect();
            let mean = sets.iter().map(Vec::len).sum::<usize>() as f64 / sets.len().max(1) as f64;
            sizes.push(sets.iter().map(Vec::len).collect());
            let salt = |at: usize| sample.salts.as_ref().map(|salts| salts[at]);
            let per_meeting = if Quotient::OfUnion.prints_tell(bounds, mean) {
                PER_MEETING_OF_PRINTS
            } else {
                PER_MEETING
            };
            let of_engine = |maker: &Maker| {
                let met = meetings(maker, &sets, salt, workers)?;
                Ok::<f64, Error>(met as f64 * scale * per_meeting)
            };
            let mut order = Order::new(bounds);
            let mut storing = order.share() * mean * PER_STORED_KEY;
            if order.share() * mean * size_of::<u32>() as f64 > MOST_KEY_BYTES {
                storing += mean * PER_SHINGLE_CUT_AGAIN;
            }
            let mut meeting = of_engine(&Maker::Join(order.clone()))?;
            if knows_common && meeting > storing {
                let other = order.clone().with_common(&sets, salt);
                let by_other = of_engine(&Maker::Join(other.clone()))?;
                if by_other < meeting / 2.0 {
                    (order, meeting) = (other, by_other);
                }
            }
            let join = meeting + storing;
            let of_shape = |shape: Shape| {
                let meeting = of_engine(&Maker::Lsh(Bands::new(shape)))?;
                let values = (shape.bands * shape.rows) as f64 * mean;
                let making = values * PER_MINHASH_VALUE + shape.bands as f64 * PER_BAND;
                Ok::<_, Error>((meeting + making, meeting, shape))
            };
            let mut lsh = of_shape(Shape::new(bounds.0, recall))?;
            let most_bands = (MOST_KEY_BYTES / size_of::<u32>() as f64) as usize;
            for shape in Shape::finer(bounds.0, recall, most_bands) {
                // Finer bands help only where most of the time goes into meetings.
                if lsh.1 < lsh.0 / 2.0 {
                    break;
                }
                let finer = of_shape(shape)?;
                if finer.0 < lsh.0 {
                    lsh = finer;
                }
            }
            for (best, (cost, bands)) in best.iter_mut().zip([(join, None), (lsh.0, Some(lsh.2))]) {
                if best.as_ref().is_none_or(|known| cost < known.cost) {
                    *best = Some(Priced {
                        cost,
                        entry,
                        shingles_per_row: mean,
                        bands,
                        order: order.clone(),
                    });
                }
            }
        }
        let nothing = Priced {
            cost: 0.0,
            entry: 0,
            shingles_per_row: 0.0,
            bands: None,
            order: Order::new(bounds),
        };
        let [join, lsh] = best.map(|best| best.unwrap_or_else(|| nothing.clone()));
        let (join_cost, lsh_cost) = (join.cost, lsh.cost);
        let use_lsh = match engine {
            Engine::Join => false,
            Engine::Lsh => true,
            Engine::Auto => {
                // Of the keys of templates few are left, as most are in no other row.
                let key_bytes = join.order.share() * join.shingles_per_row * size_of::<u32>() as f64;
                let is_too_long = key_bytes > MOST_KEY_BYTES && !join.order.knows_common();
                sample.distinct > 4.0 * SAMPLED as f64 && (join_cost > PATIENCE * lsh_cost || is_too_long)
            }
        };
        let chosen = if use_lsh { lsh } else { join };
        let plan = Self {
            entry: chosen.entry,
            bands: chosen.bands,
            join_cost,
            lsh_cost,
            shingles_per_row: chosen.shingles_per_row,
            most_stored: most_stored(std::mem::take(&mut sizes[chosen.entry]), chosen.order.share()),
        };
        Ok((plan, chosen.order))
    }
}

/// The longest of these sets that can be stored if the shorter ones are too, within [`MOST_KEY_BYTES`] a row.
fn most_stored(mut sizes: Vec<usize>, share: f64) -> usize {
    let mut left = (MOST_KEY_BYTES / (share * size_of::<u32>() as f64) * sizes.len() as f64) as usize;
    sizes.sort_unstable();
    let over = sizes.iter().find(|size| {
        let fits = **size <= left;
        left = left.saturating_sub(**size);
        !fits
    });
    over.map_or(usize::MAX, |size| size - 1)
}

/// How many times pairs of these sets meet under a key.
fn meetings(
    maker: &Maker,
    sets: &[Vec<u64>],
    salt: impl Fn(usize) -> Option<u64> + Sync,
    workers: &Workers,
) -> Result<usize> {
    let gathered = workers.map_rows(sets.len(), SAMPLED_PER_TASK, |range| {
        let mut buffers = Buffers::default();
        let keys = |at: usize| {
            let mut keys = Vec::new();
            maker.gather(&sets[at], salt(at), &mut buffers, &mut keys);
            keys
        };
        Ok(range.map(keys).collect::<Vec<_>>())
    })?;
    let gathered: Vec<Vec<u32>> = gathered.into_iter().flatten().collect();
    let mut counts = Map::<u32, u16>::default();
    for key in gathered.iter().flatten() {
        let count = counts.entry(*key).or_insert(0);
        *count = count.saturating_add(1);
    }
    let chosen = workers.map_rows(sets.len(), SAMPLED_PER_TASK, |range| {
        let (mut buffers, mut how_often) = (Buffers::default(), Vec::new());
        let (mut chosen, mut all) = (Vec::new(), Vec::new());
        for at in range {
            let keys = &gathered[at];
            how_often.clear();
            how_often.extend(keys.iter().map(|key| counts.get(key).copied().unwrap_or(0)));
            maker.choose(keys, &how_often, sets[at].len(), &mut buffers, &mut chosen);
            all.extend_from_slice(&chosen);
        }
        Ok(all)
    })?;
    let (mut seen, mut met) = (Map::<u32, usize>::default(), 0);
    for key in chosen.iter().flatten() {
        let earlier = seen.entry(*key).or_insert(0);
        met += *earlier;
        *earlier += 1;
    }
    Ok(met)
}
