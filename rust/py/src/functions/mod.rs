//! One file per kernel: a Python signature, the kernel's options, a run, the result. No arithmetic here.

pub(crate) mod bucket;
pub(crate) mod external;
pub(crate) mod fingerprint;
pub(crate) mod instructions;
pub(crate) mod jsonl;
pub(crate) mod minhash;
pub(crate) mod normalize;
pub(crate) mod pack;
pub(crate) mod quality;
pub(crate) mod redact;
pub(crate) mod seen;
pub(crate) mod simhash;
pub(crate) mod similar;
pub(crate) mod similarity;
pub(crate) mod tokens;
pub(crate) mod wordlist;
