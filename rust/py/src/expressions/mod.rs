//! The kernels as expressions: columns and keyword arguments in, one column out, without Python.
//!
//! One variant of [`Kernel`] for each. Polars asks for the type of a result before there are rows; the answer is what the
//! kernel gives for none, so that a wrong column or argument is an error of the plan, not of the run.

mod answers;
mod kernel;
mod pickle;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, UInt32Array};
use arrow_schema::{DataType, Field};
use arrow_select::concat::concat;
use arrow_select::take::take;
use fastcurate_core::parallel::Workers;
use fastcurate_core::text::{ChatColumn, ChatPart, Text, TextColumn};
use fastcurate_core::tokens::{count_chat, count_tokens};
use fastcurate_core::wordlist::find_words;
use fastcurate_core::{Error, Result, fingerprint, minhash, normalize, quality, redact, simhash, similarity};

use crate::arrow_out::ArrowArray;
use kernel::Kernel;

/// From so many bytes on it pays to wake our own threads: the fastest kernel has tens of microseconds to do with them.
/// The threads are shared by all calls of a process, so that an engine that calls from several threads at once waits
/// for them instead of competing with them.
const FEW_BYTES: usize = 1 << 18;

/// A column: its type and name, and at least one chunk.
pub(crate) struct Column {
    pub(crate) field: Field,
    pub(crate) arrays: Vec<ArrayRef>,
}

/// Runs the kernel that the pickled keyword arguments name. Chunks come back as the kernel gives them, at least one, all
/// of one type.
pub(crate) fn evaluate(columns: &[Column], options: &[u8]) -> std::result::Result<Vec<ArrayRef>, String> {
    let unread = || "the arguments of the expression cannot be read: not a dictionary of one text".to_owned();
    let kernel = &*Kernel::of(pickle::pickled(options).ok_or_else(unread)?)?;
    let rows = columns.iter().map(rows_of).max().unwrap_or(0);
    let bytes: usize = columns.iter().flat_map(|column| &column.arrays).map(size).sum();
    let workers = if bytes < FEW_BYTES {
        Workers::inline()
    } else {
        Workers::new(None).map_err(|error| error.to_string())?
    };
    match columns {
        [one] => unary(kernel, one, &workers).map_err(|error| error.to_string()),
        [a, b] => {
            let (a, b) = (stretched(a, rows)?, stretched(b, rows)?);
            let out = binary(kernel, &a, &b, &workers).map_err(|error| error.to_string())?;
            Ok(vec![out])
        }
        _ => Err(format!("expected one column or two, got {}", columns.len())),
    }
}

fn unary(kernel: &Kernel, column: &Column, workers: &Workers) -> Result<Vec<ArrayRef>> {
    let text = || TextColumn::new(&column.arrays);
    let one = |array: ArrayRef| Ok(vec![array]);
    match kernel {
        Kernel::Normalize(cleaner) => {
            let out = normalize::normalize(&column.arrays, cleaner, workers)?;
            let strings = ArrowArray::strings(&out).into_iter();
            Ok(strings.map(|array| array.0).collect())
        }
        Kernel::Redact(redactor) => {
            let out = redact::redact(&column.arrays, redactor, workers)?;
            answers::strings(column.field.data_type(), out.chunks)
        }
        Kernel::FindPersonalData(redactor) => {
            let out = redact::redact(&column.arrays, redactor, workers)?;
            one(answers::finds(&out, &text()?)?)
        }
        Kernel::FindWords { list, shown } => {
            let found = find_words(&*text_or_chat(column)?, list, workers)?;
            one(answers::named(&found, shown)?)
        }
        Kernel::Quality(wanted) => one(Arc::new(quality::quality(
            &*text_or_chat(column)?,
            wanted,
            workers,
        )?)),
        Kernel::Fingerprint => {
            let digests = fingerprint::fingerprint(&text()?, workers)?;
            one(Arc::new(answers::binary(&digests)))
        }
        Kernel::Minhash(minhash) => one(Arc::new(minhash.signatures(&text()?, workers)?)),
        Kernel::Simhash(shingle) => one(Arc::new(simhash::simhash(&text()?, *shingle, workers)?)),
        Kernel::CountTokens {
            counter,
            add_special_tokens,
        } => one(Arc::new(if is_chat(column) {
            let chat = ChatColumn::new(&column.arrays, ChatPart::Messages, true)?;
            count_chat(&chat, rows_of(column), counter, *add_special_tokens, workers)?
        } else {
            count_tokens(&text()?, counter, *add_special_tokens, workers)?
        })),
        Kernel::MinhashSimilarity | Kernel::Similarity(_) => Err(wrong_number("two columns", 1)),
    }
}

fn binary(kernel: &Kernel, a: &Column, b: &Column, workers: &Workers) -> Result<ArrayRef> {
    match kernel {
        Kernel::MinhashSimilarity => {
            let (a, b) = (whole(a)?, whole(b)?);
            Ok(Arc::new(minhash::minhash_similarity(&a, &b)?))
        }
        Kernel::Similarity(shingle) => {
            let (a, b) = (TextColumn::new(&a.arrays)?, TextColumn::new(&b.arrays)?);
            Ok(Arc::new(similarity::similarity(&a, &b, *shingle, workers)?))
        }
        _ => Err(wrong_number("one column", 2)),
    }
}

fn wrong_number(expected: &'static str, got: usize) -> Error {
    Error::argument("the expression", got, expected)
}

fn rows_of(column: &Column) -> usize {
    column.arrays.iter().map(Array::len).sum()
}

/// Bytes that the rows of this array take, about.
fn size(array: &ArrayRef) -> usize {
    match array.as_string_view_opt() {
        Some(texts) => texts.lengths().map(|length| length as usize).sum(),
        None => array.to_data().get_slice_memory_size().unwrap_or(0),
    }
}

fn is_chat(column: &Column) -> bool {
    let kind = column.field.data_type();
    matches!(
        kind,
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)
    )
}

/// A column of text, or the contents of conversations without their system turns.
fn text_or_chat(column: &Column) -> Result<Box<dyn Text>> {
    Ok(if is_chat(column) {
        Box::new(ChatColumn::new(&column.arrays, ChatPart::Messages, false)?)
    } else {
        Box::new(TextColumn::new(&column.arrays)?)
    })
}

fn whole(column: &Column) -> Result<ArrayRef> {
    let arrays: Vec<&dyn Array> = column.arrays.iter().map(AsRef::as_ref).collect();
    concat(&arrays).map_err(|error| Error::argument("the column", error, "one that can be joined"))
}

/// A column of a single row beside longer ones stands for all of them: that is how literals come.
fn stretched(column: &Column, rows: usize) -> std::result::Result<Column, String> {
    let mut arrays = column.arrays.clone();
    if rows_of(column) == 1 && rows != 1 {
        let single = whole(column).map_err(|error| error.to_string())?;
        let again = UInt32Array::from(vec![0; rows]);
        arrays = vec![take(&single, &again, None).map_err(|error| error.to_string())?];
    }
    Ok(Column {
        field: column.field.clone(),
        arrays,
    })
}
