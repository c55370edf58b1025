//! What is compared of a text: the 64-bit hashes of its n-grams of words or characters.
//!
//! `word:N` takes the words of [`crate::words`], `char:N` the code points of the matching text. A text of 1 to
//! N-1 of them has one shingle: all of them. A text without any has one shingle, its salted fingerprint, so that
//! texts of punctuation alone are equal only when their bytes are. There is no text without a shingle.

use crate::error::{Error, Result};
use crate::fingerprint::fingerprint_of;
use crate::hash::{mix, word};
use crate::words::Walker;

/// How texts are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shingle {
    /// n-grams of words.
    Word(usize),
    /// n-grams of code points.
    Char(usize),
}

/// Rotations repeat after 64 words.
const LONGEST: usize = 64;

/// Keeps the fingerprint of a text without words apart from the hashes of words.
const SALT: u64 = 0x510e_527f_ade6_82d1;

impl Shingle {
    /// Reads `"word:3"` or `"char:5"`.
    pub fn parse(text: &str) -> Result<Self> {
        let parsed = text.split_once(':').and_then(|(kind, n)| {
            let n = n.parse().ok().filter(|n| (1..=LONGEST).contains(n))?;
            match kind {
                "word" => Some(Self::Word(n)),
                "char" => Some(Self::Char(n)),
                _ => None,
            }
        });
        let expected = "\"word:N\" or \"char:N\" with N from 1 to 64";
        parsed.ok_or_else(|| Error::argument("shingle", format!("{text:?}"), expected))
    }
}

/// Cuts texts, one after another, with the same buffers.
pub struct Shingler {
    shingle: Shingle,
    walker: Walker,
    units: Vec<u64>,
}

impl Shingler {
    /// For one way of cutting.
    pub fn new(shingle: Shingle) -> Self {
        Self {
            shingle,
            walker: Walker::default(),
            units: Vec::new(),
        }
    }

    /// Replaces `out` by the shingles of `text`, in order, with repetitions; at least one.
    pub fn shingles(&mut self, text: &str, out: &mut Vec<u64>) {
        out.clear();
        self.units.clear();
        let n = match self.shingle {
            Shingle::Word(n) => {
                self.walker.words(text, &mut self.units);
                n
            }
            Shingle::Char(n) => {
                let mut bytes = [0; 4];
                let code_points = self.walker.fold(text).chars();
                self.units
                    .extend(code_points.map(|c| word(c.encode_utf8(&mut bytes).as_bytes())));
                n
            }
        };
        if self.units.is_empty() {
            out.push(mix(fingerprint_of(text) as u64 ^ SALT));
        } else {
            n_grams(&self.units, n, out);
        }
    }

    /// Replaces `out` by the set of the shingles of `text`, ascending.
    pub fn set(&mut self, text: &str, out: &mut Vec<u64>) {
        self.shingles(text, out);
        out.sort_unstable();
        out.dedup();
    }
}

/// Appends the hashes of all runs of `n` units: the units' hashes, each turned by 7 bits more than the one behind
/// it, xored, then mixed. 7 and 64 have no common divisor, so that the place of a unit always counts.
fn n_grams(units: &[u64], n: usize, out: &mut Vec<u64>) {
    let n = n.min(units.len());
    let salt = (n as u64).wrapping_mul(SALT);
    let turn = |unit: u64, places: usize| unit.rotate_left(7 * places as u32 % 64);
    let mut rolled = units[..n].iter().fold(0, |rolled, unit| turn(rolled, 1) ^ unit);
    out.push(mix(rolled ^ salt));
    for (old, new) in units.iter().zip(&units[n..]) {
        rolled = turn(rolled, 1) ^ turn(*old, n) ^ new;
        out.push(mix(rolled ^ salt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(shingle: &str, text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        Shingler::new(Shingle::parse(shingle).unwrap()).set(text, &mut out);
        out
    }

    #[test]
    fn short_and_wordless_texts_have_one_shingle() {
        assert_eq!(set("word:3", "one two").len(), 1);
        assert_eq!(set("word:3", "one two"), set("word:5", "One, two!"));
        assert_ne!(set("word:3", "one two"), set("word:3", "two one"));
        assert_eq!(set("word:3", "").len(), 1);
        assert_eq!(set("word:3", "!!").len(), 1);
        assert_ne!(set("word:3", "!!"), set("word:3", "!"));
    }

    #[test]
    fn the_number_of_shingles() {
        assert_eq!(set("word:2", "a b c d").len(), 3);
        assert_eq!(set("word:1", "a b a b").len(), 2);
        assert_eq!(set("char:3", "abcd").len(), 2);
        assert_eq!(set("char:3", "ab").len(), 1);
    }

    #[test]
    fn what_is_no_shingle() {
        for text in ["word", "word:0", "word:65", "line:3", "word:-1", "word:3.0", ""] {
            assert!(
                matches!(Shingle::parse(text), Err(Error::Argument { name: "shingle", .. })),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn rolling_is_hashing_every_run_anew(units in proptest::collection::vec(any::<u64>(), 1..200), n in 1usize..=64) {
            let (mut rolled, mut anew) = (Vec::new(), Vec::new());
            n_grams(&units, n, &mut rolled);
            for run in units.windows(n.min(units.len())) {
                n_grams(run, n, &mut anew);
            }
            prop_assert_eq!(rolled, anew);
        }
    }
}
