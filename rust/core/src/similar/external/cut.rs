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
    /// How many keys two similar sets share at least, those of these sizes.
    pub(super) fn several(&self, a: usize, b: usize) -> Result<usize> {
        let bounds = bounds(self.threshold)?;
        Ok(match self.bands {
            Some(_) => 1,
            None => bounds.several(a).min(bounds.several(b)),
        })
    }

    pub(super) fn maker(&self) -> Result<Maker> {
        let bounds = bounds(self.threshold)?;
        Ok(match self.bands {
            Some(shape) => Maker::Lsh(Bands::new(shape)),
            None => Maker::Join(Order::new(bounds).with_several()),
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
    /// For each entry the parity sketches, of [`words`] words, row after row.
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
                push_fold(set, &mut part.folds[entry]);
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

/// The most words of a sketch: texts of more shingles than it has bits are few.
const MOST_WORDS: usize = 1024;

/// The words of the parity sketch of a set of so many shingles, a power of two: about a bit for each, as fewer are all
/// alike, whatever is in the sets.
pub(super) fn words(size: usize) -> usize {
    size.div_ceil(64).next_power_of_two().min(MOST_WORDS)
}

fn push_fold(set: &[u64], folds: &mut Vec<u64>) {
    let (start, words) = (folds.len(), words(set.len()));
    folds.resize(start + words, 0);
    for shingle in set {
        folds[start + ((shingle >> 6) as usize & (words - 1))] ^= 1 << (shingle & 63);
    }
}

/// The sketches of sets of these sizes, row after row, none with more than `most` words, a power of two.
pub fn narrow(folds: &[u64], sizes: &[u32], most: usize) -> Vec<u64> {
    let (mut narrowed, mut start) = (Vec::with_capacity(folds.len()), 0);
    for size in sizes {
        let words = words(*size as usize);
        let fold = &folds[start..start + words];
        let few = words.min(most);
        narrowed.extend((0..few).map(|at| folded(fold, at, few)));
        start += words;
    }
    narrowed
}

/// One word of a sketch as if it had only `few` words.
fn folded(fold: &[u64], at: usize, few: usize) -> u64 {
    fold[at..].iter().step_by(few).fold(0, |all, word| all ^ word)
}

/// In how many bits two sketches differ at least, the longer one folded onto the shorter: no more than the sets do.
pub(super) fn apart(a: &[u64], b: &[u64]) -> usize {
    let (few, more) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let bits: u32 = if few.len() == more.len() {
        few.iter().zip(more).map(|(x, y)| (x ^ y).count_ones()).sum()
    } else {
        let differ = |(at, word): (usize, &u64)| (word ^ folded(more, at, few.len())).count_ones();
        few.iter().enumerate().map(differ).sum()
    };
    bits as usize
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
            all.folds[entry].extend_from_slice(&part.folds[entry]);
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
    // The rows were cut before, in an order that no sample knew of.
    let how = (engine, recall);
    let (plan, _) = Plan::new(
        texts,
        &sample,
        cutting.shingle,
        bounds,
        how,
        false,
        &Workers::inline(),
    )?;
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn never_further_apart_than_the_sets(
            a in proptest::collection::btree_set(0u64..300, 1..200),
            b in proptest::collection::btree_set(0u64..300, 1..200),
        ) {
            let fold = |set: &BTreeSet<u64>| {
                let hashes: Vec<u64> = set.iter().map(|one| mix(*one)).collect();
                let mut folds = Vec::new();
                push_fold(&hashes, &mut folds);
                folds
            };
            prop_assert!(apart(&fold(&a), &fold(&b)) <= a.symmetric_difference(&b).count());
            prop_assert_eq!(apart(&fold(&a), &fold(&b)), apart(&fold(&b), &fold(&a)));
            prop_assert_eq!(apart(&fold(&a), &fold(&a)), 0);
            for most in [1, 2] {
                let narrowed = |set: &BTreeSet<u64>| narrow(&fold(set), &[set.len() as u32], most);
                prop_assert_eq!(narrowed(&a).len(), words(a.len()).min(most));
                prop_assert!(apart(&narrowed(&a), &narrowed(&b)) <= apart(&fold(&a), &fold(&b)));
            }
        }
    }
}
