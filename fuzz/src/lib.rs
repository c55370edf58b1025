//! One function for each kernel and door: bytes in, nothing out, a panic where something is wrong.
//!
//! `make fuzz` gives them to libFuzzer, under a nightly compiler with its sanitizers; `tests/replay.rs` gives them the saved
//! corpus and many small changes of it, on stable. Bytes become rows at every 0xFF, which no UTF-8 has.

#[path = "../../rust/py/src/arrow_check.rs"]
mod arrow_check;
mod arrow;
mod lengths;
mod texts;

/// Name and function of every target, by name.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("arrow", arrow::import),
    ("bucket", lengths::bucket),
    ("fingerprint", texts::fingerprint),
    ("jsonl", texts::jsonl),
    ("minhash", texts::minhash),
    ("normalize", texts::normalize),
    ("pack", lengths::pack),
    ("quality", texts::quality),
    ("redact", texts::redact),
    ("simhash", texts::simhash),
    ("similar", texts::similar),
    ("similarity", texts::similarity),
    ("tokenizer", texts::tokenizer),
    ("tokens", texts::tokens),
    ("wordlist", texts::wordlist),
];
