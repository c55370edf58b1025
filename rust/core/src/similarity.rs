//! The exact Jaccard similarity of two texts: |A∩B| / |A∪B| of their sets of shingle hashes, as a float64 quotient.
//!
//! Jaccard 1901. Null where either text is; never 0/0, since every text has a shingle.

use arrow_array::Float64Array;

use crate::error::{Error, Result};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::shingle::{Shingle, Shingler};
use crate::text::TextColumn;

/// The number of elements that two ascending sets share.
pub(crate) fn intersection(a: &[u64], b: &[u64]) -> usize {
    let (mut at_a, mut at_b, mut shared) = (0, 0, 0);
    while at_a < a.len() && at_b < b.len() {
        let order = a[at_a].cmp(&b[at_b]);
        shared += usize::from(order.is_eq());
        at_a += usize::from(order.is_le());
        at_b += usize::from(order.is_ge());
    }
    shared
}

/// The quotient that every part of the library compares with a threshold.
pub(crate) fn jaccard(shared: usize, a: usize, b: usize) -> f64 {
    shared as f64 / (a + b - shared) as f64
}

/// The similarity of the texts in the same rows of `a` and `b`.
pub fn similarity(
    a: &TextColumn,
    b: &TextColumn,
    shingle: Shingle,
    workers: &Workers,
) -> Result<Float64Array> {
    if a.len() != b.len() {
        return Err(Error::argument(
            "b",
            format!("{} rows", b.len()),
            format!("the {} rows of a", a.len()),
        ));
    }
    let parts = workers.map_rows(a.len(), ROWS_PER_TASK, |rows| {
        let mut shingler = Shingler::new(shingle);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        let mut of_row = |(a, b): (Option<&str>, Option<&str>)| {
            shingler.set(a?, &mut x);
            shingler.set(b?, &mut y);
            Some(jaccard(intersection(&x, &y), x.len(), y.len()))
        };
        Ok(a.iter(rows.clone())
            .zip(b.iter(rows))
            .map(&mut of_row)
            .collect::<Vec<_>>())
    })?;
    Ok(parts.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Array, ArrayRef, StringArray};
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::sync::Arc;

    fn column(rows: Vec<Option<&str>>) -> TextColumn {
        TextColumn::new(&[Arc::new(StringArray::from(rows)) as ArrayRef]).unwrap()
    }

    #[test]
    fn known_quotients_and_nulls() {
        let a = column(vec![Some("a b c d"), Some("a b c"), Some("x"), None, Some("")]);
        let b = column(vec![
            Some("b c d e"),
            Some("A, B! c"),
            Some("y"),
            Some("z"),
            Some(""),
        ]);
        let out = similarity(&a, &b, Shingle::Word(3), &Workers::new(Some(1)).unwrap()).unwrap();
        assert_eq!(
            out.iter().collect::<Vec<_>>(),
            [Some(1.0 / 3.0), Some(1.0), Some(0.0), None, Some(1.0)]
        );
        assert_eq!(out.null_count(), 1);
    }

    #[test]
    fn columns_of_different_lengths_are_refused() {
        let (a, b) = (column(vec![Some("a")]), column(vec![]));
        let error = similarity(&a, &b, Shingle::Word(3), &Workers::new(Some(1)).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "b must be the 1 rows of a, got 0 rows");
    }

    proptest! {
        #[test]
        fn merging_is_set_intersection(
            a in proptest::collection::btree_set(0u64..60, 0..40), b in proptest::collection::btree_set(0u64..60, 0..40),
        ) {
            let expected = a.intersection(&b).count();
            let list = |set: &BTreeSet<u64>| set.iter().copied().collect::<Vec<_>>();
            prop_assert_eq!(intersection(&list(&a), &list(&b)), expected);
        }
    }
}
