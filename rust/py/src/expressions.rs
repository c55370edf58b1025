//! The kernels as expressions: columns and keyword arguments in, one column out, without Python.
//!
//! One variant for each kernel. Polars asks for the type of a result before there are rows; the answer is what the
//! kernel gives for none, so that a wrong column or argument is an error of the plan, not of the run.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, FixedSizeBinaryArray, LargeBinaryArray, UInt32Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, Field};
use arrow_select::concat::concat;
use arrow_select::take::take;
use fastcurate_core::minhash::MinHash;
use fastcurate_core::normalize::Options;
use fastcurate_core::parallel::Workers;
use fastcurate_core::shingle::Shingle;
use fastcurate_core::text::{ChatColumn, ChatPart, TextColumn};
use fastcurate_core::tokens::{count_chat, count_tokens};
use fastcurate_core::{Error, Result, fingerprint, minhash, normalize, simhash, similarity};
use serde::Deserialize;

use crate::arrow_out::ArrowArray;
use crate::functions::tokens::kept;

/// From so many rows on it pays to wake our own threads. They are shared by all calls of a process, so that an engine
/// that calls from several threads at once waits for them instead of competing with them.
const FEW_ROWS: usize = 8192;

/// A column: its type and name, and at least one chunk.
pub(crate) struct Column {
    pub(crate) field: Field,
    pub(crate) arrays: Vec<ArrayRef>,
}

/// A kernel with its arguments, as `fastcurate.polars` sends them.
#[derive(Deserialize)]
#[serde(tag = "kernel", rename_all = "snake_case")]
enum Expression {
    CountTokens {
        tokenizer: String,
        add_special_tokens: bool,
    },
    Fingerprint,
    Minhash {
        num_perm: usize,
        shingle: String,
        seed: u64,
        algorithm: String,
    },
    MinhashSimilarity,
    Normalize {
        options: BTreeMap<String, String>,
    },
    Simhash {
        shingle: String,
    },
    Similarity {
        shingle: String,
    },
}

/// Runs the kernel that the pickled keyword arguments name. Chunks come back as the kernel gives them, at least one.
pub(crate) fn evaluate(columns: &[Column], options: &[u8]) -> std::result::Result<Vec<ArrayRef>, String> {
    let refused = |what: String| format!("the arguments of the expression cannot be read: {what}");
    let json = pickled(options).ok_or_else(|| refused("not a dictionary of one text".to_owned()))?;
    let expression = serde_json::from_str(json).map_err(|error| refused(error.to_string()))?;
    let rows = columns.iter().map(rows_of).max().unwrap_or(0);
    let workers = if rows < FEW_ROWS {
        Workers::inline()
    } else {
        Workers::new(None).map_err(|error| error.to_string())?
    };
    match columns {
        [one] => unary(&expression, one, &workers).map_err(|error| error.to_string()),
        [a, b] => {
            let (a, b) = (stretched(a, rows)?, stretched(b, rows)?);
            let out = binary(&expression, &a, &b, &workers).map_err(|error| error.to_string())?;
            Ok(vec![out])
        }
        _ => Err(format!("expected one column or two, got {}", columns.len())),
    }
}

/// The text in a pickled `{"json": text}`. Polars pickles keyword arguments, protocol 5; of that language this is all
/// we speak, which leaves nothing to execute.
fn pickled(bytes: &[u8]) -> Option<&str> {
    let (mut value, framed) = (bytes.strip_prefix(b"\x80\x05")?, b"\x95");
    if let Some(rest) = value.strip_prefix(framed) {
        value = rest.get(8..)?; // the length of what follows
    }
    let value = value
        .strip_prefix(b"}\x94\x8c\x04json\x94")?
        .strip_suffix(b"\x94s.")?;
    // A text begins with its length, in one byte, four or eight.
    let (length, text) = match value.split_first()? {
        (0x8c, rest) => (u64::from(*rest.first()?), &rest[1..]),
        (b'X', rest) => (u64::from(u32::from_le_bytes(*rest.first_chunk()?)), &rest[4..]),
        (0x8d, rest) => (u64::from_le_bytes(*rest.first_chunk()?), &rest[8..]),
        _ => return None,
    };
    std::str::from_utf8(text)
        .ok()
        .filter(|text| text.len() as u64 == length)
}

fn unary(expression: &Expression, column: &Column, workers: &Workers) -> Result<Vec<ArrayRef>> {
    let text = || TextColumn::new(&column.arrays);
    let one = |array: ArrayRef| Ok(vec![array]);
    match expression {
        Expression::Normalize { options } => {
            let mut wanted = Options::KEEP;
            for (name, value) in options {
                wanted.set(name, value)?;
            }
            let out = normalize::normalize(&column.arrays, &wanted, workers)?;
            Ok(ArrowArray::strings(&out)
                .into_iter()
                .map(|array| array.0)
                .collect())
        }
        Expression::Fingerprint => one(Arc::new(binary_of(&fingerprint::fingerprint(&text()?, workers)?))),
        Expression::Minhash {
            num_perm,
            shingle,
            seed,
            algorithm,
        } => {
            let minhash = MinHash::new(*num_perm, Shingle::parse(shingle)?, *seed, algorithm)?;
            one(Arc::new(minhash.signatures(&text()?, workers)?))
        }
        Expression::Simhash { shingle } => one(Arc::new(simhash::simhash(
            &text()?,
            Shingle::parse(shingle)?,
            workers,
        )?)),
        Expression::CountTokens {
            tokenizer,
            add_special_tokens,
        } => {
            let counter = &*kept(tokenizer)?;
            let chat = matches!(
                column.field.data_type(),
                DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..)
            );
            one(Arc::new(if chat {
                let chat = ChatColumn::new(&column.arrays, ChatPart::Messages, true)?;
                count_chat(&chat, rows_of(column), counter, *add_special_tokens, workers)?
            } else {
                count_tokens(&text()?, counter, *add_special_tokens, workers)?
            }))
        }
        Expression::MinhashSimilarity | Expression::Similarity { .. } => Err(wrong_number("two columns", 1)),
    }
}

fn binary(expression: &Expression, a: &Column, b: &Column, workers: &Workers) -> Result<ArrayRef> {
    match expression {
        Expression::MinhashSimilarity => {
            let (a, b) = (whole(a)?, whole(b)?);
            Ok(Arc::new(minhash::minhash_similarity(&a, &b)?))
        }
        Expression::Similarity { shingle } => {
            let (a, b) = (TextColumn::new(&a.arrays)?, TextColumn::new(&b.arrays)?);
            let shingle = Shingle::parse(shingle)?;
            Ok(Arc::new(similarity::similarity(&a, &b, shingle, workers)?))
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

/// Polars has no binary of fixed width. The values stay where they are.
fn binary_of(array: &FixedSizeBinaryArray) -> LargeBinaryArray {
    let width = array.value_length() as usize;
    let offsets = OffsetBuffer::from_lengths(std::iter::repeat_n(width, array.len()));
    LargeBinaryArray::new(offsets, array.values().clone(), array.nulls().cloned())
}
