//! What can go wrong in a kernel. The binding turns each variant into one builtin Python exception.

/// Every error names what came, what was expected and, where there is one, the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An argument has a value that the function cannot work with (`ValueError`).
    #[error("{name} must be {expected}, got {value}")]
    Argument {
        /// The argument as the caller wrote it.
        name: &'static str,
        /// The value that came, as the caller would write it.
        value: String,
        /// What would have been accepted.
        expected: String,
    },
    /// An argument has a type that the function cannot work with (`TypeError`).
    #[error("{name} must be {expected}, got {value}")]
    Type {
        /// The argument as the caller wrote it.
        name: &'static str,
        /// The type that came.
        value: String,
        /// The types that would have been accepted.
        expected: String,
    },
    /// One row cannot be worked with (`ValueError`).
    #[error("row {row}: {message}")]
    Row {
        /// Position of the row in the whole input.
        row: usize,
        /// What is wrong with it, and what to do about it.
        message: String,
    },
    /// The caller asked for a stop (Ctrl-C) before the work was done.
    #[error("interrupted")]
    Interrupted,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "literals, numbers and formatted strings alike"
)]
impl Error {
    /// An [`Error::Argument`] from its three parts.
    pub fn argument(name: &'static str, value: impl ToString, expected: impl ToString) -> Self {
        Self::Argument {
            name,
            value: value.to_string(),
            expected: expected.to_string(),
        }
    }

    /// An [`Error::Type`] from its three parts.
    pub fn wrong_type(name: &'static str, value: impl ToString, expected: impl ToString) -> Self {
        Self::Type {
            name,
            value: value.to_string(),
            expected: expected.to_string(),
        }
    }

    /// An [`Error::Row`] from its two parts.
    pub fn row(row: usize, message: impl ToString) -> Self {
        Self::Row {
            row,
            message: message.to_string(),
        }
    }
}

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;
