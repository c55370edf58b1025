//! How many tokens a model's own tokenizer makes of a text, without making them.
//!
//! The crate `tokenizers` defines the counts of a `tokenizer.json` and counts for every kind of tokenizer. For
//! byte-level BPE with a split pattern that we know (GPT-2, GPT-4, GPT-4o, Llama 3, Qwen 2) a path of our own does
//! the work, after it has agreed with the reference on a [probe text](probe):
//!
//! ```text
//! text ─▶ added tokens ─▶ NFC ─▶ added tokens ─▶ split ─▶ cache ─▶ merges on a miss
//! ```
//!
//! Null in, null out; the empty text has no tokens but the special ones that are asked for. A conversation
//! counts as the sum over the contents of all its turns, a null content as empty.

mod added;
mod align;
mod cache;
mod characters;
mod columns;
mod counter;
mod fast;
mod joins;
mod json;
mod letters;
mod merges;
mod model;
mod older;
mod pairs;
mod points;
mod probe;
mod ranks;
mod reference;
mod split;
mod trie;

pub use columns::{count_chat, count_tokens, token_ends};
pub use counter::TokenCounter;
