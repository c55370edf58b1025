//! BPE models: byte-level ones and SentencePiece's.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::hash::Map;

use super::super::merges::{self, Merges};
use super::super::model::{ByteLevel, Pieces, Prefix, SPACE};
use super::super::split::Pattern;
use super::vocab::{Merge, Vocab};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bpe<'a> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    dropout: Option<f32>,
    #[serde(rename = "unk_token", default)]
    _unk_token: Option<String>,
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
    #[serde(default)]
    end_of_word_suffix: Option<String>,
    #[serde(rename = "fuse_unk", default)]
    _fuse_unk: Option<bool>,
    #[serde(default)]
    byte_fallback: Option<bool>,
    #[serde(default)]
    ignore_merges: Option<bool>,
    #[serde(borrow)]
    pub(super) vocab: Vocab<'a>,
    #[serde(borrow)]
    pub(super) merges: Vec<Merge<'a>>,
}

/// A BPE model without the parts that change what merges mean.
pub(super) fn read(json: &str) -> Option<Bpe<'_>> {
    let model: Bpe = serde_json::from_str(json).ok()?;
    let none = |affix: &Option<String>| affix.as_deref().unwrap_or_default().is_empty();
    let plain = model.kind.as_deref().is_none_or(|kind| kind == "BPE")
        && model.dropout.is_none()
        && none(&model.continuing_subword_prefix)
        && none(&model.end_of_word_suffix);
    plain.then_some(model)
}

impl Bpe<'_> {
    /// The merges as ids: left, right, merged.
    fn merges(&self, ids: &Map<&str, u32>) -> Option<Vec<(u32, u32, u32)>> {
        let mut list = Vec::with_capacity(self.merges.len());
        let mut joined = String::new();
        for Merge(left, right) in &self.merges {
            joined.clear();
            joined.push_str(left);
            joined.push_str(right);
            let id = |token: &str| ids.get(token).copied();
            list.push((id(left)?, id(right)?, id(&joined)?));
        }
        Some(list)
    }

    /// A few hundred entries as text, from all over the vocabulary.
    pub(super) fn some_entries(&self, byte_level: bool) -> Vec<String> {
        let byte_of = byte_of();
        let text = |entry: &str| -> Option<String> {
            if !byte_level {
                return Some(entry.replace(SPACE, " "));
            }
            let bytes: Option<Vec<u8>> = entry
                .chars()
                .map(|letter| byte_of.get(&letter).copied())
                .collect();
            Some(String::from_utf8_lossy(&bytes?).into_owned())
        };
        self.vocab.some().filter_map(text).collect()
    }

    pub(super) fn byte_level(&self, pattern: Pattern) -> Option<ByteLevel> {
        let letters = letters();
        let ids = self.vocab.ids()?;
        let mut bytes = [None; 256];
        for (token, letter) in bytes.iter_mut().zip(letters) {
            *token = Some(*ids.get(letter.encode_utf8(&mut [0; 4]) as &str)?);
        }
        let merges = Merges::new(&bytes, &self.merges(&ids)?)?;
        let mut whole = BTreeSet::new();
        if self.ignore_merges == Some(true) {
            let mut scratch = merges::Scratch::default();
            let byte_of = byte_of();
            // An entry with another letter is one that text cannot give.
            let bytes = |entry: &str| -> Option<Vec<u8>> {
                entry
                    .chars()
                    .map(|letter| byte_of.get(&letter).copied())
                    .collect()
            };
            let entries = self.vocab.entries().filter_map(bytes);
            whole.extend(entries.filter(|entry| merges.count(entry, &mut scratch) > 1));
        }
        Some(ByteLevel {
            prefix_space: false,
            pattern,
            whole,
            merges,
        })
    }

    pub(super) fn pieces(&self, prefix: Prefix, split: bool) -> Option<Pieces> {
        let ids = self.vocab.ids()?;
        if self.byte_fallback != Some(true) || self.ignore_merges == Some(true) || !ids.contains_key(SPACE) {
            return None;
        }
        let bytes: Option<BTreeSet<u32>> = (0..=255u8)
            .map(|byte| ids.get(&*format!("<0x{byte:02X}>")).copied())
            .collect();
        let (bytes, merges) = (bytes?, self.merges(&ids)?);
        let fallback = |(left, right, merged): &(u32, u32, u32)| {
            [left, right, merged]
                .into_iter()
                .any(|token| bytes.contains(token))
        };
        if merges.iter().any(fallback) {
            return None;
        }
        // Text has no space where it has U+2581, so that what has a space in it never comes about.
        let mut characters = Vec::new();
        for entry in self.vocab.entries() {
            let mut rest = entry.chars();
            if let (Some(character), None) = (rest.next(), rest.next()) {
                let shown = if entry == SPACE { ' ' } else { character };
                if character != ' ' {
                    characters.push((shown, *ids.get(entry)?));
                }
            }
        }
        let merged = self.merges.iter().zip(merges);
        let merged: Vec<_> = merged
            .filter(|(Merge(left, right), _)| !left.contains(' ') && !right.contains(' '))
            .collect();
        let sides: Vec<(String, String)> = merged
            .iter()
            .map(|(Merge(left, right), _)| (left.replace(SPACE, " "), right.replace(SPACE, " ")))
            .collect();
        let ranked: Vec<_> = merged.iter().map(|(_, merge)| *merge).collect();
        let sides = sides.iter().map(|(left, right)| (left.as_str(), right.as_str()));
        Pieces::new(&characters, &ranked, sides, prefix, split)
    }
}

/// The letter that stands for each byte in byte-level vocabularies (GPT-2's table): printable Latin-1 stands for
/// itself, the other bytes for the letters from U+0100 on, in order.
pub(super) fn letters() -> [char; 256] {
    let mut next = 0x100;
    std::array::from_fn(|byte| {
        let own = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let point = if own { byte as u32 } else { next };
        next += u32::from(!own);
        char::from_u32(point).unwrap_or_default()
    })
}

/// The byte that each of those letters stands for.
fn byte_of() -> Map<char, u8> {
    letters().into_iter().zip(0..=255).collect()
}
