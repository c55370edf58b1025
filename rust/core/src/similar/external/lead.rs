//! Verdicts from the pairs that were compared: the leader rule of [`super::super`], or with `mutual` the rule that keeps
//! no row with a similar other.

use super::super::Verdicts;
use crate::error::{Error, Result};
use crate::hash::Map;

/// Compared pairs that are at least as similar as the threshold, each once, in any order.
#[derive(Clone, Copy)]
pub struct Similarities<'a> {
    /// The row that comes first in the order of the keep policy; the first row of its class, like the other.
    pub a: &'a [u32],
    /// The other row.
    pub b: &'a [u32],
    /// How similar they are.
    pub similarity: &'a [f64],
}

/// No row stands for a row that takes no part.
const NO_CLASS: u32 = u32::MAX;

/// What becomes of every row.
///
/// `class_of` says for each row the first row, in the order of the keep policy, with equal sets; `u32::MAX` for rows that
/// take no part and stay. `order` is every row in that order, and `ranks` the place of every row in it; none where that
/// is the row itself.
pub fn lead(
    class_of: &[u32],
    (order, ranks): (Option<&[u32]>, Option<&[u32]>),
    found: Similarities<'_>,
    mutual: bool,
) -> Result<Verdicts> {
    let rows = class_of.len();
    let outside = |row: &u32| *row as usize >= rows;
    if found.a.iter().chain(found.b).any(outside) {
        return Err(Error::argument(
            "pairs",
            "a row that is not there",
            "rows of the input",
        ));
    }
    let rank = |row: u32| ranks.map_or(row, |ranks| ranks[row as usize]);
    // The neighbours of every row that has any, the most similar first, of equals the first in order.
    let mut pairs: Vec<(u32, u32, f64)> = Vec::with_capacity(2 * found.a.len());
    for ((&a, &b), &similarity) in found.a.iter().zip(found.b).zip(found.similarity) {
        pairs.push((b, a, similarity));
        pairs.push((a, b, similarity));
    }
    pairs.sort_unstable_by(|x, y| {
        (rank(x.0).cmp(&rank(y.0)))
            .then(y.2.total_cmp(&x.2))
            .then(rank(x.1).cmp(&rank(y.1)))
    });
    let of_row: Map<u32, (usize, usize)> = pairs
        .chunk_by(|x, y| x.0 == y.0)
        .scan(0, |start, chunk| {
            let range = (*start, *start + chunk.len());
            *start = range.1;
            Some((chunk[0].0, range))
        })
        .collect();
    let near = |row: u32| {
        of_row
            .get(&row)
            .map_or(&[][..], |(start, end)| &pairs[*start..*end])
    };
    let mut verdicts = Verdicts::all_kept(rows);
    let in_order = (0..rows as u32).map(|at| order.map_or(at, |order| order[at as usize]));
    if mutual {
        mutually(class_of, in_order, near, &mut verdicts);
        return Ok(verdicts);
    }
    for row in in_order {
        let class = class_of[row as usize];
        if class == NO_CLASS {
            continue;
        }
        if class != row && verdicts.kept[class as usize] {
            verdicts.remove(row, class, 1.0);
            continue;
        }
        let leader = near(class)
            .iter()
            .find(|(_, other, _)| rank(*other) < rank(row) && verdicts.kept[*other as usize]);
        if let Some((_, leader, similarity)) = leader {
            verdicts.remove(row, *leader, *similarity);
        }
    }
    Ok(verdicts)
}

/// The rows that are removed whatever the pairs of the rows `undecided` say that are not known yet.
pub fn surely_removed(
    rows: usize,
    ranks: Option<&[u32]>,
    found: Similarities<'_>,
    undecided: &[u32],
) -> Result<Vec<bool>> {
    let outside = |row: &u32| *row as usize >= rows;
    if found.a.iter().chain(found.b).chain(undecided).any(outside) {
        return Err(Error::argument(
            "pairs",
            "a row that is not there",
            "rows of the input",
        ));
    }
    let rank = |row: u32| ranks.map_or(row, |ranks| ranks[row as usize]);
    let mut pairs: Vec<(u32, u32)> = found
        .a
        .iter()
        .zip(found.b)
        .map(|(&a, &b)| if rank(a) < rank(b) { (b, a) } else { (a, b) })
        .collect();
    pairs.sort_unstable_by_key(|(row, leader)| (rank(*row), rank(*leader)));
    let mut removed = vec![false; rows];
    // For certain, as long as nothing removes it.
    let mut kept = vec![true; rows];
    for row in undecided {
        kept[*row as usize] = false;
    }
    for chunk in pairs.chunk_by(|x, y| x.0 == y.0) {
        let row = chunk[0].0 as usize;
        if chunk.iter().any(|(_, leader)| kept[*leader as usize]) {
            (removed[row], kept[row]) = (true, false);
        } else if !chunk.iter().all(|(_, leader)| removed[*leader as usize]) {
            kept[row] = false;
        }
    }
    Ok(removed)
}

/// Every row with a similar other goes; the most similar one (ties: the lowest row) is the evidence.
fn mutually<'a>(
    class_of: &[u32],
    in_order: impl Iterator<Item = u32>,
    near: impl Fn(u32) -> &'a [(u32, u32, f64)],
    verdicts: &mut Verdicts,
) {
    let mut second: Map<u32, u32> = Map::default();
    let rows: Vec<u32> = in_order.collect();
    for &row in &rows {
        let class = class_of[row as usize];
        if class != NO_CLASS && class != row {
            second.entry(class).or_insert(row);
        }
    }
    for row in rows {
        let class = class_of[row as usize];
        if class == NO_CLASS {
            continue;
        }
        let mate = second
            .get(&class)
            .map(|second| if class == row { *second } else { class });
        let other = near(class)
            .first()
            .map(|(_, other, similarity)| (*other, *similarity));
        match (mate, other) {
            (Some(mate), Some((other, 1.0))) => verdicts.remove(row, mate.min(other), 1.0),
            (Some(mate), _) => verdicts.remove(row, mate, 1.0),
            (None, Some((other, similarity))) => verdicts.remove(row, other, similarity),
            (None, None) => {}
        }
    }
}
