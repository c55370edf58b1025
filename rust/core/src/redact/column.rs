//! Rows of a column: only those with finds are rebuilt, and an array in which there is none is its own result.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeStringArray, StringArray, StringViewArray, make_array};
use arrow_data::transform::{Capacities, MutableArrayData};
use arrow_schema::DataType;

use super::{Redactor, Scratch};
use crate::error::{Error, Result};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::TextColumn;

/// The texts with their finds replaced, and a record of every find.
#[derive(Default)]
pub struct Redacted {
    /// The chunks as they came, but for the rows with finds.
    pub chunks: Vec<ArrayRef>,
    /// The row of each find, in the whole column.
    pub rows: Vec<i64>,
    /// Its first character in the row as it came.
    pub starts: Vec<i64>,
    /// The character behind it.
    pub ends: Vec<i64>,
    /// The name of its kind.
    pub kinds: Vec<String>,
    /// What stands in its place.
    pub replacements: Vec<String>,
}

/// A row that changes.
struct Changed {
    row: usize,
    text: String,
}

/// Every chunk with what is found replaced; null in, null out. Chunks without finds come back as they are; dictionaries with
/// finds come back as plain strings.
pub fn redact(chunks: &[ArrayRef], redactor: &Redactor, workers: &Workers) -> Result<Redacted> {
    TextColumn::new(chunks)?; // for its error about other types
    let mut out = Redacted::default();
    let mut first = 0;
    for chunk in chunks {
        let text = TextColumn::new(std::slice::from_ref(chunk))?;
        let parts = workers.map_rows(text.len(), ROWS_PER_TASK, |range| {
            let mut scratch = Scratch::default();
            let (mut part, mut changed) = (Redacted::default(), Vec::new());
            for (row, text) in range.clone().zip(text.iter(range)) {
                if let Some(text) =
                    text.and_then(|text| rewrite(text, first + row, redactor, &mut scratch, &mut part))
                {
                    changed.push(Changed { row, text });
                }
            }
            Ok((part, changed))
        })?;
        let mut changed = Vec::new();
        for (part, rows) in parts {
            out.rows.extend(part.rows);
            out.starts.extend(part.starts);
            out.ends.extend(part.ends);
            out.kinds.extend(part.kinds);
            out.replacements.extend(part.replacements);
            changed.extend(rows);
        }
        first += text.len();
        out.chunks.push(rebuilt(chunk, &text, changed)?);
    }
    Ok(out)
}

fn rewrite(
    text: &str,
    row: usize,
    redactor: &Redactor,
    scratch: &mut Scratch,
    part: &mut Redacted,
) -> Option<String> {
    let finds = redactor.find(text, scratch);
    if finds.is_empty() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let (mut behind, mut characters) = (0, 0);
    for find in finds {
        let found = &text[find.start..find.end];
        let start = characters + text[behind..find.start].chars().count();
        characters = start + found.chars().count();
        out.push_str(&text[behind..find.start]);
        let place = out.len();
        redactor.replace(find.kind, found, &mut out);
        behind = find.end;
        part.rows.push(row as i64);
        part.starts.push(start as i64);
        part.ends.push(characters as i64);
        part.kinds.push(redactor.name(find.kind).to_owned());
        part.replacements.push(out[place..].to_owned());
    }
    out.push_str(&text[behind..]);
    Some(out)
}

/// `chunk` with these rows exchanged; the runs of rows between them are copied as one (of views, only the views are).
fn rebuilt(chunk: &ArrayRef, text: &TextColumn, changed: Vec<Changed>) -> Result<ArrayRef> {
    if changed.is_empty() {
        return Ok(Arc::clone(chunk));
    }
    let (rows, texts): (Vec<usize>, Vec<String>) =
        changed.into_iter().map(|each| (each.row, each.text)).unzip();
    let bytes = text.iter(0..text.len()).flatten().map(str::len).sum::<usize>()
        + texts.iter().map(String::len).sum::<usize>();
    let plain = match chunk.data_type() {
        DataType::Utf8 if i32::try_from(bytes).is_ok() => Arc::clone(chunk),
        DataType::LargeUtf8 | DataType::Utf8View => Arc::clone(chunk),
        _ => Arc::new(text.iter(0..text.len()).collect::<LargeStringArray>()),
    };
    let texts: ArrayRef = match plain.data_type() {
        DataType::Utf8 => Arc::new(StringArray::from_iter_values(texts)),
        DataType::Utf8View => Arc::new(StringViewArray::from_iter_values(texts)),
        _ => Arc::new(LargeStringArray::from_iter_values(texts)),
    };
    let capacity = match plain.as_string_view_opt() {
        Some(_) => Capacities::Array(plain.len()),
        None => Capacities::Binary(plain.len(), Some(bytes)),
    };
    let (plain, texts) = (plain.to_data(), texts.to_data());
    let mut out = MutableArrayData::with_capacities(vec![&plain, &texts], false, capacity);
    let mut copy = |source, from, to| {
        out.try_extend(source, from, to)
            .map_err(|error| Error::row(from, error))
    };
    let mut next = 0;
    for (position, row) in rows.into_iter().enumerate() {
        copy(0, next, row)?;
        copy(1, position, position + 1)?;
        next = row + 1;
    }
    copy(0, next, text.len())?;
    Ok(make_array(out.freeze()))
}
