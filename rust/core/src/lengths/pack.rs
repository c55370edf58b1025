//! Rows into packs of one capacity, whole or in pieces.
//!
//! Best-fit decreasing (Johnson et al., SIAM J. Comput. 3(4), 1974): the longest piece first, each into the bin that it
//! fills best, or into a new one where it fits in none. Equal lengths go in row order and equal spaces in the order in which
//! they arose, which makes the packing unique, and the one that TRL's `bfd` finds where it sees all rows at once.
//! `BfdSplit` cuts rows over the capacity into pieces of it ("Fewer truncations improve language modeling", arXiv
//! 2404.10830); `Wrapped` lays all rows end to end and cuts at every multiple of the capacity.
//!
//! A row of length 0 is in no bin, and listed. No rows make no bins.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::Field;

use super::LONGEST;
use super::best_fit::best_fit;
use crate::error::{Error, Result};
use crate::parallel::Workers;

/// How rows are laid into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Best-fit decreasing of whole rows.
    Bfd,
    /// Best-fit decreasing, rows over the capacity in pieces of it.
    BfdSplit,
    /// All rows end to end, cut at every multiple of the capacity.
    Wrapped,
}

/// What happens to a row over the capacity that must stay whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// It is an error.
    Error,
    /// Its first `capacity` tokens are packed, the others lost.
    Truncate,
    /// It is in no bin.
    Drop,
}

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

/// A run of tokens that stays together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) row: u32,
    pub(super) start: u32,
    pub(super) length: u32,
}

/// The pieces in bin order, a column for each of their parts; those of bin `b` are `ends[b - 1]..ends[b]`.
#[derive(Default)]
pub(super) struct Plan {
    rows: Vec<i64>,
    starts: Vec<i64>,
    lengths: Vec<i32>,
    ends: Vec<i32>,
}

impl Plan {
    fn push(&mut self, piece: Piece) {
        self.rows.push(i64::from(piece.row));
        self.starts.push(i64::from(piece.start));
        self.lengths.push(piece.length as i32);
    }

    /// The pieces, each at the next free place of its bin.
    pub(super) fn scattered(pieces: &[Piece], bin_of: &[u32], mut next: Vec<i32>, ends: Vec<i32>) -> Self {
        let (mut rows, mut starts, mut lengths) = (
            vec![0; pieces.len()],
            vec![0; pieces.len()],
            vec![0; pieces.len()],
        );
        for (piece, bin) in pieces.iter().zip(bin_of) {
            let at = next[*bin as usize] as usize;
            next[*bin as usize] += 1;
            rows[at] = i64::from(piece.row);
            lengths[at] = piece.length as i32;
            if piece.start > 0 {
                starts[at] = i64::from(piece.start); // rarely: untouched zeros cost no memory
            }
        }
        Self {
            rows,
            starts,
            lengths,
            ends,
        }
    }
}

/// Packs rows of the given lengths into bins of `capacity` tokens.
pub fn pack(
    lengths: &[u32],
    capacity: u32,
    strategy: Strategy,
    overflow: Overflow,
    workers: &Workers,
) -> Result<Packed> {
    if capacity == 0 || capacity > LONGEST {
        let expected = format!("between 1 and {LONGEST}");
        return Err(Error::argument("capacity", capacity, expected));
    }
    check_pieces(lengths, capacity, strategy)?;
    let rows_where = |test: &dyn Fn(u32) -> bool| -> Int64Array {
        let rows = (0i64..).zip(lengths);
        rows.filter(|(_, length)| test(**length))
            .map(|(row, _)| row)
            .collect()
    };
    let whole = strategy == Strategy::Bfd;
    let over = |length: u32| whole && length > capacity;
    if overflow == Overflow::Error
        && let Some(row) = lengths.iter().position(|length| over(*length))
    {
        let length = lengths[row];
        return Err(Error::row(
            row,
            format!(
                "length {length} is over the capacity of {capacity}; raise the capacity, use \
                 overflow=\"truncate\" or \"drop\", or strategy=\"bfd_split\" to keep every token"
            ),
        ));
    }
    let plan = match strategy {
        Strategy::Wrapped => wrapped(lengths, capacity),
        Strategy::Bfd if overflow == Overflow::Drop => {
            let fitting = rows(lengths).filter(|piece| piece.length <= capacity);
            best_fit(fitting, capacity, workers)?
        }
        Strategy::Bfd => {
            let cut = |piece: Piece| Piece {
                length: piece.length.min(capacity),
                ..piece
            };
            best_fit(rows(lengths).map(cut), capacity, workers)?
        }
        Strategy::BfdSplit => best_fit(
            rows(lengths).flat_map(|row| split(row, capacity)),
            capacity,
            workers,
        )?,
    };
    let (bins, seq_lengths, start) = arrays(plan);
    Ok(Packed {
        bins,
        seq_lengths,
        start,
        empty: rows_where(&|length| length == 0),
        truncated: rows_where(&|length| overflow == Overflow::Truncate && over(length)),
        dropped: rows_where(&|length| overflow == Overflow::Drop && over(length)),
    })
}

/// The offsets of a list are `int32`, so there can be that many pieces and no more.
fn check_pieces(lengths: &[u32], capacity: u32, strategy: Strategy) -> Result<()> {
    let pieces: u64 = match strategy {
        Strategy::Bfd => return Ok(()),
        Strategy::BfdSplit => lengths
            .iter()
            .map(|length| u64::from(length.div_ceil(capacity)))
            .sum(),
        Strategy::Wrapped => {
            let tokens: u64 = lengths.iter().copied().map(u64::from).sum();
            tokens / u64::from(capacity) + lengths.len() as u64 + 1
        }
    };
    if pieces > u64::from(LONGEST) {
        let expected =
            format!("large enough for at most {LONGEST} pieces (these lengths make about {pieces})");
        return Err(Error::argument("capacity", capacity, expected));
    }
    Ok(())
}

/// Every row that has tokens, as one piece.
fn rows(lengths: &[u32]) -> impl Iterator<Item = Piece> + Clone {
    let rows = (0u32..).zip(lengths).filter(|(_, length)| **length > 0);
    rows.map(|(row, &length)| Piece {
        row,
        start: 0,
        length,
    })
}

/// The pieces of a row that has to be cut at every multiple of `capacity`.
fn split(row: Piece, capacity: u32) -> impl Iterator<Item = Piece> + Clone {
    (0..row.length.div_ceil(capacity)).map(move |at| Piece {
        row: row.row,
        start: at * capacity,
        length: capacity.min(row.length - at * capacity),
    })
}

fn wrapped(lengths: &[u32], capacity: u32) -> Plan {
    let mut plan = Plan::default();
    let mut space = capacity;
    for row in rows(lengths) {
        let mut start = 0;
        while start < row.length {
            let length = space.min(row.length - start);
            plan.push(Piece { start, length, ..row });
            start += length;
            space -= length;
            if space == 0 {
                plan.ends.push(plan.rows.len() as i32);
                space = capacity;
            }
        }
    }
    if space < capacity {
        plan.ends.push(plan.rows.len() as i32);
    }
    plan
}

/// `bins`, `seq_lengths` and `start` of [`Packed`].
fn arrays(plan: Plan) -> (ListArray, ListArray, Int64Array) {
    let offsets: ScalarBuffer<i32> = std::iter::once(0).chain(plan.ends).collect();
    let offsets = OffsetBuffer::new(offsets);
    let list = |values: ArrayRef| {
        let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        ListArray::new(item, offsets.clone(), values, None)
    };
    let rows = list(Arc::new(Int64Array::from(plan.rows)));
    let lengths = list(Arc::new(Int32Array::from(plan.lengths)));
    (rows, lengths, plan.starts.into())
}

#[cfg(test)]
mod tests {
    use super::super::DENSE;
    use super::*;
    use arrow_schema::DataType;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    fn packed(lengths: &[u32], capacity: u32, strategy: Strategy, overflow: Overflow) -> Result<Packed> {
        pack(
            lengths,
            capacity,
            strategy,
            overflow,
            &Workers::new(Some(1)).unwrap(),
        )
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
