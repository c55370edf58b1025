//! A loaded tokenizer: which engine counts, and the proof that a fast path counts as the reference does.

use tokenizers::pipeline::PipelineToken;

use crate::error::{Error, Result};

use super::fast::Fast;
use super::model::{Memory, Model};
use super::reference::Reference;
use super::split::Pattern;
use super::{json, ranks};

/// A loaded tokenizer, or one of the proxies that need none. Any number of threads may count with it at once.
pub struct TokenCounter {
    engine: Engine,
    notice: Option<&'static str>,
}

enum Engine {
    Words,
    Chars,
    Bytes,
    Fast(Box<Fast>),
    Reference(Box<Reference>),
}

/// What one worker needs while it counts.
pub(super) enum Work {
    Nothing,
    Memory(Box<Memory>),
    Ids(Vec<PipelineToken>),
}

impl TokenCounter {
    /// Every name that [`Self::named`] knows.
    pub const NAMES: [&str; 6] = ["gpt2", "cl100k_base", "o200k_base", "words", "chars", "bytes"];

    /// Every name of a split pattern.
    pub const PATTERNS: [&str; 6] = ["gpt2", "cl100k_base", "llama3", "qwen2", "o200k_base", "deepseek"];

    /// One of the embedded vocabularies, in which special tokens are ordinary text, or a proxy: words between white
    /// space, code points, bytes.
    pub fn named(name: &str) -> Result<Self> {
        let engine = match name {
            "words" => Some(Engine::Words),
            "chars" => Some(Engine::Chars),
            "bytes" => Some(Engine::Bytes),
            name => {
                let known = ranks::KNOWN.into_iter().find(|known| known.name == name);
                known
                    .and_then(|known| known.counter())
                    .map(|fast| Engine::Fast(Box::new(fast)))
            }
        };
        let expected = || format!("one of the names {}", Self::NAMES.join(", "));
        engine
            .map(Self::of)
            .ok_or_else(|| Error::argument("tokenizer", format!("{name:?}"), expected()))
    }

    /// The tokenizer that a `tokenizer.json` describes, of any model type.
    pub fn from_json(json: &str) -> Result<Self> {
        let refused = |problem: String| {
            let expected = "the content of a tokenizer.json that this version can read";
            Error::argument("tokenizer", format!("something else ({problem})"), expected)
        };
        let notice = match json::candidate(json).map(proven) {
            Some(Ok(fast)) => return Ok(Self::of(Engine::Fast(Box::new(fast)))),
            Some(Err(notice)) => Some(notice),
            None => Some("this kind of tokenizer has no fast path, so `tokenizers` counts"),
        };
        if let Some(problem) = json::far_off(json) {
            return Err(refused(problem));
        }
        let reference = Reference::of_any_text(json).map_err(refused)?;
        Ok(Self {
            engine: Engine::Reference(Box::new(reference)),
            notice,
        })
    }

    /// The tokenizer of a `.tiktoken` file, in which special tokens are ordinary text. Such a file does not say how text
    /// is split: `pattern` does, one of [`Self::PATTERNS`], and need not for the vocabularies that are embedded.
    pub fn from_tiktoken(bytes: &[u8], pattern: Option<&str>) -> Result<Self> {
        let pattern = match pattern {
            None => None,
            Some(name) => Some(Pattern::named(name).ok_or_else(|| {
                let expected = format!("one of {}", Self::PATTERNS.join(", "));
                Error::argument("pattern", format!("{name:?}"), expected)
            })?),
        };
        let fast = ranks::from_file(bytes, pattern).map_err(|problem| {
            let expected = "the content of a .tiktoken file";
            Error::argument("tokenizer", format!("something else ({problem})"), expected)
        })?;
        Ok(Self::of(Engine::Fast(Box::new(fast))))
    }

    fn of(engine: Engine) -> Self {
        Self { engine, notice: None }
    }

    /// What counts: `"fast"`, `"reference"` or `"proxy"`.
    pub fn engine(&self) -> &'static str {
        match self.engine {
            Engine::Fast(_) => "fast",
            Engine::Reference(_) => "reference",
            _ => "proxy",
        }
    }

    /// What somebody who looks at the counts should know of how they were made.
    pub fn notice(&self) -> Option<&'static str> {
        self.notice
    }

    /// The tokens of `text`. Special tokens inside it are recognised as `tokenizers` does; `add_special_tokens` adds
    /// those that the tokenizer puts around every text.
    pub fn count(&self, text: &str, add_special_tokens: bool) -> Result<usize> {
        let mut work = self.enter();
        let count = self.count_with(text, add_special_tokens, &mut work);
        self.leave(work);
        count.map_err(|problem| Error::argument("text", "a text that the tokenizer refuses", problem))
    }

    /// Where the tokens of `text` end, in bytes, in order: one number a token, without special tokens around the text. A
    /// token that ends inside a character ends where the character does, so that several may end there; the
    /// text can be cut at every number.
    pub fn ends(&self, text: &str) -> Result<Vec<usize>> {
        let mut work = self.enter();
        let mut ends = Vec::new();
        let done = self.ends_with(text, &mut work, &mut ends);
        self.leave(work);
        let expected = "a tokenizer whose token boundaries are known (see `engine`)";
        done.map_err(|problem| Error::argument("tokenizer", problem, expected))?;
        Ok(ends)
    }

    pub(super) fn ends_with(
        &self,
        text: &str,
        work: &mut Work,
        ends: &mut Vec<usize>,
    ) -> std::result::Result<(), &'static str> {
        match (&self.engine, work) {
            (Engine::Fast(fast), Work::Memory(memory)) => fast.ends(text, memory, ends),
            (Engine::Words, _) => {
                let start = text.as_ptr() as usize;
                ends.extend(
                    text.split_whitespace()
                        .map(|word| word.as_ptr() as usize - start + word.len()),
                );
            }
            (Engine::Chars, _) => ends.extend(text.char_indices().map(|(at, c)| at + c.len_utf8())),
            (Engine::Bytes, _) => ends.extend(
                text.chars()
                    .scan(0, |at, c| {
                        *at += c.len_utf8();
                        Some(std::iter::repeat_n(*at, c.len_utf8()))
                    })
                    .flatten(),
            ),
            _ => return Err("one that goes through the crate `tokenizers`, which gives no boundaries"),
        }
        Ok(())
    }

    pub(super) fn enter(&self) -> Work {
        match &self.engine {
            Engine::Fast(fast) => Work::Memory(Box::new(fast.enter())),
            Engine::Reference(_) => Work::Ids(Vec::new()),
            _ => Work::Nothing,
        }
    }

    pub(super) fn leave(&self, work: Work) {
        if let (Engine::Fast(fast), Work::Memory(memory)) = (&self.engine, work) {
            fast.leave(*memory);
        }
    }

    pub(super) fn count_with(
        &self,
        text: &str,
        special: bool,
        work: &mut Work,
    ) -> std::result::Result<usize, String> {
        Ok(match (&self.engine, work) {
            (Engine::Fast(fast), Work::Memory(memory)) => fast.count(text, special, memory),
            (Engine::Reference(reference), Work::Ids(ids)) => reference.count(text, special, ids)?,
            (Engine::Words, _) => text.split_whitespace().count(),
            (Engine::Chars, _) => text.chars().count(),
            _ => text.len(),
        })
    }
}

/// The fast path, if it agrees with the reference on the probe; a notice if not.
fn proven(candidate: json::Candidate) -> std::result::Result<Fast, &'static str> {
    const DIFFERS: &str = "the fast path differs from `tokenizers` on the probe text, so `tokenizers` counts";
    let json::Candidate {
        mut fast,
        probe,
        json,
        prefix_space,
    } = candidate;
    let reference = Reference::new(&json).map_err(|_| DIFFERS)?;
    let mut ids = Vec::new();
    let mut expected =
        |text: &str, special: bool| reference.count(text, special, &mut ids).map_err(|_| DIFFERS);
    fast.around = expected("", true)?.saturating_sub(expected("", false)?);
    let mut memory = fast.enter();
    for text in probe {
        for special in [false, true] {
            if fast.count(&text, special, &mut memory) != expected(&text, special)? {
                return Err(DIFFERS);
            }
        }
    }
    if let Model::ByteLevel(model) = &mut fast.model {
        model.prefix_space = prefix_space;
    }
    // What the worker remembers was counted without that space.
    Ok(fast)
}
