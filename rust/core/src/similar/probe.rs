//! One class against the index: candidates, cheap bounds, then the exact similarity.

use super::Similar;
use super::bounds::Bounds;
use super::index::Index;
use super::lookup::Lookup;
use super::sets::Cutter;
use crate::hash::mix;
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
    candidates: Vec<u32>,
    /// Candidates with the most that their similarity can be.
    possible: Vec<Found>,
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
            candidates: Vec::new(),
            possible: Vec::new(),
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

    /// The shingles of entry `entry` under which the class is found and looks for others; where numbers count, each
    /// mixed with the class's numbers, so that a template with other numbers is never met.
    pub(super) fn prefix(&self, entry: usize, out: &mut Vec<u64>) {
        let sets = &self.similar.entries[entry];
        let length = self.bounds.prefix(sets.size(self.class));
        sets.prefix(self.class, length, self.shingles(entry), out);
        if let Some(numbers) = &self.similar.numbers {
            let numbers = numbers[self.class as usize];
            out.iter_mut()
                .for_each(|shingle| *shingle = mix(*shingle ^ numbers));
        }
    }

    /// All classes that stand in `index` under one of the `prefix` shingles, that `eligible` lets through and that are
    /// similar, into `found`. A chain is left at the first class below `lowest`.
    pub(super) fn all(
        &mut self,
        index: &Index,
        prefix: &[u64],
        lowest: u32,
        eligible: impl Fn(u32) -> bool,
        found: &mut Vec<Found>,
    ) {
        self.look_up(index, prefix, lowest, eligible);
        let possible = std::mem::take(&mut self.possible);
        found.clear();
        found.extend(
            possible
                .iter()
                .filter_map(|(other, _)| Some((*other, self.similarity(*other)?))),
        );
        self.possible = possible;
    }

    /// Of these classes the most similar one (of several the lowest).
    pub(super) fn nearest(
        &mut self,
        index: &Index,
        prefix: &[u64],
        eligible: impl Fn(u32) -> bool,
    ) -> Option<Found> {
        self.look_up(index, prefix, 0, eligible);
        let mut possible = std::mem::take(&mut self.possible);
        // The most promising first: what cannot be as similar as the best one found need not be compared.
        possible.sort_unstable_by(|(a, x), (b, y)| y.total_cmp(x).then(a.cmp(b)));
        let mut best: Option<Found> = None;
        for &(other, most) in &possible {
            if best.is_some_and(|(_, highest)| most < highest) {
                break;
            }
            best = nearer(best, self.similarity(other).map(|similarity| (other, similarity)));
        }
        self.possible = possible;
        best
    }

    /// Candidates that can be similar, into `possible`.
    fn look_up(&mut self, index: &Index, prefix: &[u64], lowest: u32, eligible: impl Fn(u32) -> bool) {
        self.candidates.clear();
        for shingle in prefix {
            let chain = index.classes(*shingle).take_while(|class| *class >= lowest);
            self.candidates.extend(chain.filter(|class| eligible(*class)));
        }
        self.candidates.sort_unstable();
        self.candidates.dedup();
        let mut possible = std::mem::take(&mut self.possible);
        possible.clear();
        possible.extend(
            self.candidates
                .iter()
                .filter_map(|other| Some((*other, self.most_similar(*other)?))),
        );
        self.possible = possible;
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
                .flat_map(|shingle| index.classes(*shingle))
                .collect();
            met.sort_unstable();
            met.dedup();
            pairs += met.len();
            prefix.iter().for_each(|shingle| index.insert(*shingle, class));
        }
        pairs
    };
    if similar.entries.len() == 1 {
        0
    } else {
        (0..similar.entries.len()).min_by_key(&mut pairs).unwrap_or(0)
    }
}
