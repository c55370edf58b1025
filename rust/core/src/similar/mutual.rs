//! `keep="none"`: every row that has a similar other goes, whichever of them came first.
//!
//! The evidence is the most similar other row (ties: the lowest), which is itself removed.

use super::bounds::Bounds;
use super::index::Index;
use super::probe::{Probe, cheapest_entry};
use super::{Similar, Verdicts};
use crate::error::Result;
use crate::parallel::Workers;

const CLASSES_PER_TASK: usize = 64;

pub(super) fn verdicts(similar: &Similar, bounds: Bounds, workers: &Workers) -> Result<Verdicts> {
    let classes = &similar.classes;
    let entry = cheapest_entry(similar, bounds);
    let mut index = Index::new();
    let (mut probe, mut prefix) = (Probe::new(similar, bounds), Vec::new());
    for class in 0..classes.first.len() as u32 {
        if class.is_multiple_of(1024) {
            workers.check()?;
        }
        probe.turn_to(class);
        probe.prefix(entry, &mut prefix);
        prefix
            .iter()
            .for_each(|placed| index.insert(placed.shingle, class));
    }
    let mut second = vec![None; classes.first.len()];
    for (rank, &class) in classes.of.iter().enumerate() {
        if classes.first[class as usize] as usize != rank && second[class as usize].is_none() {
            second[class as usize] = Some(rank as u32);
        }
    }
    let parts = workers.map_rows(classes.first.len(), CLASSES_PER_TASK, |range| {
        let (mut probe, mut prefix) = (Probe::new(similar, bounds), Vec::new());
        let look = |class: usize| {
            let class = class as u32;
            probe.turn_to(class);
            probe.prefix(entry, &mut prefix);
            // Ascending classes are ascending first rows: of equally similar ones the lowest class has the lowest row.
            probe.nearest(&index, entry, &prefix, |other| other != class)
        };
        Ok(range.map(look).collect::<Vec<_>>())
    })?;
    let nearest: Vec<Option<(u32, f64)>> = parts.into_iter().flatten().collect();
    let mut verdicts = Verdicts::all_kept(similar.rows);
    for (rank, &class) in classes.of.iter().enumerate() {
        let row = similar.ranked[rank];
        let first = classes.first[class as usize];
        // A class holds rows with the same shingles as often; others may have the same set.
        let mate = second[class as usize]
            .map(|second| similar.ranked[if first as usize == rank { second } else { first } as usize]);
        let other = nearest[class as usize].map(|(other, similarity)| (similar.first_row(other), similarity));
        match (mate, other) {
            (Some(mate), Some((other, 1.0))) => verdicts.remove(row, mate.min(other), 1.0),
            (Some(mate), _) => verdicts.remove(row, mate, 1.0),
            (None, Some((other, similarity))) => verdicts.remove(row, other, similarity),
            (None, None) => {}
        }
    }
    Ok(verdicts)
}
