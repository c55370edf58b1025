//! What is compared of a text: the 64-bit hashes of its n-grams of words or characters.
//!
//! `word:N` takes the words of [`crate::words`], `char:N` the code points of the matching text. A text of 1 to
//! N-1 of them has one shingle: all of them. A text without any has one shingle, its salted fingerprint, so that
//! texts of punctuation alone are equal only when their bytes are. There is no text without a shingle.

mod presets;

use fastcurate_simd::grams::n_grams;

use crate::error::{Error, Result};
use crate::fingerprint::fingerprint_of;
use crate::hash::{mix, word};
use crate::words::Walker;
use presets::Units;

/// How texts are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shingle {
    /// n-grams of words.
    Word(usize),
    /// n-grams of code points.
    Char(usize),
    /// n-grams of words as datatrove has them.
    Datatrove(usize),
    /// n-grams of words as text-dedup has them.
    TextDedup(usize),
    /// n-grams of code points as `NeMo Curator` has them.
    Nemo(usize),
}

/// Longer runs tell texts no better apart.
const LONGEST: usize = 64;

/// The ways of cutting: name, how long a shingle is where nothing is said, and what it makes.
type Way = (&'static str, Option<usize>, fn(usize) -> Shingle);

const WAYS: [Way; 5] = [
    ("word", None, Shingle::Word),
    ("char", None, Shingle::Char),
    ("datatrove", Some(5), Shingle::Datatrove),
    ("text-dedup", Some(5), Shingle::TextDedup),
    ("nemo", Some(24), Shingle::Nemo),
];

/// Keeps the fingerprint of a text without words apart from the hashes of words.
const SALT: u64 = 0x510e_527f_ade6_82d1;

impl Shingle {
    /// Reads `"word:3"`, `"char:5"`, `"datatrove"` or `"nemo:24"`.
    pub fn parse(text: &str) -> Result<Self> {
        let (name, n) = text
            .split_once(':')
            .map_or((text, None), |(name, n)| (name, Some(n)));
        let way = WAYS.iter().find(|way| way.0 == name);
        let parsed = way.and_then(|(_, usual, make)| {
            let n = n.map_or(*usual, |n| n.parse().ok())?;
            (1..=LONGEST).contains(&n).then(|| make(n))
        });
        let expected =
            "\"word:N\" or \"char:N\" with N from 1 to 64, or \"datatrove\", \"text-dedup\" or \"nemo\"";
        parsed.ok_or_else(|| Error::argument("shingle", format!("{text:?}"), expected))
    }

    /// Units in a shingle.
    pub fn units(self) -> usize {
        match self {
            Self::Word(n) | Self::Char(n) | Self::Datatrove(n) | Self::TextDedup(n) | Self::Nemo(n) => n,
        }
    }
}

/// The name with the number, as [`Shingle::parse`] reads it.
impl std::fmt::Display for Shingle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n = self.units();
        let name = WAYS
            .iter()
            .find(|(_, _, make)| make(n) == *self)
            .map_or("", |way| way.0);
        write!(f, "{name}:{n}")
    }
}

/// Cuts texts, one after another, with the same buffers.
pub struct Shingler {
    shingle: Shingle,
    walker: Walker,
    hashes: Vec<u64>,
    units: Units,
}

impl Shingler {
    /// For one way of cutting.
    pub fn new(shingle: Shingle) -> Self {
        Self {
            shingle,
            walker: Walker::default(),
            hashes: Vec::new(),
            units: Units::default(),
        }
    }

    /// Replaces `out` by the shingles of `text`, in order, with repetitions; at least one.
    pub fn shingles(&mut self, text: &str, out: &mut Vec<u64>) {
        out.clear();
        self.hashes.clear();
        match self.shingle {
            Shingle::Word(_) => self.walker.words(text, &mut self.hashes),
            Shingle::Char(_) => self.walker.chars(text, &mut self.hashes),
            Shingle::Datatrove(_) | Shingle::TextDedup(_) | Shingle::Nemo(_) => {
                self.spell(text);
                let bytes = self.units.text.as_bytes();
                let hashes = self.units.places.iter().map(|place| word(&bytes[place.clone()]));
                self.hashes.extend(hashes);
            }
        }
        if self.hashes.is_empty() {
            out.push(mix(fingerprint_of(text) as u64 ^ SALT));
        } else {
            let n = self.shingle.units().min(self.hashes.len());
            n_grams(&self.hashes, n, (n as u64).wrapping_mul(SALT), out);
        }
    }

    /// Calls `each` with every shingle of `text` as a string, in order, with repetitions, at least once: words joined by
    /// spaces, characters as they stand, the raw text where it has no unit.
    pub fn spelled(&mut self, text: &str, mut each: impl FnMut(&str)) {
        self.spell(text);
        let Units {
            text: prepared,
            places,
        } = &self.units;
        let space = match self.shingle {
            Shingle::Char(_) | Shingle::Nemo(_) => "",
            Shingle::Word(_) | Shingle::Datatrove(_) | Shingle::TextDedup(_) => " ",
        };
        if places.is_empty() {
            each(text);
        }
        let mut joined = String::new();
        for run in places.windows(self.shingle.units().min(places.len()).max(1)) {
            joined.clear();
            for (at, place) in run.iter().enumerate() {
                joined.push_str(if at == 0 { "" } else { space });
                joined.push_str(&prepared[place.clone()]);
            }
            each(&joined);
        }
    }

    fn spell(&mut self, text: &str) {
        let Units {
            text: prepared,
            places,
        } = &mut self.units;
        match self.shingle {
            Shingle::Word(_) => self.walker.spelled_words(text, prepared, places),
            Shingle::Char(_) => self.walker.spelled_chars(text, prepared, places),
            Shingle::Datatrove(_) => self.units.datatrove(text),
            Shingle::TextDedup(_) => self.units.text_dedup(text),
            Shingle::Nemo(_) => self.units.nemo(text),
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
            serde_json::from_str(include_str!("../../../../tests/golden/hash.json")).unwrap();
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
        for text in [
            "word",
            "word:0",
            "word:65",
            "line:3",
            "word:-1",
            "word:3.0",
            "",
            "nemo:",
            "datatrove:0",
        ] {
            assert!(
                matches!(Shingle::parse(text), Err(Error::Argument { name: "shingle", .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn names_are_read_back() {
        for text in ["word:3", "char:64", "datatrove:5", "text-dedup:1", "nemo:24"] {
            assert_eq!(Shingle::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Shingle::parse("nemo").unwrap(), Shingle::Nemo(24));
    }

    /// Two ways to the same shingles: as many strings as hashes, equal where the hashes are.
    #[test]
    fn spelled_shingles_are_the_hashed_ones() {
        let texts = [
            "",
            "?!",
            "one",
            "Der Zug fährt ab, ab, ab, ab.",
            "中文中文 ab",
            "a b c a b c a b c a b c a b c",
        ];
        for shingle in [
            "word:1",
            "word:3",
            "char:2",
            "datatrove:2",
            "text-dedup:1",
            "nemo:3",
        ] {
            let mut shingler = Shingler::new(Shingle::parse(shingle).unwrap());
            for text in texts {
                let (mut hashed, mut spelled) = (Vec::new(), Vec::new());
                shingler.shingles(text, &mut hashed);
                shingler.spelled(text, |one| spelled.push(one.to_owned()));
                assert_eq!(hashed.len(), spelled.len(), "{shingle} {text:?}");
                for (a, one) in hashed.iter().zip(&spelled) {
                    for (b, other) in hashed.iter().zip(&spelled) {
                        assert_eq!(a == b, one == other, "{shingle} {text:?}");
                    }
                }
            }
        }
    }
}
