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

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StructArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use arrow_schema::{DataType, Field, Fields};

pub use signals::{FAMILIES, Family, Kind, SIGNALS, Signal, Wanted};

use crate::error::Result;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;
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
    entropy: entropy::Entropy,
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
            self.characters.measure(text, marks, &self.entropy, row);
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
            self.words.measure(marks, wanted, row, &self.entropy);
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

/// The wanted signals of every row, as a struct of columns.
pub fn quality(text: &dyn Text, wanted: &Wanted, workers: &Workers) -> Result<StructArray> {
    let valid: Vec<bool> = (0..text.len()).map(|row| !text.is_null(row)).collect();
    let columns = workers.map_rows(text.len(), ROWS_PER_TASK, |range| {
        let (mut walk, mut scratch) = (Walk::default(), String::new());
        let mut columns = vec![Vec::with_capacity(range.len()); wanted.signals.len()];
        for row in range {
            let mut found = Row([0.0; SIGNALS.len()]);
            if valid[row] {
                walk.measure(text.read(row, &mut scratch), wanted, &mut found);
            }
            for (column, signal) in columns.iter_mut().zip(&wanted.signals) {
                column.push(found.0[*signal]);
            }
        }
        Ok(columns)
    })?;
    let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
    let mut fields = Vec::with_capacity(wanted.signals.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(wanted.signals.len());
    for (at, signal) in wanted.signals.iter().enumerate() {
        let (_, name, _, kind) = SIGNALS[*signal];
        let mut values = Vec::with_capacity(text.len());
        for part in &columns {
            values.extend_from_slice(&part[at]);
        }
        let array: ArrayRef = match kind {
            Kind::Real => Arc::new(Float64Array::new(values.into(), nulls.clone())),
            Kind::Count => {
                let counts: Vec<i64> = values.iter().map(|value: &f64| *value as i64).collect();
                Arc::new(Int64Array::new(counts.into(), nulls.clone()))
            }
            Kind::Flag => {
                let flags = BooleanBuffer::collect_bool(values.len(), |row| values[row] != 0.0);
                Arc::new(BooleanArray::new(flags, nulls.clone()))
            }
        };
        fields.push(Field::new(name, kind.data_type(), true));
        arrays.push(array);
    }
    Ok(StructArray::new(Fields::from(fields), arrays, nulls))
}

impl Kind {
    fn data_type(self) -> DataType {
        match self {
            Self::Count => DataType::Int64,
            Self::Real => DataType::Float64,
            Self::Flag => DataType::Boolean,
        }
    }
}
