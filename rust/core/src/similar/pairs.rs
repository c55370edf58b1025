//! Every pair of similar rows, piece by piece: what the verdicts were chosen from.
//!
//! Rows with equal sets of shingles are one class. Its first row in the order of the keep policy speaks for it: it is
//! paired with every other row of its class, at a similarity of 1, and with the first row of every similar class. So
//! the pairs within a class are as many as its rows, not their square, and none is lost: the others follow by
//! equality.

use std::sync::Arc;

use super::Similar;
use super::bounds::Bounds;
use super::index::Index;
use super::probe::Probe;
use crate::error::Result;
use crate::parallel::Workers;

/// About how many pairs one piece has, unless a single class has more.
const PAIRS_PER_PIECE: usize = 1 << 16;
const FIRST_PIECE: usize = 256;
const CLASSES_PER_TASK: usize = 16;

/// Two rows and their exact similarity; `a` comes first in the order of the keep policy, unless pairs are asked for both
/// ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The row that the keep policy prefers.
    pub a: u32,
    /// The other row.
    pub b: u32,
    /// At least the threshold.
    pub similarity: f64,
}

/// The pairs at one threshold, by the place of `a` and then of `b` in the order of the keep policy.
pub struct Pairs {
    similar: Arc<Similar>,
    bounds: Bounds,
    /// Whether a row is paired with earlier ones too that are similar to it, where similarity has a direction.
    both_ways: bool,
    index: Index,
    /// The ranks of every class, ascending, side by side.
    ranks: Vec<u32>,
    /// Where each class's ranks begin, and where the last one's end.
    starts: Vec<usize>,
    /// The first class that was not looked at yet.
    next: usize,
    /// How many classes the next piece has.
    size: usize,
}

impl Pairs {
    /// The pairs with at least this similarity, none of them found yet. Where similarity has a direction, it is that of `b` to
    /// `a`, and with `both_ways` pairs are found whose `a` comes later too.
    pub fn new(similar: Arc<Similar>, threshold: f64, both_ways: bool) -> Result<Self> {
        let both_ways = both_ways && similar.held.is_some();
        let bounds = similar.bounds(threshold)?;
        let mut index = similar.index(&similar.keys);
        for &class in &similar.meeting {
            similar.insert_under(similar.keys.of(class), &mut index, class);
        }
        let of = &similar.classes.of;
        let mut starts = vec![0; similar.classes.first.len() + 1];
        of.iter().for_each(|class| starts[*class as usize + 1] += 1);
        for class in 1..starts.len() {
            starts[class] += starts[class - 1];
        }
        let (mut ends, mut ranks) = (starts.clone(), vec![0; of.len()]);
        for (rank, class) in of.iter().enumerate() {
            let end = &mut ends[*class as usize];
            ranks[*end] = rank as u32;
            *end += 1;
        }
        Ok(Self {
            similar,
            bounds,
            both_ways,
            index,
            ranks,
            starts,
            next: 0,
            size: FIRST_PIECE,
        })
    }

    /// Some of the next pairs, `None` once there are no more. How many depends on the data alone.
    pub fn next(&mut self, workers: &Workers) -> Result<Option<Vec<Pair>>> {
        let classes = self.starts.len() - 1;
        while self.next < classes {
            let piece = self.next..classes.min(self.next + self.size);
            let parts = workers.map_rows(piece.len(), CLASSES_PER_TASK, |range| {
                let mut probe = Probe::reversed(&self.similar, self.bounds);
                let (mut found, mut pairs) = (Vec::new(), Vec::new());
                for class in range {
                    self.of_class((piece.start + class) as u32, &mut probe, &mut found, &mut pairs);
                }
                Ok(pairs)
            })?;
            let pairs = parts.concat();
            let wanted = piece.len() * PAIRS_PER_PIECE / pairs.len().max(1);
            self.size = wanted.clamp(1, 4 * self.size);
            self.next = piece.end;
            if !pairs.is_empty() {
                return Ok(Some(pairs));
            }
        }
        Ok(None)
    }

    /// The pairs whose `a` speaks for `class`.
    fn of_class(
        &self,
        class: u32,
        probe: &mut Probe<'_>,
        found: &mut Vec<(u32, f64)>,
        pairs: &mut Vec<Pair>,
    ) {
        let [first, others @ ..] = &self.ranks[self.starts[class as usize]..self.starts[class as usize + 1]]
        else {
            return;
        };
        probe.turn_to(class);
        let eligible = |other: u32| other > class || (self.both_ways && other != class);
        probe.all(&self.index, eligible, found);
        let first_rank = |class: u32| self.similar.classes.first[class as usize];
        let mut near: Vec<(u32, f64)> = others.iter().map(|rank| (*rank, 1.0)).collect();
        near.extend(
            found
                .iter()
                .map(|(other, similarity)| (first_rank(*other), *similarity)),
        );
        near.sort_unstable_by_key(|(rank, _)| *rank);
        let row = |rank: u32| self.similar.ranked[rank as usize];
        pairs.extend(near.into_iter().map(|(rank, similarity)| Pair {
            a: row(*first),
            b: row(rank),
            similarity,
        }));
    }
}
