//! One class against the index: candidates, cheap bounds, then the exact similarity.

use fastcurate_simd::postings::Wanted;

use super::Similar;
use super::bounds::Bounds;
use super::entry::{Comparing, Entry};
use super::index::{Index, short};
use super::measure::Quotient;

/// Another class and the similarity to it.
pub(super) type Found = (u32, f64);

/// A class, and the buffers to compare it with others.
pub(super) struct Probe<'a> {
    similar: &'a Similar,
    bounds: Bounds,
    class: u32,
    /// Other classes and the most that their similarity can be.
    candidates: Vec<Found>,
    /// What the index found.
    hits: Vec<u32>,
    met: Met,
    wants: Wants,
    /// What compares the class, one for each entry, once a candidate asks for it.
    comparing: Vec<Comparing>,
    turned: bool,
    /// Whether the others are held against the class, and not the class against them.
    reversed: bool,
    pub(super) work: Work,
}

/// What looking for similar classes took: what grows with the input, whatever the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Work {
    /// How often another class was met under a key.
    pub(super) met: usize,
    /// How many of them could be similar by their bounds.
    pub(super) candidates: usize,
    /// How many exact comparisons were made.
    pub(super) compared: usize,
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        self.met += other.met;
        self.candidates += other.candidates;
        self.compared += other.compared;
    }
}

impl<'a> Probe<'a> {
    pub(super) fn new(similar: &'a Similar, bounds: Bounds) -> Self {
        let comparing = |_| Comparing::new(similar.shingle, similar.rows);
        Self {
            similar,
            bounds,
            class: 0,
            candidates: Vec::new(),
            hits: Vec::new(),
            met: Met::new(),
            wants: Wants::new(similar.quotient, bounds, false),
            comparing: similar.entries.iter().map(comparing).collect(),
            turned: false,
            reversed: false,
            work: Work::default(),
        }
    }

    /// A probe that finds the classes that are similar to one, where [`Self::new`] finds those that it is similar to.
    pub(super) fn reversed(similar: &'a Similar, bounds: Bounds) -> Self {
        Self {
            reversed: true,
            wants: Wants::new(similar.quotient, bounds, true),
            ..Self::new(similar, bounds)
        }
    }

    /// Turns to another class.
    pub(super) fn turn_to(&mut self, class: u32) {
        self.class = class;
        self.turned = false;
    }

    /// All classes in `index` that `eligible` lets through and that are similar, into `found`.
    pub(super) fn all(&mut self, index: &Index, eligible: impl Fn(u32) -> bool, found: &mut Vec<Found>) {
        found.clear();
        self.candidates(index, 0, eligible);
        for at in 0..self.candidates.len() {
            let other = self.candidates[at].0;
            found.extend(self.similarity(other).map(|similarity| (other, similarity)));
        }
    }

    /// Of these classes the most similar one (of several the lowest).
    pub(super) fn nearest(&mut self, index: &Index, eligible: impl Fn(u32) -> bool) -> Option<Found> {
        self.candidates(index, 0, eligible);
        // The most promising first: what cannot reach the best so far need not be compared.
        self.candidates
            .sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut best: Option<Found> = None;
        for at in 0..self.candidates.len() {
            let (other, most) = self.candidates[at];
            if best.is_some_and(|(_, similarity)| most < similarity) {
                break;
            }
            best = nearer(best, self.similarity(other).map(|similarity| (other, similarity)));
        }
        best
    }

    /// The classes in `index` from `lowest` on that `eligible` lets through and that can be similar, ascending, with the
    /// most that their similarity can be.
    pub(super) fn candidates(
        &mut self,
        index: &Index,
        lowest: u32,
        eligible: impl Fn(u32) -> bool,
    ) -> &[Found] {
        let wanted = self.wanted();
        let keys = if self.reversed {
            self.similar.held()
        } else {
            &self.similar.keys
        };
        self.candidates.clear();
        self.met.forget();
        self.hits.clear();
        self.work.met += index.similar(keys.of(self.class), lowest, wanted, &mut self.hits);
        for at in 0..self.hits.len() {
            let other = self.hits[at];
            if eligible(other)
                && self.met.is_new(other)
                && let Some(most) = self.most_similar(other)
            {
                self.candidates.push((other, most));
            }
        }
        self.candidates.sort_unstable_by_key(|(other, _)| *other);
        self.candidates.dedup_by_key(|(other, _)| *other);
        self.work.candidates += self.candidates.len();
        &self.candidates
    }

    /// What similar classes are like, as the index has them.
    fn wanted(&mut self) -> Wanted {
        let (entry, class) = (self.similar.keyed(), self.class);
        self.wants.of(entry, entry.size(class), entry.print(class))
    }

    /// The most that the similarity to another class can be, `None` where that is below the threshold.
    pub(super) fn most_similar(&self, other: u32) -> Option<f64> {
        if let Some(salts) = &self.similar.salts
            && salts[self.class as usize] != salts[other as usize]
        {
            return None;
        }
        let mut lowest = 1.0_f64;
        let (keyed, entries) = (self.similar.plan.entry, &self.similar.entries);
        // Classes that met are near in the entry with the keys, so that this one comes last. It has the last word on classes
        // of which nothing is known in the others.
        for step in 1..=entries.len() {
            let entry = &entries[(keyed + step) % entries.len()];
            let shared = entry.most_shared(self.class, other);
            lowest = lowest.min(self.quotient(shared, entry.size(self.class), entry.size(other)));
            if lowest < self.bounds.0 {
                return None;
            }
        }
        Some(lowest)
    }

    /// The similarity to another class, `None` where it is below the threshold.
    pub(super) fn similarity(&mut self, other: u32) -> Option<f64> {
        let entries = &self.similar.entries;
        self.work.compared += 1;
        if !self.turned {
            self.turned = true;
            for (entry, comparing) in entries.iter().zip(&mut self.comparing) {
                entry.turn_to(self.class, comparing);
            }
        }
        let mut lowest = 1.0_f64;
        for (at, entry) in entries.iter().enumerate() {
            let shared = entry.shared(self.class, other, &mut self.comparing[at]);
            lowest = lowest.min(self.quotient(shared, entry.size(self.class), entry.size(other)));
            if lowest < self.bounds.0 {
                return None;
            }
        }
        Some(lowest)
    }

    #[inline]
    fn quotient(&self, shared: usize, own: usize, other: usize) -> f64 {
        if self.reversed {
            self.similar.quotient.of(shared, other, own)
        } else {
            self.similar.quotient.of(shared, own, other)
        }
    }
}

/// What similar classes are like.
pub(super) struct Wants {
    quotient: Quotient,
    bounds: Bounds,
    reversed: bool,
    /// The sizes that the index has, for each of the smaller sizes, once it was asked for: there are divisions in them.
    known: Vec<Option<(u16, u16)>>,
}

impl Wants {
    const KNOWN: usize = 1024;

    pub(super) fn new(quotient: Quotient, bounds: Bounds, reversed: bool) -> Self {
        Self {
            quotient,
            bounds,
            reversed,
            known: vec![None; Self::KNOWN],
        }
    }

    /// The classes that are similar to one of this size and sketch in this entry.
    #[inline]
    pub(super) fn of(&mut self, entry: &Entry, size: usize, sketch: u64) -> Wanted {
        let sizes = match self.known.get(size) {
            Some(Some(known)) => *known,
            _ => self.sizes(entry, size),
        };
        Wanted {
            tag: 0,
            sizes,
            sketch,
            apart: self.quotient.apart(self.bounds, size),
        }
    }

    fn sizes(&mut self, entry: &Entry, size: usize) -> (u16, u16) {
        let (smallest, largest) = if self.reversed {
            self.quotient.sizes_of_similar(self.bounds, size)
        } else {
            self.quotient.sizes(self.bounds, size)
        };
        let sizes = (short(entry.coarse(smallest)), short(entry.coarse(largest)));
        if let Some(known) = self.known.get_mut(size) {
            *known = Some(sizes);
        }
        sizes
    }
}

/// The classes met lately: a pair that meets under many keys is looked at once or twice.
struct Met {
    /// The probe that met a class, and the class.
    slots: Vec<(u32, u32)>,
    probe: u32,
}

impl Met {
    const REMEMBERED: usize = 1024;

    fn new() -> Self {
        Self {
            slots: vec![(0, 0); Self::REMEMBERED],
            probe: 0,
        }
    }

    fn forget(&mut self) {
        self.probe += 1;
    }

    /// False only if the class was met before.
    #[inline]
    fn is_new(&mut self, class: u32) -> bool {
        let met = (self.probe, class);
        std::mem::replace(&mut self.slots[class as usize % Self::REMEMBERED], met) != met
    }
}

/// The more similar of two; of equals, the lower class.
pub(super) fn nearer(a: Option<Found>, b: Option<Found>) -> Option<Found> {
    match (a, b) {
        (Some(one), Some(other)) => {
            let better = other.1 > one.1 || (other.1 >= one.1 && other.0 < one.0);
            Some(if better { other } else { one })
        }
        (one, other) => one.or(other),
    }
}
