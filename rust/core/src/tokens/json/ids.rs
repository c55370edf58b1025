//! The ids of a `tokenizer.json`: the reference makes room for the largest, however few there are.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    id: u64,
}

#[derive(Deserialize, Default)]
struct Model {
    #[serde(default)]
    vocab: Entries,
}

/// How many entries there are, and the largest id.
#[derive(Default)]
struct Entries(u64, u64);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Entries;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a vocabulary")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while let Some((IgnoredAny, id)) = map.next_entry::<IgnoredAny, u64>()? {
                    entries = Entries(entries.0 + 1, entries.1.max(id));
                }
                Ok(entries)
            }

            /// Unigram: the ids are the places.
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while let Some(IgnoredAny) = seq.next_element()? {
                    entries = Entries(entries.0 + 1, entries.0);
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Whether an id is far larger than so many entries need.
pub(super) fn is_far_off(largest: u64, entries: u64) -> bool {
    largest > 4 * entries + (1 << 20)
}

/// What is wrong with the ids; a file that cannot be read here is for the reference to judge.
pub(in super::super) fn far_off(json: &str) -> Option<String> {
    let file: File = serde_json::from_str(json).ok()?;
    let Entries(entries, largest) = file.model.vocab;
    let entries = entries + file.added_tokens.len() as u64;
    let largest = file
        .added_tokens
        .iter()
        .map(|token| token.id)
        .fold(largest, u64::max);
    is_far_off(largest, entries)
        .then(|| format!("its largest id is {largest}, with {entries} entries in the vocabulary"))
}
