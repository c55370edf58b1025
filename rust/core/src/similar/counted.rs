//! Entries and keys where every shingle counts once and similarity has no direction.
//!
//! Candidates come from one entry of `on`, the cheapest by the plan. Where they are few, the other entries are cut for these
//! alone, so that several entries cost little more than that one.

use super::COUNTED_BYTES_PER_ROW;
use super::bands::Bands;
use super::classes::Classes;
use super::counts::Frequencies;
use super::entry::Entry;
use super::keys::{Keys, Maker};
use super::made::{Made, Start};
use super::measure::Quotient;
use super::nominated::Nominating;
use super::plan::{Engine, Plan, Sample};
use super::sets::{Keying, Sets};
use crate::error::Result;
use crate::parallel::Workers;

/// Cuts the texts of every class, chooses keys, and finds the candidates where they are few.
pub(super) fn make(
    start: &Start<'_>,
    sample: &Sample,
    how: (Engine, f64),
    classes: &mut Classes,
    workers: &Workers,
) -> Result<Made> {
    let Start {
        texts,
        rows,
        salts,
        shingle,
        bounds,
    } = *start;
    let (plan, order) = Plan::new(texts, sample, shingle, bounds, how, true, workers)?;
    let share = order.share();
    let (maker, keys_per_row) = match plan.bands {
        Some(shape) => (Maker::Lsh(Bands::new(shape)), shape.bands as f64),
        None => (Maker::Join(order), share * plan.shingles_per_row),
    };
    let expected = (keys_per_row * rows.len() as f64) as usize;
    let keying = Keying {
        maker,
        salts,
        keys_per_row,
        counts: &Frequencies::new(expected, COUNTED_BYTES_PER_ROW * rows.len()),
        most_stored: if plan.bands.is_some() {
            usize::MAX
        } else {
            plan.most_stored
        },
    };
    let cut = Sets::cut(&texts[plan.entry], shingle, rows, None, Some(&keying), workers)?;
    let mut sums = vec![Vec::new(); texts.len()];
    sums[plan.entry] = cut.sums;
    // Of a single entry it is known already which classes are equal.
    let is_alone = texts.len() == 1;
    let mut stays = is_alone
        .then(|| classes.join_equal(&sums, salts, workers))
        .transpose()?;
    let absent = |class: usize| stays.as_ref().is_some_and(|stays| !stays[class]);
    let keys = Keys::choose(cut.keys, &cut.sets, shingle, &keying, absent, workers)?;
    drop(keying);
    let mut entries = vec![Entry::Sets(cut.sets)];
    let nominating = Nominating {
        keys: &keys,
        entry: &entries[0],
        salts,
        bounds,
        quotient: Quotient::OfUnion,
        shingles_per_row: plan.shingles_per_row,
        classes: rows.len(),
    };
    let mut candidates = nominating.all(workers)?;
    if !is_alone {
        let needed: Option<Vec<bool>> = candidates.as_ref().map(|candidates| {
            let mut needed = vec![false; rows.len()];
            for (class, (other, _)) in candidates {
                (needed[*class as usize], needed[*other as usize]) = (true, true);
            }
            needed
        });
        let others = texts.iter().enumerate().filter(|(entry, _)| *entry != plan.entry);
        for (entry, text) in others {
            let cut = Sets::cut(text, shingle, rows, needed.as_deref(), None, workers)?;
            sums[entry] = cut.sums;
            entries.insert(entry.min(entries.len()), Entry::Sets(cut.sets));
        }
        let still = classes.join_equal(&sums, salts, workers)?;
        if let Some(candidates) = &mut candidates {
            candidates.retain(|(class, (other, _))| still[*class as usize] && still[*other as usize]);
        }
        stays = Some(still);
    }
    Ok(Made {
        entries,
        plan,
        keys,
        held: None,
        stays,
        candidates,
    })
}
