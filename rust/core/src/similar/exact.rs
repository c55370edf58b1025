//! Exact duplicates: equal bytes column by column, null equal only to null in the same place.
//!
//! A row whose every column is null is kept and matches nothing, and rows of different groups do not match. Equality is
//! that of 128-bit fingerprints.

use std::sync::Arc;

use super::{Verdicts, classes, without_nulls};
use crate::error::Result;
use crate::parallel::Workers;
use crate::text::Text;

/// The first row of each class in `order` stands for the rest. With `none_kept`, every row that has a duplicate goes,
/// and the first other row of its class is the evidence.
pub fn duplicates(
    columns: &[Arc<dyn Text>],
    order: &[u32],
    groups: Option<&[u32]>,
    none_kept: bool,
    workers: &Workers,
) -> Result<Verdicts> {
    let ranked = without_nulls(columns, order, workers)?;
    let (classes, _) = classes::of_bytes(columns, &ranked, groups, true, workers)?;
    let mut verdicts = Verdicts::all_kept(order.len());
    for (rank, &row) in ranked.iter().enumerate() {
        let first = classes.first[classes.of[rank] as usize];
        if first as usize != rank {
            let first = ranked[first as usize];
            verdicts.remove(row, first, 1.0);
            if none_kept && verdicts.kept[first as usize] {
                verdicts.remove(first, row, 1.0);
            }
        }
    }
    Ok(verdicts)
}
