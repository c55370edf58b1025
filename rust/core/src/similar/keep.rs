//! What the keep policies `longest` and `shortest` go by.

use std::sync::Arc;

use crate::error::Result;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;

/// The number of code points of every row over all its texts; a null counts as empty.
pub fn code_points(texts: &[Arc<dyn Text>], workers: &Workers) -> Result<Vec<i64>> {
    let rows = texts.first().map_or(0, |text| text.len());
    let parts = workers.map_rows(rows, ROWS_PER_TASK, |range| {
        let mut scratch = String::new();
        let mut of_row = |row: usize| {
            let lengths = texts
                .iter()
                .map(|text| text.read(row, &mut scratch).chars().count());
            lengths.sum::<usize>() as i64
        };
        Ok(range.map(&mut of_row).collect::<Vec<_>>())
    })?;
    Ok(parts.concat())
}
