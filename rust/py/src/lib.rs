//! `fastcurate._core`: adapters between Python objects and the kernels of `fastcurate-core`.
//!
//! One small file per kernel in `functions/`; all capsule handling in `arrow_in` and `arrow_out`, foreign structs
//! looked over in `arrow_check`; releasing the
//! GIL, listening for Ctrl-C and reporting progress once, in `run`; one table of errors in `error`. Polars comes in
//! through `polars_plugin`, without Python, to the same kernels in `expressions`.

#![deny(unsafe_code)]
#![allow(clippy::needless_pass_by_value, reason = "pyo3 hands arguments over by value")]

mod arrow_check;
mod arrow_in;
mod arrow_out;
mod error;
mod expressions;
mod functions;
mod memory;
mod polars_plugin;
mod run;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::arrow_out::{ArrowArray, Checked, Chunk};
    #[pymodule_export]
    use crate::functions::bucket::bucket_by_length;
    #[pymodule_export]
    use crate::functions::external::{
        KeyCounts, checksum, compare_rows, cut_rows, distinct_rows, first_rows, lead_rows, meet_rows,
        met_enough, narrow_sketches, plan_rows, scatter_keys, surely_removed, text_hashes,
    };
    #[pymodule_export]
    use crate::functions::fingerprint::fingerprint;
    #[pymodule_export]
    use crate::functions::instructions::limit_instructions;
    #[pymodule_export]
    use crate::functions::jsonl::{JsonlSurvey, read_jsonl, read_jsonl_piece, write_jsonl};
    #[pymodule_export]
    use crate::functions::minhash::{minhash, minhash_similarity};
    #[pymodule_export]
    use crate::functions::normalize::normalize;
    #[pymodule_export]
    use crate::functions::pack::{gather_tokens, pack};
    #[pymodule_export]
    use crate::functions::quality::{quality, quality_signals};
    #[pymodule_export]
    use crate::functions::redact::{redact, redact_kinds};
    #[pymodule_export]
    #[pymodule_export]
    use crate::functions::seen::Seen;
    #[pymodule_export]
    use crate::functions::simhash::simhash;
    #[pymodule_export]
    use crate::functions::similar::{Pairs, Similar, band_recall, code_points, duplicates, identities};
    #[pymodule_export]
    use crate::functions::similarity::similarity;
    #[pymodule_export]
    use crate::functions::tokens::{Tokenizer, count_tokens};
    #[pymodule_export]
    use crate::functions::wordlist::find_words;

    #[pymodule_init]
    fn init(module: &super::Bound<'_, super::PyModule>) -> super::PyResult<()> {
        use super::PyModuleMethods;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
