//! Record batches to lines. A null is written as `null`, except in a field that [`read`](super::read) has seen left
//! out and never null.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, StructArray};
use arrow_json::writer::{Encoder, EncoderFactory, EncoderOptions, NullableEncoder, make_encoder};
use arrow_schema::{ArrowError, DataType, Field, FieldRef};

use super::shape::OMITTED;
use crate::error::{Error, Result};
use crate::parallel::{ROWS_PER_TASK, Workers};

/// The rows as JSON lines, newlines included, in pieces that follow each other.
pub fn write(rows: &StructArray, workers: &Workers) -> Result<Vec<Vec<u8>>> {
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_encoder_factory(Arc::new(Objects));
    let field: FieldRef = Field::new("row", rows.data_type().clone(), false).into();
    workers.map_rows(rows.len(), ROWS_PER_TASK, |range| {
        let mut out = Vec::new();
        let mut encoder = make_encoder(&field, rows, &options)
            .map_err(|error| Error::wrong_type("data", error, "columns that JSON can hold"))?;
        for row in range {
            encoder.encode(row, &mut out);
            out.push(b'\n');
        }
        Ok(out)
    })
}

/// Makes the encoders of objects, nested ones too, so that each field decides on its nulls.
#[derive(Debug)]
struct Objects;

impl EncoderFactory for Objects {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        options: &'a EncoderOptions,
    ) -> std::result::Result<Option<NullableEncoder<'a>>, ArrowError> {
        let DataType::Struct(fields) = array.data_type() else {
            return Ok(None);
        };
        let columns = fields.iter().zip(array.as_struct().columns());
        let entry = |(field, column): (&'a FieldRef, &'a Arc<dyn Array>)| {
            let name = serde_json::to_string(field.name())
                .map_err(|error| ArrowError::JsonError(error.to_string()))?;
            Ok(Entry {
                key: format!("{name}:").into_bytes(),
                omitted: field
                    .metadata()
                    .get(OMITTED.0)
                    .is_some_and(|value| value == OMITTED.1),
                encoder: make_encoder(field, column.as_ref(), options)?,
            })
        };
        let entries = columns
            .map(entry)
            .collect::<std::result::Result<_, ArrowError>>()?;
        Ok(Some(NullableEncoder::new(
            Box::new(Object { entries }),
            array.nulls().cloned(),
        )))
    }
}

struct Object<'a> {
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    key: Vec<u8>,
    omitted: bool,
    encoder: NullableEncoder<'a>,
}

impl Encoder for Object<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let mut before = b'{';
        for entry in &mut self.entries {
            let null = entry.encoder.is_null(row);
            if null && entry.omitted {
                continue;
            }
            out.push(std::mem::replace(&mut before, b','));
            out.extend_from_slice(&entry.key);
            if null {
                out.extend_from_slice(b"null");
            } else {
                entry.encoder.encode(row, out);
            }
        }
        if before == b'{' {
            out.push(b'{');
        }
        out.push(b'}');
    }
}
