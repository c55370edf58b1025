//! Classes of one block against each other: which of them are kept, in rounds.
//!
//! A class waits for the earlier classes of the block that may be similar to it. In every round each class that is
//! undecided is compared with those that the rounds before have found to be kept: it goes with the first similar one and
//! stays once nobody is left who could remove it. If there is nobody to be compared with yet, it is compared with one
//! who is undecided too, so that no chain of waiting classes takes more rounds than one of them has candidates. What
//! a round finds depends on the rounds before alone, not on the order in which the threads work.

use super::bounds::Bounds;
use super::probe::{Found, Probe, nearer};
use super::probes::Probes;
use crate::error::Result;
use crate::parallel::Workers;

const CLASSES_PER_TASK: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Undecided,
    Kept,
    Removed,
}

/// An earlier class of the block.
struct Candidate {
    /// Its place in the block.
    at: u32,
    /// The similarity to it or, where that is not known yet, an upper bound.
    most: f64,
    exact: bool,
}

impl Candidate {
    /// Makes the similarity exact, 0 where it is below the threshold. Whether there was something to do.
    fn compare(&mut self, block: &[u32], probe: &mut Probe<'_>) -> bool {
        if self.exact {
            return false;
        }
        self.most = probe.similarity(block[self.at as usize]).unwrap_or(0.0);
        self.exact = true;
        true
    }
}

/// A class of the block.
pub(super) struct Member {
    pub(super) class: u32,
    /// Whether nothing that was kept before the block removes it.
    pub(super) on_trial: bool,
    /// The most similar kept class, as far as it is known.
    pub(super) best: Option<Found>,
    /// Earlier members that can be similar, those that are out of the question left out.
    candidates: Vec<Candidate>,
}

impl Member {
    /// `best` is the most similar class that was kept before the block.
    pub(super) fn new(class: u32, best: Option<Found>) -> Self {
        Self {
            class,
            on_trial: best.is_none(),
            best,
            candidates: Vec::new(),
        }
    }

    /// Earlier classes of the `block` with upper bounds of the similarity.
    pub(super) fn wait_for(&mut self, candidates: &[Found], block: &[u32]) {
        let candidate = |(class, most): &Found| {
            let at = block.binary_search(class).ok()? as u32;
            Some(Candidate {
                at,
                most: *most,
                exact: false,
            })
        };
        self.candidates = candidates.iter().filter_map(candidate).collect();
    }

    /// The earlier class at this place of the block, which can be as similar as `most`.
    pub(super) fn wait_for_one(&mut self, at: u32, most: f64) {
        let exact = false;
        self.candidates.push(Candidate { at, most, exact });
    }

    /// How many earlier classes this one waits for.
    pub(super) fn waits_for(&self) -> usize {
        self.candidates.len()
    }

    /// One round: what this member is, given what the others were after the round before.
    fn decide(&mut self, block: &[u32], states: &[State], bounds: Bounds, probe: &mut Probe<'_>) -> State {
        probe.turn_to(self.class);
        let mut compared = false;
        for one in &mut self.candidates {
            if states[one.at as usize] == State::Kept {
                compared |= one.compare(block, probe);
                if one.most >= bounds.0 {
                    return State::Removed;
                }
            }
        }
        self.candidates
            .retain(|one| states[one.at as usize] == State::Undecided && one.most >= bounds.0);
        if self.candidates.is_empty() {
            return State::Kept;
        }
        if !compared && let Some(one) = self.candidates.iter_mut().find(|one| !one.exact) {
            one.compare(block, probe);
        }
        State::Undecided
    }

    /// The most similar kept class, now that all members are decided.
    fn find_nearest(&mut self, block: &[u32], states: &[State], probe: &mut Probe<'_>) {
        probe.turn_to(self.class);
        self.candidates
            .retain(|one| states[one.at as usize] == State::Kept);
        self.candidates
            .sort_unstable_by(|a, b| b.most.total_cmp(&a.most).then(a.at.cmp(&b.at)));
        for one in &mut self.candidates {
            if self.best.is_some_and(|(_, similarity)| one.most < similarity) {
                break;
            }
            one.compare(block, probe);
            let found = (one.most > 0.0).then_some((block[one.at as usize], one.most));
            self.best = nearer(self.best, found);
        }
        self.candidates = Vec::new();
    }
}

/// Decides all members of the block, which know whom they have to wait for.
pub(super) fn decide(
    members: &mut [Member],
    block: &[u32],
    probes: &Probes<'_>,
    workers: &Workers,
) -> Result<Vec<State>> {
    let start = |member: &Member| match member.best {
        Some(_) => State::Removed,
        None if member.candidates.is_empty() => State::Kept,
        None => State::Undecided,
    };
    let mut states: Vec<State> = members.iter().map(start).collect();
    while states.contains(&State::Undecided) {
        let mut next = states.clone();
        let mut pairs: Vec<(&mut Member, &mut State)> = members
            .iter_mut()
            .zip(&mut next)
            .filter(|(_, state)| **state == State::Undecided)
            .collect();
        workers.fill(&mut pairs, 1, CLASSES_PER_TASK, |_, piece| {
            probes.with(|probe| {
                for (member, state) in piece {
                    **state = member.decide(block, &states, probes.bounds(), probe);
                }
            });
            Ok(())
        })?;
        states = next;
    }
    let mut removed: Vec<&mut Member> = members
        .iter_mut()
        .zip(&states)
        .filter(|(member, state)| **state == State::Removed && !member.candidates.is_empty())
        .map(|(member, _)| member)
        .collect();
    workers.fill(&mut removed, 1, CLASSES_PER_TASK, |_, piece| {
        probes.with(|probe| {
            for member in piece {
                member.find_nearest(block, &states, probe);
            }
        });
        Ok(())
    })?;
    Ok(states)
}
