//! The leader rule, in parallel: classes in order, in blocks, each against the classes kept so far.
//!
//! A block's classes first look among those kept before the block, all at once. What is left is put into the index
//! and the whole block looks once more, among the block's own earlier classes. Then one serial pass over these few
//! pairs decides, in order. The size of a block depends on the data alone: it starts small, so that the first row of
//! a large group is in the index before the rest of the group comes, and shrinks where a block found many pairs
//! within itself.

use super::bounds::Bounds;
use super::index::Index;
use super::probe::{Found, Probe, cheapest_entry, nearer};
use super::sets::Placed;
use super::{Similar, Verdicts};
use crate::error::Result;
use crate::parallel::Workers;

const SMALLEST_BLOCK: usize = 64;
const LARGEST_BLOCK: usize = 2048;
const CLASSES_PER_TASK: usize = 128;

/// The kept class that stands for a class, and its similarity.
type Nearest = Option<Found>;

pub(super) fn verdicts(similar: &Similar, bounds: Bounds, workers: &Workers) -> Result<Verdicts> {
    let classes = similar.classes.first.len();
    let entry = cheapest_entry(similar, bounds);
    let mut index = Index::new();
    let mut nearest: Vec<Nearest> = Vec::with_capacity(classes);
    let (mut start, mut size) = (0, SMALLEST_BLOCK);
    while start < classes {
        let end = classes.min(start + size);
        // Among the classes kept before this block.
        let parts = workers.map_rows(end - start, CLASSES_PER_TASK, |range| {
            let mut probe = Probe::new(similar, bounds);
            let look = |at: usize| {
                let mut prefix = Vec::new();
                probe.turn_to((start + at) as u32);
                probe.prefix(entry, &mut prefix);
                let best = probe.nearest(&index, entry, &prefix, |class| nearest[class as usize].is_none());
                (prefix, best)
            };
            Ok(range.map(look).collect::<Vec<_>>())
        })?;
        let block: Vec<(Vec<Placed>, Nearest)> = parts.into_iter().flatten().collect();
        for (class, (prefix, best)) in (start as u32..).zip(&block) {
            if best.is_none() {
                prefix
                    .iter()
                    .for_each(|placed| index.insert(placed.shingle, class));
            }
        }
        // Among the earlier classes of the block itself that may yet be kept.
        let parts = workers.map_rows(end - start, CLASSES_PER_TASK, |range| {
            let mut probe = Probe::new(similar, bounds);
            let look = |at: usize| {
                let (class, prefix) = ((start + at) as u32, &block[at].0);
                let mut found = Vec::new();
                let earlier = |other: u32| other < class;
                let met = |placed: &Placed| {
                    index
                        .classes(placed.shingle)
                        .take_while(|other| *other >= start as u32)
                        .any(earlier)
                };
                if prefix.iter().any(met) {
                    probe.turn_to(class);
                    probe.all(&index, prefix, start as u32, earlier, &mut found);
                }
                found
            };
            Ok(range.map(look).collect::<Vec<_>>())
        })?;
        let mut pairs = 0;
        for (found, (_, before)) in parts.into_iter().flatten().zip(&block) {
            pairs += found.len();
            let kept = found
                .into_iter()
                .filter(|(class, _)| nearest[*class as usize].is_none());
            nearest.push(kept.fold(*before, |best, pair| nearer(best, Some(pair))));
        }
        start = end;
        size = if pairs > 4 * size {
            SMALLEST_BLOCK.max(size / 4)
        } else {
            LARGEST_BLOCK.min(size * 2)
        };
    }
    judge(similar, bounds, entry, &index, &nearest, workers)
}

/// From classes to rows. The later rows of a removed class come after rows that its first row could not know: the
/// most similar one that was kept before each of them stands for it.
fn judge(
    similar: &Similar,
    bounds: Bounds,
    entry: usize,
    index: &Index,
    nearest: &[Nearest],
    workers: &Workers,
) -> Result<Verdicts> {
    let classes = &similar.classes;
    let mut verdicts = Verdicts::all_kept(similar.rows);
    let mut later = Vec::new();
    for (rank, &class) in classes.of.iter().enumerate() {
        let row = similar.ranked[rank];
        let first = classes.first[class as usize] as usize == rank;
        match nearest[class as usize] {
            None if first => {}
            None => verdicts.remove(row, similar.first_row(class), 1.0),
            Some((leader, similarity)) => {
                verdicts.remove(row, similar.first_row(leader), similarity);
                if !first {
                    later.push((class, rank as u32));
                }
            }
        }
    }
    later.sort_unstable();
    let parts = workers.map_rows(later.len(), CLASSES_PER_TASK, |range| {
        let mut probe = Probe::new(similar, bounds);
        let (mut prefix, mut found, mut of) = (Vec::new(), Vec::new(), None);
        let look = |&(class, rank): &(u32, u32)| {
            if of != Some(class) {
                of = Some(class);
                probe.turn_to(class);
                probe.prefix(entry, &mut prefix);
                probe.all(
                    index,
                    &prefix,
                    0,
                    |other| nearest[other as usize].is_none(),
                    &mut found,
                );
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
