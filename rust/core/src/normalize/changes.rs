//! A piece of a column: its rows looked at, and those that change put one behind the other.

use arrow_array::{AnyDictionaryArray, OffsetSizeTrait};
use fastcurate_simd::spacing::{BLOCK, Findings, look};

use super::cleaner::{Cleaner, Scratch};
use super::options::Options;
use crate::error::{Error, Result};

/// The rows whose bytes are not UTF-8, ascending.
#[derive(Debug, Default)]
pub(super) struct Invalid {
    rows: Vec<usize>,
}

impl Invalid {
    /// Adds those of a later piece, which begins behind so many rows.
    pub(super) fn add(&mut self, later: &Self, behind: usize) {
        self.rows.extend(later.rows.iter().map(|row| row + behind));
    }

    /// From the values of a dictionary to its rows.
    pub(super) fn of_dictionary(&self, dictionary: &dyn AnyDictionaryArray) -> Self {
        let mut rows = Vec::new();
        if !self.rows.is_empty() {
            let keys = dictionary.normalized_keys();
            let invalid = |row: &usize| {
                dictionary.keys().is_valid(*row) && self.rows.binary_search(&keys[*row]).is_ok()
            };
            rows.extend((0..keys.len()).filter(invalid));
        }
        Self { rows }
    }

    /// The error, unless such bytes are to be replaced.
    pub(super) fn check(&self, options: &Options) -> Result<()> {
        let (Some(first), false) = (self.rows.first(), options.replace_invalid) else {
            return Ok(());
        };
        let others = match self.rows.len() {
            1 => String::new(),
            count => format!(" (and those of {} more)", count - 1),
        };
        Err(Error::row(
            *first,
            format!("the bytes are not valid UTF-8{others}; invalid=\"replace\" puts U+FFFD in their place"),
        ))
    }
}

/// The rows of a piece that change.
#[derive(Debug, Default)]
pub(super) struct Changes {
    text: String,
    /// Row, and where its text ends.
    ends: Vec<(usize, usize)>,
    pub(super) invalid: Invalid,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The rows that change and what they become.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |&(row, end)| {
            let text = &self.text[start..end];
            start = end;
            (row, text)
        })
    }
}

/// Looks at rows and keeps what becomes of them.
pub(super) struct Piece<'a> {
    cleaner: &'a Cleaner,
    scratch: Scratch,
    changes: Changes,
}

impl<'a> Piece<'a> {
    pub(super) fn new(cleaner: &'a Cleaner) -> Self {
        Self {
            cleaner,
            scratch: Scratch::default(),
            changes: Changes::default(),
        }
    }

    pub(super) fn done(self) -> Changes {
        self.changes
    }

    /// Rows that lie one behind the other in `bytes`, from `first` on.
    pub(super) fn rows<O: OffsetSizeTrait>(
        &mut self,
        bytes: &[u8],
        first: usize,
        offsets: &[O],
        is_null: impl Fn(usize) -> bool,
    ) {
        let (start, end) = (offsets[0].as_usize(), offsets[offsets.len() - 1].as_usize());
        let bytes = &bytes[start..end];
        let mut blocks = Vec::new();
        let seen = look(bytes, self.cleaner.limit(), &mut blocks);
        // ASCII is valid: only the rows that a cleaner has to look at are checked, which is cheap.
        let foreign = seen.any(Findings::NON_ASCII);
        let all = foreign.then(|| simdutf8::basic::from_utf8(bytes).ok()).flatten();
        let calm = !foreign && !self.cleaner.suspects(seen);
        for (position, ends) in offsets.windows(2).enumerate() {
            let (from, to) = (ends[0].as_usize() - start, ends[1].as_usize() - start);
            if from == to || is_null(first + position) {
                continue;
            }
            let text = &bytes[from..to];
            let mut found = edges(text);
            if !calm {
                let blocks = &blocks[from / BLOCK..=(to - 1) / BLOCK];
                found = blocks.iter().fold(found, |all, here| all.and(*here));
            }
            // Where all of it is valid, a row is if it begins and ends between characters.
            let whole = all.is_some() && !continues(bytes.get(from)) && !continues(bytes.get(to));
            let ascii = !found.any(Findings::NON_ASCII);
            if (whole || ascii) && self.cleaner.passes(text, found) {
                continue;
            }
            match all.and_then(|all| all.get(from..to)) {
                Some(text) => self.text(first + position, text, found),
                None => self.row(first + position, text),
            }
        }
    }

    /// One row that is UTF-8, and in which the fast look has found this at most.
    fn text(&mut self, row: usize, text: &str, found: Findings) {
        if let Some(cleaned) = self.cleaner.clean_seen(text, found, &mut self.scratch) {
            self.changes.text.push_str(cleaned);
            self.changes.ends.push((row, self.changes.text.len()));
        }
    }

    /// One row.
    pub(super) fn row(&mut self, row: usize, bytes: &[u8]) {
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return self.text(row, text, Findings::ALL);
        }
        let replaced = String::from_utf8_lossy(bytes);
        let cleaned = self.cleaner.clean(&replaced, &mut self.scratch);
        let out = &mut self.changes;
        out.invalid.rows.push(row);
        out.text.push_str(cleaned.unwrap_or(&replaced));
        out.ends.push((row, out.text.len()));
    }
}

/// What a look at many rows at once does not see: that a text begins with a line end, or ends in a blank.
#[inline]
fn edges(text: &[u8]) -> Findings {
    let loose = text.first() == Some(&b'\n') || matches!(text.last(), Some(b' ' | b'\t'));
    Findings::when(loose, Findings::SPACING)
}

/// Whether a byte is in the middle of a character.
#[inline]
fn continues(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte & 0xc0 == 0x80)
}
