//! The numbers of a row, for `distinct_numbers`: a sum with other numbers is another example.
//!
//! A number is a maximal run of decimal digits (general category Nd) of the NFKC form of the text; the sequence of a
//! row's numbers, over all its compared texts in order, is reduced to 64 bits. No numbers is a sequence too.

use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::error::Result;
use crate::hash::{mix, word};
use crate::matching::{Class, class_of};
use crate::parallel::{ROWS_PER_TASK, Workers};
use crate::text::Text;

/// A running hash of a sequence of numbers.
#[derive(Default)]
struct Numbers(u64);

impl Numbers {
    /// Adds the numbers of the next text.
    fn add(&mut self, text: &str) {
        if text.is_ascii() {
            self.runs(text, |c| c.is_ascii_digit());
        } else {
            let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
            self.runs(&text, |c| class_of(c).contains(Class::DIGIT));
        }
    }

    fn runs(&mut self, text: &str, is_digit: impl Fn(char) -> bool) {
        for number in text.split(|c| !is_digit(c)).filter(|run| !run.is_empty()) {
            self.0 = mix(self.0.rotate_left(1) ^ word(number.as_bytes()));
        }
    }

    /// The hash of all numbers added.
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The hash of the numbers of each of these rows, over all its texts.
pub(super) fn of_rows(texts: &[Arc<dyn Text>], rows: &[u32], workers: &Workers) -> Result<Vec<u64>> {
    let parts = workers.map_rows(rows.len(), ROWS_PER_TASK, |range| {
        let mut scratch = String::new();
        let mut of_row = |row: &u32| {
            let mut numbers = Numbers::default();
            for text in texts {
                numbers.add(text.read(*row as usize, &mut scratch));
            }
            numbers.finish()
        };
        Ok(rows[range].iter().map(&mut of_row).collect::<Vec<_>>())
    })?;
    Ok(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &[&str]) -> u64 {
        let mut numbers = Numbers::default();
        texts.iter().for_each(|text| numbers.add(text));
        numbers.finish()
    }

    #[test]
    fn sequences_of_digit_runs() {
        assert_eq!(of(&["7 plus 5 is 12"]), of(&["7 and 5", "makes 12"]));
        assert_eq!(of(&["７ plus 5"]), of(&["7+5"]));
        assert_eq!(of(&["none"]), of(&[]));
        for (a, b) in [
            ("7 5", "5 7"),
            ("75", "7 5"),
            ("7", ""),
            ("1.5", "15"),
            ("7 7", "7"),
        ] {
            assert_ne!(of(&[a]), of(&[b]), "{a:?} {b:?}");
        }
    }
}
