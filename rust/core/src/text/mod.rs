//! Text as the kernels see it: rows of `Option<&str>`, whatever the Arrow layout.
//!
//! [`TextColumn`] reads `Utf8`, `LargeUtf8`, `Utf8View`, dictionaries of these and all-null columns in place, over
//! any number of chunks. [`ChatColumn`] reads `messages: list<struct<role, content>>`. [`Joined`] is several columns
//! as one text. All three are [`Text`], which is what kernels take.

mod chat;
mod column;
mod joined;

pub use chat::{ChatColumn, ChatPart};
pub use column::TextColumn;
pub use joined::Joined;

/// Rows of text for whole-table work, where a null row counts as empty beside rows that are not null.
pub trait Text: Send + Sync {
    /// The number of rows.
    fn len(&self) -> usize;

    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is nothing in `row`, not even an empty text.
    fn is_null(&self, row: usize) -> bool;

    /// The text of `row`; a null counts as empty. It lies in the Arrow buffers where it can, otherwise it is put
    /// together in `scratch`.
    fn read<'a>(&'a self, row: usize, scratch: &'a mut String) -> &'a str;
}
