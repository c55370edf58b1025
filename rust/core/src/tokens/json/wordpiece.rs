//! WordPiece models.

use serde::Deserialize;

use super::super::model::{Cleaning, WordPiece};
use super::vocab::Vocab;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model<'a> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    unk_token: String,
    #[serde(default = "sharps")]
    continuing_subword_prefix: String,
    #[serde(default = "hundred")]
    max_input_chars_per_word: usize,
    #[serde(borrow)]
    vocab: Vocab<'a>,
}

fn sharps() -> String {
    "##".to_owned()
}

fn hundred() -> usize {
    100
}

/// A WordPiece model that has its unknown token, and some of its entries.
pub(super) fn read(json: &str, cleaning: Cleaning) -> Option<(WordPiece, Vec<String>)> {
    let model: Model = serde_json::from_str(json).ok()?;
    let ids = model.vocab.ids()?;
    let complete = model.kind.as_deref().is_none_or(|kind| kind == "WordPiece")
        && ids.contains_key(model.unk_token.as_str())
        && model.max_input_chars_per_word > 0
        // A word can then not be mistaken for what goes on with one.
        && model.continuing_subword_prefix == "##";
    let entries = model.vocab.entries();
    let read = WordPiece::new(cleaning, entries, "##", model.max_input_chars_per_word)?;
    let some = model
        .vocab
        .some()
        .map(|entry| entry.trim_start_matches("##").to_owned());
    complete.then(|| (read, some.collect()))
}
