//! Newline-delimited JSON, bytes in and Arrow out, and the way back.
//!
//! Every line that is not blank is a row. A row that is no JSON object in UTF-8, or whose types contradict
//! those that most rows of a column have, is *broken*: it is handed back with its place and the reason, and is
//! no part of the batches. Strings stay strings, whatever they look like.
//!
//! What comes back from [`write`] after [`read`] has the same values as what went in, with these exceptions: in
//! a column where floats occur, `1` comes back as `1.0`; in a field that is null in one row and missing in
//! another, missing becomes null; of repeated keys the last counts; the keys of a column stand in the order
//! in which they first appear. Numbers that no 64-bit type can hold exactly and escapes of lone surrogates
//! would be changed, so that their rows are broken.

mod escapes;
mod lines;
mod piece;
mod read;
mod shape;
mod write;

pub use piece::{Survey, read_piece};
pub use read::{Broken, Rows, read};
pub use write::write;
