//! The byte-level BPE tokenizers among the `tokenizer.json` files: read into a [`Fast`] where every part of the
//! file is understood, `None` at the first that is not.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde::Deserialize;

use crate::hash::Map;

use super::added::Added;
use super::fast::Fast;
use super::merges::{self, Merges};
use super::split::Pattern;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    normalizer: Option<Normalizer>,
    pre_tokenizer: PreTokenizer,
    model: Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the fields of the file")]
struct AddedToken {
    #[serde(rename = "id")]
    _id: u32,
    content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    #[serde(rename = "special")]
    _special: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Normalizer {
    #[serde(rename = "NFC")]
    Nfc {},
    Sequence {
        normalizers: Vec<Normalizer>,
    },
}

impl Normalizer {
    /// Whether it is NFC; nothing else is understood, and an empty sequence does nothing.
    fn is_nfc(&self) -> bool {
        match self {
            Self::Nfc {} => true,
            Self::Sequence { normalizers } => normalizers.iter().any(Self::is_nfc),
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum PreTokenizer {
    ByteLevel {
        add_prefix_space: bool,
        #[serde(default = "yes")]
        use_regex: bool,
        #[serde(rename = "trim_offsets", default)]
        _trim_offsets: bool,
    },
    Split {
        pattern: SplitPattern,
        behavior: String,
        invert: bool,
    },
    Sequence {
        pretokenizers: Vec<PreTokenizer>,
    },
}

#[derive(Deserialize)]
enum SplitPattern {
    Regex(String),
}

fn yes() -> bool {
    true
}

impl PreTokenizer {
    fn pattern(&self) -> Option<Pattern> {
        match self {
            Self::ByteLevel {
                add_prefix_space: false,
                use_regex: true,
                ..
            } => Some(Pattern::Gpt2),
            Self::Sequence { pretokenizers } => match &pretokenizers[..] {
                [only] => only.pattern(),
                [
                    Self::Split {
                        pattern: SplitPattern::Regex(pattern),
                        behavior,
                        invert,
                    },
                    Self::ByteLevel {
                        add_prefix_space: false,
                        use_regex: false,
                        ..
                    },
                ] => {
                    // The patterns match every character, so keeping what they match is cutting there.
                    let cuts = [("Isolated", false), ("Removed", true)].contains(&(behavior, *invert));
                    Pattern::spelled(pattern).filter(|_| cuts)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
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
    #[serde(rename = "byte_fallback", default)]
    _byte_fallback: Option<bool>,
    #[serde(default)]
    ignore_merges: Option<bool>,
    vocab: Map<String, u32>,
    merges: Vec<Merge>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Line(String),
}

impl Merge {
    fn sides(&self) -> Option<(&str, &str)> {
        match self {
            Self::Pair(left, right) => Some((left, right)),
            Self::Line(line) => line.split_once(' ').filter(|(_, right)| !right.contains(' ')),
        }
    }
}

/// The fast path of the tokenizer in `json`, if there is one, and its added tokens; `around` special tokens are added
/// to every text.
pub(super) fn fast_path(json: &str, around: usize) -> Option<(Fast, Vec<String>)> {
    let file: File = serde_json::from_str(json).ok()?;
    let added = &file.added_tokens;
    if added
        .iter()
        .any(|token| token.single_word || token.lstrip || token.rstrip || token.content.is_empty())
    {
        return None;
    }
    let nfc = file.normalizer.is_some_and(|normalizer| normalizer.is_nfc());
    let form = |token: &AddedToken| {
        if nfc && token.normalized {
            let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
            nfc.normalize(&token.content).into_owned()
        } else {
            token.content.clone()
        }
    };
    let contents = |normalized: bool| -> Vec<String> {
        let chosen = added.iter().filter(|token| token.normalized == normalized);
        chosen.map(form).collect()
    };
    let (merges, whole) = file.model.merges()?;
    let fast = Fast {
        raw: Added::new(&contents(false))?,
        nfc,
        prefix_space: false,
        normalized: Added::new(&contents(true))?,
        pattern: file.pre_tokenizer.pattern()?,
        whole,
        merges,
        around,
        idle: Mutex::default(),
    };
    Some((fast, added.iter().map(|token| token.content.clone()).collect()))
}

/// The same file without `add_prefix_space`, where it is a GPT-2 pre-tokenizer that adds it: the reference cannot
/// read those, so it is asked about the rest.
pub(super) fn without_prefix_space(json: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Part {
        pre_tokenizer: PreTokenizer,
    }
    let part: Part = serde_json::from_str(json).ok()?;
    let PreTokenizer::ByteLevel {
        add_prefix_space: true,
        use_regex: true,
        ..
    } = part.pre_tokenizer
    else {
        return None;
    };
    let mut file: serde_json::Value = serde_json::from_str(json).ok()?;
    file["pre_tokenizer"]["add_prefix_space"] = false.into();
    Some(file.to_string())
}

impl Model {
    /// The merges, and the pretokens that are one token without them.
    fn merges(&self) -> Option<(Merges, BTreeSet<Vec<u8>>)> {
        let none = |affix: &Option<String>| affix.as_deref().unwrap_or_default().is_empty();
        if self.kind.as_deref().is_some_and(|kind| kind != "BPE")
            || self.dropout.is_some()
            || !none(&self.continuing_subword_prefix)
            || !none(&self.end_of_word_suffix)
            || !self.ids_differ()
        {
            return None;
        }
        let letters = letters();
        let mut bytes = [0; 256];
        for (token, letter) in bytes.iter_mut().zip(letters) {
            *token = *self.vocab.get(letter.encode_utf8(&mut [0; 4]) as &str)?;
        }
        let mut list = Vec::with_capacity(self.merges.len());
        let mut joined = String::new();
        for merge in &self.merges {
            let (left, right) = merge.sides()?;
            joined.clear();
            joined.push_str(left);
            joined.push_str(right);
            let id = |token: &str| self.vocab.get(token).copied();
            list.push((id(left)?, id(right)?, id(&joined)?));
        }
        let merges = Merges::new(&bytes, &list)?;
        let mut whole = BTreeSet::new();
        if self.ignore_merges == Some(true) {
            let mut scratch = merges::Scratch::default();
            let entries = self.vocab.keys().filter_map(|entry| bytes_of(entry, &letters));
            whole.extend(entries.filter(|entry| merges.count(entry, &mut scratch) > 1));
        }
        Some((merges, whole))
    }

    /// Whether no two entries share an id: then a token stands for one string.
    fn ids_differ(&self) -> bool {
        let mut ids: Vec<u32> = self.vocab.values().copied().collect();
        ids.sort_unstable();
        ids.windows(2).all(|pair| pair[0] != pair[1])
    }
}

/// The letter that stands for each byte in byte-level vocabularies (GPT-2's table): printable Latin-1 stands for
/// itself, the other bytes for the letters from U+0100 on, in order.
fn letters() -> [char; 256] {
    let mut next = 0x100;
    std::array::from_fn(|byte| {
        let own = matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let point = if own { byte as u32 } else { next };
        next += u32::from(!own);
        char::from_u32(point).unwrap_or_default()
    })
}

/// The bytes that an entry of the vocabulary stands for; `None` for one that text cannot give.
fn bytes_of(entry: &str, letters: &[char; 256]) -> Option<Vec<u8>> {
    let byte = |letter: char| letters.iter().position(|known| *known == letter);
    entry
        .chars()
        .map(|letter| byte(letter).map(|byte| byte as u8))
        .collect()
}
