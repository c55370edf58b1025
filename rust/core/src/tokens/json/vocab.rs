//! Vocabularies and lists of merges, read without a copy of their strings.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use crate::hash::Map;

/// A string of the file, borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// Entries and their ids, in the order of the file.
pub(super) struct Vocab<'a>(Vec<(Cow<'a, str>, u32)>);

impl Vocab<'_> {
    /// The entries by their strings; `None` where two of them share an id (then a token does not stand for one string)
    /// or an id is far larger than there are entries.
    pub(super) fn ids(&self) -> Option<Map<&str, u32>> {
        let ids: Map<&str, u32> = self.0.iter().map(|(entry, id)| (&**entry, *id)).collect();
        let mut all: Vec<u32> = ids.values().copied().collect();
        all.sort_unstable();
        let differ = all.windows(2).all(|pair| pair[0] != pair[1]);
        // The reference makes room for the largest id.
        let dense = all
            .last()
            .is_none_or(|last| !super::ids::is_far_off(u64::from(*last), all.len() as u64));
        (differ && dense).then_some(ids)
    }

    /// A few hundred entries from all over it.
    pub(super) fn some(&self) -> impl Iterator<Item = &str> {
        self.entries().step_by(self.0.len() / 256 + 1)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(entry, _)| &**entry)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Vocab<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Vec<(Cow<'de, str>, u32)>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("a vocabulary")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Text(entry), id)) = map.next_entry()? {
                    entries.push((entry, id));
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries).map(Vocab)
    }
}

/// The two sides of a merge: `["a", "b"]`, in older files `"a b"`.
pub(super) struct Merge<'a>(pub(super) Cow<'a, str>, pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Merge<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sides;
        impl<'de> Visitor<'de> for Sides {
            type Value = Merge<'de>;

            fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
                out.write_str("the two sides of a merge")
            }

            fn visit_borrowed_str<E: de::Error>(self, line: &'de str) -> Result<Self::Value, E> {
                let (left, right) = sides(line).ok_or_else(|| E::custom("not two sides"))?;
                Ok(Merge(Cow::Borrowed(left), Cow::Borrowed(right)))
            }

            fn visit_str<E: de::Error>(self, line: &str) -> Result<Self::Value, E> {
                let (left, right) = sides(line).ok_or_else(|| E::custom("not two sides"))?;
                Ok(Merge(Cow::Owned(left.to_owned()), Cow::Owned(right.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut side = || {
                    let side: Option<Text<'de>> = seq.next_element()?;
                    side.map(|Text(side)| side)
                        .ok_or_else(|| A::Error::custom("not two sides"))
                };
                let merge = Merge(side()?, side()?);
                match seq.next_element::<Text<'de>>()? {
                    None => Ok(merge),
                    Some(_) => Err(A::Error::custom("more than two sides")),
                }
            }
        }
        deserializer.deserialize_any(Sides)
    }
}

fn sides(line: &str) -> Option<(&str, &str)> {
    line.split_once(' ').filter(|(_, right)| !right.contains(' '))
}
