//! The kernels of fastcurate: text in Arrow buffers in, Arrow out.
//!
//! ```text
//! text (Arrow) ─▶ Text ─▶ kernel, serial, over a range of rows ─▶ Arrow
//! ```
//!
//! Nothing here knows Python, files or the environment; [`parallel`] is the one module that knows threads.

#![forbid(unsafe_code)]

pub mod error;
pub mod fingerprint;
pub mod hash;
pub mod identity;
pub mod instructions;
pub mod jsonl;
pub mod lengths;
pub mod matching;
pub mod minhash;
pub mod mojibake;
pub mod normalize;
pub mod parallel;
pub mod quality;
pub mod redact;
pub mod shingle;
pub mod simhash;
pub mod similar;
pub mod similarity;
pub mod text;
pub mod tokens;
pub mod wordlist;
pub mod words;

pub use error::{Error, Result};
