//! Many pretokens at once: where they begin in 64 bytes, found by arithmetic on masks of what the bytes are.
//!
//! A window begins where a pretoken does, so that nothing before it matters, and ends at the first character beyond ASCII,
//! at the end of the text or after 64 bytes. What the pattern would still need to see behind it is left for the
//! next window, or for [`Split::end`](super::Split::end).

use fastcurate_simd::kinds::{BLOCK, Kinds, kinds};

use super::contraction;

/// The ASCII bytes behind a place in a text.
pub(in super::super) struct Window<'a> {
    text: &'a [u8],
    at: usize,
    length: usize,
    pub(super) kinds: Kinds,
    /// Bytes of none of the kinds that patterns name.
    pub(super) symbols: u64,
}

/// The pretokens of a window.
pub(in super::super) struct Starts {
    /// A bit for every place where a pretoken begins but the first.
    pub(in super::super) bits: u64,
    /// Where the last of them ends, if that is known.
    pub(in super::super) last: Option<usize>,
    /// Whether the window has all of its bytes, so that another one may begin where the last pretoken does.
    pub(in super::super) full: bool,
}

impl<'a> Window<'a> {
    /// The window at `at`, which is before the end of `text`.
    #[inline]
    pub(super) fn new(text: &'a [u8], at: usize) -> Self {
        let left = text.len() - at;
        let all = if let Some(block) = text[at..].first_chunk() {
            kinds(block)
        } else if let Some(block) = text.last_chunk() {
            kinds(block).part(BLOCK - left, left)
        } else {
            let mut block = [0; BLOCK];
            block[..left].copy_from_slice(&text[at..]);
            kinds(&block)
        };
        let length = left.min(all.others.trailing_zeros() as usize);
        let kinds = all.part(0, length);
        let valid = low(length);
        Self {
            text,
            at,
            length,
            kinds,
            symbols: valid & !(kinds.letters | kinds.digits | kinds.white),
        }
    }

    /// The pretokens, where every place in `starts` that is not in doubt is a beginning of one; `doubtful` is the first place
    /// that the pattern cannot tell of.
    #[inline]
    pub(super) fn cut(&self, starts: u64, doubtful: usize) -> Starts {
        // White space at the end of the window may go on behind it, and then be cut in another way.
        let white = self.kinds.white | !low(self.length);
        let edge = BLOCK - white.leading_ones() as usize;
        let known = low(edge.min(doubtful)) << 1 | 1;
        let end = self.at + self.length;
        let complete = edge == self.length && doubtful >= self.length && end == self.text.len();
        Starts {
            bits: starts & known & low(self.length) & !1,
            last: complete.then_some(end),
            full: self.length == BLOCK,
        }
    }

    /// The length of the contraction at this place of the window.
    #[inline]
    pub(super) fn contraction(&self, place: u32, any_case: bool) -> u32 {
        contraction(self.text, self.at + place as usize, any_case) as u32
    }
}

/// The lowest `count` bits.
#[inline]
fn low(count: usize) -> u64 {
    u64::MAX
        .checked_shr(BLOCK as u32 - count as u32)
        .unwrap_or_default()
}

/// One bit, or none where it would be behind the last.
#[inline]
pub(super) fn bit(place: u32) -> u64 {
    1u64.checked_shl(place).unwrap_or_default()
}

/// The places of all bits, in order.
pub(in super::super) fn places(mut bits: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (place < u64::BITS).then_some(place)
    })
}

/// Line ends behind `symbols`, which belong to them.
#[inline]
pub(super) fn taken(symbols: u64, newlines: u64) -> u64 {
    // The carry of the sum clears the run of line ends that it begins at.
    newlines & !newlines.wrapping_add(symbols << 1 & newlines)
}

/// Where the parts of `\s*[\r\n]+|\s+(?!\S)|\s+` begin, given line ends that are taken by something else.
#[inline]
pub(super) fn white_starts(kinds: &Kinds, taken: u64) -> u64 {
    let white = kinds.white & !taken;
    let newlines = kinds.newlines & !taken;
    let blank = white & !newlines;
    let first = white & !(white << 1);
    let last = blank & white << 1 & !(kinds.white >> 1);
    // A blank behind a line end begins a part, unless another line end comes behind the blanks.
    let mut behind = newlines << 1 & blank;
    if behind != 0 {
        let landed = blank.wrapping_add(behind) & !blank;
        if landed & newlines != 0 {
            let all = behind;
            for place in places(all) {
                let end = place + (blank >> place).trailing_ones();
                if bit(end) & newlines != 0 {
                    behind &= !bit(place);
                }
            }
        }
    }
    first | last | behind
}

/// Where numbers of at most `DIGITS` digits begin.
#[inline]
pub(super) fn number_starts<const DIGITS: usize>(digits: u64) -> u64 {
    if DIGITS == 1 {
        return digits;
    }
    let mut starts = digits & !(digits << 1);
    let mut next = starts;
    let three = digits & digits << 1 & digits << 2;
    loop {
        next = next << 3 & three;
        if next == 0 {
            return starts;
        }
        starts |= next;
    }
}
