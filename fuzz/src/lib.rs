//! One function for each kernel and door: bytes in, nothing out, a panic where something is wrong.
//!
//! `tests/replay.rs` gives them the saved corpus and some changes of it, `make fuzz` as many changes as wanted (`bin/mutate.rs`).
//! Bytes become rows at every 0xFF, which no UTF-8 has.

mod arrow;
#[path = "../../rust/py/src/arrow_check.rs"]
mod arrow_check;
pub mod changes;
mod lengths;
mod texts;

/// Name and function of every target, by name.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("arrow", arrow::import),
    ("bucket", lengths::bucket),
    ("fingerprint", texts::fingerprint),
    ("jsonl", texts::jsonl),
    ("jsonl_pieces", texts::jsonl_pieces),
    ("minhash", texts::minhash),
    ("normalize", texts::normalize),
    ("pack", lengths::pack),
    ("quality", texts::quality),
    ("redact", texts::redact),
    ("seen", texts::seen),
    ("simhash", texts::simhash),
    ("similar", texts::similar),
    ("similarity", texts::similarity),
    ("tokenizer", texts::tokenizer),
    ("tokens", texts::tokens),
    ("wordlist", texts::wordlist),
];
