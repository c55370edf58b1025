//! What skewed data costs, counted and not timed, and what bands find of pairs of known similarity.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};

use super::{Engine, Measure, Options, Similar, Verdicts, leader, probe::Work};
use crate::hash::SplitMix;
use crate::parallel::Workers;
use crate::shingle::{Shingle, Shingler};
use crate::similarity::jaccard;
use crate::text::{Text, TextColumn};

const ROWS: usize = 6000;

fn judged(rows: Vec<String>, engine: Engine, shingle: usize, threshold: f64) -> (Verdicts, Work) {
    let order: Vec<u32> = (0..rows.len() as u32).collect();
    let column: ArrayRef = Arc::new(StringArray::from(rows));
    let texts: [Arc<dyn Text>; 1] = [Arc::new(TextColumn::new(&[column]).unwrap())];
    let options = Options {
        measure: Measure::Jaccard,
        idf: false,
        shingle: Shingle::Word(shingle),
        threshold,
        distinct_numbers: false,
        engine,
        recall: 0.999,
    };
    let workers = Workers::new(Some(2)).unwrap();
    let similar = Similar::new(&texts, &order, None, options, &workers).unwrap();
    leader::verdicts(&similar, similar.bounds, &workers).unwrap()
}

fn removed(verdicts: &Verdicts) -> BTreeSet<usize> {
    (0..verdicts.kept.len())
        .filter(|row| !verdicts.kept[*row])
        .collect()
}

/// All pairs would be `ROWS / 2` meetings for each row; fewer than one in ten of them is the most that is let pass, where
/// eight take three nanoseconds.
fn is_far_from_quadratic(work: Work) {
    assert!(work.met < ROWS * ROWS / 20, "{work:?}");
    assert!(work.compared < 4 * ROWS, "{work:?}");
}

#[test]
fn a_template_with_few_values_is_told_apart() {
    let mut random = SplitMix(1);
    let mut value = |count: u64| random.draw() % count;
    let row = |_| {
        let (a, b, c, d) = (value(40), value(40), value(40), value(20));
        format!(
            "write a letter from name{a} to name{b} about the thing{c} they bought together in place{d} last summer"
        )
    };
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    let (exact, _) = judged(rows.clone(), Engine::Join, 3, 0.8);
    let (verdicts, work) = judged(rows, Engine::Auto, 3, 0.8);
    is_far_from_quadratic(work);
    let (found, all) = (removed(&verdicts), removed(&exact));
    assert!(all.len() > 10);
    assert!(found.intersection(&all).count() * 1000 >= all.len() * 999);
}

#[test]
fn a_long_boilerplate_in_every_row_brings_nobody_together() {
    let mut random = SplitMix(2);
    let mut words = |count: u64| -> String {
        (0..count)
            .map(|_| format!("w{} ", random.draw() % 5000))
            .collect()
    };
    let front = words(60);
    let (verdicts, work) = judged(
        (0..ROWS).map(|_| front.clone() + &words(40)).collect(),
        Engine::Auto,
        3,
        0.8,
    );
    is_far_from_quadratic(work);
    assert!(removed(&verdicts).is_empty());
}

/// The rule itself: every row against all that are kept.
fn by_rule(rows: &[String], shingle: usize, threshold: f64) -> Vec<i64> {
    let mut shingler = Shingler::new(Shingle::Word(shingle));
    let set = |row: &String| {
        let mut set = Vec::new();
        shingler.set(row, &mut set);
        set.into_iter().collect::<BTreeSet<u64>>()
    };
    let sets: Vec<BTreeSet<u64>> = rows.iter().map(set).collect();
    let (mut kept, mut representative) = (Vec::new(), Vec::new());
    for (row, set) in sets.iter().enumerate() {
        let similarity = |other: &usize| {
            let shared = set.intersection(&sets[*other]).count();
            jaccard(shared, set.len(), sets[*other].len())
        };
        let mut best = (row, threshold);
        for other in &kept {
            let found = similarity(other);
            if found > best.1 || found >= best.1 && best.0 == row {
                best = (*other, found);
            }
        }
        if best.0 == row {
            kept.push(row);
        }
        representative.push(best.0 as i64);
    }
    representative
}

#[test]
fn rows_of_a_template_are_judged_by_the_rule() {
    let mut random = SplitMix(3);
    let mut draw = |count: u64| random.draw() % count;
    let mut rows: Vec<String> = Vec::new();
    for row in 0..900 {
        let own: Vec<String> = (0..3 + draw(40)).map(|_| format!("w{}", draw(400))).collect();
        let front: Vec<String> = (0..40).map(|word| format!("t{word}")).collect();
        let fresh = (front.join(" ") + " " + &own.join(" ")).replace(&format!("t{}", draw(40)), "slot");
        let copied = (row > 0 && draw(3) == 0).then(|| format!("{} w{}", rows[draw(row) as usize], draw(9)));
        rows.push(copied.unwrap_or(fresh));
    }
    for (shingle, threshold) in [(2, 0.5), (2, 0.7), (3, 0.8), (1, 0.8), (3, 0.9), (3, 0.95)] {
        let (verdicts, work) = judged(rows.clone(), Engine::Join, shingle, threshold);
        assert_eq!(
            verdicts.representative,
            by_rule(&rows, shingle, threshold),
            "{shingle} {threshold} {work:?}"
        );
    }
}

#[test]
fn equal_rows_are_one() {
    let row = |at: usize| {
        if at.is_multiple_of(2) {
            "The same row again."
        } else {
            "the same ROW again"
        }
        .to_owned()
    };
    let (verdicts, work) = judged((0..ROWS).map(row).collect(), Engine::Auto, 3, 0.8);
    assert_eq!((work.candidates, work.compared), (0, 0));
    assert!(verdicts.representative.iter().all(|row| *row == 0));
}

#[test]
fn copies_of_one_row_meet_one_kept_row() {
    let text = "one long row of which there are many copies that differ in their last word and in nothing else at all";
    let rows = (0..ROWS).map(|row| format!("{text} {row}")).collect();
    let (verdicts, work) = judged(rows, Engine::Auto, 3, 0.8);
    assert!(work.compared < 2 * ROWS, "{work:?}");
    assert!(verdicts.representative.iter().all(|row| *row == 0));
}

/// Pairs at the threshold itself, from two elements on.
#[test]
fn bands_find_pairs_at_the_threshold() {
    for (shared, only) in [
        (4, 1),
        (8, 2),
        (16, 4),
        (80, 20),
        (17, 3),
        (9, 1),
        (90, 10),
        (1, 1),
        (2, 1),
    ] {
        let pairs = 20_000 / (shared + only).max(5);
        let words = |pair: usize, from: usize, to: usize| -> String {
            (from..to).map(|word| format!("p{pair}w{word} ")).collect()
        };
        let rows = (0..pairs).flat_map(|pair| [words(pair, 0, shared), words(pair, 0, shared + only)]);
        let threshold = shared as f64 / (shared + only) as f64;
        let (verdicts, _) = judged(rows.collect(), Engine::Lsh, 1, threshold);
        let found = removed(&verdicts).len();
        // One in a thousand may be missed, and three more by chance.
        assert!(
            found + pairs / 1000 + 3 >= pairs,
            "{threshold}: {found} of {pairs}"
        );
    }
}

/// Rows of which few are similar, to which others were added that repeat one or are like one, in random places.
fn few_similar(random: &mut SplitMix) -> [Vec<String>; 2] {
    let mut rows: Vec<[String; 2]> = Vec::new();
    for row in 0..300 {
        let mut words = |least: u64, most: u64| -> String {
            let count = least + random.draw() % (most - least);
            (0..count).map(|_| format!("w{} ", random.draw() % 500)).collect()
        };
        rows.push([words(4, 12), words(10, 80)]);
        let at = (random.draw() % rows.len() as u64) as usize;
        let mut like = rows[at].clone();
        match row % 10 {
            0 => like[0] += "and",
            1 => like[1] += "and more",
            2 => like = like.map(|one| format!("{one}?")),
            3 => {}
            _ => continue,
        }
        rows.insert((random.draw() % rows.len() as u64) as usize, like);
    }
    let (a, b) = rows.into_iter().map(|[a, b]| (a, b)).unzip();
    [a, b]
}

/// One after another, block by block, or all at once: who can be similar to whom is known before, or is not.
#[test]
fn all_at_once_is_block_by_block() {
    let mut random = SplitMix(3);
    let workers = Workers::new(Some(2)).unwrap();
    let mut known = 0;
    for turn in 0..12 {
        let columns = few_similar(&mut random).map(|rows| {
            let column: ArrayRef = Arc::new(StringArray::from(rows));
            Arc::new(TextColumn::new(&[column]).unwrap()) as Arc<dyn Text>
        });
        let order: Vec<u32> = (0..columns[0].len() as u32).collect();
        let options = Options {
            measure: Measure::Jaccard,
            idf: false,
            shingle: Shingle::Word(2 + turn % 2),
            threshold: [0.5, 0.7, 0.9][turn % 3],
            distinct_numbers: turn % 4 == 0,
            engine: if turn % 2 == 0 { Engine::Join } else { Engine::Lsh },
            recall: 0.999,
        };
        for texts in [&columns[..], &columns[..1], &columns[1..]] {
            let mut similar = Similar::new(texts, &order, None, options, &workers).unwrap();
            known += usize::from(similar.candidates.is_some());
            let threshold = options.threshold;
            let judge = |similar: &Similar, threshold| similar.leader(threshold, &workers).unwrap();
            let (at_once, again) = (judge(&similar, threshold), judge(&similar, 0.95));
            similar.candidates = None;
            assert_eq!(judge(&similar, threshold), at_once);
            assert_eq!(judge(&similar, 0.95), again);
            assert!(at_once.kept.contains(&false));
        }
    }
    assert!(
        known > 24,
        "who is similar was known before in {known} of 36 sets"
    );
}
