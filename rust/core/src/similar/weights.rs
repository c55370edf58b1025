//! How much each shingle weighs where rare ones count for more (`idf`): round(2^16 · ln(1 + N / df)).
//!
//! N is the number of distinct rows of the call and df the number of them that have the shingle; rows are distinct
//! where some entry of `on` has another set of shingles, and null rows do not count. Weights are whole numbers, so that
//! sums of them are the same in any order, and the logarithm is that of one library on every machine. Inverse document
//! frequency is Spärck Jones's (1972); with weights, the Jaccard similarity is Σ min / Σ max over the shingles.

use super::counts::Frequencies;
use super::cut::Cutter;
use super::keys::CLASSES_PER_CHUNK;
use crate::error::Result;
use crate::hash::Map;
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

/// Rows whose shingles are counted together: their occurrences are in memory at once.
const ROWS_AT_ONCE: usize = 64 * CLASSES_PER_CHUNK;

/// What a shingle that every row has weighs: no shingle weighs less.
pub(super) const LEAST: u64 = 45_426;

/// The weights of the shingles of one entry.
#[derive(Debug)]
pub(super) struct Weights {
    /// What a shingle weighs that only one of the distinct rows has.
    alone: u32,
    /// What each of the others weighs.
    known: Map<u64, u32>,
}

impl Weights {
    /// Weighs the shingles that the texts in `distinct` rows have; those that `counts` has met once are in one row.
    pub(super) fn new(
        text: &dyn Text,
        shingle: Shingle,
        distinct: &[u32],
        counts: &Frequencies,
        workers: &Workers,
    ) -> Result<Self> {
        let mut known = Map::<u64, u32>::default();
        for rows in distinct.chunks(ROWS_AT_ONCE) {
            let parts = workers.map_rows(rows.len(), CLASSES_PER_CHUNK, |range| {
                let (mut cutter, mut met) = (Cutter::new(shingle), Vec::new());
                for row in &rows[range] {
                    let set = cutter.set(text, *row).iter();
                    met.extend(set.filter(|shingle| counts.get((*shingle >> 32) as u32) > 1));
                }
                Ok(met)
            })?;
            for shingle in parts.into_iter().flatten() {
                *known.entry(shingle).or_insert(0) += 1;
            }
        }
        known.retain(|_, frequency| {
            let shared = *frequency > 1;
            *frequency = weight(distinct.len(), *frequency as usize);
            shared
        });
        Ok(Self {
            alone: weight(distinct.len(), 1),
            known,
        })
    }

    /// The weight of a shingle.
    #[inline]
    pub(super) fn of(&self, shingle: u64) -> u64 {
        u64::from(*self.known.get(&shingle).unwrap_or(&self.alone))
    }

    /// The weight of a shingle that more than one distinct row has, `None` for the others.
    #[inline]
    pub(super) fn of_shared(&self, shingle: u64) -> Option<u32> {
        self.known.get(&shingle).copied()
    }

    /// The weight of a shingle that only one distinct row has: none weighs more.
    pub(super) fn alone(&self) -> u32 {
        self.alone
    }
}

/// The weight of a shingle that `frequency` of `rows` have.
fn weight(rows: usize, frequency: usize) -> u32 {
    (65_536.0 * libm::log(1.0 + rows as f64 / frequency as f64)).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_known_frequencies() {
        assert_eq!(u64::from(weight(7, 7)), LEAST); // 65536 · ln 2
        assert_eq!(weight(1, 1), 45_426);
        assert_eq!(weight(100, 1), 302_457); // 65536 · ln 101 = 302456.5...
        assert!(weight(u32::MAX as usize, 1) < 1 << 21);
    }
}
