//! Rows that must share a bin, as one item: the rows of a group end to end.

use super::super::LONGEST;
use super::constrained::ALONE;
use crate::error::{Error, Result};

/// Groups of rows in the order of their first rows. Rows without tokens are in none.
pub(super) struct Items {
    /// Tokens of each item.
    pub(super) lengths: Vec<u32>,
    /// Rows of each item.
    pub(super) weights: Vec<u32>,
    rows: Vec<u32>,
    ends: Vec<u32>,
}

impl Items {
    /// Rows of one group are one item, rows of none one each.
    pub(super) fn of(lengths: &[u32], groups: &[u32]) -> Result<Self> {
        let named = || groups.iter().copied().filter(|group| *group != ALONE);
        let mut item_of_group = vec![ALONE; named().max().map_or(0, |group| group as usize + 1)];
        let (mut sums, mut weights): (Vec<u64>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut item_of_row = vec![ALONE; lengths.len()];
        for (row, (&length, &group)) in lengths
            .iter()
            .zip(groups)
            .enumerate()
            .filter(|(_, (length, _))| **length > 0)
        {
            let known = if group == ALONE {
                ALONE
            } else {
                item_of_group[group as usize]
            };
            let item = if known == ALONE { sums.len() as u32 } else { known };
            if known == ALONE {
                sums.push(0);
                weights.push(0);
                if group != ALONE {
                    item_of_group[group as usize] = item;
                }
            }
            sums[item as usize] += u64::from(length);
            weights[item as usize] += 1;
            item_of_row[row] = item;
        }
        if let Some(item) = sums.iter().position(|sum| *sum > u64::from(LONGEST)) {
            let row = item_of_row
                .iter()
                .position(|of| *of as usize == item)
                .unwrap_or_default();
            let message = format!(
                "the rows of its group have {} tokens, more than {LONGEST}",
                sums[item]
            );
            return Err(Error::row(row, message));
        }
        let mut ends: Vec<u32> = weights
            .iter()
            .scan(0, |start, weight| Some(std::mem::replace(start, *start + weight)))
            .collect();
        let mut rows = vec![0; weights.iter().sum::<u32>() as usize];
        for (row, item) in (0u32..).zip(&item_of_row).filter(|(_, item)| **item != ALONE) {
            let end = &mut ends[*item as usize];
            rows[*end as usize] = row;
            *end += 1;
        }
        Ok(Self {
            lengths: sums.into_iter().map(|sum| sum as u32).collect(),
            weights,
            rows,
            ends,
        })
    }

    /// The rows of an item, ascending.
    pub(super) fn rows(&self, item: usize) -> &[u32] {
        &self.rows[(self.ends[item] - self.weights[item]) as usize..self.ends[item] as usize]
    }
}
