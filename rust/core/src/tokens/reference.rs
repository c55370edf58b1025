//! The crate `tokenizers`: the definition of every count, and the engine of tokenizers that have no fast path.

use tokenizers::pipeline::encode_options::Override;
use tokenizers::pipeline::{EncodeOptions, PipelineToken, PipelineTokenizer};

use super::older::{self, Older};

/// A tokenizer of any kind; truncation and padding stored in its file are ignored.
pub(super) struct Reference {
    tokenizer: PipelineTokenizer,
    older: Older,
}

impl Reference {
    /// Reads a `tokenizer.json`, of older versions too.
    pub(super) fn new(json: &str) -> Result<Self, String> {
        // The crate panics on some vocabularies that cannot be (none at all, an id twice, an enormous id).
        let read = std::panic::catch_unwind(|| {
            let canonical = tokenizers::canonicalize_str(json).map_err(|error| error.to_string())?;
            tokenizers::from_json(&canonical).map_err(|error| error.to_string())
        });
        read.unwrap_or_else(|_| Err("its vocabulary contradicts itself".to_owned()))
            .map(|tokenizer| Self {
                tokenizer,
                older: Older::default(),
            })
    }

    /// The same for any text, where [`Self::new`] is for some that both versions of the package count alike.
    pub(super) fn of_any_text(json: &str) -> Result<Self, String> {
        if let Some(why) = older::refusal(json) {
            return Err(why);
        }
        let reference = Self::new(json)?;
        let mut ids = Vec::new();
        let older = Older::new(json, |text| reference.count(text, false, &mut ids).ok());
        Ok(Self { older, ..reference })
    }

    /// The tokens of `text`. `ids` is working memory.
    pub(super) fn count(
        &self,
        text: &str,
        add_special_tokens: bool,
        ids: &mut Vec<PipelineToken>,
    ) -> Result<usize, String> {
        let options = EncodeOptions {
            add_special_tokens,
            encode_special_tokens: false,
            padding: Override::Off,
            truncation: Override::Off,
        };
        ids.clear();
        let text = self.older.apply(text)?;
        let encoded = self.tokenizer.encode_into(&text, &options, ids);
        encoded.map(|()| ids.len()).map_err(|error| error.to_string())
    }
}
