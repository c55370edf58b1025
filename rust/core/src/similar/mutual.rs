//! `keep="none"`: every row that has a similar other goes, whichever of them came first.
//!
//! The evidence is the most similar other row (ties: the lowest), which is itself removed.

use super::bounds::Bounds;
use super::probe::{Found, Probe};
use super::{Similar, Verdicts};
use crate::error::Result;
use crate::parallel::Workers;

const CLASSES_PER_TASK: usize = 64;

pub(super) fn verdicts(similar: &Similar, bounds: Bounds, workers: &Workers) -> Result<Verdicts> {
    let classes = &similar.classes;
    let mut index = similar.index(similar.held());
    for &class in &similar.meeting {
        similar.insert(&mut index, class);
    }
    let mut second = vec![None; classes.first.len()];
    for (rank, &class) in classes.of.iter().enumerate() {
        if classes.first[class as usize] as usize != rank && second[class as usize].is_none() {
            second[class as usize] = Some(rank as u32);
        }
    }
    let parts = workers.map_rows(similar.meeting.len(), CLASSES_PER_TASK, |range| {
        let mut probe = Probe::new(similar, bounds);
        let look = |class: &u32| {
            probe.turn_to(*class);
            // Ascending classes are ascending first rows: of equally similar ones the lowest class has the lowest row.
            probe.nearest(&index, |other| other != *class)
        };
        Ok(similar.meeting[range].iter().map(look).collect::<Vec<_>>())
    })?;
    let mut nearest: Vec<Option<Found>> = vec![None; classes.first.len()];
    for (class, best) in similar.meeting.iter().zip(parts.into_iter().flatten()) {
        nearest[*class as usize] = best;
    }
    let mut verdicts = Verdicts::all_kept(similar.rows);
    for (rank, &class) in classes.of.iter().enumerate() {
        let row = similar.ranked[rank];
        let first = classes.first[class as usize];
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
