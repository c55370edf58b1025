//! The tokenizers among the `tokenizer.json` files that have a fast path: read into a [`Fast`] where every part of
//! the file is understood, `None` at the first that is not.

mod bpe;
mod ids;
mod small;
mod steps;
mod vocab;
mod wordpiece;

use std::borrow::Cow;
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::added::{Added, AddedToken};
use super::fast::{Fast, Normalizer};
use super::model::Model;
use super::probe;
pub(super) use ids::far_off;
use steps::{Normalizers, PreTokenizer};

/// No vocabulary is this large.
const LARGEST: u32 = 1 << 22;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    normalizer: Option<Normalizers>,
    pre_tokenizer: Option<PreTokenizer>,
    #[serde(borrow)]
    model: &'a RawValue,
}

/// A fast path that has not been compared with the reference yet.
pub(super) struct Candidate {
    pub(super) fast: Fast,
    /// What both have to count alike.
    pub(super) probe: Vec<String>,
    /// A tokenizer for the reference that is equal on the probe.
    pub(super) json: String,
    /// Whether the reference is to do without the space before a text, which it cannot put there.
    pub(super) prefix_space: bool,
}

/// The fast path of the tokenizer in `json`, if there is one.
pub(super) fn candidate(json: &str) -> Option<Candidate> {
    let file: File = serde_json::from_str(json).ok()?;
    // The reference, which is to judge this one, makes room for the largest id; `far_off` says what is wrong.
    if file.added_tokens.iter().any(|token| token.id >= LARGEST) {
        return None;
    }
    let added: Vec<String> = file
        .added_tokens
        .iter()
        .map(|token| token.content.clone())
        .collect();
    let Read {
        normalizer,
        model,
        bpe,
        entries,
        prefix_space,
    } = read(&file)?;
    let mut probe = probe::texts(&added, &entries);
    if bpe.is_none() {
        // The reference takes it for punctuation where it does not remove it, Python's `tokenizers` does not.
        probe.iter_mut().for_each(|text| *text = text.replace('\0', ""));
    }
    let json = match bpe {
        Some(bpe) => small::reduced(json, &bpe, &small::Reach::new(&probe, &added, &bpe::letters()))?,
        None => json.to_owned(),
    };
    let form = |token: &AddedToken| {
        let content = if token.normalized {
            normalizer.apply(&token.content)
        } else {
            Cow::Borrowed(token.content.as_str())
        };
        AddedToken {
            content: content.into_owned(),
            ..*token
        }
    };
    let some = |normalized: bool| -> Vec<AddedToken> {
        let chosen = file
            .added_tokens
            .iter()
            .filter(|token| token.normalized == normalized);
        chosen.map(form).collect()
    };
    let fast = Fast {
        raw: Added::new(&some(false))?,
        normalizer,
        normalized: Added::new(&some(true))?,
        model,
        around: 0,
        idle: Mutex::default(),
    };
    Some(Candidate {
        fast,
        probe,
        json,
        prefix_space,
    })
}

/// The parts of a file that are counted by a path of our own.
struct Read<'a> {
    normalizer: Normalizer,
    model: Model,
    bpe: Option<bpe::Bpe<'a>>,
    /// Some of the vocabulary, as text.
    entries: Vec<String>,
    prefix_space: bool,
}

fn read<'a>(file: &File<'a>) -> Option<Read<'a>> {
    let (normalizer, pre_tokenizer) = (file.normalizer.as_ref(), file.pre_tokenizer.as_ref());
    if let Some(cleaning) = steps::cleaning(normalizer, pre_tokenizer) {
        // Added tokens are not looked for in the text as this model would see it.
        let normalized = file.added_tokens.iter().any(|token| token.normalized);
        let (model, entries) = wordpiece::read(file.model.get(), cleaning).filter(|_| !normalized)?;
        return Some(Read {
            normalizer: Normalizer::Keep,
            model: Model::WordPiece(model),
            bpe: None,
            entries,
            prefix_space: false,
        });
    }
    let bpe = bpe::read(file.model.get())?;
    if let Some((pattern, prefix_space)) = pre_tokenizer.and_then(PreTokenizer::pattern) {
        return Some(Read {
            normalizer: steps::composing(normalizer)?,
            model: Model::ByteLevel(bpe.byte_level(pattern)?),
            entries: bpe.some_entries(true),
            bpe: Some(bpe),
            prefix_space,
        });
    }
    let (normalizer, prefix, split) = steps::spacing(normalizer, pre_tokenizer)?;
    Some(Read {
        normalizer,
        model: Model::Pieces(Box::new(bpe.pieces(prefix, split)?)),
        entries: bpe.some_entries(false),
        bpe: Some(bpe),
        prefix_space: false,
    })
}
