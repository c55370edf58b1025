//! One class against the index: candidates, cheap bounds, then the exact similarity.

use super::Similar;
use super::bounds::Bounds;
use super::index::Index;
use super::sets::Cutter;
use crate::hash::mix;
use crate::similarity::{intersection, jaccard};

/// A class with its shingles at hand, and the buffers to compare it with others.
pub(super) struct Probe<'a> {
    similar: &'a Similar,
    bounds: Bounds,
    class: u32,
    /// The shingles of the class, entry by entry, in one list.
    shingles: Vec<u64>,
    ends: Vec<usize>,
    candidates: Vec<u32>,
    cutters: Vec<Cutter>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(similar: &'a Similar, bounds: Bounds) -> Self {
        let cutters = similar
            .entries
            .iter()
            .map(|_| Cutter::new(similar.shingle))
            .collect();
        Self {
            similar,
            bounds,
            class: 0,
            shingles: Vec::new(),
            ends: Vec::new(),
            candidates: Vec::new(),
            cutters,
        }
    }

    /// Turns to another class.
    pub(super) fn turn_to(&mut self, class: u32) {
        self.class = class;
        self.shingles.clear();
        self.ends.clear();
        for (sets, cutter) in self.similar.entries.iter().zip(&mut self.cutters) {
            self.shingles.extend_from_slice(sets.shingles(class, cutter));
            self.ends.push(self.shingles.len());
        }
    }

    fn shingles(&self, entry: usize) -> &[u64] {
        let start = if entry == 0 { 0 } else { self.ends[entry - 1] };
        &self.shingles[start..self.ends[entry]]
    }

    /// The shingles of entry `entry` under which the class is found and looks for others; where numbers count, each
    /// mixed with the class's numbers, so that a template with other numbers is never met.
    pub(super) fn prefix(&self, entry: usize, out: &mut Vec<u64>) {
        let sets = &self.similar.entries[entry];
        sets.prefix(
            self.class,
            self.bounds.prefix(sets.size(self.class)),
            self.shingles(entry),
            out,
        );
        if let Some(numbers) = &self.similar.numbers {
            let numbers = numbers[self.class as usize];
            out.iter_mut()
                .for_each(|shingle| *shingle = mix(*shingle ^ numbers));
        }
    }

    /// Calls `found` with every class under one of the `prefix` shingles that `eligible` lets through and that is
    /// similar, and with its similarity; in ascending order. A chain is left at the first class below `lowest`.
    pub(super) fn similar_in(
        &mut self,
        index: &Index,
        prefix: &[u64],
        lowest: u32,
        eligible: impl Fn(u32) -> bool,
        mut found: impl FnMut(u32, f64),
    ) {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        for shingle in prefix {
            let chain = index.classes(*shingle).take_while(|class| *class >= lowest);
            candidates.extend(chain.filter(|class| eligible(*class)));
        }
        candidates.sort_unstable();
        candidates.dedup();
        for &other in &candidates {
            if let Some(similarity) = self.similarity(other) {
                found(other, similarity);
            }
        }
        self.candidates = candidates;
    }

    /// The similarity to another class, `None` where it is below the threshold.
    fn similarity(&mut self, other: u32) -> Option<f64> {
        let similar = self.similar;
        if let Some(numbers) = &similar.numbers
            && numbers[self.class as usize] != numbers[other as usize]
        {
            return None;
        }
        let possible = |sets: &super::Sets| {
            let required = self.bounds.required(sets.size(self.class), sets.size(other));
            sets.most_shared(self.class, other) >= required
        };
        if !similar.entries.iter().all(possible) {
            return None;
        }
        let mut lowest = 1.0_f64;
        let mut cutters = std::mem::take(&mut self.cutters);
        for (entry, (sets, cutter)) in similar.entries.iter().zip(&mut cutters).enumerate() {
            let shared = intersection(self.shingles(entry), sets.shingles(other, cutter));
            lowest = lowest.min(jaccard(shared, sets.size(self.class), sets.size(other)));
            if lowest < self.bounds.0 {
                break;
            }
        }
        self.cutters = cutters;
        (lowest >= self.bounds.0).then_some(lowest)
    }
}

/// The entry of `on` whose join is cheapest, from a sample of the classes.
pub(super) fn cheapest_entry(similar: &Similar, bounds: Bounds) -> usize {
    const SAMPLED: usize = 4096;
    let cost = |entry: &usize| {
        let sets = &similar.entries[*entry];
        let step = sets.len().div_ceil(SAMPLED).max(1);
        sets.cost(step, |size| bounds.prefix(size))
    };
    if similar.entries.len() == 1 {
        0
    } else {
        (0..similar.entries.len()).min_by_key(cost).unwrap_or(0)
    }
}
