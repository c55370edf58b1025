//! What is remembered of a row instead of its text.
//!
//! A row without any text (every entry null) has no keys and is marked; a null beside a text counts as empty.

use std::sync::Arc;

use super::super::bands::Bands;
use super::super::bounds;
use super::super::cut::Cutter;
use super::super::keys::{Buffers, Maker, Order};
use super::super::plan::{Engine, Plan, Sample, text_hash};
use super::super::sets::sum;
use super::super::{Shape, classes, numbers, within};
use crate::error::Result;
use crate::hash::mix;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::shingle::Shingle;
use crate::text::Text;

/// How texts are cut and which keys are made of them.
#[derive(Debug, Clone, Copy)]
pub struct Cutting {
    /// How texts are cut.
    pub shingle: Shingle,
    /// The threshold that the keys are for, over 0 and at most 1.
    pub threshold: f64,
    /// Whether rows with different numbers are different whatever their words.
    pub distinct_numbers: bool,
    /// The entry of `on` that keys are made of.
    pub entry: usize,
    /// The bands, or none for the exact join.
    pub bands: Option<Shape>,
}

impl Cutting {
    pub(super) fn maker(&self) -> Result<Maker> {
        let bounds = bounds(self.threshold)?;
        Ok(match self.bands {
            Some(shape) => Maker::Lsh(Bands::new(shape)),
            None => Maker::Join(Order::new(bounds)),
        })
    }
}

/// Some rows, each without its text.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Cut {
    /// The same for rows of one group with the same sets of shingles, and the same numbers where they count.
    pub identity: Vec<u128>,
    /// Whether there is any text.
    pub known: Vec<bool>,
    /// For each entry the number of shingles, row by row.
    pub sizes: Vec<Vec<u32>>,
    /// For each entry the parity sketch, folded to 64 bits, row by row.
    pub folds: Vec<Vec<u64>>,
    /// The keys that a choice is made from, row after row.
    pub keys: Vec<u32>,
    /// Where each row's keys end.
    pub ends: Vec<u32>,
}

/// Cuts every row of these texts, one column for each entry of `on`.
pub fn cut(
    texts: &[Arc<dyn Text>],
    groups: Option<&[u32]>,
    cutting: &Cutting,
    workers: &Workers,
) -> Result<Cut> {
    let maker = cutting.maker()?;
    let rows: Vec<u32> = (0..texts.first().map_or(0, |text| text.len()) as u32).collect();
    let numbers = cutting
        .distinct_numbers
        .then(|| numbers::of_rows(texts, &rows, workers))
        .transpose()?;
    let parts = workers.map_rows(rows.len(), ROWS_PER_TASK / 4, |range| {
        let mut cutters: Vec<Cutter> = texts.iter().map(|_| Cutter::new(cutting.shingle)).collect();
        let mut part = Cut {
            sizes: vec![Vec::new(); texts.len()],
            folds: vec![Vec::new(); texts.len()],
            ..Cut::default()
        };
        let (mut sums, mut buffers) = (Vec::new(), Buffers::default());
        for row in range {
            let salt = salt(
                numbers.as_ref().map(|numbers| numbers[row]),
                groups.map(|groups| groups[row]),
            );
            let known = texts.iter().any(|text| !text.is_null(row));
            sums.clear();
            for (entry, (text, cutter)) in texts.iter().zip(&mut cutters).enumerate() {
                let set = cutter.set(&**text, row as u32);
                sums.push(sum(set));
                part.sizes[entry].push(set.len() as u32);
                part.folds[entry].push(set.iter().fold(0, |fold, shingle| fold ^ (1 << (shingle & 63))));
                if known && entry == cutting.entry {
                    maker.gather(set, salt, &mut buffers, &mut part.keys);
                }
            }
            sums.extend(groups.map(|groups| u128::from(groups[row])));
            sums.extend(numbers.as_ref().map(|numbers| u128::from(numbers[row])));
            part.identity.push(classes::combine(&sums));
            part.known.push(known);
            part.ends.push(part.keys.len() as u32);
        }
        Ok(part)
    })?;
    Ok(together(parts, texts.len()))
}

fn together(parts: Vec<Cut>, entries: usize) -> Cut {
    let mut all = Cut {
        sizes: vec![Vec::new(); entries],
        folds: vec![Vec::new(); entries],
        ..Cut::default()
    };
    for part in parts {
        let before = all.keys.len() as u32;
        all.identity.extend(part.identity);
        all.known.extend(part.known);
        all.keys.extend(part.keys);
        all.ends.extend(part.ends.iter().map(|end| before + end));
        for entry in 0..entries {
            all.sizes[entry].extend(&part.sizes[entry]);
            all.folds[entry].extend(&part.folds[entry]);
        }
    }
    all
}

/// What keeps rows apart whatever their words, mixed into their keys: rows with different salts hardly ever meet.
fn salt(numbers: Option<u64>, group: Option<u32>) -> Option<u64> {
    match (numbers, group.map(u64::from)) {
        (Some(numbers), Some(group)) => Some(numbers ^ mix(group + 1)),
        (numbers, group) => numbers.or(group),
    }
}

/// The hash of every row's texts that the sample of the plan goes by; a null counts as empty.
pub fn text_hashes(texts: &[Arc<dyn Text>], workers: &Workers) -> Result<Vec<u64>> {
    let rows = texts.first().map_or(0, |text| text.len());
    let parts = workers.map_rows(rows, ROWS_PER_TASK, |range| {
        let (mut scratch, mut prints) = (String::new(), Vec::new());
        let hashes = range.map(|row| text_hash(texts, row, &mut scratch, &mut prints));
        Ok(hashes.collect::<Vec<_>>())
    })?;
    Ok(parts.concat())
}

/// The plan of the whole input from its sample: every row of `texts`, and how many distinct rows they stand for.
pub fn plan(
    texts: &[Arc<dyn Text>],
    groups: Option<&[u32]>,
    distinct: f64,
    cutting: &Cutting,
    (engine, recall): (Engine, f64),
    workers: &Workers,
) -> Result<Plan> {
    let rows: Vec<u32> = (0..texts.first().map_or(0, |text| text.len()) as u32).collect();
    let numbers = cutting
        .distinct_numbers
        .then(|| numbers::of_rows(texts, &rows, workers))
        .transpose()?;
    let salts = within::of_sample(
        &text_hashes(texts, workers)?,
        numbers,
        groups.map(<[u32]>::to_vec),
    );
    let sample = Sample {
        rows,
        salts,
        distinct,
    };
    let bounds = bounds(cutting.threshold)?;
    Ok(Plan::new(
        texts,
        &sample,
        cutting.shingle,
        bounds,
        (engine, recall),
    ))
}
