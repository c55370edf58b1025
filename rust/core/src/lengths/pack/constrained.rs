//! Best-fit decreasing where bins refuse some rows: one item after the other, each into the bin that it fills best among
//! those that may take it.
//!
//! A bin refuses an item that would bring it over `max_rows`, and one of a group (`apart`) that it already has a row of. Bins are tried
//! from the smallest space that is large enough, and of one space in the order in which they came to it.
//!
//! Trying the bins of a large group one by one would take quadratic time. Items of one length go group by group, so
//! that the bins which refused one item of a group are not asked again by the next; and a group of many items has
//! an index of its own: the bins without it.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::best_fit::{Class, Run};
use crate::error::Result;
use crate::parallel::Workers;

/// No group: the item goes with all others.
pub(super) const ALONE: u32 = u32::MAX;

/// A group of at least this share of the items has an index, so there are at most as many indexes.
const INDEXED_SHARE: usize = 16;

/// Space, stamp and number of an open bin.
type Entry = (u32, u32, u32);
type Order = BTreeSet<Entry>;

const ITEMS_PER_CHECK: u32 = 1 << 12;

/// What a bin may hold.
pub(super) struct Constraints<'a> {
    pub(super) max_rows: u32,
    /// Rows of each item; one where there is nothing.
    pub(super) weights: Option<&'a [u32]>,
    /// The group of each item, of which a bin has at most one; no groups where there is nothing.
    pub(super) apart: Option<&'a [u32]>,
}

#[derive(Default)]
struct Bin {
    space: u32,
    /// When it came to its space.
    stamp: u32,
    rows: u32,
    groups: Vec<u32>,
}

/// The open bins by space and stamp: all of them, and for each group that has an index those without it.
struct Open {
    bins: Vec<Bin>,
    all: Order,
    indexed: Vec<(u32, Order)>,
}

impl Open {
    fn new(apart: Option<&[u32]>, items: &[u32]) -> Self {
        let mut indexed = Vec::new();
        if let Some(groups) = apart {
            let named = || {
                items
                    .iter()
                    .map(|item| groups[*item as usize])
                    .filter(|group| *group != ALONE)
            };
            let mut counts = vec![0usize; named().max().map_or(0, |group| group as usize + 1)];
            named().for_each(|group| counts[group as usize] += 1);
            let large = (0u32..)
                .zip(counts)
                .filter(|(_, count)| *count * INDEXED_SHARE >= items.len());
            indexed.extend(large.map(|(group, _)| (group, Order::new())));
        }
        Self {
            bins: Vec::new(),
            all: Order::new(),
            indexed,
        }
    }

    /// The best bin for an item among those that come after `from`.
    fn find(&self, from: Bound<Entry>, weight: u32, group: u32, max_rows: u32) -> Option<Entry> {
        let index = self.indexed.iter().find(|(indexed, _)| *indexed == group);
        let bins = index.map_or(&self.all, |(_, bins)| bins);
        let mut after = bins.range((from, Bound::Unbounded));
        let found = after.find(|(_, _, bin)| {
            let bin = &self.bins[*bin as usize];
            bin.rows + weight <= max_rows && (group == ALONE || !bin.groups.contains(&group))
        });
        found.copied()
    }

    fn each_index(&mut self, number: u32, change: impl Fn(&mut Order, Entry)) {
        let bin = &self.bins[number as usize];
        let entry = (bin.space, bin.stamp, number);
        change(&mut self.all, entry);
        for (group, bins) in &mut self.indexed {
            if !bin.groups.contains(group) {
                change(bins, entry);
            }
        }
    }
}

/// The runs, one an item, and how many bins they fill; bins are numbered in the order in which they are opened.
pub(super) fn place(
    sorted: &mut [u32],
    classes: &[Class],
    capacity: u32,
    constraints: &Constraints<'_>,
    workers: &Workers,
) -> Result<(Vec<Run>, u32)> {
    let mut open = Open::new(constraints.apart, sorted);
    let mut runs = Vec::with_capacity(sorted.len());
    for &Class { length, start, end } in classes {
        if let Some(groups) = constraints.apart {
            sorted[start as usize..end as usize].sort_by_key(|item| groups[*item as usize]);
        }
        let (mut from, mut asking) = (Bound::Included((length, 0, 0)), ALONE);
        for at in start..end {
            if at % ITEMS_PER_CHECK == 0 {
                workers.check()?;
            }
            let item = sorted[at as usize] as usize;
            let weight = constraints.weights.map_or(1, |weights| weights[item]);
            let group = constraints.apart.map_or(ALONE, |groups| groups[item]);
            if group != asking || group == ALONE {
                (from, asking) = (Bound::Included((length, 0, 0)), group);
            }
            let number = if let Some(entry) = open.find(from, weight, group, constraints.max_rows) {
                from = Bound::Excluded(entry);
                let (_, _, number) = entry;
                open.each_index(number, |bins, entry| {
                    bins.remove(&entry);
                });
                number
            } else {
                open.bins.push(Bin {
                    space: capacity,
                    ..Bin::default()
                });
                open.bins.len() as u32 - 1
            };
            let bin = &mut open.bins[number as usize];
            bin.space -= length;
            bin.stamp = at;
            bin.rows += weight;
            if group != ALONE {
                bin.groups.push(group);
            }
            if bin.space > 0 && bin.rows < constraints.max_rows {
                open.each_index(number, |bins, entry| {
                    bins.insert(entry);
                });
            }
            runs.push(Run {
                at,
                length,
                first_bin: number,
                bins: 1,
                each: 1,
            });
        }
    }
    Ok((runs, open.bins.len() as u32))
}
