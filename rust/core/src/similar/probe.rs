//! One class against the index: candidates, cheap bounds, then the exact similarity.

use super::Similar;
use super::bounds::Bounds;
use super::index::Index;
use super::sets::Cutter;
use crate::similarity::{intersection, jaccard};

/// A class with its shingles at hand, and the buffers to compare it with others.
pub(super) struct Probe<'a> {
    similar: &'a Similar,
    bounds: Bounds,
    class: u32,
    /// The kept shingles of the class, entry by entry.
    kept: Vec<Vec<u64>>,
    candidates: Vec<u32>,
    cutters: Vec<Cutter>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(similar: &'a Similar, bounds: Bounds) -> Self {
        let cutters: Vec<_> = similar.entries.iter().map(super::Sets::cutter).collect();
        let kept = vec![Vec::new(); similar.entries.len()];
        Self {
            similar,
            bounds,
            class: 0,
            kept,
            candidates: Vec::new(),
            cutters,
        }
    }

    /// Turns to another class.
    pub(super) fn turn_to(&mut self, class: u32) {
        self.class = class;
        for ((sets, kept), cutter) in self
            .similar
            .entries
            .iter()
            .zip(&mut self.kept)
            .zip(&mut self.cutters)
        {
            kept.clear();
            kept.extend_from_slice(sets.kept(class, cutter));
        }
    }

    /// The shingles of entry `entry` under which the class is found and looks for others.
    pub(super) fn prefix(&self, entry: usize, out: &mut Vec<u64>) {
        let sets = &self.similar.entries[entry];
        sets.prefix(
            self.class,
            self.bounds.prefix(sets.size(self.class)),
            &self.kept[entry],
            out,
        );
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
        for ((sets, kept), cutter) in similar.entries.iter().zip(&self.kept).zip(&mut self.cutters) {
            let (a, b) = (sets.size(self.class), sets.size(other));
            let theirs = sets.kept(other, cutter);
            if kept.len().min(theirs.len()) < self.bounds.required(a, b) {
                return None;
            }
            let similarity = jaccard(intersection(kept, theirs), a, b);
            if similarity < self.bounds.0 {
                return None;
            }
            lowest = lowest.min(similarity);
        }
        Some(lowest)
    }
}

/// The entry of `on` whose join is cheapest, from a sample of the classes.
pub(super) fn cheapest_entry(similar: &Similar, bounds: Bounds) -> usize {
    const SAMPLED: usize = 4096;
    let cost = |entry: &usize| {
        let sets = &similar.entries[*entry];
        let step = sets.len().div_ceil(SAMPLED).max(1);
        sets.cost(0..sets.len() as u32, step, |size| bounds.prefix(size))
    };
    if similar.entries.len() == 1 {
        0
    } else {
        (0..similar.entries.len()).min_by_key(cost).unwrap_or(0)
    }
}
