//! Named numbers about every text, measured in one walk: lengths, characters, words, lines, repetition ...
//!
//! What each signal is stands in `tests/reference/quality.py`, with its source; `docs/quality.md` lists them. Null in, null
//! out; of the empty text, counts are 0, parts of nothing are 0, and the compression ratio is 1.
//!
//! [`marks`] looks at the bytes once; the families read its bits. Every family is linear in the bytes of the text.

mod bits;
mod characters;
mod classes;
mod code;
mod columns;
mod compression;
mod entropy;
mod lexicon;
mod lines;
mod marks;
mod markup;
mod naming;
mod repetition;
mod sentences;
mod signals;
mod words;

use std::ops::Range;

use arrow_array::StructArray;
use arrow_buffer::NullBuffer;
use arrow_schema::{Field, Fields};

pub use signals::{FAMILIES, Family, Kind, SIGNALS, Signal, Wanted};

use crate::error::Result;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;
use columns::{Column, Part};
use signals::Row;

/// What a walk over many texts uses again.
#[derive(Default)]
struct Walk {
    marks: marks::Marks,
    characters: characters::Characters,
    words: words::Words,
    lines: lines::Lines,
    markup: markup::Markup,
    places: compression::Places,
}

impl Walk {
    fn measure(&mut self, text: &str, wanted: &Wanted, row: &mut Row) {
        let characters = wanted.any(&[Family::Characters]);
        self.marks.mark(text, |c| {
            if characters {
                self.characters.add(c);
            }
        });
        let marks = &mut self.marks;
        row.count(Signal::Bytes, text.len());
        row.count(Signal::CharacterCount, marks.characters(0, text.len()));
        if characters {
            self.characters.measure(text, marks, row);
        }
        if wanted.any(&[Family::Scripts]) {
            characters::scripts(marks, row);
        }
        if wanted.any(&[
            Family::Length,
            Family::Words,
            Family::Lines,
            Family::Phrases,
            Family::StopWords,
            Family::Repetition,
        ]) {
            self.words.measure(marks, wanted, row);
        }
        let marks = &self.marks;
        if wanted.any(&[Family::Words]) {
            let words = row.0[Signal::WordCount as usize] as usize;
            row.share(Signal::EllipsisWordRatio, ellipses(text, marks), words);
        }
        if wanted.any(&[Family::Length, Family::Lines, Family::Markup]) {
            self.lines.measure(text, marks, &self.words, wanted, row);
        }
        if wanted.any(&[Family::Markup]) {
            self.markup.measure(text, marks, row);
        }
        if wanted.any(&[Family::Compression]) {
            self.places.measure(text.as_bytes(), row);
        }
    }
}

/// How often `...` (without overlaps) and `…` occur.
fn ellipses(text: &str, marks: &marks::Marks) -> usize {
    let mut found = 0;
    if marks.three_terminals() {
        found += memchr::memmem::find_iter(text.as_bytes(), "...").count();
    }
    if marks.foreign > 0 {
        found += memchr::memmem::find_iter(text.as_bytes(), "…").count();
    }
    found
}

/// Rows that are measured before their signals go to the columns: all of them stay in the first-level cache.
const ROWS: usize = 8;

/// The rows of one task, and the parts of the columns that they fill.
struct Task<'a> {
    rows: Range<usize>,
    parts: Vec<Part<'a>>,
}

/// The wanted signals of every row, as a struct of columns.
pub fn quality(text: &dyn Text, wanted: &Wanted, workers: &Workers) -> Result<StructArray> {
    let valid: Vec<bool> = (0..text.len()).map(|row| !text.is_null(row)).collect();
    let signals = &wanted.signals;
    let mut columns: Vec<Column> = signals
        .iter()
        .map(|signal| Column::new(*signal, text.len()))
        .collect();
    let step = |first: usize| first..text.len().min(first + ROWS_PER_TASK);
    let mut tasks: Vec<Task> = (0..text.len())
        .step_by(ROWS_PER_TASK)
        .map(|first| Task {
            rows: step(first),
            parts: Vec::with_capacity(signals.len()),
        })
        .collect();
    for column in &mut columns {
        for (task, part) in tasks.iter_mut().zip(column.parts(ROWS_PER_TASK)) {
            task.parts.push(part);
        }
    }
    workers.each(&mut tasks, |task| {
        let (mut walk, mut scratch) = (Walk::default(), String::new());
        let mut found = [Row::EMPTY; ROWS];
        for first in (0..task.rows.len()).step_by(ROWS) {
            let found = &mut found[..ROWS.min(task.rows.len() - first)];
            for (row, found) in (task.rows.start + first..).zip(found.iter_mut()) {
                *found = Row::EMPTY;
                if valid[row] {
                    walk.measure(text.read(row, &mut scratch), wanted, found);
                }
            }
            for (part, signal) in task.parts.iter_mut().zip(signals) {
                part.put(first, found, *signal);
            }
        }
        Ok(task.rows.len())
    })?;
    drop(tasks);
    let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (column, signal) in columns.into_iter().zip(signals) {
        let array = column.finish(nulls.clone());
        fields.push(Field::new(SIGNALS[*signal].1, array.data_type().clone(), true));
        arrays.push(array);
    }
    Ok(StructArray::new(Fields::from(fields), arrays, nulls))
}
