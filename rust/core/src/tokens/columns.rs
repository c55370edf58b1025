//! Counts of whole columns: Arrow in, Arrow out.

use std::sync::Arc;

use arrow_array::{Int32Array, ListArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use crate::error::{Error, Result};
use crate::parallel::Workers;
use crate::text::{ChatColumn, TextColumn};

use super::counter::TokenCounter;

/// Text in one task: counting so much takes far longer than taking a task, and the last tasks leave nobody waiting long.
const BYTES_PER_TASK: usize = 1 << 16;
/// Rows in one task at most, and where it is not known how long they are.
const ROWS_PER_TASK: usize = 512;

/// The tokens of every row.
pub fn count_tokens(
    text: &TextColumn,
    counter: &TokenCounter,
    add_special_tokens: bool,
    workers: &Workers,
) -> Result<Int32Array> {
    let rows = text.len();
    let bytes: usize = text.iter(0..rows).flatten().map(str::len).sum();
    let step = (rows * BYTES_PER_TASK / bytes.max(1)).clamp(1, ROWS_PER_TASK);
    let counts = count_rows(rows, step, counter, workers, |row, count| match text.get(row) {
        None => Ok(0),
        Some(text) => count(text, add_special_tokens),
    })?;
    Ok(Int32Array::new(counts.into(), text.nulls()))
}

/// The tokens of every conversation: the sum over the contents of its turns. Special tokens are added once a
/// conversation.
pub fn count_chat(
    chat: &ChatColumn,
    rows: usize,
    counter: &TokenCounter,
    add_special_tokens: bool,
    workers: &Workers,
) -> Result<Int32Array> {
    let counts = count_rows(rows, ROWS_PER_TASK / 4, counter, workers, |row, count| {
        let mut sum = 0;
        for (turn, (_, content)) in chat.turns(row).into_iter().flatten().enumerate() {
            sum += count(content.unwrap_or_default(), add_special_tokens && turn == 0)?;
        }
        Ok(sum)
    })?;
    let valid: Vec<bool> = (0..rows).map(|row| chat.turns(row).is_some()).collect();
    let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
    Ok(Int32Array::new(counts.into(), nulls))
}

/// Where the tokens of every row end: see [`TokenCounter::ends`].
pub fn token_ends(text: &TextColumn, counter: &TokenCounter, workers: &Workers) -> Result<ListArray> {
    let pieces = workers.map_rows(text.len(), ROWS_PER_TASK, |rows| {
        let mut work = counter.enter();
        let (mut lengths, mut out, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            ends.clear();
            if let Some(text) = text.get(row) {
                i32::try_from(text.len()).map_err(|_| Error::row(row, "2 GiB of text or more; split it"))?;
                let expected = "a tokenizer whose token boundaries are known (see `engine`)";
                let done = counter.ends_with(text, &mut work, &mut ends);
                done.map_err(|problem| Error::argument("tokenizer", problem, expected))?;
            }
            lengths.push(ends.len());
            out.extend(ends.iter().map(|end| *end as i32));
        }
        counter.leave(work);
        Ok((lengths, out))
    })?;
    let lengths = pieces.iter().flat_map(|(lengths, _)| lengths.iter().copied());
    let tokens: usize = pieces.iter().map(|(_, ends)| ends.len()).sum();
    i32::try_from(tokens).map_err(|_| {
        Error::argument(
            "text",
            format!("{tokens} tokens"),
            "fewer than 2^31 at once; give it in parts",
        )
    })?;
    let offsets = OffsetBuffer::from_lengths(lengths);
    let ends: Vec<i32> = pieces.into_iter().flat_map(|(_, ends)| ends).collect();
    let field = Arc::new(Field::new_list_field(DataType::Int32, false));
    Ok(ListArray::new(
        field,
        offsets,
        Arc::new(Int32Array::from(ends)),
        text.nulls(),
    ))
}

type Count<'a> = &'a mut dyn FnMut(&str, bool) -> std::result::Result<usize, String>;

/// `row` for every row in parallel, `step` rows at a time, with a function that counts one text.
fn count_rows(
    rows: usize,
    step: usize,
    counter: &TokenCounter,
    workers: &Workers,
    row: impl Fn(usize, Count<'_>) -> std::result::Result<usize, String> + Sync,
) -> Result<Vec<i32>> {
    let mut counts = vec![0i32; rows];
    workers.fill(&mut counts, 1, step, |first, piece| {
        let mut work = counter.enter();
        for (at, out) in (first..).zip(piece) {
            let count = row(at, &mut |text, special| {
                counter.count_with(text, special, &mut work)
            })
            .map_err(|problem| Error::row(at, format!("the tokenizer refuses the text ({problem})")))?;
            *out = i32::try_from(count)
                .map_err(|_| Error::row(at, "more tokens than an int32 holds; split the text"))?;
        }
        counter.leave(work);
        Ok(())
    })?;
    Ok(counts)
}
