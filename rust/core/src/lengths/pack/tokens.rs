//! A packing done to the tokens themselves: the lists of a column (`input_ids`, `labels`) laid end to end, bin by bin.
//!
//! One copy of every piece, whatever the type of the tokens. A null row, or one that is shorter than the packing took it
//! for, is an error that names the row.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, make_array};
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;

use crate::error::{Error, Result};
use crate::parallel::Workers;

const PIECES_PER_CHECK: usize = 1 << 12;

/// Where the tokens of a piece come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The row, counted over all chunks.
    pub row: i64,
    /// Its first token in that row.
    pub start: i64,
    /// How many tokens.
    pub length: i32,
}

/// The tokens of all pieces, one after the other, from the chunks of a column of lists.
pub fn gather(
    chunks: &[ArrayRef],
    pieces: impl Iterator<Item = Source>,
    workers: &Workers,
) -> Result<ArrayRef> {
    match chunks.first().map(Array::data_type) {
        Some(DataType::List(_)) => of_lists::<i32>(chunks, pieces, workers),
        Some(DataType::LargeList(_)) => of_lists::<i64>(chunks, pieces, workers),
        Some(other) => Err(Error::wrong_type(
            "a packed column",
            other,
            "a column of lists of tokens",
        )),
        None => Err(Error::wrong_type(
            "a packed column",
            "nothing",
            "a column of lists of tokens",
        )),
    }
}

fn of_lists<O: OffsetSizeTrait>(
    chunks: &[ArrayRef],
    pieces: impl Iterator<Item = Source>,
    workers: &Workers,
) -> Result<ArrayRef> {
    let lists: Vec<_> = chunks.iter().map(AsArray::as_list::<O>).collect();
    let values: Vec<_> = lists.iter().map(|list| list.values().to_data()).collect();
    let mut first_rows = vec![0usize];
    first_rows.extend(lists.iter().scan(0, |rows, list| {
        *rows += list.len();
        Some(*rows)
    }));
    let rows = first_rows[lists.len()];
    let total = lists.iter().map(|list| list.values().len()).sum();
    let mut out = MutableArrayData::with_capacities(values.iter().collect(), false, Capacities::Array(total));
    for (number, piece) in pieces.enumerate() {
        if number % PIECES_PER_CHECK == 0 {
            workers.check()?;
        }
        let row = piece.row as usize;
        if row >= rows {
            let expected = format!("that of the lengths that were packed: row {row} is packed");
            return Err(Error::argument("the number of rows", rows, expected));
        }
        let chunk = first_rows.partition_point(|first| *first <= row) - 1;
        let (list, at) = (lists[chunk], row - first_rows[chunk]);
        if list.is_null(at) {
            return Err(Error::row(
                row,
                "the packed column is null; it has no tokens to pack",
            ));
        }
        let [from, to] = [at, at + 1].map(|at| list.value_offsets()[at].as_usize());
        let start = from + piece.start as usize;
        let end = start + piece.length as usize;
        if end > to {
            let message = format!(
                "the packed column has {} tokens, but {} were packed; pack the lengths of this very column",
                to - from,
                piece.start + i64::from(piece.length)
            );
            return Err(Error::row(row, message));
        }
        out.try_extend(chunk, start, end).map_err(|_| {
            Error::row(
                row,
                "the packed column has more tokens than Arrow can hold in one; pack it in parts",
            )
        })?;
    }
    Ok(make_array(out.freeze()))
}
