//! All candidates at once, where few classes meet: no class has to wait for the verdict on another.
//!
//! The keys are dealt into parts that a cache holds, each the work of one task, where looking from a key to the classes under
//! it waits for no memory. Every class meets all earlier ones there, also those that turn out to be removed; where these are
//! many, [`super::leader`] goes on block by block and takes removed ones out on the way. Which way is taken changes no answer.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::Similar;
use super::index::{Index, part};
use super::probe::Found;
use super::probes::Probes;
use crate::error::Result;
use crate::parallel::Workers;

/// Classes whose keys are dealt by one task.
const CLASSES_PER_TASK: usize = 1 << 13;

/// About how many keys a part has,
const KEYS_PER_PART: usize = 1 << 14;

/// and how many parts there are at most, as a power of two.
const MOST_PART_BITS: u32 = 8;

/// A class may meet so many others on average where sketches stand beside them in the index,
const MOST_MET: usize = 2048;

/// so many where each has to be looked up,
const MOST_LOOKED_UP: usize = 32;

/// and have so many candidates.
const MOST_CANDIDATES: usize = 4;

/// Candidates are put in order in so many parts.
const ORDERED: usize = 16;

/// A class with an earlier one, and the most that their similarity can be.
pub(super) type Candidate = (u32, Found);

/// Every pair of classes that can be similar, by class and then by the earlier one, unless there are too many.
pub(super) fn all(similar: &Similar, probes: &Probes<'_>, workers: &Workers) -> Result<Option<Vec<Candidate>>> {
    if similar.held.is_some() {
        return Ok(None);
    }
    let (keys, meeting) = (&similar.keys, &similar.meeting);
    let total: usize = keys.all().map(<[u32]>::len).sum();
    let bits = (total / KEYS_PER_PART).max(1).ilog2().min(MOST_PART_BITS);
    let dealt = workers.map_rows(meeting.len(), CLASSES_PER_TASK, |range| {
        let room = total / meeting.len() * range.len() * 5 / 4 >> bits;
        let mut hands = vec![Vec::with_capacity(room); 1 << bits];
        for class in &meeting[range] {
            for key in keys.of(*class) {
                hands[part(*key, bits)].push((*key, *class));
            }
        }
        Ok(hands)
    })?;
    let has_sketches = similar.has_sketches();
    let most = if has_sketches { MOST_MET } else { MOST_LOOKED_UP };
    let (met, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let is_too_much = || {
        met.load(Relaxed) > most * meeting.len() || found.load(Relaxed) > MOST_CANDIDATES * meeting.len()
    };
    let candidates = workers.map_rows(1 << bits, 1, |range| {
        let hand = || dealt.iter().flat_map(|hands| &hands[range.start]);
        let count = dealt.iter().map(|hands| hands[range.start].len()).sum();
        let mut index = Index::of(hand().map(|(key, _)| *key), count, bits, has_sketches);
        met.fetch_add(index.meetings(), Relaxed);
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut counted = 0;
        probes.with(|probe| {
            for (key, class) in hand() {
                if candidates.len() - counted > CLASSES_PER_TASK {
                    found.fetch_add(candidates.len() - counted, Relaxed);
                    counted = candidates.len();
                }
                if is_too_much() {
                    return;
                }
                probe.turn_to(*class);
                probe.under(*key, &index, |other| candidates.push((*class, other)));
                similar.insert_under(&[*key], &mut index, *class);
            }
        });
        found.fetch_add(candidates.len() - counted, Relaxed);
        Ok(candidates)
    })?;
    if is_too_much() {
        return Ok(None);
    }
    let classes = similar.classes.first.len();
    let ordered = workers.map_rows(ORDERED, 1, |range| {
        let start = |at: usize| (classes * at).div_ceil(ORDERED) as u32;
        let own = start(range.start)..start(range.end);
        let in_own = candidates.iter().flatten().filter(|one| own.contains(&one.0));
        let mut own: Vec<Candidate> = in_own.copied().collect();
        own.sort_unstable_by_key(|(class, (other, _))| (*class, *other));
        own.dedup_by_key(|(class, (other, _))| (*class, *other));
        Ok(own)
    })?;
    Ok(Some(ordered.concat()))
}
