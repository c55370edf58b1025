//! The leader rule, in parallel: all classes at once where few of them meet, else in order, in blocks, each against the
//! classes kept so far.
//!
//! Who can be similar to whom is known at once where that is not too much ([`super::nominated`]); then all are one block. Otherwise
//! a block's classes first look among those kept before the block, all at once. What is left is put into the index
//! and the whole block looks once more, among the block's own earlier classes ([`block`]). The size of a block depends on the data alone: it starts small, so that the first row of
//! a large group is in the index before the rest of the group comes, and shrinks where a block found many pairs
//! within itself. A class without keys meets nobody and is kept.

use super::block::{self, Member, State};
use super::bounds::Bounds;
use super::index::Index;
use super::nominated::Candidate;
use super::probe::{Found, Probe, Work, nearer};
use super::probes::Probes;
use super::{Similar, Verdicts};
use crate::error::Result;
use crate::parallel::Workers;

const SMALLEST_BLOCK: usize = 64;
const LARGEST_BLOCK: usize = 1024;
const CLASSES_PER_TASK: usize = 16;
const CANDIDATES_PER_TASK: usize = 4096;

/// For each class the kept one that stands for it, itself where it is kept.
struct Leaders {
    of: Vec<u32>,
    similarity: Vec<f64>,
}

impl Leaders {
    fn is_kept(&self, class: u32) -> bool {
        self.of[class as usize] == class
    }

    fn note(&mut self, member: &Member, state: State) {
        if let (State::Removed, Some((leader, similarity))) = (state, member.best) {
            self.of[member.class as usize] = leader;
            self.similarity[member.class as usize] = similarity;
        }
    }
}

pub(super) fn verdicts(similar: &Similar, bounds: Bounds, workers: &Workers) -> Result<(Verdicts, Work)> {
    let probes = Probes::new(similar, bounds);
    let classes = similar.classes.first.len();
    let mut leaders = Leaders {
        of: (0..classes as u32).collect(),
        similarity: vec![1.0; classes],
    };
    let verdicts = if let Some(candidates) = &similar.candidates {
        let candidates = by_all_entries(candidates, &probes, workers)?;
        at_once(&candidates, &probes, &mut leaders, workers)?;
        let both_ways = later_ones(similar, &candidates, &leaders);
        let look = |probe: &mut Probe<'_>, class: u32, found: &mut Vec<Found>| {
            let first = both_ways.partition_point(|(one, _)| *one < class);
            let others = both_ways[first..].iter().take_while(|(one, _)| *one == class);
            found.clear();
            for (_, other) in others {
                found.extend(probe.similarity(*other).map(|similarity| (*other, similarity)));
            }
        };
        judge(similar, &probes, look, &leaders, workers)?
    } else {
        let index = in_blocks(similar, &probes, &mut leaders, workers)?;
        let look = |probe: &mut Probe<'_>, _: u32, found: &mut Vec<Found>| probe.all(&index, |_| true, found);
        judge(similar, &probes, look, &leaders, workers)?
    };
    Ok((verdicts, probes.work()))
}

/// The pairs that can be similar in every entry, and at the threshold that is asked for.
fn by_all_entries(
    candidates: &[Candidate],
    probes: &Probes<'_>,
    workers: &Workers,
) -> Result<Vec<Candidate>> {
    let parts = workers.map_rows(candidates.len(), CANDIDATES_PER_TASK, |range| {
        Ok(probes.with(|probe| {
            let can_be = |(class, (other, _)): &Candidate| {
                probe.turn_to(*class);
                Some((*class, (*other, probe.most_similar(*other)?)))
            };
            candidates[range].iter().filter_map(can_be).collect::<Vec<_>>()
        }))
    })?;
    Ok(parts.concat())
}

/// All classes that have candidates as one block.
fn at_once(
    candidates: &[Candidate],
    probes: &Probes<'_>,
    leaders: &mut Leaders,
    workers: &Workers,
) -> Result<()> {
    let mut places = vec![u32::MAX; leaders.of.len()];
    for (class, (other, _)) in candidates {
        (places[*class as usize], places[*other as usize]) = (0, 0);
    }
    let mut block = Vec::new();
    for (class, place) in (0..).zip(&mut places) {
        if *place == 0 {
            *place = block.len() as u32;
            block.push(class);
        }
    }
    let mut members: Vec<Member> = block.iter().map(|class| Member::new(*class, None)).collect();
    for (class, (other, most)) in candidates {
        members[places[*class as usize] as usize].wait_for_one(places[*other as usize], *most);
    }
    drop(places);
    let states = block::decide(&mut members, &block, probes, workers)?;
    for (member, state) in members.iter().zip(states) {
        leaders.note(member, state);
    }
    Ok(())
}

/// Removed classes that have later rows, each with every kept class that can be similar to it.
fn later_ones(similar: &Similar, candidates: &[Candidate], leaders: &Leaders) -> Vec<(u32, u32)> {
    let classes = &similar.classes;
    let mut is_later = vec![false; leaders.of.len()];
    for (rank, &class) in classes.of.iter().enumerate() {
        let is_first = classes.first[class as usize] as usize == rank;
        is_later[class as usize] |= !is_first && !leaders.is_kept(class);
    }
    let both = candidates.iter().flat_map(|(a, (b, _))| [(*a, *b), (*b, *a)]);
    let mut pairs: Vec<(u32, u32)> = both
        .filter(|(class, other)| is_later[*class as usize] && leaders.is_kept(*other))
        .collect();
    pairs.sort_unstable();
    pairs
}

/// Block by block; the index has the classes that were kept.
fn in_blocks(
    similar: &Similar,
    probes: &Probes<'_>,
    leaders: &mut Leaders,
    workers: &Workers,
) -> Result<Index> {
    let meeting = &similar.meeting;
    let mut index = similar.index(similar.held());
    let (mut start, mut size) = (0, SMALLEST_BLOCK);
    while start < meeting.len() {
        let block = &meeting[start..meeting.len().min(start + size)];
        // Among the classes kept before this block.
        let parts = workers.map_rows(block.len(), CLASSES_PER_TASK, |range| {
            Ok(probes.with(|probe| {
                let look = |class: &u32| {
                    probe.turn_to(*class);
                    probe.nearest(&index, |_| true)
                };
                block[range].iter().map(look).collect::<Vec<_>>()
            }))
        })?;
        let mut members: Vec<Member> = block
            .iter()
            .zip(parts.into_iter().flatten())
            .map(|(class, best)| Member::new(*class, best))
            .collect();
        for member in members.iter().filter(|member| member.on_trial) {
            let class = member.class;
            similar.insert(&mut index, class);
        }
        // Among the earlier classes of the block itself that may yet be kept.
        workers.fill(&mut members, 1, CLASSES_PER_TASK, |_, members| {
            probes.with(|probe| {
                for member in members {
                    let class = member.class;
                    probe.turn_to(class);
                    member.wait_for(probe.candidates(&index, block[0], |other| other < class), block);
                }
            });
            Ok(())
        })?;
        let pairs: usize = members.iter().map(Member::waits_for).sum();
        let states = block::decide(&mut members, block, probes, workers)?;
        // What was put in on trial gives way to what is kept: from the first on that goes again.
        let goes = |(member, state): (&Member, &State)| member.on_trial && *state == State::Removed;
        let right = members
            .iter()
            .zip(&states)
            .position(goes)
            .unwrap_or(members.len());
        for member in members[right..].iter().rev().filter(|member| member.on_trial) {
            index.take_back(similar.held().of(member.class));
        }
        for (at, (member, state)) in members.iter().zip(states).enumerate() {
            if state == State::Kept && at >= right {
                let class = member.class;
                similar.insert(&mut index, class);
            }
            leaders.note(member, state);
        }
        start += block.len();
        size = if pairs > 4 * block.len() {
            SMALLEST_BLOCK.max(size / 2)
        } else if pairs < block.len() {
            LARGEST_BLOCK.min(size * 2)
        } else {
            size
        };
    }
    Ok(index)
}

/// From classes to rows; `similar_to` finds the kept classes that are similar to one, which the probe was turned to. The later rows of a removed class come after rows that its first row could not know: the
/// most similar one that was kept before each of them stands for it.
fn judge(
    similar: &Similar,
    probes: &Probes<'_>,
    similar_to: impl Fn(&mut Probe<'_>, u32, &mut Vec<Found>) + Sync,
    leaders: &Leaders,
    workers: &Workers,
) -> Result<Verdicts> {
    let classes = &similar.classes;
    let mut verdicts = Verdicts::all_kept(similar.rows);
    let mut later = Vec::new();
    for (rank, &class) in classes.of.iter().enumerate() {
        let row = similar.ranked[rank];
        let first = classes.first[class as usize] as usize == rank;
        if !leaders.is_kept(class) {
            let leader = leaders.of[class as usize];
            verdicts.remove(row, similar.first_row(leader), leaders.similarity[class as usize]);
            if !first {
                later.push((class, rank as u32));
            }
        } else if !first {
            verdicts.remove(row, similar.first_row(class), 1.0);
        }
    }
    later.sort_unstable();
    let parts = workers.map_rows(later.len(), CLASSES_PER_TASK, |range| {
        let (mut found, mut of) = (Vec::new(), None);
        Ok(probes.with(|probe| {
            let look = |&(class, rank): &(u32, u32)| {
                if of != Some(class) {
                    of = Some(class);
                    probe.turn_to(class);
                    similar_to(probe, class, &mut found);
                }
                let before = found
                    .iter()
                    .filter(|(other, _)| classes.first[*other as usize] < rank);
                before.fold(None, |best, pair| nearer(best, Some(*pair)))
            };
            later[range].iter().map(look).collect::<Vec<_>>()
        }))
    })?;
    for ((_, rank), best) in later.into_iter().zip(parts.into_iter().flatten()) {
        if let Some((leader, similarity)) = best {
            verdicts.remove(
                similar.ranked[rank as usize],
                similar.first_row(leader),
                similarity,
            );
        }
    }
    Ok(verdicts)
}
