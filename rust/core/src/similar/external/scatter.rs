//! From the keys that rows were given to those under which they are found, in parts by key.

use super::super::counts::Frequencies;
use super::super::keys::Buffers;
use super::cut::Cutting;
use crate::error::Result;
use crate::parallel::Workers;

const ROWS_PER_TASK: usize = 1 << 14;

/// Spreads keys over the parts.
const SPREAD: u32 = 0x9e37_79b1;

/// How often each key occurs.
pub struct Counts(Frequencies);

impl Counts {
    /// Room for `expected` different keys, in at most `most_bytes`. Less room costs time, not answers.
    pub fn new(expected: usize, most_bytes: usize) -> Self {
        Self(Frequencies::new(expected, most_bytes))
    }

    /// Counts the keys of the rows of which `takes_part` is true; `ends` says where each row's keys end.
    pub fn add(&self, keys: &[u32], ends: &[u32], takes_part: &[bool], workers: &Workers) -> Result<()> {
        workers.map_rows(ends.len(), ROWS_PER_TASK, |range| {
            range
                .filter(|row| takes_part[*row])
                .for_each(|row| self.0.add(of(keys, ends, row)));
            Ok(())
        })?;
        Ok(())
    }
}

/// Keys with their rows, part after part.
#[derive(Debug, Default, PartialEq)]
pub struct Scattered {
    /// The keys.
    pub keys: Vec<u32>,
    /// The row of each key.
    pub rows: Vec<u32>,
    /// Where each part ends.
    pub ends: Vec<u64>,
}

/// Of the gathered keys of the rows `first..` those under which they are found, in `parts` parts of about the same
/// size, each key in one of them. `sizes` are those of the sets that the keys are of.
pub fn scatter(
    cutting: &Cutting,
    counts: &Counts,
    (keys, ends, sizes): (&[u32], &[u32], &[u32]),
    takes_part: &[bool],
    (first, parts): (u32, usize),
    workers: &Workers,
) -> Result<Scattered> {
    let maker = cutting.maker()?;
    let pieces = workers.map_rows(ends.len(), ROWS_PER_TASK, |range| {
        let (mut found, mut chosen) = (vec![Vec::new(); parts], Vec::new());
        let (mut buffers, mut how_often) = (Buffers::default(), Vec::new());
        for row in range.filter(|row| takes_part[*row]) {
            let keys = of(keys, ends, row);
            counts.0.of(keys, &mut how_often);
            maker.choose(keys, &how_often, sizes[row] as usize, &mut buffers, &mut chosen);
            chosen.sort_unstable();
            chosen.dedup();
            for &key in &chosen {
                // Most keys are low ones.
                let part = (u64::from(key.wrapping_mul(SPREAD)) * parts as u64) >> 32;
                found[part as usize].push((key, first + row as u32));
            }
        }
        Ok(found)
    })?;
    let mut out = Scattered::default();
    for part in 0..parts {
        for piece in &pieces {
            out.keys.extend(piece[part].iter().map(|(key, _)| key));
            out.rows.extend(piece[part].iter().map(|(_, row)| row));
        }
        out.ends.push(out.keys.len() as u64);
    }
    Ok(out)
}

fn of<'a>(keys: &'a [u32], ends: &[u32], row: usize) -> &'a [u32] {
    let start = if row == 0 { 0 } else { ends[row - 1] as usize };
    &keys[start..ends[row] as usize]
}
