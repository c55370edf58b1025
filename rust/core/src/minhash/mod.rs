//! MinHash signatures: of every one of `num_perm` random orders, the smallest of a text's shingles.
//!
//! Broder 1997. The share of equal values of two signatures estimates the Jaccard similarity. Three algorithms:
//! `multiply`, the permutations `x ↦ a·x + b (mod 2³²)` with odd a ([`crate::hash::Permutations`]), applied to the high half
//! of the 64-bit shingle hash, variance J(1-J)/num_perm; `fss` ([`fss`]), of less variance where texts are short, faster where
//! they are long; `datasketch` ([`datasketch`]), the bits of that package. Null in, null out; every text has at least one
//! shingle, so that no signature is empty.

mod datasketch;
mod fss;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, Float64Array, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};

use crate::error::{Error, Result};
use crate::hash::Permutations;
use crate::identity::Identity;
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::shingle::{Shingle, Shingler};
use crate::text::TextColumn;
use datasketch::Affine;
use fss::Rounds;

/// What a signature depends on.
pub struct MinHash {
    num_perm: usize,
    shingle: Shingle,
    algorithm: Algorithm,
    identity: Identity,
}

enum Algorithm {
    Multiply(Permutations),
    Fss(Rounds),
    Datasketch(Affine),
}

/// The most values in a signature.
const MOST: usize = 65_536;

impl MinHash {
    /// Signatures of `num_perm` values; `algorithm` is `"multiply"`, `"fss"` or `"datasketch"`.
    pub fn new(num_perm: usize, shingle: Shingle, seed: u64, algorithm: &str) -> Result<Self> {
        let most = if algorithm == "fss" { fss::MOST } else { MOST };
        if !(1..=most).contains(&num_perm) {
            return Err(Error::argument("num_perm", num_perm, format!("from 1 to {most}")));
        }
        let made = match algorithm {
            "multiply" => Algorithm::Multiply(Permutations::new(num_perm, seed)),
            "fss" => Algorithm::Fss(Rounds::new(num_perm, seed)),
            "datasketch" => {
                let expected = "from 0 to 2^32 - 1 for \"datasketch\"";
                let seed = u32::try_from(seed).map_err(|_| Error::argument("seed", seed, expected))?;
                Algorithm::Datasketch(Affine::new(num_perm, seed))
            }
            _ => {
                let expected = "\"multiply\", \"fss\" or \"datasketch\"";
                return Err(Error::argument("algorithm", format!("{algorithm:?}"), expected));
            }
        };
        Ok(Self {
            num_perm,
            shingle,
            algorithm: made,
            identity: Identity::new(algorithm, 1, shingle, Some(seed)),
        })
    }

    /// What the signatures have in common with those that can be compared with them.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Lowers `minima`, one for every permutation, by the shingles of a text, so that minima that were all `u32::MAX` are its
    /// signature. `halves` is scratch. False, and nothing lowered, where the algorithm needs the text instead.
    pub fn lower(&self, shingles: &[u64], halves: &mut Vec<u32>, minima: &mut [u32]) -> bool {
        match &self.algorithm {
            Algorithm::Multiply(permutations) => {
                halves.clear();
                halves.extend(shingles.iter().map(|shingle| (shingle >> 32) as u32));
                permutations.lower(halves, minima);
            }
            Algorithm::Fss(rounds) => rounds.fill(shingles, minima),
            Algorithm::Datasketch(_) => return false,
        }
        true
    }

    /// The signature of every row: `fixed_size_list<uint32>[num_perm]`.
    pub fn signatures(&self, text: &TextColumn, workers: &Workers) -> Result<FixedSizeListArray> {
        let width = self.num_perm;
        let mut values = vec![u32::MAX; text.len() * width];
        workers.fill(&mut values, width, ROWS_PER_TASK, |first, piece| {
            let mut shingler = Shingler::new(self.shingle);
            let (mut shingles, mut halves) = (Vec::new(), Vec::new());
            let rows = text.iter(first..first + piece.len() / width);
            for (minima, row) in piece.chunks_exact_mut(width).zip(rows) {
                let Some(row) = row else { continue };
                if let Algorithm::Datasketch(affine) = &self.algorithm {
                    affine.fill(row, &mut shingler, &mut halves, minima);
                } else {
                    shingler.shingles(row, &mut shingles);
                    self.lower(&shingles, &mut halves, minima);
                }
            }
            Ok(())
        })?;
        let item = Arc::new(Field::new("item", DataType::UInt32, false));
        Ok(FixedSizeListArray::new(
            item,
            width as i32,
            Arc::new(UInt32Array::from(values)),
            text.nulls(),
        ))
    }
}

/// The share of equal values of two columns of signatures, row by row; null where either is.
pub fn minhash_similarity(a: &ArrayRef, b: &ArrayRef) -> Result<Float64Array> {
    let (left, right) = (signatures_of("sig_a", a)?, signatures_of("sig_b", b)?);
    let width = left.value_length();
    if right.value_length() != width {
        let expected = format!("signatures as long as those of sig_a ({width})");
        return Err(Error::argument(
            "sig_b",
            format!("signatures of length {}", right.value_length()),
            expected,
        ));
    }
    if a.len() != b.len() {
        return Err(Error::argument(
            "sig_b",
            format!("{} rows", b.len()),
            format!("the {} rows of sig_a", a.len()),
        ));
    }
    let share = |row: usize| {
        let (x, y) = (left.value(row), right.value(row));
        let (x, y) = (
            x.as_primitive::<UInt32Type>().values(),
            y.as_primitive::<UInt32Type>().values(),
        );
        x.iter().zip(y.iter()).filter(|(x, y)| x == y).count() as f64 / f64::from(width)
    };
    let nulls = NullBuffer::union(left.nulls(), right.nulls());
    let valid = |row: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
    Ok((0..a.len()).map(|row| valid(&row).then(|| share(row))).collect())
}

fn signatures_of<'a>(name: &'static str, array: &'a ArrayRef) -> Result<&'a FixedSizeListArray> {
    let signatures = array
        .as_fixed_size_list_opt()
        .filter(|list| list.values().data_type() == &DataType::UInt32 && list.value_length() > 0);
    let found = || format!("a column of {}", array.data_type());
    signatures.ok_or_else(|| {
        Error::wrong_type(
            name,
            found(),
            "a column of fixed_size_list<uint32>, as minhash gives",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::StringArray;

    const ALGORITHMS: [&str; 3] = ["multiply", "fss", "datasketch"];

    fn signatures(
        rows: &[Option<&str>],
        num_perm: usize,
        threads: usize,
        algorithm: &str,
    ) -> FixedSizeListArray {
        let rows: ArrayRef = Arc::new(StringArray::from(rows.to_vec()));
        let text = TextColumn::new(&[rows]).unwrap();
        let minhash = MinHash::new(num_perm, Shingle::Word(3), 1, algorithm).unwrap();
        minhash
            .signatures(&text, &Workers::new(Some(threads)).unwrap())
            .unwrap()
    }

    #[test]
    fn equal_sets_have_equal_signatures_and_null_stays_null() {
        let rows = [
            Some("the quick brown fox"),
            None,
            Some("The QUICK, brown fox!"),
            Some(""),
        ];
        for algorithm in ALGORITHMS {
            let out = signatures(&rows, 7, 2, algorithm);
            assert_eq!(out.value(0).as_ref(), out.value(2).as_ref());
            assert_ne!(out.value(0).as_ref(), out.value(3).as_ref());
            assert!(out.is_null(1));
        }
    }

    #[test]
    fn the_estimate_is_near_the_similarity() {
        // 200 words, the last 40 of them changed: |A∩B| = 158, |A∪B| = 238.
        let word = |prefix: &str, range: std::ops::Range<usize>| -> String {
            range.map(|number| format!("{prefix}{number} ")).collect()
        };
        let (a, b) = (word("w", 0..200), word("w", 0..160) + &word("x", 0..40));
        for algorithm in ALGORITHMS {
            let out = signatures(&[Some(&a), Some(&b)], 4096, 1, algorithm);
            let (a, b): (ArrayRef, ArrayRef) = (Arc::new(out.slice(0, 1)), Arc::new(out.slice(1, 1)));
            let estimate = minhash_similarity(&a, &b).unwrap().value(0);
            // Four standard deviations of the estimate.
            assert!(
                (estimate - 158.0 / 238.0).abs() < 4.0 * (0.25_f64 / 4096.0).sqrt(),
                "{algorithm}: {estimate}"
            );
        }
    }

    /// The vectors that the Python references computed; `tests/test_minhash.py` holds the extension to them too.
    #[test]
    fn signatures_are_frozen() {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../../../../tests/golden/minhash.json")).unwrap();
        let cases = golden["signatures"].as_array().unwrap();
        assert!(!cases.is_empty());
        for case in cases {
            let shingle = Shingle::parse(case["shingle"].as_str().unwrap()).unwrap();
            let seed = case["seed"].as_str().unwrap().parse().unwrap();
            let num_perm = case["num_perm"].as_u64().unwrap() as usize;
            let minhash = MinHash::new(num_perm, shingle, seed, case["algorithm"].as_str().unwrap()).unwrap();
            let rows: ArrayRef = Arc::new(StringArray::from(vec![case["text"].as_str()]));
            let text = TextColumn::new(&[rows]).unwrap();
            let found = minhash
                .signatures(&text, &Workers::new(Some(1)).unwrap())
                .unwrap();
            let found = found.value(0);
            let last = &found.as_primitive::<UInt32Type>().values()[num_perm - 4..];
            let expected: Vec<u32> = case["last"]
                .as_array()
                .unwrap()
                .iter()
                .map(|v| v.as_u64().unwrap() as u32)
                .collect();
            assert_eq!(last, expected, "{case}");
        }
    }

    #[test]
    fn lengths_and_types_must_agree() {
        let a: ArrayRef = Arc::new(signatures(&[Some("a")], 4, 1, "fss"));
        let b: ArrayRef = Arc::new(signatures(&[Some("a")], 5, 1, "fss"));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
        assert!(matches!(
            minhash_similarity(&a, &b),
            Err(Error::Argument { name: "sig_b", .. })
        ));
        assert!(matches!(
            minhash_similarity(&a, &text),
            Err(Error::Type { name: "sig_b", .. })
        ));
    }
}
