//! The columns of signals, each in its own type: rows are measured as real numbers, and put here some at a time.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow_buffer::{BooleanBuffer, NullBuffer};

use super::signals::{Kind, Row, SIGNALS};

/// The values of one signal, row by row.
pub(super) enum Column {
    Real(Vec<f64>),
    Count(Vec<i64>),
    Flag(Vec<bool>),
}

/// Some rows of a column.
pub(super) enum Part<'a> {
    Real(&'a mut [f64]),
    Count(&'a mut [i64]),
    Flag(&'a mut [bool]),
}

impl Column {
    /// So many rows without anything.
    pub(super) fn new(signal: usize, rows: usize) -> Self {
        match SIGNALS[signal].3 {
            Kind::Real => Self::Real(vec![0.0; rows]),
            Kind::Count => Self::Count(vec![0; rows]),
            Kind::Flag => Self::Flag(vec![false; rows]),
        }
    }

    /// The column in parts of so many rows.
    pub(super) fn parts(&mut self, rows: usize) -> Vec<Part<'_>> {
        match self {
            Self::Real(column) => column.chunks_mut(rows).map(Part::Real).collect(),
            Self::Count(column) => column.chunks_mut(rows).map(Part::Count).collect(),
            Self::Flag(column) => column.chunks_mut(rows).map(Part::Flag).collect(),
        }
    }

    pub(super) fn finish(self, nulls: Option<NullBuffer>) -> ArrayRef {
        match self {
            Self::Real(column) => Arc::new(Float64Array::new(column.into(), nulls)),
            Self::Count(column) => Arc::new(Int64Array::new(column.into(), nulls)),
            Self::Flag(column) => Arc::new(BooleanArray::new(BooleanBuffer::from(column), nulls)),
        }
    }
}

impl Part<'_> {
    /// Puts in what these rows have of the signal, from the row `first` of the part on.
    pub(super) fn put(&mut self, first: usize, rows: &[Row], signal: usize) {
        let values = rows.iter().map(|row| row.0[signal]);
        match self {
            Self::Real(part) => copy(&mut part[first..], values),
            Self::Count(part) => copy(&mut part[first..], values.map(|value| value as i64)),
            Self::Flag(part) => copy(&mut part[first..], values.map(|value| value != 0.0)),
        }
    }
}

fn copy<T>(places: &mut [T], values: impl Iterator<Item = T>) {
    for (place, value) in places.iter_mut().zip(values) {
        *place = value;
    }
}
