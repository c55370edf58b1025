//! All candidates at once, where few classes meet: no class has to wait for the verdict on another.
//!
//! The keys are dealt into parts that a cache holds, each the work of one task, where looking from a key to the classes under
//! it waits for no memory. Every class meets all earlier ones there, also those that turn out to be removed; where these are
//! many, [`super::leader`] goes on block by block and takes removed ones out on the way. Which way is taken changes no answer.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::bounds::Bounds;
use super::entry::Entry;
use super::index::{Index, part};
use super::keys::Keys;
use super::measure::Quotient;
use super::probe::{Found, Wants};
use crate::error::Result;
use crate::parallel::Workers;

/// Classes whose keys are dealt by one task.
const CLASSES_PER_TASK: usize = 1 << 13;

/// About how many keys a part has,
const KEYS_PER_PART: usize = 1 << 14;

/// and how many parts there are at most, as a power of two.
const MOST_PART_BITS: u32 = 8;

/// Classes with more keys than this on average meet too many others.
const MOST_KEYS: usize = 8;

/// A class may meet so many others on average where sketches stand beside them in the index,
const MOST_MET: usize = 2048;

/// of whom so many may be near by their sketches,
const MOST_NEAR: usize = 2;

/// and so many where each has to be looked up.
const MOST_LOOKED_UP: usize = 16;

/// One class in so many may have a candidate on average: with more, it pays to decide class by class.
const CLASSES_PER_CANDIDATE: usize = 2;

/// Candidates are put in order in so many parts.
const ORDERED: usize = 16;

/// A class with an earlier one, and the most that their similarity can be.
pub(super) type Candidate = (u32, Found);

/// A key of a class, with what is known of the class.
#[derive(Clone, Copy)]
struct Dealt {
    key: u32,
    class: u32,
    size: usize,
    sketch: u64,
}

/// Classes with their keys, all of one entry.
pub(super) struct Nominating<'a> {
    pub(super) keys: &'a Keys,
    pub(super) entry: &'a Entry,
    pub(super) salts: Option<&'a [u64]>,
    pub(super) bounds: Bounds,
    pub(super) quotient: Quotient,
    pub(super) shingles_per_row: f64,
    pub(super) classes: usize,
}

impl Nominating<'_> {
    /// Every pair of classes that can be similar, by class and then by the earlier one, unless there are too many.
    pub(super) fn all(&self, workers: &Workers) -> Result<Option<Vec<Candidate>>> {
        let total: usize = self.keys.all().map(<[u32]>::len).sum();
        if total > MOST_KEYS * self.classes {
            return Ok(None);
        }
        let bits = (total / KEYS_PER_PART).max(1).ilog2().min(MOST_PART_BITS);
        let hands = workers.map_rows(self.classes, CLASSES_PER_TASK, |range| Ok(self.deal(range, bits)))?;
        let has_sketches = self.quotient.prints_tell(self.bounds, self.shingles_per_row);
        let (most_met, most_near) = if has_sketches {
            (MOST_MET, MOST_NEAR)
        } else {
            (MOST_LOOKED_UP, MOST_LOOKED_UP)
        };
        let (met, near) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let is_too_much =
            || met.load(Relaxed) > most_met * self.classes || near.load(Relaxed) > most_near * self.classes;
        let candidates = workers.map_rows(1 << bits, 1, |range| {
            let hand = || hands.iter().flat_map(|hands| &hands[range.start]);
            let count = hands.iter().map(|hands| hands[range.start].len()).sum();
            let mut index = Index::of(hand().map(|dealt| dealt.key), count, bits, has_sketches);
            met.fetch_add(index.meetings(), Relaxed);
            let mut wants = Wants::new(self.quotient, self.bounds, false);
            let (mut candidates, mut others) = (Vec::new(), Vec::new());
            for dealt in hand() {
                if is_too_much() {
                    break;
                }
                let wanted = wants.of(self.entry, dealt.size, dealt.sketch);
                others.clear();
                index.similar(&[dealt.key], 0, wanted, &mut others);
                if !others.is_empty() {
                    near.fetch_add(others.len(), Relaxed);
                    let can_be = |other: &u32| Some((dealt.class, (*other, self.most(dealt.class, *other)?)));
                    candidates.extend(others.iter().filter_map(can_be));
                }
                let size = self.entry.coarse(dealt.size);
                index.insert(&[dealt.key], dealt.class, size, dealt.sketch);
            }
            Ok(candidates)
        })?;
        if is_too_much() {
            return Ok(None);
        }
        let candidates = self.in_order(&candidates, workers)?;
        Ok((candidates.len() <= self.classes / CLASSES_PER_CANDIDATE).then_some(candidates))
    }

    /// The keys of some classes, by part.
    fn deal(&self, classes: std::ops::Range<usize>, bits: u32) -> Vec<Vec<Dealt>> {
        let mut hands = vec![Vec::new(); 1 << bits];
        for class in classes.start as u32..classes.end as u32 {
            let keys = self.keys.of(class);
            if !keys.is_empty() {
                let (size, sketch) = (self.entry.size(class), self.entry.print(class));
                for key in keys {
                    let key = *key;
                    hands[part(key, bits)].push(Dealt {
                        key,
                        class,
                        size,
                        sketch,
                    });
                }
            }
        }
        hands
    }

    /// The most that the similarity of two classes can be, `None` where that is below the threshold.
    fn most(&self, class: u32, other: u32) -> Option<f64> {
        if self
            .salts
            .is_some_and(|salts| salts[class as usize] != salts[other as usize])
        {
            return None;
        }
        let shared = self.entry.most_shared(class, other);
        let most = self
            .quotient
            .of(shared, self.entry.size(class), self.entry.size(other));
        (most >= self.bounds.0).then_some(most)
    }

    fn in_order(&self, candidates: &[Vec<Candidate>], workers: &Workers) -> Result<Vec<Candidate>> {
        let start = |at: usize| (self.classes * at).div_ceil(ORDERED) as u32;
        let ordered = workers.map_rows(ORDERED, 1, |range| {
            let own = start(range.start)..start(range.end);
            let in_own = candidates.iter().flatten().filter(|one| own.contains(&one.0));
            let mut own: Vec<Candidate> = in_own.copied().collect();
            own.sort_unstable_by_key(|(class, (other, _))| (*class, *other));
            own.dedup_by_key(|(class, (other, _))| (*class, *other));
            Ok(own)
        })?;
        Ok(ordered.concat())
    }
}
