//! Lines to record batches, in two passes over blocks: the types of all columns, then the values.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, StructArray};
use arrow_json::ReaderBuilder;
use arrow_schema::{ArrowError, DataType, Fields, Schema};

use super::escapes::written_out;
use super::lines::{BLOCK, Block, blocks, is_blank, lines, without_mark};
use super::piece::Survey;
use super::shape::Shape;
use crate::error::{Error, Result};
use crate::parallel::Workers;

/// All rows of some files.
pub struct Rows {
    /// The type of every batch.
    pub columns: Fields,
    /// The rows that are not broken, in order.
    pub batches: Vec<StructArray>,
    /// For each of these rows its position among all rows, broken ones included.
    pub row: Vec<i64>,
    /// For each of these rows the position of its file.
    pub file: Vec<i32>,
    /// For each of these rows its line in that file, counted from 1.
    pub line: Vec<i64>,
    /// The other rows, in order.
    pub broken: Vec<Broken>,
}

/// A line that is no row.
pub struct Broken {
    /// Its position among all rows.
    pub row: i64,
    /// The position of its file.
    pub file: i32,
    /// Its line in that file, counted from 1.
    pub line: i64,
    /// The line's bytes without the newline.
    pub raw: Vec<u8>,
    /// What is wrong with it.
    pub message: String,
}

/// A line that is not blank: its number within the block, its place, and what is wrong with it.
pub(super) struct Line {
    number: usize,
    place: Range<usize>,
    wrong: Option<String>,
}

/// A block after the first pass.
pub(super) struct Seen {
    pub(super) lines: Vec<Line>,
    /// All its lines, blank ones too.
    pub(super) count: usize,
    pub(super) shape: Shape,
}

/// Reads whole files, each a slice of bytes. Only the `Argument` error is possible, for objects with too many
/// keys; broken lines are part of the result.
pub fn read(files: &[&[u8]], workers: &Workers) -> Result<Rows> {
    read_in_blocks(files, BLOCK, workers)
}

fn read_in_blocks(files: &[&[u8]], size: usize, workers: &Workers) -> Result<Rows> {
    let files: Vec<&[u8]> = files.iter().map(|file| without_mark(file)).collect();
    let blocks = blocks(&files, size);
    let seen = workers.map_rows(blocks.len(), 1, |block| Ok(look(blocks[block.start].bytes)))?;
    let mut survey = Survey::default();
    for block in &seen {
        survey.0.merge(&block.shape);
    }
    let columns = survey.columns()?;
    let decoded = workers.map_rows(blocks.len(), 1, |block| {
        decode(blocks[block.start].bytes, &seen[block.start], &columns)
    })?;
    Ok(number(&blocks, &seen, decoded, columns))
}

/// The first pass over a block. It is fast as long as no line is broken; the first one that is starts it again
/// line by line, so that a broken line leaves no trace in the types.
pub(super) fn look(bytes: &[u8]) -> Seen {
    let count = lines(bytes).count();
    let whole = || {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut shape = Shape::default();
        let mut found = Vec::with_capacity(count);
        for (number, place) in lines(bytes) {
            if !is_blank(&bytes[place.clone()]) {
                shape.look(text.get(place.clone())?).ok()?;
                found.push(Line {
                    number,
                    place,
                    wrong: None,
                });
            }
        }
        Some((found, shape))
    };
    let (lines, shape) = whole().unwrap_or_else(|| line_by_line(bytes));
    Seen { lines, count, shape }
}

fn line_by_line(bytes: &[u8]) -> (Vec<Line>, Shape) {
    let mut shape = Shape::default();
    let mut found = Vec::new();
    for (number, place) in lines(bytes) {
        let line = &bytes[place.clone()];
        if !is_blank(line) {
            let wrong = match shape_of(line) {
                Ok(line) => {
                    shape.merge(&line);
                    None
                }
                Err(message) => Some(message),
            };
            found.push(Line { number, place, wrong });
        }
    }
    (found, shape)
}

fn shape_of(line: &[u8]) -> std::result::Result<Shape, String> {
    if i32::try_from(line.len()).is_err() {
        return Err("longer than 2 GiB".to_owned());
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("not valid UTF-8 at byte {}", error.valid_up_to() + 1))?;
    let mut shape = Shape::default();
    shape.look(text)?;
    Ok(shape)
}

/// The second pass over a block: its batch, and for each line what is wrong with it.
pub(super) fn decode(
    bytes: &[u8],
    seen: &Seen,
    columns: &Fields,
) -> Result<(StructArray, Vec<Option<String>>)> {
    let wrong = wrong_lines(bytes, seen, columns);
    let rows = wrong.iter().filter(|wrong| wrong.is_none()).count();
    let schema = Arc::new(Schema::new(columns.clone()));
    let refused = |error: ArrowError| Error::argument("data", error, "JSONL that Arrow can hold");
    let mut decoder = ReaderBuilder::new(schema)
        .with_batch_size(rows.max(1))
        .build_decoder()
        .map_err(refused)?;
    let mut feed = |place: Range<usize>| {
        let json = written_out(&bytes[place]);
        decoder.decode(&json).map(drop).map_err(refused)
    };
    let mut run = 0..0;
    for (line, _) in seen.lines.iter().zip(&wrong).filter(|(_, wrong)| wrong.is_some()) {
        run.end = line.place.start;
        feed(run)?;
        run = line.place.end..line.place.end;
    }
    feed(run.start..bytes.len())?;
    let batch = decoder.flush().map_err(refused)?;
    let batch = match batch {
        Some(batch) => StructArray::from(batch),
        None => StructArray::new_null(columns.clone(), 0),
    };
    if batch.len() == rows {
        Ok((batch, wrong))
    } else {
        let found = format!("{} rows where {rows} were seen", batch.len());
        Err(Error::argument("data", found, "JSONL, one object a line"))
    }
}

fn wrong_lines(bytes: &[u8], seen: &Seen, columns: &Fields) -> Vec<Option<String>> {
    let known = seen.lines.iter().map(|line| line.wrong.clone());
    let wanted = DataType::Struct(columns.clone());
    if seen.shape.misfit(&wanted).is_none() {
        return known.collect();
    }
    let misfit = |line: &Line| shape_of(&bytes[line.place.clone()]).ok()?.misfit(&wanted);
    let lines = seen.lines.iter().zip(known);
    lines
        .map(|(line, known)| known.or_else(|| misfit(line)))
        .collect()
}

/// Gives every line its file, its number there, and its position among all rows.
pub(super) fn number(
    blocks: &[Block<'_>],
    seen: &[Seen],
    decoded: Vec<(StructArray, Vec<Option<String>>)>,
    columns: Fields,
) -> Rows {
    let mut rows = Rows {
        columns,
        batches: Vec::new(),
        row: Vec::new(),
        file: Vec::new(),
        line: Vec::new(),
        broken: Vec::new(),
    };
    let (mut row, mut file, mut first) = (0, 0, 1);
    for ((block, seen), (batch, wrong)) in blocks.iter().zip(seen).zip(decoded) {
        if file != block.file {
            (file, first) = (block.file, 1);
        }
        let file = file as i32;
        for (found, wrong) in seen.lines.iter().zip(wrong) {
            let line = (first + found.number) as i64;
            if let Some(message) = wrong {
                let raw = block.bytes[found.place.clone()].to_vec();
                rows.broken.push(Broken {
                    row,
                    file,
                    line,
                    raw,
                    message,
                });
            } else {
                rows.row.push(row);
                rows.file.push(file);
                rows.line.push(line);
            }
            row += 1;
        }
        first += seen.count;
        if !batch.is_empty() {
            rows.batches.push(batch);
        }
    }
    if rows.batches.is_empty() {
        rows.batches.push(StructArray::new_null(rows.columns.clone(), 0)); // tells the columns
    }
    rows
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn rows(files: &[&[u8]], size: usize, threads: usize) -> Rows {
        read_in_blocks(files, size, &Workers::new(Some(threads)).unwrap()).unwrap()
    }

    /// What is left of the rows once they are written again.
    pub(in crate::jsonl) fn back(rows: &Rows) -> Vec<Value> {
        let workers = Workers::new(Some(1)).unwrap();
        let bytes = rows
            .batches
            .iter()
            .flat_map(|batch| super::super::write(batch, &workers).unwrap());
        let bytes = bytes.flatten().collect::<Vec<u8>>();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    fn complaint(line: &str) -> String {
        let rows = rows(&[format!("{{}}\n{line}\n").as_bytes()], BLOCK, 1);
        assert_eq!((rows.row.len(), rows.broken.len()), (1, 1), "{line}");
        assert_eq!((rows.broken[0].row, rows.broken[0].line), (1, 2));
        assert_eq!(rows.broken[0].raw, line.as_bytes());
        rows.broken[0].message.clone()
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        let cases = [
            ("[1]", "a row must be a JSON object, not a list"),
            ("null", "not null"),
            ("\"text\"", "not a string"),
            ("{\"a\": 1", "EOF while parsing an object at byte 7"),
            ("{\"a\": 1} {\"a\": 2}", "trailing characters at byte 10"),
            ("{\"a\": NaN}", "expected value at byte 7"),
            ("{\"a\": \"\\ud800\"}", "hex escape at byte 14"),
            ("{\"a\": 18446744073709551616}", "an integer beyond 64 bits"),
            ("{\"a\\u0000\": 1}", "holds a NUL"),
        ];
        for (line, says) in cases {
            assert!(complaint(line).contains(says), "{line}: {}", complaint(line));
        }
        assert!(complaint(&format!("{{\"a\": {}{}}}", "[".repeat(70), "]".repeat(70))).contains("deeper"));
    }

    #[test]
    fn lines_are_counted_with_blank_and_broken_ones() {
        let first = b"\xef\xbb\xbf{\"a\": 1}\r\n\n  \n{oops\n{\"a\": \xff}\n{\"a\": 2}";
        for size in [1, 7, BLOCK] {
            let rows = rows(&[first, b"", b"\n{\"a\": 3}\n"], size, 2);
            assert_eq!(rows.row, [0, 3, 4]);
            assert_eq!(rows.file, [0, 0, 2]);
            assert_eq!(rows.line, [1, 6, 2]);
            let broken = rows.broken.iter().map(|line| (line.row, line.file, line.line));
            assert_eq!(broken.collect::<Vec<_>>(), [(1, 0, 4), (2, 0, 5)]);
            assert!(
                rows.broken[1].message.contains("UTF-8 at byte 7"),
                "{}",
                rows.broken[1].message
            );
        }
    }

    #[test]
    fn the_type_of_most_rows_wins() {
        let lines = b"{\"a\": {\"b\": [1]}}\n{\"a\": {\"b\": [\"x\"]}}\n{\"a\": {\"b\": [\"y\", \"z\"]}}\n";
        let rows = rows(&[lines], 10, 1);
        assert_eq!(rows.row, [1, 2]);
        let message = "'a.b[]' is a number here, but most rows have strings";
        assert_eq!(rows.broken[0].message, message);
    }

    #[test]
    fn integers_are_kept_exactly_or_refused() {
        let text = b"{\"a\": 18446744073709551615}\n{\"a\": 1}\n";
        assert_eq!(back(&rows(&[text], BLOCK, 1))[0]["a"], u64::MAX);
        let text = b"{\"a\": 18446744073709551615}\n{\"a\": -1}\n{\"a\": -1}\n";
        assert_eq!(rows(&[text], BLOCK, 1).broken[0].line, 1);
        let text = b"{\"a\": 9007199254740993}\n{\"a\": 0.5}\n{\"a\": 9007199254740992}\n";
        let kept = rows(&[text], BLOCK, 1);
        assert_eq!(kept.broken[0].line, 1);
        assert_eq!(back(&kept)[1]["a"], 9_007_199_254_740_992.0);
    }

    #[test]
    fn missing_stays_missing_and_null_stays_null() {
        let text = "{\"a\":null,\"b\":[{\"c\":1},{\"d\":2}]}\n{\"a\":1,\"e\":2}\n";
        let expected = text.lines().map(|line| serde_json::from_str(line).unwrap());
        assert_eq!(
            back(&rows(&[text.as_bytes()], 1, 1)),
            expected.collect::<Vec<Value>>()
        );
    }

    #[test]
    fn a_dictionary_of_data_is_no_row() {
        let text: String = (0..1100)
            .map(|key| format!("{{\"a\": {{\"k{key}\": 1}}}}\n"))
            .collect();
        let error = read(&[text.as_bytes()], &Workers::new(Some(1)).unwrap());
        assert!(error.is_err_and(|error| error.to_string().contains("1100 different keys in a")));
    }

    fn text() -> impl Strategy<Value = Value> {
        proptest::option::of(".{0,6}").prop_map(Value::from)
    }

    proptest! {
        #[test]
        fn rows_come_back(
            a in proptest::collection::vec((text(), proptest::option::of(any::<i64>()),
                proptest::option::of(any::<i32>()), proptest::collection::vec(text(), 0..3)), 1..40),
            size in 1..200usize,
        ) {
            let values: Vec<Value> = a.into_iter()
                .map(|(t, i, f, l)| {
                    let float = f.map(|eighths| f64::from(eighths) / 8.0);
                    serde_json::json!({"t": t, "i": i, "f": float, "l": {"l": l, "i": i}})
                })
                .collect();
            let text: String = values.iter().map(|value| format!("{value}\n")).collect();
            prop_assert_eq!(&back(&rows(&[text.as_bytes()], size, 2)), &values);
        }

        #[test]
        fn no_line_is_lost_in_corrupted_bytes(
            lines in proptest::collection::vec("[{}\\[\\]\":,a1.e\\-\\\\ n\n]{0,12}", 0..20),
            wild in proptest::collection::vec(any::<u8>(), 0..40),
            size in 1..64usize,
        ) {
            let mut bytes = lines.join("\n").into_bytes();
            bytes.extend(wild);
            let rows = rows(&[&bytes], size, 2);
            let expected = bytes.split(|byte| *byte == b'\n').filter(|line| !is_blank(line)).count();
            let batches = rows.batches.iter().map(Array::len).sum::<usize>();
            prop_assert_eq!(batches, rows.row.len());
            prop_assert_eq!(batches + rows.broken.len(), expected);
            let mut all: Vec<i64> = rows.row.iter().copied().chain(rows.broken.iter().map(|b| b.row)).collect();
            all.sort_unstable();
            prop_assert!(all.into_iter().eq(0..expected as i64));
        }
    }
}
