//! Text as Python `tokenizers` 0.23.3 sees it, for the crate 1.0.0-rc.3, whose Unicode tables are younger.
//!
//! What is unassigned to the one and a letter, or punctuation, to the other is cut in another way. Such a character is
//! replaced by one that is unassigned to both, and as long in bytes, which is counted alike where the vocabulary has neither. Where
//! that cannot be known, the text is refused. The lists come from asking both about every code point between two
//! letters and between marks. WordPiece of the crate, moreover, takes NUL inside of a word for the word's end; another
//! control is what NUL is to Python. And where `Metaspace` puts something before the text, the crate does so before some added
//! tokens too that are looked for after normalising: text with those is refused.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

type Ranges = &'static [(u32, u32)];

/// Letters and marks of Unicode 17 that Unicode 16 does not have.
const LETTERS: Ranges = &[
    (0x88f, 0x88f),
    (0xc5c, 0xc5c),
    (0xcdc, 0xcdc),
    (0x1acf, 0x1add),
    (0x1ae0, 0x1aeb),
    (0xa7ce, 0xa7cf),
    (0xa7d2, 0xa7d2),
    (0xa7d4, 0xa7d4),
    (0xa7f1, 0xa7f1),
    (0x10940, 0x10959),
    (0x10ec5, 0x10ec7),
    (0x10efa, 0x10efb),
    (0x11b60, 0x11b67),
    (0x11db0, 0x11ddb),
    (0x11de0, 0x11de9),
    (0x16ea0, 0x16eb8),
    (0x16ebb, 0x16ed3),
    (0x16ff2, 0x16ff6),
    (0x187f8, 0x187ff),
    (0x18d09, 0x18d1e),
    (0x18d80, 0x18df2),
    (0x1e6c0, 0x1e6de),
    (0x1e6e0, 0x1e6f5),
    (0x1e6fe, 0x1e6ff),
    (0x2b73a, 0x2b73f),
    (0x2cea2, 0x2cead),
    (0x323b0, 0x33479),
];

/// Punctuation that is younger than the table of Python.
const PUNCTUATION: Ranges = &[
    (0x61d, 0x61d),
    (0x9fd, 0x9fd),
    (0xa76, 0xa76),
    (0xc77, 0xc77),
    (0xc84, 0xc84),
    (0x1b4e, 0x1b4f),
    (0x1b7d, 0x1b7f),
    (0x2e43, 0x2e4f),
    (0x2e52, 0x2e5d),
    (0x10d6e, 0x10d6e),
    (0x10ead, 0x10ead),
    (0x10ed0, 0x10ed0),
    (0x10f55, 0x10f59),
    (0x10f86, 0x10f89),
    (0x113d4, 0x113d5),
    (0x113d7, 0x113d8),
    (0x1144b, 0x1144f),
    (0x1145a, 0x1145b),
    (0x1145d, 0x1145d),
    (0x11660, 0x1166c),
    (0x116b9, 0x116b9),
    (0x1183b, 0x1183b),
    (0x11944, 0x11946),
    (0x119e2, 0x119e2),
    (0x11a3f, 0x11a46),
    (0x11a9a, 0x11a9c),
    (0x11a9e, 0x11aa2),
    (0x11b00, 0x11b09),
    (0x11be1, 0x11be1),
    (0x11c41, 0x11c45),
    (0x11c70, 0x11c71),
    (0x11ef7, 0x11ef8),
    (0x11f43, 0x11f4f),
    (0x11fff, 0x11fff),
    (0x12ff1, 0x12ff2),
    (0x16d6d, 0x16d6f),
    (0x16e97, 0x16e9a),
    (0x16fe2, 0x16fe2),
    (0x1e5ff, 0x1e5ff),
    (0x1e95e, 0x1e95f),
];

/// What was punctuation once.
const ONCE_PUNCTUATION: Ranges = &[(0x166d, 0x166d), (0x111c9, 0x111c9)];

/// What decomposes in younger tables alone.
const DECOMPOSED: Ranges = &[
    (0x105c9, 0x105c9),
    (0x105e4, 0x105e4),
    (0x11383, 0x11383),
    (0x11385, 0x11385),
    (0x1138e, 0x1138e),
    (0x11391, 0x11391),
    (0x113c5, 0x113c5),
    (0x113c7, 0x113c8),
    (0x11938, 0x11938),
    (0x16121, 0x16128),
    (0x16d68, 0x16d6a),
];

/// What is made of other characters, as to compatibility, in younger tables alone.
const COMPATIBLE: Ranges = &[
    (0x32ff, 0x32ff),
    (0xa7f1, 0xa7f4),
    (0x10780, 0x107ba),
    (0x1ccd6, 0x1ccf9),
    (0x1e030, 0x1e06d),
    (0x1f16c, 0x1f16c),
];

/// By the length of a character in bytes, less two: one that is unassigned.
const UNASSIGNED: [char; 3] = ['\u{378}', '\u{2fe0}', '\u{1fffd}'];

/// What cuts, and asks no more of a character than the tables above say.
const CUTS: [&str; 9] = [
    "Whitespace",
    "Split",
    "Punctuation",
    "BertPreTokenizer",
    "WhitespaceSplit",
    "Digits",
    "Metaspace",
    "CharDelimiterSplit",
    "Sequence",
];

/// What has to be done to a text.
#[derive(Default)]
pub(super) struct Older {
    nul: Option<char>,
    replaced: Vec<(u32, u32)>,
    refused: Vec<(u32, u32)>,
    /// Added tokens, in lower case.
    broken: Vec<String>,
    /// Whether `'ſ` may be a contraction in any case, which the crate's own splitters do not know.
    long_s: bool,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<Added>,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    content: String,
    #[serde(default)]
    normalized: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The types of this step and all steps in it.
fn types(step: &Value) -> Vec<&str> {
    let own = step.get("type").and_then(Value::as_str);
    let inner = ["normalizers", "pretokenizers"].into_iter();
    let inner = inner.filter_map(|name| step.get(name)?.as_array());
    own.into_iter().chain(inner.flatten().flat_map(types)).collect()
}

/// Why no text can be counted by this tokenizer, if that is so: bytes made into letters by a normalizer, in front of
/// Unigram, give another best way through the text in each of the versions.
pub(super) fn refusal(json: &str) -> Option<String> {
    let file = serde_json::from_str::<File>(json).ok()?;
    let unigram = file.model.kind.as_deref() == Some("Unigram");
    (unigram && types(&file.normalizer).contains(&"ByteLevel")).then(|| {
        "a normalizer ByteLevel in front of a Unigram model, which versions of `tokenizers` count differently; use the          pre-tokenizer ByteLevel instead"
            .to_owned()
    })
}

impl Older {
    /// What the tokenizer of `json` needs, which counts a text like this.
    pub(super) fn new(json: &str, mut count: impl FnMut(&str) -> Option<usize>) -> Self {
        let Ok(file) = serde_json::from_str::<File>(json) else {
            return Self::default();
        };
        let (normalizers, cuts) = (types(&file.normalizer), types(&file.pre_tokenizer));
        let any = |steps: &[&str], names: &[&str]| steps.iter().any(|step| names.contains(step));
        let (mut replaced, mut refused) = (Vec::new(), Vec::new());
        if any(&cuts, &["Whitespace", "Split", "ByteLevel"]) {
            replaced.extend(LETTERS);
        }
        let punctuation = any(&cuts, &["Punctuation", "BertPreTokenizer"]);
        if punctuation {
            replaced.extend(PUNCTUATION);
            refused.extend(ONCE_PUNCTUATION);
        }
        if any(&normalizers, &["NFD", "NFKD", "BertNormalizer"]) {
            refused.extend(DECOMPOSED);
        }
        if any(&normalizers, &["NFKC", "NFKD"]) {
            refused.extend(COMPATIBLE);
        }
        let known = mentioned(json);
        // An expression may ask for punctuation by its own table, and bytes have merges of their own.
        let alike = cuts.iter().all(|step| CUTS.contains(step))
            && !(punctuation && any(&cuts, &["Split"]))
            && !known
                .iter()
                .any(|c| UNASSIGNED.contains(c) || within(&replaced, *c));
        if !alike {
            refused.append(&mut replaced);
        }
        let word_piece = file.model.kind.as_deref() == Some("WordPiece");
        // Nmt takes out all controls but NUL.
        let mut controls = ('\u{1}'..='\u{8}').chain('\u{e}'..='\u{1b}');
        let nul = controls.find(|c| !known.contains(c) && !any(&normalizers, &["Nmt", "Precompiled"]));
        if word_piece && nul.is_none() {
            refused.push((0, 0));
        }
        let normalized = file.added_tokens.into_iter().filter(|token| token.normalized);
        let broken = normalized.filter(|token| count(&token.content) != Some(1));
        Self {
            broken: broken.map(|token| token.content.to_lowercase()).collect(),
            long_s: any(&cuts, &["Split"]),
            nul: nul.filter(|_| word_piece),
            replaced,
            refused,
        }
    }

    /// `text` with what has to be replaced, or what is wrong with it.
    pub(super) fn apply<'a>(&self, text: &'a str) -> Result<Cow<'a, str>, String> {
        if !self.broken.is_empty() {
            let lower = text.to_lowercase();
            if let Some(token) = self.broken.iter().find(|token| lower.contains(*token)) {
                return Err(format!(
                    "the added token {token:?}, which versions of `tokenizers` count differently in such a tokenizer; \
                     take it out, or have it added with normalized=False"
                ));
            }
        }
        if self.long_s && text.contains("'ſ") {
            return Err(
                "'ſ, which versions of `tokenizers` cut differently; write an s, or take it out".to_owned(),
            );
        }
        let nothing = self.replaced.is_empty() && self.refused.is_empty() || text.is_ascii();
        if nothing && memchr::memchr(0, text.as_bytes()).is_none() {
            return Ok(Cow::Borrowed(text));
        }
        if let Some(c) = text.chars().find(|c| within(&self.refused, *c)) {
            return Err(format!(
                "U+{:04X}, which versions of `tokenizers` count differently in such a tokenizer; take it out or put another in its place",
                u32::from(c)
            ));
        }
        let other = |c: char| match c {
            '\0' => self.nul,
            c if within(&self.replaced, c) => Some(UNASSIGNED[c.len_utf8() - 2]),
            _ => None,
        };
        if text.chars().all(|c| other(c).is_none()) {
            return Ok(Cow::Borrowed(text));
        }
        Ok(text.chars().map(|c| other(c).unwrap_or(c)).collect())
    }
}

/// Whether a character is in one of the ranges.
fn within(ranges: &[(u32, u32)], c: char) -> bool {
    let code = u32::from(c);
    ranges
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
}

/// The characters beyond ASCII, and those written by their numbers, in a JSON file.
fn mentioned(json: &str) -> crate::hash::Set<char> {
    let escaped = json.match_indices("\\u").filter_map(|(at, _)| {
        let unit = |at: usize| u16::from_str_radix(json.get(at + 2..at + 6)?, 16).ok();
        let units = [unit(at)?, unit(at + 6).unwrap_or_default()];
        char::decode_utf16(units).next()?.ok()
    });
    json.chars().filter(|c| !c.is_ascii()).chain(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(tokens: usize, normalizer: &str, cut: &str, model: &str) -> Older {
        Older::new(
            &format!(
                r#"{{"normalizer":{normalizer},"pre_tokenizer":{cut},"model":{model},"added_tokens":[{{"content":"<X>","normalized":true}}]}}"#
            ),
            |_| Some(tokens),
        )
    }

    fn older(normalizer: &str, cut: &str, model: &str) -> Older {
        counting(1, normalizer, cut, model)
    }

    #[test]
    fn bytes_in_front_of_unigram_are_refused() {
        let json = |normalizer: &str, kind: &str| {
            format!(
                r#"{{"normalizer":{{"type":"Sequence","normalizers":[{{"type":"{normalizer}"}}]}},"model":{{"type":"{kind}"}}}}"#
            )
        };
        assert!(
            refusal(&json("ByteLevel", "Unigram"))
                .unwrap()
                .contains("Unigram")
        );
        assert_eq!(refusal(&json("NFC", "Unigram")), None);
        assert_eq!(refusal(&json("ByteLevel", "BPE")), None);
    }

    #[test]
    fn added_tokens_that_are_not_one_token_are_refused() {
        let unigram = r#"{"type":"Unigram"}"#;
        assert!(older("null", "null", unigram).apply("a<x>").is_ok());
        let broken = counting(2, "null", "null", unigram);
        assert!(broken.apply("a<x>").unwrap_err().contains("\"<x>\""));
        assert_eq!(broken.apply("<").unwrap(), "<");
    }

    #[test]
    fn what_is_younger_is_replaced_or_refused() {
        let bert = r#"{"type":"BertPreTokenizer"}"#;
        let word_piece = r#"{"type":"WordPiece","vocab":{"a":0}}"#;
        let plain = older("null", bert, word_piece);
        assert_eq!(
            plain.apply("a\0b\u{2e43}é\u{61d}").unwrap(),
            "a\u{1}b\u{2fe0}é\u{378}"
        );
        assert!(matches!(plain.apply("aé.").unwrap(), Cow::Borrowed("aé.")));
        assert!(plain.apply("\u{166d}").unwrap_err().contains("U+166D"));
        assert!(older(r#"{"type":"Nmt"}"#, bert, word_piece).apply("a\0").is_err());
        let known = older("null", bert, r#"{"type":"WordPiece","vocab":{"\u0001":0}}"#);
        assert_eq!(known.apply("a\0").unwrap(), "a\u{2}");
        let nested =
            r#"{"type":"Sequence","pretokenizers":[{"type":"UnicodeScripts"},{"type":"Whitespace"}]}"#;
        assert!(older("null", nested, word_piece).apply("\u{88f}").is_err());
        let known = r#"{"type":"WordLevel","vocab":{"\u088f":0}}"#;
        assert!(
            older("null", r#"{"type":"Whitespace"}"#, known)
                .apply("\u{88f}")
                .is_err()
        );
        let nothing = older("null", "null", r#"{"type":"Unigram"}"#);
        assert_eq!(nothing.apply("a\0\u{88f}").unwrap(), "a\0\u{88f}");
        assert!(
            older(r#"{"type":"NFD"}"#, "null", known)
                .apply("\u{105c9}")
                .is_err()
        );
    }
}
