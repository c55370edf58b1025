//! Rows into buckets of similar length: at given edges, at quantiles, or with the edges that cost the least padding.
//!
//! For the least padding, a row is padded to the longest row of its bucket, so a bucket is a run of neighbouring distinct lengths, and the best runs
//! are found by dynamic programming over the histogram of the `m` distinct lengths. With lengths `x[1] < ... < x[m]`, `c[j]`
//! rows up to `x[j]`, and `f[b][j]` the fewest tokens that those rows fill when padded in `b` buckets:
//!
//! ```text
//! f[b][j] = x[j] * c[j] + min over i < j of (f[b-1][i] - x[j] * c[i])
//! ```
//!
//! The minimum is over straight lines in `x[j]` whose slopes fall as `i` grows, asked for at growing `x[j]`: the lower
//! envelope is kept in a queue, and a layer takes O(m). The result is therefore exact for any number of distinct lengths, in
//! O(m) time and 4 m bytes a bucket, after O(rows) for the histogram. Among equally good edges the smallest `i` wins,
//! from the last bucket to the first, so that the answer is unique.
//!
//! Splitting a bucket of two lengths always saves something, so there are as many buckets as asked for, or as distinct lengths
//! where those are fewer. A length of 0 is a length like any other. No rows make no buckets.

use arrow_array::{Int32Array, Int64Array};

use super::DENSE;
use crate::error::{Error, Result};
use crate::parallel::{ROWS_PER_TASK, Workers};

/// Buckets times distinct lengths: the table of the dynamic program takes four bytes for each (1 GiB).
const LARGEST_TABLE: usize = 1 << 28;

/// Which bucket each row is in, and what that costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets {
    /// The bucket of each row, counted from the one of the shortest.
    pub bucket: Int32Array,
    /// The longest length in each bucket, to which its rows are padded; ascending.
    pub boundaries: Int32Array,
    /// Rows in each bucket.
    pub rows: Int64Array,
    /// The sum of all lengths.
    pub tokens: u64,
    /// The sum of all lengths, each padded to the boundary of its bucket.
    pub padded: u64,
}

/// Where buckets end.
#[derive(Debug, Clone, Copy)]
pub enum Edges<'a> {
    /// So many buckets at most, with the least padding there can be.
    LeastPadding(usize),
    /// So many buckets at most, of about equally many rows: bucket `i` of `n` ends at the shortest length that
    /// at least `i / n` of the rows do not exceed. Equal edges become one.
    Quantiles(usize),
    /// At these lengths, ascending; a bucket may be empty.
    Given(&'a [u32]),
}

/// The bucket of each row, counted from the one of the shortest.
pub fn bucket_by_length(lengths: &[u32], edges: Edges<'_>, workers: &Workers) -> Result<Buckets> {
    let histogram = Histogram::of(lengths);
    let (edges, ends) = match edges {
        Edges::LeastPadding(0) | Edges::Quantiles(0) => {
            return Err(Error::argument("buckets", 0, "at least 1"));
        }
        Edges::LeastPadding(buckets) => histogram.edges_at(least_padding(&histogram, buckets, workers)?),
        Edges::Quantiles(buckets) => histogram.edges_at(quantiles(&histogram, buckets)),
        Edges::Given(edges) => given(&histogram, edges, lengths)?,
    };
    let mut bucket = vec![0i32; lengths.len()];
    let table = is_dense(lengths).then(|| bucket_of_length(&edges, histogram.lengths.last().copied()));
    workers.fill(&mut bucket, 1, ROWS_PER_TASK * 16, |first, piece| {
        let lengths = &lengths[first..first + piece.len()];
        for (bucket, length) in piece.iter_mut().zip(lengths) {
            *bucket = match &table {
                Some(table) => table[*length as usize],
                None => edges.partition_point(|edge| edge < length) as i32,
            };
        }
        Ok(())
    })?;
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let rows: Vec<u64> = starts
        .zip(&ends)
        .map(|(start, end)| histogram.rows(start, *end))
        .collect();
    Ok(Buckets {
        padded: edges
            .iter()
            .zip(&rows)
            .map(|(edge, rows)| u64::from(*edge) * rows)
            .sum(),
        tokens: lengths.iter().copied().map(u64::from).sum(),
        rows: rows.into_iter().map(|rows| rows as i64).collect(),
        boundaries: edges.into_iter().map(|edge| edge as i32).collect(),
        bucket: bucket.into(),
    })
}

/// Whether a table with an entry for every length up to the longest is worth its memory.
fn is_dense(lengths: &[u32]) -> bool {
    let longest = lengths.iter().copied().max().unwrap_or(0) as usize;
    longest < DENSE.min(ROWS_PER_TASK + 16 * lengths.len())
}

/// The bucket of every length up to the longest there is; given edges may go far beyond.
fn bucket_of_length(edges: &[u32], longest: Option<u32>) -> Vec<i32> {
    let size = longest.map_or(0, |longest| longest as usize + 1);
    let mut table = Vec::with_capacity(size);
    for (bucket, edge) in (0i32..).zip(edges) {
        table.resize(size.min(*edge as usize + 1), bucket);
    }
    table
}

/// The distinct lengths, ascending, and how many rows are no longer.
struct Histogram {
    lengths: Vec<u32>,
    /// One more than there are lengths: `up_to[j]` rows have one of the first `j`.
    up_to: Vec<i64>,
}

impl Histogram {
    fn of(lengths: &[u32]) -> Self {
        let mut histogram = Self {
            lengths: Vec::new(),
            up_to: vec![0],
        };
        if is_dense(lengths) {
            let longest = lengths.iter().max();
            let mut counts = vec![0i64; longest.map_or(0, |longest| *longest as usize + 1)];
            for length in lengths {
                counts[*length as usize] += 1;
            }
            for (length, rows) in (0u32..).zip(counts).filter(|(_, rows)| *rows > 0) {
                histogram.push(length, rows);
            }
        } else {
            let mut sorted = lengths.to_vec();
            sorted.sort_unstable();
            for same in sorted.chunk_by(|a, b| a == b) {
                histogram.push(same[0], same.len() as i64);
            }
        }
        histogram
    }

    fn push(&mut self, length: u32, rows: i64) {
        self.up_to.push(self.up_to[self.lengths.len()] + rows);
        self.lengths.push(length);
    }

    /// The longest of each bucket, for buckets that end there among the distinct lengths.
    fn edges_at(&self, ends: Vec<usize>) -> (Vec<u32>, Vec<usize>) {
        (ends.iter().map(|end| self.lengths[end - 1]).collect(), ends)
    }

    fn rows(&self, start: usize, end: usize) -> u64 {
        (self.up_to[end] - self.up_to[start]) as u64
    }
}

/// Given edges, and where each ends among the distinct lengths.
fn given(histogram: &Histogram, edges: &[u32], lengths: &[u32]) -> Result<(Vec<u32>, Vec<usize>)> {
    if !edges.is_sorted_by(|a, b| a < b) {
        return Err(Error::argument(
            "edges",
            format!("{edges:?}"),
            "ascending lengths",
        ));
    }
    let last = edges.last().copied();
    if histogram.lengths.last().copied() > last {
        let over = |length: &u32| last.is_none_or(|last| *length > last);
        let row = lengths.iter().position(over).unwrap_or_default();
        let edge = last.map_or_else(
            || "has no edge to be under".into(),
            |last| format!("is over the last edge, {last}"),
        );
        let message = format!(
            "length {} {edge}; add an edge, or cut such rows first",
            lengths[row]
        );
        return Err(Error::row(row, message));
    }
    let end = |edge: &u32| histogram.lengths.partition_point(|length| length <= edge);
    Ok((edges.to_vec(), edges.iter().map(end).collect()))
}

/// Where buckets of about equally many rows end among the distinct lengths.
fn quantiles(histogram: &Histogram, buckets: usize) -> Vec<usize> {
    let rows = histogram.rows(0, histogram.lengths.len());
    let buckets = (buckets as u64).min(rows); // more cannot differ
    let end = |bucket: u64| {
        let wanted = (u128::from(bucket) * u128::from(rows)).div_ceil(u128::from(buckets)) as i64;
        histogram.up_to.partition_point(|rows| *rows < wanted)
    };
    let mut ends: Vec<usize> = (1..=buckets).map(end).collect();
    ends.dedup();
    ends
}

/// Where each bucket ends among the distinct lengths.
fn least_padding(histogram: &Histogram, buckets: usize, workers: &Workers) -> Result<Vec<usize>> {
    let distinct = histogram.lengths.len();
    if buckets >= distinct {
        return Ok((1..=distinct).collect());
    }
    if buckets.saturating_mul(distinct) > LARGEST_TABLE {
        let most = LARGEST_TABLE / distinct;
        let expected =
            format!("at most {most} for {distinct} distinct lengths; or round the lengths up first");
        return Err(Error::argument("buckets", buckets, expected));
    }
    let (x, c) = (&histogram.lengths, &histogram.up_to);
    let mut fewest: Vec<i64> = std::iter::once(0)
        .chain((1..=distinct).map(|j| i64::from(x[j - 1]) * c[j]))
        .collect();
    // choices[b - 2][j]: where the last of b buckets over the first j lengths starts.
    let mut choices: Vec<Vec<u32>> = Vec::with_capacity(buckets - 1);
    for layer in 2..=buckets {
        workers.check()?;
        let mut choice = vec![0u32; distinct + 1];
        let mut next = fewest.clone();
        let mut envelope = Envelope::default();
        for j in layer..=distinct {
            envelope.push(Line {
                start: j - 1,
                height: fewest[j - 1],
                fall: c[j - 1],
            });
            let length = i64::from(x[j - 1]);
            if let Some(best) = envelope.lowest_at(length) {
                next[j] = length * c[j] + best.at(length);
                choice[j] = best.start as u32;
            }
        }
        fewest = next;
        choices.push(choice);
    }
    let mut ends = vec![distinct];
    for choice in choices.iter().rev() {
        ends.push(choice[ends[ends.len() - 1]] as usize);
    }
    ends.reverse();
    Ok(ends)
}

/// What the last bucket costs, as a function of its edge, when it starts at `start`.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    height: i64,
    fall: i64,
}

impl Line {
    fn at(self, x: i64) -> i64 {
        self.height - x * self.fall
    }

    /// Whether `self` is nowhere the strictly lowest of the three, for `before`, `self`, `after` of growing fall.
    fn is_needless(self, before: Self, after: Self) -> bool {
        let product = |a: i64, b: i64| i128::from(a) * i128::from(b);
        product(after.height - self.height, self.fall - before.fall)
            <= product(self.height - before.height, after.fall - self.fall)
    }
}

/// The lower envelope of lines of growing fall, to the right of the last place asked for.
#[derive(Default)]
struct Envelope {
    lines: Vec<Line>,
    /// Lines before this one are behind the last place.
    first: usize,
}

impl Envelope {
    fn push(&mut self, line: Line) {
        while let [.., before, last] = self.lines[self.first..]
            && last.is_needless(before, line)
        {
            self.lines.pop();
        }
        self.lines.push(line);
    }

    /// The lowest line at `x`, the first of several; `x` never falls from one call to the next.
    fn lowest_at(&mut self, x: i64) -> Option<Line> {
        while let [now, following, ..] = self.lines[self.first..]
            && following.at(x) < now.at(x)
        {
            self.first += 1;
        }
        self.lines.get(self.first).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The recurrence, tried in full: the fewest padded tokens.
    fn fewest_padded(sorted: &[u32], buckets: usize) -> u64 {
        match (sorted, buckets) {
            ([], _) => 0,
            (_, 0) => u64::MAX / 2,
            ([.., longest], _) => (0..sorted.len())
                .map(|start| {
                    let rows = (sorted.len() - start) as u64;
                    fewest_padded(&sorted[..start], buckets - 1) + rows * u64::from(*longest)
                })
                .min()
                .unwrap_or(0),
        }
    }

    fn bucketed(lengths: &[u32], buckets: usize) -> Buckets {
        bucket_by_length(
            lengths,
            Edges::LeastPadding(buckets),
            &Workers::new(Some(1)).unwrap(),
        )
        .unwrap()
    }

    proptest! {
        #[test]
        fn no_edges_are_better(
            lengths in prop::collection::vec(prop_oneof![0u32..12, any::<u32>().prop_map(|x| x >> 1)], 0..9),
            buckets in 1usize..5,
        ) {
            let out = bucketed(&lengths, buckets);
            let mut sorted = lengths.clone();
            sorted.sort_unstable();
            prop_assert_eq!(out.padded, fewest_padded(&sorted, buckets));
            sorted.dedup();
            prop_assert_eq!(out.boundaries.len(), buckets.min(sorted.len()));
            let padded: u64 = lengths.iter().zip(out.bucket.values()).map(|(length, bucket)| {
                let edge = out.boundaries.value(*bucket as usize) as u32;
                assert!(*length <= edge);
                u64::from(edge)
            }).sum();
            prop_assert_eq!(out.padded, padded);
            prop_assert_eq!(out.rows.values().iter().sum::<i64>(), lengths.len() as i64);
        }
    }

    #[test]
    fn the_longest_lengths_and_many_rows_do_not_overflow() {
        let mut lengths = vec![super::super::LONGEST; 70_000];
        lengths.extend((0..70_000).map(|row| super::super::LONGEST - row));
        assert_eq!(bucketed(&lengths, 3).boundaries.len(), 3);
    }

    #[test]
    fn no_buckets_is_an_error_and_no_rows_is_none() {
        let workers = Workers::new(Some(1)).unwrap();
        assert!(bucket_by_length(&[1], Edges::LeastPadding(0), &workers).is_err());
        assert!(bucket_by_length(&[1], Edges::Quantiles(0), &workers).is_err());
        assert!(bucket_by_length(&[1], Edges::Given(&[]), &workers).is_err());
        assert_eq!(bucketed(&[], 3).boundaries.len(), 0);
    }
}
