//! Adapter for `fastcurate_core::tokens`: loaded tokenizers as Python objects, and their counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::DataType;
use fastcurate_core::text::{ChatColumn, ChatPart};
use fastcurate_core::tokens::{TokenCounter, count_chat, count_tokens as count_text, token_ends};
use fastcurate_core::{Error, Result};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyString};

use crate::arrow_in::Chunks;
use crate::arrow_out::ArrowArray;
use crate::error::to_python;
use crate::memory;
use crate::run::{How, run};

/// A loaded tokenizer. Any number of threads may use it; it pickles as what it was made of.
#[pyclass(frozen, module = "fastcurate._core")]
pub(crate) struct Tokenizer {
    pub(crate) counter: Arc<TokenCounter>,
    kind: String,
    source: Py<PyAny>,
}

#[pymethods]
impl Tokenizer {
    /// `kind` says what `source` is: "name" (a string), "json" (the bytes of a tokenizer.json), "tiktoken" or
    /// "tiktoken:PATTERN" (the bytes of a file). Bytes, because a string of Python's takes up to five times as much.
    #[new]
    fn new(py: Python<'_>, kind: String, source: Py<PyAny>) -> PyResult<Self> {
        let bytes = || source.bind(py).cast::<PyBytes>().map(PyBytesMethods::as_bytes);
        let counter = match kind.as_str() {
            "name" => {
                let name = source.bind(py).cast::<PyString>()?.to_str()?;
                py.detach(|| TokenCounter::named(name))
            }
            "json" => {
                let json = std::str::from_utf8(bytes()?)
                    .map_err(|error| PyValueError::new_err(error.to_string()))?;
                py.detach(|| TokenCounter::from_json(json))
            }
            kind if kind == "tiktoken" || kind.starts_with("tiktoken:") => {
                let (bytes, pattern) = (bytes()?, kind.strip_prefix("tiktoken:"));
                py.detach(|| TokenCounter::from_tiktoken(bytes, pattern))
            }
            _ => {
                return Err(PyValueError::new_err(format!(
                    "kind must be \"name\", \"json\", \"tiktoken\" or \"tiktoken:PATTERN\", got {kind:?}"
                )));
            }
        };
        memory::trim();
        let counter = Arc::new(counter.map_err(|error| to_python(&error))?);
        Ok(Self {
            counter,
            kind,
            source,
        })
    }

    /// What counts: "fast", "reference" (the crate `tokenizers`) or "proxy".
    #[getter]
    fn engine(&self) -> &'static str {
        self.counter.engine()
    }

    /// What somebody who looks at the counts should know, or None.
    #[getter]
    fn notice(&self) -> Option<&'static str> {
        self.counter.notice()
    }

    /// Where the tokens of every row end, in bytes, without special tokens around it: list<int32>, null for null.
    #[pyo3(signature = (text, *, threads = None, progress = None))]
    fn token_ends(
        &self,
        py: Python<'_>,
        text: Chunks,
        threads: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<ArrowArray> {
        let text = text.text()?;
        let ends = run(py, &How { threads, progress }, |workers| {
            token_ends(&text, &self.counter, workers)
        })?;
        Ok(ArrowArray(Arc::new(ends)))
    }

    /// Keeps the tokenizer for expressions of Polars, which can carry an identity only.
    fn keep(&self, identity: String) {
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(identity, Arc::clone(&self.counter));
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyAny>, (String, Py<PyAny>)) {
        let this = slf.get();
        let arguments = (this.kind.clone(), this.source.clone_ref(slf.py()));
        (slf.get_type().into_any(), arguments)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let source = match self.kind.as_str() {
            "name" => self.source.bind(py).repr()?.to_string(),
            kind => format!("{kind}, {} bytes", self.source.bind(py).len()?),
        };
        Ok(format!("Tokenizer({source}, engine={:?})", self.engine()))
    }
}

#[pyfunction]
#[pyo3(signature = (text, *, tokenizer, add_special_tokens = false, threads = None, progress = None))]
pub(crate) fn count_tokens(
    py: Python<'_>,
    text: Chunks,
    tokenizer: &Bound<'_, Tokenizer>,
    add_special_tokens: bool,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<ArrowArray> {
    let (how, counter) = (How { threads, progress }, &tokenizer.get().counter);
    let out = if matches!(text.field.data_type(), DataType::List(_) | DataType::LargeList(_)) {
        let rows = text.arrays.iter().map(|chunk| chunk.len()).sum();
        let chat = ChatColumn::new(&text.arrays, ChatPart::Messages, true);
        let chat = chat.map_err(|error| to_python(&error))?;
        run(py, &how, |workers| {
            count_chat(&chat, rows, counter, add_special_tokens, workers)
        })?
    } else {
        let text = text.text()?;
        run(py, &how, |workers| {
            count_text(&text, counter, add_special_tokens, workers)
        })?
    };
    Ok(ArrowArray(Arc::new(out)))
}

/// The tokenizers that expressions have named so far, by an identity of their content.
static KEPT: Mutex<BTreeMap<String, Arc<TokenCounter>>> = Mutex::new(BTreeMap::new());

/// The tokenizer that was kept as `identity`.
pub(crate) fn kept(identity: &str) -> Result<Arc<TokenCounter>> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let counter = kept.get(identity).map(Arc::clone);
    counter.ok_or_else(|| {
        let expected = "one that this process has loaded: build the expression here instead of unpickling it";
        Error::argument("tokenizer", format!("{identity:?}"), expected)
    })
}
