//! The leader rule, in parallel: classes in order, in blocks, each against the classes kept so far.
//!
//! A block's classes first look among those kept before the block, all at once. What is left is put into the index
//! and the whole block looks once more, among the block's own earlier classes ([`block`]). The size of a block depends on the data alone: it starts small, so that the first row of
//! a large group is in the index before the rest of the group comes, and shrinks where a block found many pairs
//! within itself. A class without keys meets nobody and is kept.

use super::block::{self, Member, State};
use super::bounds::Bounds;
use super::index::Index;
use super::probe::{Work, nearer};
use super::probes::Probes;
use super::{Similar, Verdicts};
use crate::error::Result;
use crate::parallel::Workers;

const SMALLEST_BLOCK: usize = 64;
const LARGEST_BLOCK: usize = 1024;
const CLASSES_PER_TASK: usize = 16;

/// For each class the kept one that stands for it, itself where it is kept.
struct Leaders {
    of: Vec<u32>,
    similarity: Vec<f64>,
}

impl Leaders {
    fn is_kept(&self, class: u32) -> bool {
        self.of[class as usize] == class
    }
}

pub(super) fn verdicts(similar: &Similar, bounds: Bounds, workers: &Workers) -> Result<(Verdicts, Work)> {
    let meeting = &similar.meeting;
    let mut index = similar.index(similar.held());
    let probes = Probes::new(similar, bounds);
    let classes = similar.classes.first.len();
    let mut leaders = Leaders {
        of: (0..classes as u32).collect(),
        similarity: vec![1.0; classes],
    };
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
        let states = block::decide(&mut members, block, &probes, bounds, workers)?;
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
            if let (State::Removed, Some((leader, similarity))) = (state, member.best) {
                leaders.of[member.class as usize] = leader;
                leaders.similarity[member.class as usize] = similarity;
            }
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
    let verdicts = judge(similar, &probes, &index, &leaders, workers)?;
    Ok((verdicts, probes.work()))
}

/// From classes to rows. The later rows of a removed class come after rows that its first row could not know: the
/// most similar one that was kept before each of them stands for it.
fn judge(
    similar: &Similar,
    probes: &Probes<'_>,
    index: &Index,
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
                    probe.all(index, |_| true, &mut found);
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
