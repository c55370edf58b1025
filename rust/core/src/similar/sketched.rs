//! Rows that are compared by sketches: made here of their texts, or made earlier and given in the place of texts.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::bounds::Bounds;
use super::classes::Classes;
use super::entry::Entry;
use super::made::{Made, Start};
use super::measure::{Measure, Quotient};
use super::plan::Plan;
use super::vectors::Vectors;
use super::{Similar, within};
use crate::error::{Error, Result};
use crate::hash::Set;
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

/// Sketches that were made earlier, a row each.
pub struct Sketched {
    values: SketchedValues,
    nulls: Option<NullBuffer>,
    rows: usize,
}

enum SketchedValues {
    Bits(ScalarBuffer<u64>),
    Values(ScalarBuffer<u32>, usize),
}

impl Sketched {
    /// MinHash signatures (`fixed_size_list<uint32>`) for [`Measure::Jaccard`], `SimHash` values (`uint64`) for
    /// [`Measure::Hamming`].
    pub fn new(column: &ArrayRef, measure: Measure) -> Result<Self> {
        let refused = |expected: &str| {
            let found = format!("a column of {}", column.data_type());
            Err(Error::wrong_type("signatures", found, expected))
        };
        let values = match measure {
            Measure::Jaccard => {
                let lists = column
                    .as_fixed_size_list_opt()
                    .filter(|lists| lists.values().data_type() == &DataType::UInt32);
                match lists {
                    Some(lists) if lists.value_length() > 0 => {
                        let values = lists.values().as_primitive::<UInt32Type>().values().clone();
                        SketchedValues::Values(values, lists.value_length() as usize)
                    }
                    _ => return refused("a column of fixed_size_list<uint32>, as minhash gives"),
                }
            }
            Measure::Hamming => match column.as_primitive_opt::<UInt64Type>() {
                Some(values) => SketchedValues::Bits(values.values().clone()),
                None => return refused("with measure=\"hamming\" a column of uint64, as simhash gives"),
            },
            Measure::Containment => {
                let expected = "\"jaccard\" or \"hamming\" with signatures: containment needs the texts";
                return Err(Error::argument("measure", "\"containment\"", expected));
            }
        };
        Ok(Self {
            values,
            nulls: column.nulls().cloned(),
            rows: column.len(),
        })
    }

    /// The number of rows.
    fn rows(&self) -> usize {
        self.rows
    }

    /// Whether a row has no sketch.
    fn is_null(&self, row: u32) -> bool {
        self.nulls
            .as_ref()
            .is_some_and(|nulls| nulls.is_null(row as usize))
    }

    /// The sketches of these rows.
    fn of_rows(&self, rows: &Arc<[u32]>) -> Vectors {
        match &self.values {
            SketchedValues::Bits(values) => {
                Vectors::Bits(rows.iter().map(|row| values[*row as usize]).collect())
            }
            SketchedValues::Values(values, width) => Vectors::Values {
                values: values.clone(),
                width: *width,
                rows: Arc::clone(rows),
            },
        }
    }
}

impl Similar {
    /// Takes sketches that were made earlier in the place of texts. `order` is every row once, in the order of the keep
    /// policy. Only rows of the same group, a number for each row, are compared; a row without a sketch matches nothing.
    pub fn of_sketches(
        sketched: &Sketched,
        order: &[u32],
        groups: Option<&[u32]>,
        threshold: f64,
        workers: &Workers,
    ) -> Result<Self> {
        let bounds = super::bounds(threshold)?;
        if order.len() != sketched.rows() {
            let expected = format!("a column of {} rows", order.len());
            return Err(Error::argument(
                "signatures",
                format!("{} rows", sketched.rows()),
                expected,
            ));
        }
        let ranked: Vec<u32> = order
            .iter()
            .copied()
            .filter(|row| !sketched.is_null(*row))
            .collect();
        let rows: Arc<[u32]> = ranked.clone().into();
        let groups = groups.map(|groups| rows.iter().map(|row| groups[*row as usize]).collect());
        let salts = within::salts(None, groups);
        let mut classes = Classes::apart(ranked.len());
        let entries = vec![sketched.of_rows(&rows)];
        let made = compared(entries, bounds, salts.as_deref(), &mut classes, workers)?;
        let how = (Shingle::Word(1), bounds, Quotient::OfOwn); // nothing is cut
        Ok(made.judged_by(order.len(), how, ranked, classes, salts))
    }
}

/// Compares the `SimHash` values of the texts.
pub(super) fn simhashed(start: &Start<'_>, classes: &mut Classes, workers: &Workers) -> Result<Made> {
    let of_text = |text: &Arc<dyn Text>| Vectors::simhashes(&**text, start.shingle, start.rows, workers);
    let entries = start.texts.iter().map(of_text).collect::<Result<Vec<_>>>()?;
    compared(entries, start.bounds, start.salts, classes, workers)
}

/// Compares sketches, one for each class; candidates come from the entry that has the most different ones.
fn compared(
    entries: Vec<Vectors>,
    bounds: Bounds,
    salts: Option<&[u64]>,
    classes: &mut Classes,
    workers: &Workers,
) -> Result<Made> {
    let sums: Vec<Vec<u128>> = entries
        .iter()
        .map(|vectors| vectors.sums(classes.first.len()))
        .collect();
    let different = |sums: &[u128]| sums.iter().collect::<Set<_>>().len();
    let entry = (0..entries.len())
        .max_by_key(|entry| (different(&sums[*entry]), std::cmp::Reverse(*entry)))
        .unwrap_or(0);
    let stay = classes.join_equal(&sums, salts, workers)?;
    Ok(Made {
        keys: entries[entry].keys(bounds, salts, &stay, workers)?,
        entries: entries.into_iter().map(Entry::Vectors).collect(),
        plan: Plan::of_entry(entry),
        held: None,
        stays: None,
        candidates: None,
    })
}
