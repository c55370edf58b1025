//! All steps up to the pairs in a row: none that is similar is lost between them, and few others come through.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};
use proptest::prelude::*;

use super::{Counts, Cutting, Met, Rows, cut, meet, met_enough, scatter};
use crate::hash::SplitMix;
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::similarity::jaccard;
use crate::text::{Text, TextColumn};

const UNLIMITED: usize = usize::MAX;

fn join(threshold: f64) -> Cutting {
    Cutting {
        shingle: Shingle::Word(1),
        threshold,
        distinct_numbers: false,
        entry: 0,
        bands: None,
    }
}

/// What the steps found.
struct Found {
    /// How many pairs met in the parts.
    met: usize,
    /// The pairs that are to be compared.
    pairs: Vec<u64>,
    /// The rows that were cut short.
    cut_short: Vec<u32>,
}

/// All steps, with the keys in so many parts.
fn pairs(sets: &[BTreeSet<u64>], cutting: &Cutting, parts: usize, most: usize) -> Found {
    let words = |set: &BTreeSet<u64>| set.iter().map(|word| format!("w{word}")).collect::<Vec<_>>();
    let column: ArrayRef = Arc::new(StringArray::from_iter_values(
        sets.iter().map(|set| words(set).join(" ")),
    ));
    let texts: [Arc<dyn Text>; 1] = [Arc::new(TextColumn::new(&[column]).unwrap())];
    let workers = Workers::new(Some(2)).unwrap();
    let cut = cut(&texts, None, cutting, &workers).unwrap();
    let all = vec![true; sets.len()];
    let counts = Counts::new(cut.keys.len(), 1 << 20);
    counts.add(&cut.keys, &cut.ends, &all, &workers).unwrap();
    let rows = (&cut.keys[..], &cut.ends[..], &cut.sizes[0][..]);
    let found = scatter(cutting, &counts, rows, &all, (0, parts), &workers).unwrap();
    let folds = super::narrow(&cut.folds[0], &cut.sizes[0], 1);
    let starts: Vec<u32> = (0..sets.len() as u32).collect();
    let known = Rows {
        ranks: None,
        sizes: &[&cut.sizes[0]],
        folds: &[&folds],
        starts: &[&starts],
        most_words: 1,
        groups: None,
        removed: None,
    };
    let (mut all, mut start) = (Met::default(), 0);
    for end in found.ends {
        let part = start..end as usize;
        start = part.end;
        let how = (cutting.threshold, most);
        let met = meet(
            &found.keys[part.clone()],
            &found.rows[part],
            &known,
            how,
            &workers,
        )
        .unwrap();
        all.pairs.extend(met.pairs);
        all.times.extend(met.times);
        all.cut_short.extend(met.cut_short);
    }
    Found {
        met: all.pairs.len(),
        pairs: met_enough(&all.pairs, &all.times, &cut.sizes[0], cutting).unwrap(),
        cut_short: all.cut_short,
    }
}

/// Sets of these sizes or more, many of them others with some elements exchanged.
fn family(sizes: &[usize], seed: u64) -> Vec<BTreeSet<u64>> {
    let mut random = SplitMix(seed);
    let mut sets: Vec<BTreeSet<u64>> = Vec::new();
    for &size in sizes {
        let mut set: BTreeSet<u64> = match random.draw() as usize % (sets.len() + 1) {
            0 => BTreeSet::new(),
            other => sets[other - 1].clone(),
        };
        while set.len() < size {
            set.insert(random.draw() % 3000);
        }
        for _ in 0..random.draw() as usize % (size / 4 + 1) {
            set.pop_first();
            set.insert(random.draw() % 3000);
        }
        sets.push(set);
    }
    sets
}

proptest! {
    #[test]
    fn every_similar_pair_is_compared(
        sizes in proptest::collection::vec(1usize..160, 2..24), seed: u64,
        threshold in 0.3f64..=1.0, parts in 1usize..6, most in prop_oneof![Just(1), Just(3), Just(UNLIMITED)],
    ) {
        let sets = family(&sizes, seed);
        let Found { pairs, cut_short, .. } = pairs(&sets, &join(threshold), parts, most);
        prop_assert!(pairs.is_sorted_by(|a, b| a < b));
        for (b, set) in sets.iter().enumerate() {
            for (a, other) in sets[..b].iter().enumerate() {
                let shared = set.intersection(other).count();
                if jaccard(shared, set.len(), other.len()) >= threshold {
                    let pair = (a as u64) << 32 | b as u64;
                    prop_assert!(pairs.contains(&pair) || cut_short.contains(&(b as u32)));
                    prop_assert!(most < UNLIMITED || cut_short.is_empty());
                }
            }
        }
    }
}

#[test]
fn rare_words_that_long_rows_share_by_chance_bring_hardly_anybody_together() {
    let mut random = SplitMix(7);
    // Every word is in some ten rows, so that no row has words for itself.
    let sets: Vec<BTreeSet<u64>> = (0..400)
        .map(|_| (0..300).map(|_| random.draw() % 12_000).collect())
        .collect();
    let found = pairs(&sets, &join(0.8), 3, UNLIMITED);
    assert!(found.met > 10 * sets.len(), "{}", found.met);
    assert!(100 * found.pairs.len() < found.met, "{:?}", found.pairs);
}
