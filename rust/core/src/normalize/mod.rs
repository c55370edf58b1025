//! Text with the accidents of its transport taken out: Unicode form, whitespace, controls.
//!
//! By default three things happen: canonical composition (NFC); runs of spaces and tabs inside a line become one
//! space, those at its end go, indentation and line breaks stay, at most two blank lines in a row; controls other
//! than tab, line feed and carriage return go. Everything else is off until asked for, and the three can be
//! switched off. Which code points each option means is the table in `options.rs`; what a line, a blank line and
//! an indentation are is in `whitespace.rs`.
//!
//! The order of the steps:
//!
//! 1. for NFKC and NFKD, compatibility decomposition, where a later step would otherwise not see what it brings
//!    to light (U+FE58 holds a dash);
//! 2. the characters that options name are removed or replaced, line ends last among them: a carriage return and
//!    a line feed with only removed characters between them are one line end;
//! 3. the Unicode form, since a removal can bring a letter and its accent together;
//! 4. whitespace, since removals and compatibility forms can bring blanks together.
//!
//! So it is idempotent. No code point outside the table decomposes canonically into one of the table, so that
//! step 3 makes no work for step 2; nothing composes with a space, a tab or a line end, and step 4 leaves one of
//! them wherever there was text on both sides, so that it makes no work for step 3; and it only ever takes away,
//! but for a space in the place of a run. A line feed, a carriage return and a form feed are different things
//! here: the last is a control and is removed, and so is U+0085; U+2028 and U+2029 are kept as they are and end
//! no line; U+00A0 and its kind are letters to step 4.
//!
//! Any text in, valid text out, in linear time. Null in, null out; the empty text stays empty. A row that does
//! not change costs one look at its bytes, and an array in which no row changes is handed back as it is.

mod assemble;
mod changes;
mod classes;
mod cleaner;
mod column;
mod fences;
mod folding;
mod options;
mod punctuation;
mod walk;
mod whitespace;

pub use cleaner::{Cleaner, Scratch};
pub use column::{Normalized, normalize};
pub use options::{Code, Form, Options};

#[cfg(test)]
mod tests;
