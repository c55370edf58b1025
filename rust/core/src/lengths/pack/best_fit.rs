//! Best-fit decreasing: the longest row first, each into the bin that it fills best, many rows at a time.
//!
//! Rows of one length are one class, and neighbouring bins of one space one range. Of the best range for a length,
//! each bin takes rows until none fits any more (while it has room it stays the best, its space being the smallest), and
//! so does the next bin of the range: a [`Run`] of rows goes into a run of bins in one step, and what is left of them
//! is one range again. The steps are far fewer than the rows, and the packing is the same as one row at a time.
//!
//! Lengths are small numbers, so rows are sorted by counting; beyond [`DENSE`] lengths by comparing.

use super::super::DENSE;
use super::balanced;
use super::spaces::{Dense, Range, Spaces, Sparse};
use crate::error::Result;
use crate::parallel::Workers;

/// Rows between two looks at whether somebody asked for a stop.
pub(super) const ROWS_PER_CHECK: u32 = 1 << 16;

/// Rows of one length into neighbouring bins: the first `each` into the first bin, the next `each` into the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Where in the sorted rows the run begins.
    pub(super) at: u32,
    pub(super) length: u32,
    pub(super) first_bin: u32,
    pub(super) bins: u32,
    pub(super) each: u32,
}

/// Rows by descending length, and the runs that lay them into bins.
pub(super) struct Placed {
    pub(super) sorted: Vec<u32>,
    pub(super) runs: Vec<Run>,
    pub(super) bins: u32,
}

/// Rows of one length, `start..end` of the sorted rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    pub(super) length: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The rows that `length_of` gives a length in as many bins of `capacity` as they need, at most `max_rows` in each. Where that
/// many rows take more bins than their tokens and their number need, [`balanced`] is tried too, and kept if it takes fewer.
pub(super) fn best_fit(
    lengths: &[u32],
    length_of: impl Fn(u32) -> u32,
    capacity: u32,
    max_rows: u32,
    workers: &Workers,
) -> Result<Placed> {
    let (sorted, classes) = longest_first(lengths, length_of, capacity);
    let (runs, bins) = if (capacity as usize) < DENSE {
        place(&classes, capacity, max_rows, Dense::new(capacity), workers)?
    } else {
        place(&classes, capacity, max_rows, Sparse::default(), workers)?
    };
    let tokens: u64 = classes
        .iter()
        .map(|class| u64::from(class.length) * u64::from(class.end - class.start))
        .sum();
    let needed = tokens.div_ceil(u64::from(capacity));
    if max_rows == u32::MAX || u64::from(bins) <= needed.max((sorted.len() as u64).div_ceil(max_rows.into()))
    {
        return Ok(Placed { sorted, runs, bins });
    }
    let other = balanced::place(sorted, &classes, capacity, max_rows, workers)?;
    if other.bins < bins {
        return Ok(other);
    }
    let sorted = other.sorted;
    Ok(Placed { sorted, runs, bins })
}

/// The rows by descending length, equal lengths in row order; rows of length 0 are left out.
pub(super) fn longest_first(
    lengths: &[u32],
    length_of: impl Fn(u32) -> u32,
    capacity: u32,
) -> (Vec<u32>, Vec<Class>) {
    let mut classes = Vec::new();
    if capacity as usize >= DENSE {
        let mut sorted: Vec<u32> = (0..lengths.len() as u32).collect();
        sorted.retain(|row| length_of(lengths[*row as usize]) > 0);
        sorted.sort_by_key(|row| std::cmp::Reverse(length_of(lengths[*row as usize])));
        let mut start = 0;
        for same in sorted.chunk_by(|a, b| length_of(lengths[*a as usize]) == length_of(lengths[*b as usize]))
        {
            let end = start + same.len() as u32;
            let length = length_of(lengths[same[0] as usize]);
            classes.push(Class { length, start, end });
            start = end;
        }
        return (sorted, classes);
    }
    let mut counts = vec![0u32; capacity as usize + 1];
    for length in lengths {
        counts[length_of(*length) as usize] += 1;
    }
    let mut end = 0;
    let mut next = vec![0u32; capacity as usize + 1];
    for length in (1..=capacity).rev() {
        let start = end;
        end += counts[length as usize];
        next[length as usize] = start;
        if end > start {
            classes.push(Class { length, start, end });
        }
    }
    next[0] = end; // rows of length 0 go behind all others, and are cut off there
    let mut sorted = vec![0u32; lengths.len()];
    for (row, length) in (0u32..).zip(lengths) {
        let at = &mut next[length_of(*length) as usize];
        sorted[*at as usize] = row;
        *at += 1;
    }
    sorted.truncate(end as usize);
    (sorted, classes)
}

/// The runs, and how many bins they fill; bins are numbered in the order in which they are opened.
fn place(
    classes: &[Class],
    capacity: u32,
    max_rows: u32,
    mut spaces: impl Spaces,
    workers: &Workers,
) -> Result<(Vec<Run>, u32)> {
    let (mut runs, mut opened, mut next_check) = (Vec::new(), 0, 0);
    for class in classes {
        let Class {
            length,
            mut start,
            end,
        } = *class;
        while start < end {
            if start >= next_check {
                workers.check()?;
                next_check = start + ROWS_PER_CHECK;
            }
            let found = spaces.first(length);
            let new = Range {
                first: opened,
                bins: u32::MAX - opened,
                rows: 0,
            };
            let (space, range) = found.unwrap_or((capacity, new));
            let each = (space / length).min(max_rows - range.rows);
            let full = ((end - start) / each).min(range.bins);
            // What is left of a class and does not fill a bin goes into one more.
            let (bins, each) = if full > 0 { (full, each) } else { (1, end - start) };
            if found.is_some() {
                spaces.take(space, bins);
            } else {
                opened += bins;
            }
            let (rest, rows) = (space - each * length, range.rows + each);
            if rest > 0 && rows < max_rows {
                spaces.add(rest, Range { bins, rows, ..range });
            }
            let first_bin = range.first;
            runs.push(Run {
                at: start,
                length,
                first_bin,
                bins,
                each,
            });
            start += bins * each;
        }
    }
    Ok((runs, opened))
}
