//! What to pack into, and what does not go together.

use super::super::LONGEST;
use crate::error::{Error, Result};

/// How rows are laid into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Best-fit decreasing of whole rows.
    Bfd,
    /// Best-fit decreasing, rows over the capacity in pieces of it.
    BfdSplit,
    /// All rows end to end, cut at every multiple of the capacity.
    Wrapped,
}

/// What happens to a row over the capacity that must stay whole, or to a group of rows that must stay together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// It is an error.
    Error,
    /// Its first `capacity` tokens are packed, the others lost.
    Truncate,
    /// It is in no bin.
    Drop,
}

/// What to pack into.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Tokens that a bin can hold.
    pub capacity: u32,
    /// How rows are laid into bins.
    pub strategy: Strategy,
    /// What happens to what is longer than a bin.
    pub overflow: Overflow,
    /// Rows that a bin can hold; not with [`Strategy::Wrapped`].
    pub max_rows: Option<u32>,
    /// The group of each row, a small number or `u32::MAX` for none: its rows share a bin. Only with [`Strategy::Bfd`].
    pub together: Option<&'a [u32]>,
    /// The group of each row, as above: no two of its rows share a bin. Only with [`Strategy::Bfd`], and alone.
    pub apart: Option<&'a [u32]>,
}

/// What cannot be packed whatever the rows are.
pub(super) fn check(lengths: &[u32], options: &Options<'_>) -> Result<()> {
    let Options {
        capacity, strategy, ..
    } = *options;
    if capacity == 0 || capacity > LONGEST {
        let expected = format!("between 1 and {LONGEST}");
        return Err(Error::argument("capacity", capacity, expected));
    }
    if options.max_rows == Some(0) {
        return Err(Error::argument("max_rows", 0, "at least 1"));
    }
    if options.max_rows.is_some() && strategy == Strategy::Wrapped {
        let expected = "\"bfd\" or \"bfd_split\" where max_rows is given";
        return Err(Error::argument("strategy", "\"wrapped\"", expected));
    }
    for (name, groups) in [("together", options.together), ("apart", options.apart)] {
        let Some(groups) = groups else { continue };
        if strategy != Strategy::Bfd {
            let expected = format!("\"bfd\" where {name} is given: other strategies cut rows");
            return Err(Error::argument("strategy", "another", expected));
        }
        if groups.len() != lengths.len() {
            let expected = format!("a group for each of {} rows", lengths.len());
            return Err(Error::argument(
                name,
                format!("{} groups", groups.len()),
                expected,
            ));
        }
    }
    if options.together.is_some() && options.apart.is_some() {
        let expected = "left out where together is given";
        return Err(Error::argument("apart", "a column", expected));
    }
    check_pieces(lengths, capacity, strategy)
}

/// The offsets of a list are `int32`, so there can be that many pieces and no more.
fn check_pieces(lengths: &[u32], capacity: u32, strategy: Strategy) -> Result<()> {
    let pieces: u64 = match strategy {
        Strategy::Bfd => return Ok(()),
        Strategy::BfdSplit => lengths
            .iter()
            .map(|length| u64::from(length.div_ceil(capacity)))
            .sum(),
        Strategy::Wrapped => {
            let tokens: u64 = lengths.iter().copied().map(u64::from).sum();
            tokens / u64::from(capacity) + lengths.len() as u64 + 1
        }
    };
    if pieces > u64::from(LONGEST) {
        let expected =
            format!("large enough for at most {LONGEST} pieces (these lengths make about {pieces})");
        return Err(Error::argument("capacity", capacity, expected));
    }
    Ok(())
}
