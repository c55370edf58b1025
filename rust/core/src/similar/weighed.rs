//! Entries and keys where shingles have weights, or where similarity has a direction.
//!
//! The prefix filter (Chaudhuri, Ganti and Kaushik 2006) holds for both. Of all sets' shingles in one order, the rarest
//! first, take as many from the beginning of a set as are needed until the rest weighs too little to be a similar share
//! of it: what weighs less than the threshold's part of A can be neither w(A∩B) / w(A∪B) nor w(A∩B) / w(A). So a set that
//! A is similar to has one of those taken. With the Jaccard similarity the same holds of the other set, and the first
//! shared shingle is among those taken of both. Containment says nothing of the other set: it is found under all of its
//! shingles, but for those that were taken of no set.

use super::COUNTED_BYTES_PER_ROW;
use super::bounds::Bounds;
use super::classes::{self, Classes};
use super::counts::Frequencies;
use super::cut::Cutter;
use super::entry::Entry;
use super::keys::{CLASSES_PER_CHUNK, Chunk, Keys};
use super::made::{Made, Start};
use super::plan::{Engine, Plan, Sample};
use super::sets::Sets;
use super::weights::Weights;
use crate::error::Result;
use crate::hash::{Set, mix};
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

/// Bytes a shingle that counting may take where every count has to be told from one.
const COUNTED_BYTES_PER_SHINGLE: usize = 4;

/// Cuts the texts of every class, weighs the shingles if `idf`, and chooses the keys.
pub(super) fn make(
    start: &Start<'_>,
    idf: bool,
    directed: bool,
    recall: f64,
    classes: &mut Classes,
    workers: &Workers,
) -> Result<Made> {
    let Start {
        texts,
        rows,
        salts,
        shingle,
        bounds,
    } = *start;
    let sample = Sample::of(texts, rows, None, (salts, None), workers)?;
    let how = (Engine::Join, recall);
    let (plan, _) = Plan::new(texts, &sample, shingle, bounds, how, false, workers)?;
    let (mut cut, mut sums) = (Vec::new(), Vec::new());
    for text in texts {
        let one = Sets::cut(text, shingle, rows, None, None, workers)?;
        cut.push(one.sets);
        sums.push(one.sums);
    }
    let stays = classes.join_equal(&sums, salts, workers)?;
    let distinct = distinct_rows(&sums, rows);
    drop(sums);
    let mut entries = Vec::new();
    for (text, sets) in texts.iter().zip(cut) {
        entries.push(if idf {
            let reading = Reading {
                text: &**text,
                rows,
                salts: None,
                shingle,
            };
            let counts = reading.counts(&sets, usize::MAX, workers)?;
            let weights = Weights::new(&**text, shingle, &distinct, &counts, workers)?;
            let totals = reading.each(workers, |_, set| set.iter().map(|one| weights.of(*one)).sum())?;
            Entry::Weighed(sets, weights, totals)
        } else {
            Entry::Sets(sets)
        });
    }
    let reading = Reading {
        text: &*texts[plan.entry],
        rows,
        salts,
        shingle,
    };
    let (keys, held) = reading.keys(&entries[plan.entry], bounds, directed, &stays, workers)?;
    Ok(Made {
        entries,
        plan,
        keys,
        held,
        stays: None,
        candidates: None,
    })
}

/// The first of all rows that have the same sets in every entry.
fn distinct_rows(sums: &[Vec<u128>], rows: &[u32]) -> Vec<u32> {
    let mut seen = Set::<u128>::default();
    let mut is_new = |class: &usize| {
        let all: Vec<u128> = sums.iter().map(|sums| sums[*class]).collect();
        seen.insert(classes::combine(&all))
    };
    let classes = (0..rows.len()).filter(|class| is_new(class));
    classes.map(|class| rows[class]).collect()
}

/// One entry, read again.
#[derive(Clone, Copy)]
struct Reading<'a> {
    text: &'a dyn Text,
    rows: &'a [u32],
    salts: Option<&'a [u64]>,
    shingle: Shingle,
}

impl Reading<'_> {
    /// What `of` makes of the set of every class.
    fn each<T: Send>(&self, workers: &Workers, of: impl Fn(usize, &[u64]) -> T + Sync) -> Result<Vec<T>> {
        let parts = workers.map_rows(self.rows.len(), CLASSES_PER_CHUNK, |classes| {
            let mut cutter = Cutter::new(self.shingle);
            let mut one = |class: usize| of(class, cutter.set(self.text, self.rows[class]));
            Ok(classes.map(&mut one).collect::<Vec<_>>())
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn key(&self, class: usize, shingle: u64) -> u32 {
        let salted = self.salts.map_or(shingle, |salts| mix(shingle ^ salts[class]));
        (salted >> 32) as u32
    }

    /// In how many classes each key is.
    fn counts(&self, sets: &Sets, most_bytes: usize, workers: &Workers) -> Result<Frequencies> {
        let shingles = (0..self.rows.len() as u32).map(|class| sets.size(class)).sum();
        let most_bytes = most_bytes.min(COUNTED_BYTES_PER_SHINGLE * shingles);
        let counts = Frequencies::new(shingles, most_bytes);
        workers.map_rows(self.rows.len(), CLASSES_PER_CHUNK, |classes| {
            let (mut cutter, mut keys) = (Cutter::new(self.shingle), Vec::new());
            for class in classes {
                keys.clear();
                let set = cutter.set(self.text, self.rows[class]).iter();
                keys.extend(set.map(|shingle| self.key(class, *shingle)));
                counts.add(&keys);
            }
            Ok(())
        })?;
        Ok(counts)
    }

    /// For the classes that `stay` the keys by which each of them finds the sets that it can be similar to, and, if similarity is
    /// `directed`, those under which it is found itself; where that is not said they are the same.
    fn keys(
        &self,
        entry: &Entry,
        bounds: Bounds,
        directed: bool,
        stay: &[bool],
        workers: &Workers,
    ) -> Result<(Keys, Option<Keys>)> {
        let keys = match entry {
            Entry::Weighed(_, weights, _) => {
                // The heavier, the rarer; what one distinct row has alone weighs most and needs no key.
                let rarity = |_, shingle| {
                    let shared = weights.of_shared(shingle);
                    let weight = shared.unwrap_or(weights.alone());
                    (u32::MAX - weight, u64::from(weight), shared.is_none())
                };
                self.choose(bounds, stay, rarity, workers)?
            }
            Entry::Sets(sets) => {
                let counts = self.counts(sets, COUNTED_BYTES_PER_ROW * self.rows.len(), workers)?;
                let rarity = |class, shingle| {
                    let count = counts.get(self.key(class, shingle));
                    (u32::from(count), 1, count == 1)
                };
                self.choose(bounds, stay, rarity, workers)?
            }
            Entry::Vectors(_) => Keys::of_chunks(Vec::new()),
        };
        let held = directed
            .then(|| self.found_under(&keys, stay, workers))
            .transpose()?;
        Ok((keys, held))
    }

    /// Takes from each set as many shingles as its prefix needs; `rarity` says in what order, what a shingle weighs, and whether
    /// no other set has it.
    fn choose(
        &self,
        bounds: Bounds,
        stay: &[bool],
        rarity: impl Fn(usize, u64) -> (u32, u64, bool) + Sync,
        workers: &Workers,
    ) -> Result<Keys> {
        self.chunks(stay, workers, |class, set, keys| {
            let ranked = set.iter().map(|shingle| {
                let (rank, weight, alone) = rarity(class, *shingle);
                (rank, *shingle, weight, alone)
            });
            let mut ranked: Vec<(u32, u64, u64, bool)> = ranked.collect();
            ranked.sort_unstable();
            let total: u64 = ranked.iter().map(|one| one.2).sum();
            let mut rest = total;
            for (_, shingle, weight, alone) in ranked {
                if (rest as f64 / total as f64) < bounds.0 {
                    break;
                }
                rest -= weight;
                if !alone {
                    keys.push(self.key(class, shingle));
                }
            }
        })
    }

    /// The keys of each set that were chosen for some set.
    fn found_under(&self, chosen: &Keys, stay: &[bool], workers: &Workers) -> Result<Keys> {
        let asked = Asked::new(chosen);
        self.chunks(stay, workers, |class, set, keys| {
            let all = set.iter().map(|shingle| self.key(class, *shingle));
            keys.extend(all.filter(|key| asked.has(*key)));
        })
    }

    fn chunks(
        &self,
        stay: &[bool],
        workers: &Workers,
        of: impl Fn(usize, &[u64], &mut Vec<u32>) + Sync,
    ) -> Result<Keys> {
        let chunks = workers.map_rows(self.rows.len(), CLASSES_PER_CHUNK, |classes| {
            let (mut cutter, mut chunk) = (Cutter::new(self.shingle), Chunk::default());
            for class in classes {
                if stay[class] {
                    of(class, cutter.set(self.text, self.rows[class]), &mut chunk.keys);
                }
                chunk.end();
            }
            chunk.keys.shrink_to_fit();
            Ok(chunk)
        })?;
        Ok(Keys::of_chunks(chunks))
    }
}

/// Keys, a bit each; those that fall together with others are there too.
struct Asked {
    bits: Vec<u64>,
    shift: u32,
}

/// Spreads keys whose highest bits are alike.
const SPREAD: u32 = 0x9e37_79b1;

impl Asked {
    fn new(keys: &Keys) -> Self {
        let total: usize = keys.all().map(<[u32]>::len).sum();
        let bits = (8 * total).next_power_of_two().clamp(64, 1 << 31);
        let mut asked = Self {
            bits: vec![0; bits / 64],
            shift: 32 - bits.trailing_zeros(),
        };
        for key in keys.all().flatten() {
            let (word, bit) = asked.place(*key);
            asked.bits[word] |= bit;
        }
        asked
    }

    fn has(&self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        self.bits[word] & bit != 0
    }

    fn place(&self, key: u32) -> (usize, u64) {
        let at = key.wrapping_mul(SPREAD) >> self.shift;
        (at as usize / 64, 1 << (at % 64))
    }
}
