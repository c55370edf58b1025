//! The leader rule, in parallel: classes in order, in blocks, each against the classes kept so far.
//!
//! A block's classes first look among those kept before the block, all at once. What is left is put into the index
//! and the whole block looks once more, among the block's own earlier classes. Then one serial pass over these few
//! pairs decides, in order. The size of a block depends on the data alone: it starts small, so that the first row of
//! a large group is in the index before the rest of the group comes, and shrinks where a block found many pairs
//! within itself. A class without keys meets nobody and is kept.

use super::bounds::Bounds;
use super::index::Index;
use super::probe::{Found, Probe, nearer};
use super::{Similar, Verdicts};
use crate::error::Result;
use crate::parallel::Workers;

const SMALLEST_BLOCK: usize = 64;
const LARGEST_BLOCK: usize = 4096;
const CLASSES_PER_TASK: usize = 64;

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

pub(super) fn verdicts(similar: &Similar, bounds: Bounds, workers: &Workers) -> Result<Verdicts> {
    let meeting = &similar.meeting;
    let mut index = Index::new(&similar.keys);
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
            let mut probe = Probe::new(similar, bounds);
            let look = |class: &u32| {
                probe.turn_to(*class);
                probe.nearest(&index, |other| leaders.is_kept(other))
            };
            Ok(block[range].iter().map(look).collect::<Vec<_>>())
        })?;
        let before: Vec<Option<Found>> = parts.into_iter().flatten().collect();
        for (&class, best) in block.iter().zip(&before) {
            if best.is_none() {
                index.insert(similar.keys.of(class), class, similar.keyed().size(class));
            }
        }
        // Among the earlier classes of the block itself that may yet be kept.
        let parts = workers.map_rows(block.len(), CLASSES_PER_TASK, |range| {
            let mut probe = Probe::new(similar, bounds);
            let look = |class: &u32| {
                let mut found = Vec::new();
                probe.turn_to(*class);
                if probe.meets(&index, block[0], *class) {
                    probe.all(&index, block[0], |other| other < *class, &mut found);
                }
                found
            };
            Ok(block[range].iter().map(look).collect::<Vec<_>>())
        })?;
        let mut pairs = 0;
        for ((&class, best), found) in block.iter().zip(before).zip(parts.into_iter().flatten()) {
            pairs += found.len();
            let kept = found.into_iter().filter(|(other, _)| leaders.is_kept(*other));
            if let Some((leader, similarity)) = kept.fold(best, |best, pair| nearer(best, Some(pair))) {
                leaders.of[class as usize] = leader;
                leaders.similarity[class as usize] = similarity;
            }
        }
        start += block.len();
        size = if pairs > 4 * block.len() {
            SMALLEST_BLOCK.max(size / 4)
        } else {
            LARGEST_BLOCK.min(size * 2)
        };
    }
    judge(similar, bounds, &index, &leaders, workers)
}

/// From classes to rows. The later rows of a removed class come after rows that its first row could not know: the
/// most similar one that was kept before each of them stands for it.
fn judge(
    similar: &Similar,
    bounds: Bounds,
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
        let mut probe = Probe::new(similar, bounds);
        let (mut found, mut of) = (Vec::new(), None);
        let look = |&(class, rank): &(u32, u32)| {
            if of != Some(class) {
                of = Some(class);
                probe.turn_to(class);
                probe.all(index, 0, |other| leaders.is_kept(other), &mut found);
            }
            let before = found
                .iter()
                .filter(|(other, _)| classes.first[*other as usize] < rank);
            before.fold(None, |best, pair| nearer(best, Some(*pair)))
        };
        Ok(later[range].iter().map(look).collect::<Vec<_>>())
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
