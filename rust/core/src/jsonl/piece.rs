//! Files that are read piece by piece, each of whole lines: first a look at all of them, then the rows of any.

use arrow_schema::Fields;

use super::lines::{BLOCK, blocks, without_mark};
use super::read::{Rows, decode, look, number};
use super::shape::Shape;
use crate::error::{Error, Result};
use crate::parallel::Workers;

/// The types of the columns of files that are looked at piece by piece, before any piece is read.
#[derive(Default)]
pub struct Survey(pub(super) Shape);

impl Survey {
    /// Looks at whole lines; `first` says that they begin a file. Gives the number of lines and of rows among them.
    pub fn look(&mut self, piece: &[u8], first: bool, workers: &Workers) -> Result<(usize, usize)> {
        let piece = if first { without_mark(piece) } else { piece };
        let blocks = blocks(&[piece], BLOCK);
        let seen = workers.map_rows(blocks.len(), 1, |block| Ok(look(blocks[block.start].bytes)))?;
        let (mut lines, mut rows) = (0, 0);
        for block in &seen {
            self.0.merge(&block.shape);
            lines += block.count;
            rows += block.lines.len();
        }
        Ok((lines, rows))
    }

    /// The columns that [`read`] would make of all pieces together.
    pub fn columns(&self) -> Result<Fields> {
        let Some((path, keys)) = self.0.too_many_keys() else {
            return Ok(self.0.columns());
        };
        Err(Error::argument(
            "data",
            format!(
                "JSONL with {keys} different keys in {}",
                if path.is_empty() { "its rows" } else { &path }
            ),
            "rows with the same few keys; write a dictionary as a list of key and value",
        ))
    }
}

/// Reads whole lines into columns that a [`Survey`] has found; `first` says that they begin a file. Rows and lines are
/// counted from the beginning of the piece.
pub fn read_piece(piece: &[u8], first: bool, columns: &Fields, workers: &Workers) -> Result<Rows> {
    let piece = if first { without_mark(piece) } else { piece };
    let blocks = blocks(&[piece], BLOCK);
    let both = workers.map_rows(blocks.len(), 1, |block| {
        let bytes = blocks[block.start].bytes;
        let seen = look(bytes);
        let decoded = decode(bytes, &seen, columns)?;
        Ok((seen, decoded))
    })?;
    let (seen, decoded): (Vec<_>, Vec<_>) = both.into_iter().unzip();
    Ok(number(&blocks, &seen, decoded, columns.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::read::{read, tests::back};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_are_read_as_the_whole_is(
            lines in proptest::collection::vec(
                proptest::sample::select(vec![
                    "{\"a\": 1}", "{\"a\": 1.5}", "{\"a\": \"x\", \"b\": null}", "{\"b\": [1]}", "", "oops", "\u{feff}{}",
                ]), 0..30),
            cuts in proptest::collection::vec(1usize..8, 0..10),
        ) {
            let whole: String = lines.iter().map(|line| format!("{line}\n")).collect();
            let workers = Workers::new(Some(2)).unwrap();
            let expected = read(&[whole.as_bytes()], &workers).unwrap();
            let (mut pieces, mut rest): (Vec<&[u8]>, _) = (Vec::new(), whole.as_bytes());
            for cut in cuts {
                let newlines: Vec<usize> = memchr::memchr_iter(b'\n', rest).take(cut).collect();
                let (piece, after) = rest.split_at(newlines.last().map_or(rest.len(), |at| at + 1));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let mut survey = Survey::default();
            let mut counts = Vec::new();
            for (at, piece) in pieces.iter().enumerate() {
                counts.push(survey.look(piece, at == 0, &workers).unwrap());
            }
            let columns = survey.columns().unwrap();
            prop_assert_eq!(&columns, &expected.columns);
            let (mut row, mut line, mut broken, mut values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let (mut rows_before, mut lines_before) = (0, 0);
            for (at, (piece, (lines, rows))) in pieces.iter().zip(counts).enumerate() {
                let read = read_piece(piece, at == 0, &columns, &workers).unwrap();
                row.extend(read.row.iter().map(|row| row + rows_before));
                line.extend(read.line.iter().map(|line| line + lines_before));
                broken.extend(read.broken.iter().map(|one| (one.row + rows_before, one.message.clone())));
                values.extend(back(&read));
                rows_before += rows as i64;
                lines_before += lines as i64;
            }
            let expected_broken = expected.broken.iter().map(|one| (one.row, one.message.clone()));
            prop_assert_eq!((&row, &line), (&expected.row, &expected.line));
            prop_assert_eq!(broken, expected_broken.collect::<Vec<_>>());
            prop_assert_eq!(values, back(&expected));
        }
    }
}
