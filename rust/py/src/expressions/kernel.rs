//! A kernel with its arguments, made ready once for all the batches of an expression.
//!
//! Polars calls an expression again for every morsel and every group, with the arguments as text each time. Word lists,
//! patterns and permutations take longer to build than a small batch takes, so the latest ones are kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use fastcurate_core::minhash::MinHash;
use fastcurate_core::normalize::{Cleaner, Options};
use fastcurate_core::quality::Wanted;
use fastcurate_core::redact::{Own, Redactor};
use fastcurate_core::shingle::Shingle;
use fastcurate_core::tokens::TokenCounter;
use fastcurate_core::wordlist::WordList;
use serde::Deserialize;

use crate::functions::tokens::kept;

/// How many are kept ready.
const READY: usize = 16;

/// The arguments as `fastcurate.polars` sends them.
#[derive(Deserialize)]
#[serde(tag = "kernel", rename_all = "snake_case")]
enum Arguments {
    CountTokens {
        tokenizer: String,
        add_special_tokens: bool,
    },
    FindPersonalData(Personal),
    FindWords {
        words: Vec<String>,
        expressions: Vec<String>,
        /// What stands for each entry in the answer, words first.
        shown: Vec<String>,
    },
    Fingerprint,
    Minhash {
        num_perm: usize,
        shingle: String,
        seed: u64,
        algorithm: String,
    },
    MinhashSimilarity,
    Normalize {
        options: BTreeMap<String, String>,
    },
    Quality {
        signals: Vec<String>,
    },
    Redact(Personal),
    Simhash {
        shingle: String,
    },
    Similarity {
        shingle: String,
    },
}

#[derive(Deserialize)]
struct Personal {
    kinds: Vec<String>,
    patterns: Vec<(String, String)>,
    seed: Option<u64>,
}

/// A kernel that is ready to run.
pub(super) enum Kernel {
    CountTokens {
        counter: Arc<TokenCounter>,
        add_special_tokens: bool,
    },
    FindPersonalData(Redactor),
    FindWords {
        list: WordList,
        shown: Vec<String>,
    },
    Fingerprint,
    Minhash(MinHash),
    MinhashSimilarity,
    Normalize(Cleaner),
    Quality(Wanted),
    Redact(Redactor),
    Simhash(Shingle),
    Similarity(Shingle),
}

static LATEST: Mutex<VecDeque<(String, Arc<Kernel>)>> = Mutex::new(VecDeque::new());

impl Kernel {
    /// The kernel that these arguments, as JSON, ask for.
    pub(super) fn of(json: &str) -> Result<Arc<Self>, String> {
        let latest = || LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, kernel)) = latest().iter().find(|(key, _)| key == json) {
            return Ok(Arc::clone(kernel));
        }
        let arguments = serde_json::from_str(json)
            .map_err(|error| format!("the arguments of the expression cannot be read: {error}"))?;
        let kernel = Arc::new(Self::new(arguments).map_err(|error| error.to_string())?);
        let mut latest = latest();
        latest.truncate(READY - 1);
        latest.push_front((json.to_owned(), Arc::clone(&kernel)));
        Ok(kernel)
    }

    fn new(arguments: Arguments) -> fastcurate_core::Result<Self> {
        Ok(match arguments {
            Arguments::CountTokens {
                tokenizer,
                add_special_tokens,
            } => Self::CountTokens {
                counter: kept(&tokenizer)?,
                add_special_tokens,
            },
            Arguments::FindPersonalData(personal) => Self::FindPersonalData(personal.redactor()?),
            Arguments::FindWords {
                words,
                expressions,
                shown,
            } => Self::FindWords {
                list: WordList::new(&words, &expressions)?,
                shown,
            },
            Arguments::Fingerprint => Self::Fingerprint,
            Arguments::Minhash {
                num_perm,
                shingle,
                seed,
                algorithm,
            } => Self::Minhash(MinHash::new(
                num_perm,
                Shingle::parse(&shingle)?,
                seed,
                &algorithm,
            )?),
            Arguments::MinhashSimilarity => Self::MinhashSimilarity,
            Arguments::Normalize { options } => {
                let mut wanted = Options::KEEP;
                for (name, value) in &options {
                    wanted.set(name, value)?;
                }
                Self::Normalize(Cleaner::new(&wanted))
            }
            Arguments::Quality { signals } => Self::Quality(Wanted::new(&signals)?),
            Arguments::Redact(personal) => Self::Redact(personal.redactor()?),
            Arguments::Simhash { shingle } => Self::Simhash(Shingle::parse(&shingle)?),
            Arguments::Similarity { shingle } => Self::Similarity(Shingle::parse(&shingle)?),
        })
    }
}

impl Personal {
    fn redactor(&self) -> fastcurate_core::Result<Redactor> {
        let own = (!self.patterns.is_empty()).then(|| Own::new(&self.patterns));
        Redactor::new(&self.kinds, own.transpose()?, self.seed)
    }
}
