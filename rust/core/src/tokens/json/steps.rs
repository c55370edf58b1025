//! Normalizers and pre-tokenizers of a `tokenizer.json`, and what those that have a fast path come down to.

use serde::Deserialize;

use super::super::fast::Normalizer;
use super::super::model::{Cleaning, Prefix, SPACE};
use super::super::split::Pattern;

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub(super) enum Normalizers {
    #[serde(rename = "NFC")]
    Nfc {},
    Lowercase {},
    Prepend {
        prepend: String,
    },
    Replace {
        pattern: Text,
        content: String,
    },
    #[serde(alias = "Bert")]
    BertNormalizer {
        clean_text: bool,
        handle_chinese_chars: bool,
        strip_accents: Option<bool>,
        lowercase: bool,
    },
    Sequence {
        normalizers: Vec<Normalizers>,
    },
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
pub(super) enum PreTokenizer {
    ByteLevel {
        add_prefix_space: bool,
        #[serde(default = "yes")]
        use_regex: bool,
        #[serde(rename = "trim_offsets", default)]
        _trim_offsets: bool,
    },
    Split {
        pattern: Text,
        behavior: String,
        invert: bool,
    },
    Metaspace {
        replacement: String,
        prepend_scheme: String,
        #[serde(default = "yes")]
        split: bool,
    },
    #[serde(rename = "BertPreTokenizer")]
    Bert {},
    Sequence {
        pretokenizers: Vec<PreTokenizer>,
    },
}

#[derive(Deserialize)]
pub(super) enum Text {
    Regex(String),
    String(String),
}

fn yes() -> bool {
    true
}

impl Normalizers {
    /// All steps in order, without the sequences around them.
    fn steps(&self) -> Vec<&Self> {
        match self {
            Self::Sequence { normalizers } => normalizers.iter().flat_map(Self::steps).collect(),
            step => vec![step],
        }
    }

    /// Whether it makes U+2581 of spaces.
    fn marks_spaces(&self) -> bool {
        matches!(self, Self::Replace { pattern: Text::String(space), content } if space == " " && content == SPACE)
    }
}

/// The normalizer of byte-level models: NFC or none.
pub(super) fn composing(normalizer: Option<&Normalizers>) -> Option<Normalizer> {
    let steps = normalizer.map_or_else(Vec::new, Normalizers::steps);
    let nfc = steps.iter().all(|step| matches!(step, Normalizers::Nfc {}));
    let known = if steps.is_empty() {
        Normalizer::Keep
    } else {
        Normalizer::Nfc
    };
    nfc.then_some(known)
}

/// What the text of a SentencePiece model goes through: the normalizer, where a space is put before text after it, and
/// whether every space begins a part.
pub(super) fn spacing(
    normalizer: Option<&Normalizers>,
    pre_tokenizer: Option<&PreTokenizer>,
) -> Option<(Normalizer, Prefix, bool)> {
    let steps = normalizer.map_or_else(Vec::new, Normalizers::steps);
    let prepends = |step: &Normalizers| matches!(step, Normalizers::Prepend { prepend } if prepend == SPACE);
    let normalizer = match &steps[..] {
        [] => None,
        [only] if only.marks_spaces() => Some(false),
        [first, second] if prepends(first) && second.marks_spaces() => Some(true),
        _ => return None,
    };
    match (normalizer, pre_tokenizer) {
        (Some(prepend), None) => Some((Normalizer::Spaces { prepend }, Prefix::Never, false)),
        // No space is left for it.
        (
            Some(prepend),
            Some(PreTokenizer::Split {
                pattern: Text::String(space),
                ..
            }),
        ) if space == " " => Some((Normalizer::Spaces { prepend }, Prefix::Never, false)),
        (
            None,
            Some(PreTokenizer::Metaspace {
                replacement,
                prepend_scheme,
                split,
            }),
        ) if replacement == SPACE => {
            let prefix = match prepend_scheme.as_str() {
                "always" => Prefix::Always,
                "first" => Prefix::First,
                "never" => Prefix::Never,
                _ => return None,
            };
            Some((Normalizer::Keep, prefix, *split))
        }
        _ => None,
    }
}

/// What BERT's normalizer and pre-tokenizer do, if it is those.
pub(super) fn cleaning(
    normalizer: Option<&Normalizers>,
    pre_tokenizer: Option<&PreTokenizer>,
) -> Option<Cleaning> {
    let Some(PreTokenizer::Bert {}) = pre_tokenizer else {
        return None;
    };
    let steps = normalizer.map_or_else(Vec::new, Normalizers::steps);
    let none = Cleaning {
        clean: false,
        chinese: false,
        strip: false,
        lower: false,
    };
    match steps[..] {
        [] => Some(none),
        [Normalizers::Lowercase {}] => Some(Cleaning { lower: true, ..none }),
        [
            Normalizers::BertNormalizer {
                clean_text,
                handle_chinese_chars,
                strip_accents,
                lowercase,
            },
        ] => Some(Cleaning {
            clean: *clean_text,
            chinese: *handle_chinese_chars,
            strip: strip_accents.unwrap_or(*lowercase),
            lower: *lowercase,
        }),
        _ => None,
    }
}

impl PreTokenizer {
    /// The pattern of a byte-level model, and whether a space is put before text that does not begin with one.
    pub(super) fn pattern(&self) -> Option<(Pattern, bool)> {
        match self {
            Self::ByteLevel {
                add_prefix_space,
                use_regex: true,
                ..
            } => Some((Pattern::Gpt2, *add_prefix_space)),
            Self::Sequence { pretokenizers } => match &pretokenizers[..] {
                [only] => only.pattern().filter(|(_, prefix_space)| !prefix_space),
                [
                    splits @ ..,
                    Self::ByteLevel {
                        add_prefix_space: false,
                        use_regex: false,
                        ..
                    },
                ] => {
                    let expressions: Option<Vec<&str>> = splits.iter().map(Self::cuts_at).collect();
                    let pattern = Pattern::spelled(&expressions?)?;
                    Some((pattern, false))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The expression whose matches are cut out of the text, if this is all that it does.
    fn cuts_at(&self) -> Option<&str> {
        let Self::Split {
            pattern: Text::Regex(pattern),
            behavior,
            invert,
        } = self
        else {
            return None;
        };
        let isolated = (behavior.as_str(), *invert) == ("Isolated", false);
        // The single patterns match every character, so keeping what they match is cutting there.
        let kept =
            (behavior.as_str(), *invert) == ("Removed", true) && Pattern::spelled(&[pattern]).is_some();
        (isolated || kept).then_some(pattern)
    }
}
