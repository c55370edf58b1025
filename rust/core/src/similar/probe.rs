//! One class against the index: candidates, cheap bounds, then the exact similarity.

use super::Similar;
use super::bounds::Bounds;
use super::index::Index;
use super::lookup::Lookup;
use super::sets::{Cutter, Placed};
use crate::hash::{Map, mix};
use crate::similarity::jaccard;

/// Another class and the similarity to it.
pub(super) type Found = (u32, f64);

/// A class with its shingles at hand, and the buffers to compare it with others.
pub(super) struct Probe<'a> {
    similar: &'a Similar,
    bounds: Bounds,
    class: u32,
    /// The shingles of the class, entry by entry, in one list.
    shingles: Vec<u64>,
    ends: Vec<usize>,
    /// The same as tables, once a candidate asks for them.
    lookups: Vec<Lookup>,
    filled: bool,
    /// Classes that were met already.
    met: Map<u32, ()>,
    cutters: Vec<Cutter>,
}

impl<'a> Probe<'a> {
    pub(super) fn new(similar: &'a Similar, bounds: Bounds) -> Self {
        Self {
            similar,
            bounds,
            class: 0,
            shingles: Vec::new(),
            ends: Vec::new(),
            lookups: similar.entries.iter().map(|_| Lookup::default()).collect(),
            filled: false,
            met: Map::default(),
            cutters: similar
                .entries
                .iter()
                .map(|_| Cutter::new(similar.shingle))
                .collect(),
        }
    }

    /// Turns to another class.
    pub(super) fn turn_to(&mut self, class: u32) {
        self.class = class;
        self.filled = false;
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

    /// The shingles of entry `entry` under which the class is found and looks for others, rarest first; where numbers
    /// count, each mixed with the class's numbers, so that a template with other numbers is never met.
    pub(super) fn prefix(&self, entry: usize, out: &mut Vec<Placed>) {
        let sets = &self.similar.entries[entry];
        let length = self.bounds.prefix(sets.size(self.class));
        sets.prefix(self.class, length, self.shingles(entry), out);
        if let Some(numbers) = &self.similar.numbers {
            let numbers = numbers[self.class as usize];
            out.iter_mut()
                .for_each(|placed| placed.shingle = mix(placed.shingle ^ numbers));
        }
    }

    /// All classes that stand in `index` under one of the `prefix` shingles, that `eligible` lets through and that are
    /// similar, into `found`. A chain is left at the first class below `lowest`.
    pub(super) fn all(
        &mut self,
        index: &Index,
        prefix: &[Placed],
        lowest: u32,
        eligible: impl Fn(u32) -> bool,
        found: &mut Vec<Found>,
    ) {
        self.met.clear();
        found.clear();
        for placed in prefix {
            for other in index.classes(placed.shingle).take_while(|class| *class >= lowest) {
                if eligible(other)
                    && self.met.insert(other, ()).is_none()
                    && self.most_similar(other).is_some()
                    && let Some(similarity) = self.similarity(other)
                {
                    found.push((other, similarity));
                }
            }
        }
    }

    /// Of these classes the most similar one (of several the lowest); `entry` is the one that `prefix` belongs to.
    ///
    /// A higher similarity has a shorter prefix: the more similar the best class found so far, the sooner there is
    /// nothing left to look under.
    pub(super) fn nearest(
        &mut self,
        index: &Index,
        entry: usize,
        prefix: &[Placed],
        eligible: impl Fn(u32) -> bool,
    ) -> Option<Found> {
        let size = self.similar.entries[entry].size(self.class);
        let mut best: Option<Found> = None;
        let mut enough = usize::MAX;
        self.met.clear();
        for placed in prefix {
            if placed.place as usize >= enough {
                break;
            }
            for other in index.classes(placed.shingle) {
                if !eligible(other) || self.met.insert(other, ()).is_some() {
                    continue;
                }
                let highest = best.map_or(0.0, |(_, similarity)| similarity);
                if self.most_similar(other).is_none_or(|most| most < highest) {
                    continue;
                }
                let found = self.similarity(other).map(|similarity| (other, similarity));
                best = nearer(best, found);
                enough = best.map_or(enough, |(_, similarity)| Bounds(similarity).prefix(size));
            }
        }
        best
    }

    /// The most that the similarity to another class can be, `None` where that is below the threshold.
    fn most_similar(&self, other: u32) -> Option<f64> {
        if let Some(numbers) = &self.similar.numbers
            && numbers[self.class as usize] != numbers[other as usize]
        {
            return None;
        }
        let mut lowest = 1.0_f64;
        for sets in &self.similar.entries {
            let (a, b) = (sets.size(self.class), sets.size(other));
            lowest = lowest.min(jaccard(sets.most_shared(self.class, other).min(a).min(b), a, b));
            if lowest < self.bounds.0 {
                return None;
            }
        }
        Some(lowest)
    }

    /// The similarity to another class, `None` where it is below the threshold.
    fn similarity(&mut self, other: u32) -> Option<f64> {
        if !self.filled {
            self.filled = true;
            let mut start = 0;
            for (lookup, &end) in self.lookups.iter_mut().zip(&self.ends) {
                lookup.fill(&self.shingles[start..end]);
                start = end;
            }
        }
        let mut lowest = 1.0_f64;
        for ((sets, lookup), cutter) in self
            .similar
            .entries
            .iter()
            .zip(&mut self.lookups)
            .zip(&mut self.cutters)
        {
            let shared = lookup.shared_with(sets.shingles(other, cutter));
            lowest = lowest.min(jaccard(shared, sets.size(self.class), sets.size(other)));
            if lowest < self.bounds.0 {
                return None;
            }
        }
        Some(lowest)
    }
}

/// The more similar of two; of equals, the lower class.
pub(super) fn nearer(a: Option<Found>, b: Option<Found>) -> Option<Found> {
    match (a, b) {
        (Some((x, s)), Some((y, t))) => Some(if t > s || (t >= s && y < x) {
            (y, t)
        } else {
            (x, s)
        }),
        (one, other) => one.or(other),
    }
}

/// The entry of `on` under whose prefixes the fewest pairs of a sample of the classes meet.
pub(super) fn cheapest_entry(similar: &Similar, bounds: Bounds) -> usize {
    const SAMPLED: usize = 2048;
    let classes = similar.classes.first.len();
    let (mut probe, mut prefix) = (Probe::new(similar, bounds), Vec::new());
    let mut pairs = |entry: &usize| {
        let mut index = Index::new();
        let mut pairs = 0;
        for class in (0..classes as u32).step_by(classes.div_ceil(SAMPLED).max(1)) {
            probe.turn_to(class);
            probe.prefix(*entry, &mut prefix);
            let mut met: Vec<u32> = prefix
                .iter()
                .flat_map(|placed| index.classes(placed.shingle))
                .collect();
            met.sort_unstable();
            met.dedup();
            pairs += met.len();
            prefix
                .iter()
                .for_each(|placed| index.insert(placed.shingle, class));
        }
        pairs
    };
    if similar.entries.len() == 1 {
        0
    } else {
        (0..similar.entries.len()).min_by_key(&mut pairs).unwrap_or(0)
    }
}
