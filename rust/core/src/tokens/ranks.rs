//! Vocabularies in `tiktoken`'s form: byte strings with ranks, no special tokens in text.
//!
//! Such a file does not say how text is split: that is known of some vocabularies by their content, and has to be
//! named for the others. `gpt2`, `cl100k_base` and `o200k_base` are embedded, compressed.

use std::collections::BTreeSet;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tiktoken::{CoreBpe, encoding};
use xxhash_rust::xxh3::Xxh3;

use super::added::Added;
use super::fast::{Fast, Normalizer};
use super::merges::Merges;
use super::model::{ByteLevel, Model};
use super::split::Pattern;

/// A vocabulary that we know.
pub(super) struct Known {
    /// The name that `tiktoken` gives it.
    pub(super) name: &'static str,
    load: fn() -> CoreBpe,
    entries: u32,
    /// XXH3-128 over the entries in order, each behind its length as 8 bytes.
    fingerprint: u128,
    pattern: Pattern,
}

/// The vocabularies that are embedded.
pub(super) const KNOWN: [Known; 3] = [
    Known {
        name: "gpt2",
        load: encoding::r50k_base,
        entries: 50_256,
        fingerprint: 0x5ab5_6ae7_c2e7_26e9_a817_f8fa_8fb3_7e35,
        pattern: Pattern::Gpt2,
    },
    Known {
        name: "cl100k_base",
        load: encoding::cl100k_base,
        entries: 100_256,
        fingerprint: 0xab36_5f48_01b7_b902_3372_e48a_11c1_0760,
        pattern: Pattern::Cl100kTiktoken,
    },
    Known {
        name: "o200k_base",
        load: encoding::o200k_base,
        entries: 199_998,
        fingerprint: 0xc397_cfc4_e282_0183_ad3d_d0f4_233e_6ebe,
        pattern: Pattern::O200k,
    },
];

impl Known {
    /// The embedded vocabulary.
    pub(super) fn counter(&self) -> Option<Fast> {
        let encoding = (self.load)();
        let entries: Vec<Vec<u8>> = (0..self.entries).map(|rank| encoding.decode(&[rank])).collect();
        fast(&entries, self.pattern)
    }
}

/// The counter of a `.tiktoken` file, one line of base64 and rank an entry; the message says what is wrong.
pub(super) fn from_file(bytes: &[u8], pattern: Option<Pattern>) -> Result<Fast, String> {
    let mut entries = Vec::new();
    for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let entry = entry(line, entries.len());
        entries.push(entry.ok_or_else(|| format!("line {number} is not a base64 token and its rank"))?);
    }
    let print = fingerprint(&entries);
    let known = KNOWN.iter().find(|known| known.fingerprint == print);
    let Some(pattern) = pattern.or(known.map(|known| known.pattern)) else {
        let (entries, names) = (entries.len(), names());
        return Err(format!(
            "a .tiktoken file does not say how text is split, and this one of {entries} entries is none of {names}; \
             use the model's tokenizer.json, or name the pattern: load_tokenizer(file, pattern=...)"
        ));
    };
    fast(&entries, pattern).ok_or_else(|| {
        "a vocabulary without a token for every byte, or with an entry that no merge makes".to_owned()
    })
}

/// The names of the embedded vocabularies, as in a sentence.
pub(super) fn names() -> String {
    KNOWN.map(|known| known.name).join(", ")
}

/// The bytes of a line whose rank is `rank`.
fn entry(line: &[u8], rank: usize) -> Option<Vec<u8>> {
    let space = line.iter().position(|byte| *byte == b' ')?;
    let (token, number) = line.split_at(space);
    let number = std::str::from_utf8(number).ok()?.trim().parse::<usize>().ok()?;
    (number == rank).then(|| STANDARD.decode(token).ok())?
}

fn fingerprint(entries: &[Vec<u8>]) -> u128 {
    let mut hash = Xxh3::new();
    for entry in entries {
        hash.update(&(entry.len() as u64).to_le_bytes());
        hash.update(entry);
    }
    hash.digest128()
}

fn fast(entries: &[Vec<u8>], pattern: Pattern) -> Option<Fast> {
    Some(Fast {
        raw: Added::new(&[])?,
        normalizer: Normalizer::Keep,
        normalized: Added::new(&[])?,
        model: Model::ByteLevel(ByteLevel {
            prefix_space: false,
            pattern,
            whole: BTreeSet::new(),
            merges: Merges::from_ranks(entries)?,
        }),
        around: 0,
        idle: Mutex::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_vocabularies_are_the_published_ones() {
        for known in KNOWN {
            let encoding = (known.load)();
            let entries: Vec<Vec<u8>> = (0..known.entries).map(|rank| encoding.decode(&[rank])).collect();
            assert_eq!(fingerprint(&entries), known.fingerprint, "{}", known.name);
            assert!(known.counter().is_some());
        }
    }
}
