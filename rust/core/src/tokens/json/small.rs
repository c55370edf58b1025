//! A tokenizer with no more of its vocabulary than some texts can reach, so that the reference reads it in no time.
//!
//! BPE makes no token that is not a part of the text, so that leaving other entries out, and the merges that make
//! them, changes nothing for these texts. An entry is kept where every three neighbouring characters of it are
//! neighbours in a text too, as the model spells it, which is a little more than is needed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::hash::{Set, mix};

use super::super::model::SPACE;
use super::bpe::Bpe;

/// What the texts have in a row.
pub(super) struct Reach {
    threes: Set<u64>,
    added: Vec<String>,
}

impl Reach {
    /// `letters` spells bytes; the contents of `added` tokens are kept whatever the texts have.
    pub(super) fn new(texts: &[String], added: &[String], letters: &[char; 256]) -> Self {
        let mut threes = Set::default();
        let mut insert = |text: &[char]| {
            for three in text.windows(3) {
                threes.insert(key(three[0], three[1], three[2]));
            }
        };
        let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
        for text in texts {
            let spaced = format!(" {text}").replace(' ', SPACE);
            insert(&spaced.chars().collect::<Vec<_>>());
            for form in [Cow::Borrowed(text.as_str()), nfc.normalize(text)] {
                insert(
                    &form
                        .bytes()
                        .map(|byte| letters[usize::from(byte)])
                        .collect::<Vec<_>>(),
                );
            }
        }
        Self {
            threes,
            added: added.to_vec(),
        }
    }

    fn has(&self, entry: &str) -> bool {
        let mut last = ['\0'; 2];
        let reached = entry.chars().enumerate().all(|(at, c)| {
            let [first, second] = last;
            last = [second, c];
            at < 2 || self.threes.contains(&key(first, second, c))
        });
        // Bytes and unknown tokens are written like this.
        reached || entry.starts_with(['<', '[']) || self.added.iter().any(|content| content == entry)
    }
}

fn key(first: char, second: char, third: char) -> u64 {
    mix(u64::from(first) << 42 | u64::from(second) << 21 | u64::from(third))
}

/// The tokenizer of `json`, whose model is `bpe`, with what is in `reach` of its vocabulary.
pub(super) fn reduced(json: &str, bpe: &Bpe, reach: &Reach) -> Option<String> {
    let quoted = |text: &str| serde_json::to_string(text).ok();
    let ids = bpe.vocab.ids()?;
    let mut vocab = Vec::new();
    for entry in bpe.vocab.entries().filter(|entry| reach.has(entry)) {
        vocab.push(format!("{}:{}", quoted(entry)?, ids.get(entry)?));
    }
    let mut merges = Vec::new();
    for merge in &bpe.merges {
        let joined = [&*merge.0, &*merge.1].concat();
        if reach.has(&joined) && reach.has(&merge.0) && reach.has(&merge.1) {
            merges.push(format!("[{},{}]", quoted(&merge.0)?, quoted(&merge.1)?));
        }
    }
    let mut file: BTreeMap<Cow<str>, &RawValue> = serde_json::from_str(json).ok()?;
    let model = file.remove("model")?.get();
    let mut model: BTreeMap<Cow<str>, &RawValue> = serde_json::from_str(model).ok()?;
    let vocab = RawValue::from_string(format!("{{{}}}", vocab.join(","))).ok()?;
    let merges = RawValue::from_string(format!("[{}]", merges.join(","))).ok()?;
    model.insert("vocab".into(), &vocab);
    model.insert("merges".into(), &merges);
    let model = RawValue::from_string(serde_json::to_string(&model).ok()?).ok()?;
    file.insert("model".into(), &model);
    // The reference cannot read files that ask for a space before the text: it is asked about the rest.
    let pre_tokenizer = file.get("pre_tokenizer").map(|step| step.get());
    let plain = pre_tokenizer.map(|step| {
        let mut step: serde_json::Value = serde_json::from_str(step).ok()?;
        if step.get("type")? == "ByteLevel" && step.get("add_prefix_space")? == true {
            step["add_prefix_space"] = false.into();
        }
        let mut step = step.to_string();
        if step.contains("[一-龥") {
            // DeepSeek's expressions, which the reference knows with line ends as they are.
            step = step.replace(r"\\r\\n", r"\r\n");
        }
        RawValue::from_string(step).ok()
    });
    if let Some(Some(plain)) = &plain {
        file.insert("pre_tokenizer".into(), plain);
    }
    serde_json::to_string(&file).ok()
}
