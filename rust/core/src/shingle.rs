//! What is compared of a text: the 64-bit hashes of its n-grams of words or characters.
//!
//! `word:N` takes the words of [`crate::words`], `char:N` the code points of the matching text. A text of 1 to
//! N-1 of them has one shingle: all of them. A text without any has one shingle, its salted fingerprint, so that
//! texts of punctuation alone are equal only when their bytes are. There is no text without a shingle.

use crate::error::{Error, Result};
use crate::fingerprint::fingerprint_of;
use crate::hash::mix;
use crate::words::Walker;
use fastcurate_simd::grams::n_grams;

/// How texts are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shingle {
    /// n-grams of words.
    Word(usize),
    /// n-grams of code points.
    Char(usize),
}

/// Longer runs tell texts no better apart.
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
                self.walker.chars(text, &mut self.units);
                n
            }
        };
        if self.units.is_empty() {
            out.push(mix(fingerprint_of(text) as u64 ^ SALT));
        } else {
            let n = n.min(self.units.len());
            n_grams(&self.units, n, (n as u64).wrapping_mul(SALT), out);
        }
    }

    /// Replaces `out` by the set of the shingles of `text`, ascending.
    pub fn set(&mut self, text: &str, out: &mut Vec<u64>) {
        self.shingles(text, out);
        out.sort_unstable();
        out.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// The vectors that the Python reference computed; `tests/test_simhash.py` holds the extension to them too.
    #[test]
    fn hashes_are_frozen() {
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/golden/hash.json")).unwrap();
        let vectors = golden["shingles"].as_array().unwrap();
        assert!(!vectors.is_empty());
        for vector in vectors {
            let expected = u64::from_str_radix(vector["hash"].as_str().unwrap(), 16).unwrap();
            let text = vector["text"].as_str().unwrap();
            assert_eq!(
                set(vector["shingle"].as_str().unwrap(), text),
                [expected],
                "{vector}"
            );
        }
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
}
