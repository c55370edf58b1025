//! Pieces of rows in bins, as the columns that leave: written in place, bin by bin.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::Field;

use super::best_fit::Placed;
use super::together::Items;

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
    pub(super) fn push(&mut self, piece: Piece) {
        self.rows.push(i64::from(piece.row));
        self.starts.push(i64::from(piece.start));
        self.lengths.push(piece.length as i32);
    }

    /// Everything pushed since the last bin is one.
    pub(super) fn end_bin(&mut self) {
        self.ends.push(self.rows.len() as i32);
    }

    /// Bins of one full piece each, and behind them the bins of the rows that were placed.
    pub(super) fn of(full: &[Piece], placed: &Placed) -> Self {
        let (first, pieces) = (full.len(), full.len() + placed.sorted.len());
        let mut ends = vec![1i32; first];
        ends.resize(first + placed.bins as usize, 0);
        let bins_of = |first_bin: u32, bins: u32| {
            let first_bin = first + first_bin as usize;
            first_bin..first_bin + bins as usize
        };
        for run in &placed.runs {
            for size in &mut ends[bins_of(run.first_bin, run.bins)] {
                *size += run.each as i32;
            }
        }
        let mut next = Vec::with_capacity(ends.len());
        let mut end = 0;
        for size in &mut ends {
            next.push(end);
            end += *size;
            *size = end;
        }
        // Zeros come from the allocator untouched, so starts that stay zero cost no memory.
        let (mut rows, mut starts, mut lengths) =
            (vec![0i64; pieces], vec![0i64; pieces], vec![0i32; pieces]);
        for (at, piece) in full.iter().enumerate() {
            rows[at] = i64::from(piece.row);
            lengths[at] = piece.length as i32;
            if piece.start > 0 {
                starts[at] = i64::from(piece.start);
            }
        }
        for run in &placed.runs {
            let each = run.each as usize;
            let mut sorted = placed.sorted[run.at as usize..].chunks(each);
            for next in &mut next[bins_of(run.first_bin, run.bins)] {
                let at = *next as usize;
                *next += run.each as i32;
                for (row, sorted) in rows[at..at + each]
                    .iter_mut()
                    .zip(sorted.next().unwrap_or_default())
                {
                    *row = i64::from(*sorted);
                }
                lengths[at..at + each].fill(run.length as i32);
            }
        }
        Self {
            rows,
            starts,
            lengths,
            ends,
        }
    }

    /// The start of every piece behind the first `full` is what its row has before its last `length` tokens.
    pub(super) fn start_at_the_rest(&mut self, full: usize, row_lengths: &[u32]) {
        let pieces = self.starts.iter_mut().zip(&self.rows).zip(&self.lengths);
        for ((start, row), length) in pieces.skip(full) {
            let before = i64::from(row_lengths[*row as usize]) - i64::from(*length);
            if before > 0 {
                *start = before;
            }
        }
    }

    /// The plan of rows, where this one is of items; an item cut short gives fewer rows, the last of them cut.
    pub(super) fn of_rows(&self, items: &Items, row_lengths: &[u32]) -> Self {
        let mut plan = Self::default();
        let mut from = 0;
        for &end in &self.ends {
            for at in from..end as usize {
                let mut left = self.lengths[at] as u32;
                for &row in items.rows(self.rows[at] as usize) {
                    let length = row_lengths[row as usize].min(left);
                    left -= length;
                    if length > 0 {
                        plan.push(Piece {
                            row,
                            start: 0,
                            length,
                        });
                    }
                }
            }
            from = end as usize;
            plan.end_bin();
        }
        plan
    }

    /// `bins`, `seq_lengths` and `start` of [`super::Packed`].
    pub(super) fn arrays(self) -> (ListArray, ListArray, Int64Array) {
        let offsets: ScalarBuffer<i32> = std::iter::once(0).chain(self.ends).collect();
        let offsets = OffsetBuffer::new(offsets);
        let list = |values: ArrayRef| {
            let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
            ListArray::new(item, offsets.clone(), values, None)
        };
        let rows = list(Arc::new(Int64Array::from(self.rows)));
        let lengths = list(Arc::new(Int32Array::from(self.lengths)));
        (rows, lengths, self.starts.into())
    }
}
