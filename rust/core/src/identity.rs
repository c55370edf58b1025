//! What a sketch depends on, as a text that travels with it: sketches of different identity must not be compared.
//!
//! In Arrow it is the metadata of the extension type [`EXTENSION`], which libraries that do not know the type hand
//! through with the field.

use arrow_schema::Metadata;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::matching::UNICODE_VERSION;
use crate::shingle::Shingle;

/// The name of the extension type.
pub const EXTENSION: &str = "fastcurate.sketch";

const NAME_KEY: &str = "ARROW:extension:name";
const METADATA_KEY: &str = "ARROW:extension:metadata";

/// Algorithm, its version, and whatever else decides about the values.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity(Map<String, Value>);

impl Identity {
    /// The identity of a sketch; `seed` is None where an algorithm has none.
    pub fn new(algorithm: &str, version: u32, shingle: Shingle, seed: Option<u64>) -> Self {
        let shingle = shingle.to_string();
        let fields = json!({
            "algorithm": algorithm, "version": version, "shingle": shingle, "seed": seed, "unicode": UNICODE_VERSION,
        });
        Self(fields.as_object().cloned().unwrap_or_default())
    }

    /// The identity that a field's metadata states, if any.
    pub fn of_metadata(metadata: &Metadata) -> Option<Self> {
        metadata.get(NAME_KEY).filter(|name| name.as_str() == EXTENSION)?;
        Some(Self(serde_json::from_str(metadata.get(METADATA_KEY)?).ok()?))
    }

    /// The identity as JSON.
    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// Refuses to mix what is known not to belong together, as [`Self::same_as`] does; where one side is unknown, nothing
    /// can be said.
    pub fn check(known: Option<&Self>, name: &'static str, other: Option<&Self>) -> Result<()> {
        match (known, other) {
            (Some(known), Some(other)) => known.same_as(name, other),
            _ => Ok(()),
        }
    }

    /// Refuses to mix: an error about argument `name` that says in what it differs from `self`.
    pub fn same_as(&self, name: &'static str, other: &Self) -> Result<()> {
        let mut keys: Vec<&String> = self.0.keys().chain(other.0.keys()).collect();
        keys.sort();
        let differs = |key: &&&String| self.0.get(**key) != other.0.get(**key);
        let Some(key) = keys.iter().find(differs) else {
            return Ok(());
        };
        let value = |of: &Self| of.0.get(*key).map_or_else(|| "unknown".into(), Value::to_string);
        Err(Error::argument(
            name,
            format!("{key} {}", value(other)),
            format!("sketches of the same identity, {key} {}", value(self)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_comes_back_and_its_difference_is_named() {
        let one = Identity::new("multiply", 1, Shingle::Word(3), Some(1));
        let metadata = Metadata::from([(NAME_KEY, EXTENSION.to_owned()), (METADATA_KEY, one.json())]);
        assert_eq!(Identity::of_metadata(&metadata), Some(one.clone()));
        assert_eq!(one.same_as("sig_b", &one), Ok(()));
        let other = Identity::new("multiply", 1, Shingle::Word(3), Some(2));
        assert_eq!(
            one.same_as("sig_b", &other).unwrap_err().to_string(),
            "sig_b must be sketches of the same identity, seed 1, got seed 2"
        );
    }
}
