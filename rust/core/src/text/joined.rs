//! Several columns as one text, joined by newlines: the inner list of `on=[["instruction", "input"], "output"]`.

use std::sync::Arc;

use super::Text;

/// One text a row: the columns' texts joined by newlines. A null counts as empty, and a row is null only where
/// every column is; beside other entries that are not null it still has its newlines.
pub struct Joined {
    columns: Vec<Arc<dyn Text>>,
}

impl Joined {
    /// The columns must have the same number of rows.
    pub fn new(columns: Vec<Arc<dyn Text>>) -> Self {
        debug_assert!(columns.windows(2).all(|pair| pair[0].len() == pair[1].len()));
        Self { columns }
    }
}

impl Text for Joined {
    fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.len())
    }

    fn is_null(&self, row: usize) -> bool {
        self.columns.iter().all(|column| column.is_null(row))
    }

    fn read<'a>(&'a self, row: usize, scratch: &'a mut String) -> &'a str {
        let (mut joined, mut part) = (std::mem::take(scratch), String::new());
        joined.clear();
        for (position, column) in self.columns.iter().enumerate() {
            if position > 0 {
                joined.push('\n');
            }
            joined.push_str(column.read(row, &mut part));
        }
        *scratch = joined;
        scratch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextColumn;
    use arrow_array::{ArrayRef, StringArray};

    fn column(rows: [Option<&str>; 3]) -> Arc<dyn Text> {
        Arc::new(TextColumn::new(&[Arc::new(StringArray::from_iter(rows)) as ArrayRef]).unwrap())
    }

    #[test]
    fn a_null_is_empty_beside_a_text_and_null_beside_nulls() {
        let joined = Joined::new(vec![
            column([Some("a"), None, None]),
            column([Some("b"), Some("c"), None]),
        ]);
        let mut scratch = String::from("left over");
        assert_eq!(joined.len(), 3);
        let rows: Vec<_> = (0..3)
            .map(|row| joined.read(row, &mut scratch).to_owned())
            .collect();
        assert_eq!(rows, ["a\nb", "\nc", "\n"]);
        assert_eq!(
            (0..3).map(|row| joined.is_null(row)).collect::<Vec<_>>(),
            [false, false, true]
        );
    }
}
