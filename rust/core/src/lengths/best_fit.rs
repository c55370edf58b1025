//! Best-fit decreasing over pieces: the longest first, each into the bin that it fills best.
//!
//! Lengths are small numbers, so both sorts, by length and by bin, count instead of comparing; beyond [`DENSE`] lengths
//! the first becomes a comparison sort. With the spaces in a bitset a piece takes constant time.

use super::DENSE;
use super::pack::{Piece, Plan};
use super::spaces::{Dense, Spaces, Sparse};
use crate::error::Result;
use crate::parallel::Workers;

/// Pieces between two looks at whether somebody asked for a stop.
const PIECES_PER_CHECK: usize = 1 << 16;

/// The pieces in as many bins of `capacity` as they need; none is empty or longer than that.
pub(super) fn best_fit(
    pieces: impl Iterator<Item = Piece> + Clone,
    capacity: u32,
    workers: &Workers,
) -> Result<Plan> {
    let sorted = longest_first(pieces, capacity);
    let bin_of = if (capacity as usize) < DENSE {
        place(&sorted, capacity, Dense::new(capacity), workers)?
    } else {
        place(&sorted, capacity, Sparse::default(), workers)?
    };
    let bins = bin_of.iter().max().map_or(0, |bin| *bin as usize + 1);
    let (next, ends) = starts_and_ends(bin_of.iter().copied(), bins);
    Ok(Plan::scattered(&sorted, &bin_of, next, ends))
}

/// The pieces by descending length, equal lengths in the order in which they came.
fn longest_first(pieces: impl Iterator<Item = Piece> + Clone, capacity: u32) -> Vec<Piece> {
    if capacity as usize >= DENSE {
        let mut sorted: Vec<Piece> = pieces.collect();
        sorted.sort_by_key(|piece| std::cmp::Reverse(piece.length));
        return sorted;
    }
    let ranks = pieces.clone().map(|piece| capacity - piece.length);
    let (mut next, ends) = starts_and_ends(ranks, capacity as usize + 1);
    let empty = Piece {
        row: 0,
        start: 0,
        length: 0,
    };
    let mut sorted = vec![empty; ends.last().map_or(0, |end| *end as usize)];
    for piece in pieces {
        let at = &mut next[(capacity - piece.length) as usize];
        sorted[*at as usize] = piece;
        *at += 1;
    }
    sorted
}

/// Where each group starts and ends when the elements, of which these are the groups, are put in the order of groups.
fn starts_and_ends(group_of: impl Iterator<Item = u32>, groups: usize) -> (Vec<i32>, Vec<i32>) {
    let mut ends = vec![0i32; groups];
    for group in group_of {
        ends[group as usize] += 1;
    }
    let mut starts = Vec::with_capacity(groups);
    let mut end = 0;
    for size in &mut ends {
        starts.push(end);
        end += *size;
        *size = end;
    }
    (starts, ends)
}

/// The bin of each piece; bins are numbered in the order in which they are opened.
fn place(sorted: &[Piece], capacity: u32, mut spaces: impl Spaces, workers: &Workers) -> Result<Vec<u32>> {
    let mut bin_of = Vec::with_capacity(sorted.len());
    let mut bins = 0;
    for some in sorted.chunks(PIECES_PER_CHECK) {
        workers.check()?;
        for piece in some {
            let (space, bin) = spaces.take(piece.length).unwrap_or((capacity, bins));
            bins += u32::from(bin == bins);
            if space > piece.length {
                spaces.add(space - piece.length, bin);
            }
            bin_of.push(bin);
        }
    }
    Ok(bin_of)
}
