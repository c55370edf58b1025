//! The exact similarity of pairs whose texts are at hand.

use std::sync::Arc;

use super::super::bounds;
use super::super::cut::Cutter;
use super::super::lookup::Lookup;
use super::super::numbers;
use super::cut::Cutting;
use crate::error::Result;
use crate::parallel::Workers;
use crate::similarity::jaccard;
use crate::text::Text;

const PAIRS_PER_TASK: usize = 256;

/// Sets that are remembered: pairs that follow each other often have a row in common.
const REMEMBERED: usize = 64;

/// The columns that are compared, one for each entry of `on`.
type Texts<'a> = &'a [Arc<dyn Text>];

/// The similarity of each pair of a row of `a` and a row of `b`, 0 where it is below the threshold. The cheapest order
/// of the pairs is by the rows of `b`.
pub fn compare(
    (a, b): (Texts<'_>, Texts<'_>),
    (rows_of_a, rows_of_b): (&[u32], &[u32]),
    cutting: &Cutting,
    workers: &Workers,
) -> Result<Vec<f64>> {
    let least = bounds(cutting.threshold)?.0;
    let numbers = |texts: Texts<'_>, rows: &[u32]| {
        cutting
            .distinct_numbers
            .then(|| numbers::of_rows(texts, rows, workers))
            .transpose()
    };
    let (numbers_a, numbers_b) = (numbers(a, rows_of_a)?, numbers(b, rows_of_b)?);
    let parts = workers.map_rows(rows_of_a.len(), PAIRS_PER_TASK, |range| {
        let mut sides: Vec<Side> = a.iter().map(|_| Side::new(cutting)).collect();
        let similarity = |pair: usize| {
            if numbers_a.as_ref().map(|numbers| numbers[pair])
                != numbers_b.as_ref().map(|numbers| numbers[pair])
            {
                return 0.0;
            }
            let mut lowest = 1.0_f64;
            for (side, (a, b)) in sides.iter_mut().zip(a.iter().zip(b)) {
                lowest = lowest.min(side.similarity((&**a, rows_of_a[pair]), (&**b, rows_of_b[pair])));
                if lowest < least {
                    return 0.0;
                }
            }
            lowest
        };
        Ok(range.map(similarity).collect::<Vec<_>>())
    })?;
    Ok(parts.concat())
}

/// One entry of `on`.
struct Side {
    cutter: Cutter,
    /// The row of `b` that is in the table, and the size of its set.
    filled: Option<(u32, usize)>,
    lookup: Lookup,
    remembered: Vec<(u32, Vec<u64>)>,
}

impl Side {
    fn new(cutting: &Cutting) -> Self {
        Self {
            cutter: Cutter::new(cutting.shingle),
            filled: None,
            lookup: Lookup::default(),
            remembered: vec![(u32::MAX, Vec::new()); REMEMBERED],
        }
    }

    fn similarity(&mut self, (a, row_of_a): (&dyn Text, u32), (b, row_of_b): (&dyn Text, u32)) -> f64 {
        let size = match self.filled {
            Some((row, size)) if row == row_of_b => size,
            _ => {
                let set = self.cutter.set(b, row_of_b);
                self.lookup.fill(set);
                self.filled = Some((row_of_b, set.len()));
                set.len()
            }
        };
        let (known, set) = &mut self.remembered[row_of_a as usize % REMEMBERED];
        if *known != row_of_a {
            *known = row_of_a;
            set.clear();
            set.extend_from_slice(self.cutter.set(a, row_of_a));
        }
        jaccard(self.lookup.shared_with(set), set.len(), size)
    }
}
