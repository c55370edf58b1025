//! Which rows meet under the keys of one part, and are not ruled out by sizes, sketches or groups.
//!
//! Many rows under one key are many pairs, nearly all of them of rows that the first few of them will have removed. So
//! no more than `most` rows that may still be kept are looked at for each row, the first ones under the key; whether
//! that left out any is told, for each row, so that a later round can look at the rest once it is known who is removed.

use super::super::bounds;
use super::super::bounds::Bounds;
use super::cut::{Cutting, apart, words};
use crate::error::Result;
use crate::parallel::Workers;
use crate::similarity::jaccard;

/// A key with the row that has it.
type Keyed = (u64, u32);

/// Pieces of a part that are sorted and looked through at once.
const PIECES: usize = 64;

/// What is known of all rows.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The place of every row in the order of the keep policy; none where that is the row itself.
    pub ranks: Option<&'a [u32]>,
    /// For each entry of `on` the sizes of the sets.
    pub sizes: &'a [&'a [u32]],
    /// For each entry of `on` the sketches, row after row.
    pub folds: &'a [&'a [u64]],
    /// For each entry of `on` where each row's sketch begins.
    pub starts: &'a [&'a [u32]],
    /// The most words that a sketch has, a power of two (`narrow`).
    pub most_words: usize,
    /// The group of every row.
    pub groups: Option<&'a [u32]>,
    /// Rows that nobody can be removed for any more.
    pub removed: Option<&'a [bool]>,
}

impl Rows<'_> {
    pub(super) fn rank(&self, row: u32) -> u32 {
        self.ranks.map_or(row, |ranks| ranks[row as usize])
    }

    fn may_be_similar(&self, a: u32, b: u32, bounds: Bounds) -> bool {
        let (a, b) = (a as usize, b as usize);
        self.groups.is_none_or(|groups| groups[a] == groups[b])
            && self
                .sizes
                .iter()
                .zip(self.folds)
                .zip(self.starts)
                .all(|((sizes, folds), starts)| {
                    let (x, y) = (sizes[a] as usize, sizes[b] as usize);
                    if jaccard(x.min(y), x, y) < bounds.0 {
                        return false;
                    }
                    let fold = |row: usize, size: usize| {
                        &folds[starts[row] as usize..][..words(size).min(self.most_words)]
                    };
                    let apart = apart(fold(a, x), fold(b, y));
                    let shared = ((x + y).saturating_sub(apart) / 2).min(x).min(y);
                    jaccard(shared, x, y) >= bounds.0
                })
    }
}

/// Rows that met.
#[derive(Debug, Default, PartialEq)]
pub struct Met {
    /// Pairs, the row that comes first in the order of the keep policy in the upper half; each once, ascending.
    pub pairs: Vec<u64>,
    /// Under how many keys each pair met, up to 255.
    pub times: Vec<u8>,
    /// Rows that were not held against all that they met, each once, ascending.
    pub cut_short: Vec<u32>,
}

/// The pairs of rows that have one of these keys in common and may be similar.
pub fn meet(
    keys: &[u32],
    rows_of_keys: &[u32],
    rows: &Rows<'_>,
    (threshold, most): (f64, usize),
    workers: &Workers,
) -> Result<Met> {
    let bounds = bounds(threshold)?;
    let (lowest, highest) = keys
        .iter()
        .fold((u32::MAX, 0), |(low, high), key| (low.min(*key), high.max(*key)));
    let width = (u64::from(highest.max(lowest) - lowest.min(highest)) + 1).div_ceil(PIECES as u64);
    let mut pieces: Vec<Vec<(u64, u32)>> = vec![Vec::new(); PIECES];
    for (&key, &row) in keys.iter().zip(rows_of_keys) {
        let piece = (u64::from(key - lowest) / width) as usize;
        pieces[piece].push((u64::from(key) << 32 | u64::from(rows.rank(row)), row));
    }
    let mut work: Vec<(Vec<Keyed>, Pairs, Vec<u32>)> = pieces
        .into_iter()
        .map(|piece| (piece, Pairs::new(), Vec::new()))
        .collect();
    workers.fill(&mut work, 1, 1, |_, work| {
        for (piece, met, cut_short) in work {
            piece.sort_unstable();
            for group in piece.chunk_by(|a, b| a.0 >> 32 == b.0 >> 32) {
                of_key(group, rows, bounds, most, met, cut_short);
            }
            *piece = Vec::new();
            add_up(met);
        }
        Ok(())
    })?;
    let (mut pairs, mut cut_short) = (Pairs::new(), Vec::new());
    for (_, met, short) in work {
        pairs.extend(met);
        cut_short.extend(short);
    }
    add_up(&mut pairs);
    cut_short.sort_unstable();
    cut_short.dedup();
    let (pairs, times) = pairs.into_iter().unzip();
    Ok(Met {
        pairs,
        times,
        cut_short,
    })
}

/// Pairs, and under how many keys each of them met.
type Pairs = Vec<(u64, u8)>;

/// Each pair once, ascending, with the sum of its times.
fn add_up(pairs: &mut Pairs) {
    pairs.sort_unstable_by_key(|(pair, _)| *pair);
    pairs.dedup_by(|again, first| {
        let same = again.0 == first.0;
        if same {
            first.1 = first.1.saturating_add(again.1);
        }
        same
    });
}

/// Of pairs that met in one part or more those that met as often as similar rows do, each once, ascending.
///
/// `times` says how often each met in its part, and `sizes` are those of the sets that the keys are of. A pair of which a
/// row was cut short may be missing.
pub fn met_enough(pairs: &[u64], times: &[u8], sizes: &[u32], cutting: &Cutting) -> Result<Vec<u64>> {
    let mut pairs: Pairs = pairs.iter().copied().zip(times.iter().copied()).collect();
    add_up(&mut pairs);
    let size = |row: u64| sizes[row as u32 as usize] as usize;
    let mut enough = Vec::new();
    for (pair, times) in pairs {
        if usize::from(times) >= cutting.several(size(pair >> 32), size(pair))? {
            enough.push(pair);
        }
    }
    Ok(enough)
}

/// The pairs under one key, whose rows are in the order of the keep policy.
fn of_key(
    group: &[(u64, u32)],
    rows: &Rows<'_>,
    bounds: Bounds,
    most: usize,
    met: &mut Pairs,
    cut_short: &mut Vec<u32>,
) {
    let mut leaders: Vec<u32> = Vec::new();
    for &(_, row) in group {
        let mut looked_at = 0;
        for &leader in &leaders {
            if rows.may_be_similar(leader, row, bounds) {
                if looked_at == most {
                    cut_short.push(row);
                    break;
                }
                looked_at += 1;
                met.push((u64::from(leader) << 32 | u64::from(row), 1));
            }
        }
        if rows.removed.is_none_or(|removed| !removed[row as usize]) {
            leaders.push(row);
        }
    }
}
