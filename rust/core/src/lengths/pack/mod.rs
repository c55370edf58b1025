//! Rows into packs of one capacity, whole or in pieces.
//!
//! Best-fit decreasing (Johnson et al., SIAM J. Comput. 3(4), 1974): the longest piece first, each into the bin that it
//! fills best, or into a new one where it fits in none. Equal lengths go in row order and equal spaces in the order in which
//! they arose, which makes the packing unique, and the one that TRL's `bfd` finds where it sees all rows at once.
//! `BfdSplit` cuts rows over the capacity into pieces of it ("Fewer truncations improve language modeling", arXiv
//! 2404.10830); `Wrapped` lays all rows end to end and cuts at every multiple of the capacity.
//!
//! Best fit keeps to what a bin may hold: at most [`Options::max_rows`] rows, all the rows of a group or none
//! ([`Options::together`]), at most one row of a group ([`Options::apart`]; equal lengths then go group by group, in
//! the order of the groups' numbers).
//!
//! A row of length 0 is in no bin, and listed. No rows make no bins.

mod balanced;
mod best_fit;
mod constrained;
mod options;
mod plan;
mod spaces;
mod together;
pub mod tokens;

use arrow_array::{Int64Array, ListArray};

use self::best_fit::{Placed, best_fit, longest_first};
use self::constrained::Constraints;
pub use self::options::{Options, Overflow, Strategy};
use self::plan::{Piece, Plan};
use self::together::Items;
use crate::error::{Error, Result};
use crate::parallel::Workers;

/// The bins, and the rows that something happened to.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    /// The row of each piece, bin by bin: `list<int64>`.
    pub bins: ListArray,
    /// The length of each piece, in the same places: `list<int32>`.
    pub seq_lengths: ListArray,
    /// Where in its row each piece starts, the bins one after the other.
    pub start: Int64Array,
    /// Rows of length 0.
    pub empty: Int64Array,
    /// Rows over the capacity that were cut short.
    pub truncated: Int64Array,
    /// Rows over the capacity that were left out.
    pub dropped: Int64Array,
}

/// Packs rows of the given lengths into bins.
pub fn pack(lengths: &[u32], options: &Options<'_>, workers: &Workers) -> Result<Packed> {
    options::check(lengths, options)?;
    let (plan, truncated, dropped) = match (options.strategy, options.together) {
        (Strategy::Wrapped, _) => (wrapped(lengths, options.capacity), vec![], vec![]),
        (Strategy::BfdSplit, _) => (split(lengths, options, workers)?, vec![], vec![]),
        (Strategy::Bfd, Some(groups)) => together(lengths, groups, options, workers)?,
        (Strategy::Bfd, None) => whole(lengths, options, workers)?,
    };
    let (bins, seq_lengths, start) = plan.arrays();
    Ok(Packed {
        bins,
        seq_lengths,
        start,
        empty: rows_where(lengths, |length| length == 0).into(),
        truncated: truncated.into(),
        dropped: dropped.into(),
    })
}

/// A plan, the rows of it that are cut short, and those that are left out.
type Bounded = (Plan, Vec<i64>, Vec<i64>);

fn whole(lengths: &[u32], options: &Options<'_>, workers: &Workers) -> Result<Bounded> {
    let Options {
        capacity, overflow, ..
    } = *options;
    let over = rows_where(lengths, |length| length > capacity);
    if overflow == Overflow::Error
        && let Some(&row) = over.first()
    {
        let length = lengths[row as usize];
        return Err(Error::row(
            row as usize,
            format!(
                "length {length} is over the capacity of {capacity}; raise the capacity, use \
                 overflow=\"truncate\" or \"drop\", or strategy=\"bfd_split\" to keep every token"
            ),
        ));
    }
    let drop = overflow == Overflow::Drop;
    let length_of = |length: u32| {
        if length <= capacity {
            length
        } else {
            capacity * u32::from(!drop)
        }
    };
    let placed = place(lengths, length_of, None, options, workers)?;
    let plan = Plan::of(&[], &placed);
    Ok(if drop {
        (plan, vec![], over)
    } else {
        (plan, over, vec![])
    })
}

fn together(lengths: &[u32], groups: &[u32], options: &Options<'_>, workers: &Workers) -> Result<Bounded> {
    let Options {
        capacity, overflow, ..
    } = *options;
    let items = Items::of(lengths, groups)?;
    let max_rows = options.max_rows.unwrap_or(u32::MAX);
    if let Some(item) = items.weights.iter().position(|weight| *weight > max_rows) {
        let weight = items.weights[item];
        let message = format!(
            "its group has {weight} rows, over max_rows={max_rows}; raise max_rows, or leave together out"
        );
        return Err(Error::row(items.rows(item)[0] as usize, message));
    }
    let over = rows_where(&items.lengths, |length| length > capacity);
    if overflow == Overflow::Error
        && let Some(&item) = over.first()
    {
        let (length, rows) = (items.lengths[item as usize], items.rows(item as usize));
        let message = format!(
            "the {} rows of its group have {length} tokens together, over the capacity of {capacity}; raise \
             the capacity, or use overflow=\"truncate\" or \"drop\"",
            rows.len()
        );
        return Err(Error::row(rows[0] as usize, message));
    }
    let (mut truncated, mut dropped) = (Vec::new(), Vec::new());
    for item in over {
        let mut left = if overflow == Overflow::Drop { 0 } else { capacity };
        for &row in items.rows(item as usize) {
            let length = lengths[row as usize];
            if left == 0 {
                dropped.push(i64::from(row));
            } else if length > left {
                truncated.push(i64::from(row));
            }
            left -= length.min(left);
        }
    }
    truncated.sort_unstable();
    dropped.sort_unstable();
    let drop = overflow == Overflow::Drop;
    let length_of = |length: u32| {
        if length <= capacity {
            length
        } else {
            capacity * u32::from(!drop)
        }
    };
    let placed = place(&items.lengths, length_of, Some(&items.weights), options, workers)?;
    Ok((
        Plan::of(&[], &placed).of_rows(&items, lengths),
        truncated,
        dropped,
    ))
}

fn split(lengths: &[u32], options: &Options<'_>, workers: &Workers) -> Result<Plan> {
    let capacity = options.capacity;
    let full: Vec<Piece> = rows(lengths)
        .flat_map(|(row, length)| {
            (0..length / capacity).map(move |at| Piece {
                row,
                start: at * capacity,
                length: capacity,
            })
        })
        .collect();
    let placed = place(lengths, |length| length % capacity, None, options, workers)?;
    let mut plan = Plan::of(&full, &placed);
    plan.start_at_the_rest(full.len(), lengths);
    Ok(plan)
}

/// The items in bins, by the engine that the constraints need.
fn place(
    lengths: &[u32],
    length_of: impl Fn(u32) -> u32,
    weights: Option<&[u32]>,
    options: &Options<'_>,
    workers: &Workers,
) -> Result<Placed> {
    let Options { capacity, apart, .. } = *options;
    let max_rows = options.max_rows.unwrap_or(u32::MAX);
    let weights = weights.filter(|_| options.max_rows.is_some());
    if weights.is_none() && apart.is_none() {
        return best_fit(lengths, length_of, capacity, max_rows, workers);
    }
    let (mut sorted, classes) = longest_first(lengths, length_of, capacity);
    let constraints = Constraints {
        max_rows,
        weights,
        apart,
    };
    let (runs, bins) = constrained::place(&mut sorted, &classes, capacity, &constraints, workers)?;
    Ok(Placed { sorted, runs, bins })
}

/// Every row that has tokens.
fn rows(lengths: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    (0u32..)
        .zip(lengths.iter().copied())
        .filter(|(_, length)| *length > 0)
}

/// The rows with such a length. Mostly there are none, which a loop without a branch finds out first.
fn rows_where(lengths: &[u32], test: impl Fn(u32) -> bool) -> Vec<i64> {
    let count = lengths.iter().filter(|length| test(**length)).count();
    let mut rows = Vec::with_capacity(count);
    if count > 0 {
        rows.extend(
            (0i64..)
                .zip(lengths)
                .filter(|(_, length)| test(**length))
                .map(|(row, _)| row),
        );
    }
    rows
}

fn wrapped(lengths: &[u32], capacity: u32) -> Plan {
    let mut plan = Plan::default();
    let mut space = capacity;
    for (row, row_length) in rows(lengths) {
        let mut start = 0;
        while start < row_length {
            let length = space.min(row_length - start);
            plan.push(Piece { row, start, length });
            start += length;
            space -= length;
            if space == 0 {
                plan.end_bin();
                space = capacity;
            }
        }
    }
    if space < capacity {
        plan.end_bin();
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::super::{DENSE, LONGEST};
    use super::*;
    use arrow_array::Array;
    use arrow_schema::DataType;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    fn packed(lengths: &[u32], capacity: u32, strategy: Strategy, overflow: Overflow) -> Result<Packed> {
        let options = Options {
            capacity,
            strategy,
            overflow,
            max_rows: None,
            together: None,
            apart: None,
        };
        pack(lengths, &options, &Workers::new(Some(1)).unwrap())
    }

    fn lists(list: &ListArray) -> Vec<Vec<i64>> {
        use arrow_array::cast::AsArray;
        use arrow_array::types::{Int32Type, Int64Type};
        list.iter()
            .flatten()
            .map(|bin| match bin.data_type() {
                DataType::Int64 => bin.as_primitive::<Int64Type>().values().to_vec(),
                _ => bin
                    .as_primitive::<Int32Type>()
                    .values()
                    .iter()
                    .map(|value| i64::from(*value))
                    .collect(),
            })
            .collect()
    }

    #[test]
    fn the_example_of_trl() {
        let of = |strategy, overflow| {
            let packed = packed(&[5, 2, 3, 1], 4, strategy, overflow).unwrap();
            (lists(&packed.bins), lists(&packed.seq_lengths))
        };
        assert_eq!(
            of(Strategy::Bfd, Overflow::Truncate),
            (
                vec![vec![0], vec![2, 3], vec![1]],
                vec![vec![4], vec![3, 1], vec![2]]
            )
        );
        assert_eq!(
            of(Strategy::BfdSplit, Overflow::Error),
            (
                vec![vec![0], vec![2, 0], vec![1, 3]],
                vec![vec![4], vec![3, 1], vec![2, 1]]
            )
        );
        assert_eq!(
            of(Strategy::Wrapped, Overflow::Error),
            (
                vec![vec![0], vec![0, 1, 2], vec![2, 3]],
                vec![vec![4], vec![1, 2, 1], vec![2, 1]]
            )
        );
    }

    proptest! {
        #[test]
        fn the_capacity_decides_the_engine_but_not_the_answer(lengths in prop::collection::vec(0u32..30, 0..60)) {
            // The same lengths in a unit so large that the table of spaces gives way to the tree.
            let unit = DENSE as u32 / 16;
            let large: Vec<u32> = lengths.iter().map(|length| length * unit).collect();
            for strategy in [Strategy::Bfd, Strategy::BfdSplit, Strategy::Wrapped] {
                let small = packed(&lengths, 20, strategy, Overflow::Truncate).unwrap();
                let large = packed(&large, 20 * unit, strategy, Overflow::Truncate).unwrap();
                prop_assert_eq!(&small.bins, &large.bins);
                prop_assert_eq!(&small.truncated, &large.truncated);
            }
        }
    }

    #[test]
    fn what_cannot_be_packed_is_an_error() {
        let over = packed(&[1, 9], 4, Strategy::Bfd, Overflow::Error);
        assert!(matches!(over, Err(Error::Row { row: 1, .. })));
        for capacity in [0, LONGEST + 1] {
            let out = packed(&[1], capacity, Strategy::Bfd, Overflow::Error);
            assert!(matches!(out, Err(Error::Argument { name: "capacity", .. })));
        }
        let endless = packed(&[LONGEST, LONGEST], 1, Strategy::BfdSplit, Overflow::Error);
        assert!(matches!(endless, Err(Error::Argument { name: "capacity", .. })));
    }
}
