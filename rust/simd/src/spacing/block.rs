//! 64 bytes at a time: one bit mask per kind of byte, and the rules of spacing as arithmetic on the masks.
//!
//! A run of spaces that begins where a line begins is found by an addition: the carry of `starts + blanks` runs
//! through it and stops behind its last byte. All that one block has to know of the blocks before it is in
//! [`Lines`]. The one branch is whether a block has anything but words, spaces and line feeds: more of them are
//! guessed wrong more often than they save arithmetic.

use super::{Findings, Limit};

/// Which of 64 bytes are what; bit 0 is the first byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Masks {
    pub(super) space: u64,
    pub(super) line_feed: u64,
    /// Below 0x20, 0x7F, or not ASCII.
    pub(super) special: u64,
}

/// The same for what most blocks have none of.
#[derive(Clone, Copy, Default)]
pub(super) struct Rest {
    pub(super) tab: u64,
    pub(super) returns: u64,
    /// Not ASCII.
    pub(super) foreign: u64,
}

/// What the next block has to know.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// Bit 0: the last byte was in the indentation of its line, or ended a line.
    indented: u64,
    /// Bit 0: the last byte was a space or tab.
    blank: u64,
    /// The line ends of the block before, the last byte in bit 63.
    line_feeds: u64,
    /// All bits where so many line ends in a row are not too many yet: three of them, four.
    three: u64,
    four: u64,
}

impl Lines {
    /// The start of a text counts as the end of a line.
    pub(super) fn start(limit: Limit) -> Self {
        let unless = |too_many: bool| if too_many { 0 } else { u64::MAX };
        Self {
            indented: 1,
            blank: 0,
            line_feeds: 1 << 63,
            three: unless(limit.ends() >= 2),
            four: unless(limit.ends() >= 3),
        }
    }

    /// What the next 64 bytes hold, and which of them are loose. `rest` is asked where they are not all words, spaces and line
    /// feeds.
    #[expect(
        clippy::inline_always,
        reason = "each caller compiles it for its own instruction set"
    )]
    #[inline(always)]
    pub(super) fn judge(&mut self, masks: Masks, rest: impl FnOnce() -> Rest) -> (Findings, u64) {
        let Masks {
            space,
            line_feed,
            special,
        } = masks;
        if special == line_feed {
            let loose = self.loose(space, 0, line_feed);
            return (Findings::when(loose != 0, Findings::SPACING), loose);
        }
        let Rest {
            tab,
            returns,
            foreign,
        } = rest();
        let loose = self.loose(space | tab, tab, line_feed);
        let control = special & !(tab | line_feed | returns | foreign);
        let found = Findings::when(loose != 0, Findings::SPACING)
            .and(Findings::when(foreign != 0, Findings::NON_ASCII))
            .and(Findings::when(returns != 0, Findings::RETURN))
            .and(Findings::when(control != 0, Findings::CONTROL));
        (found, loose)
    }

    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn loose(&mut self, blank: u64, tab: u64, line_feed: u64) -> u64 {
        let starts = (line_feed << 1) | self.indented;
        // The carries eat the indentation: what is left of `blank` lies behind something else.
        let (sum, through) = blank.overflowing_add(starts & blank);
        let inner = blank & sum;
        // `inner` keeps the start bit of no run, since adding 1 to a run of ones clears it up to its end.
        let before = (blank << 1) | self.blank;
        let back = |by: u32| (line_feed << by) | (self.line_feeds >> (64 - by));
        let many = line_feed & back(1) & (back(2) | self.three) & (back(3) | self.four);
        self.indented = u64::from(through) | line_feed >> 63;
        self.blank = blank >> 63;
        self.line_feeds = line_feed;
        inner & (tab | before) | line_feed & before | many
    }
}

/// The block algorithm with masks made byte by byte: for the tests, on every machine.
#[cfg(test)]
pub(super) fn look(text: &[u8], limit: Limit) -> Vec<(Findings, u64)> {
    let mut lines = Lines::start(limit);
    let judged = text.chunks(super::BLOCK).map(|block| {
        let (mut masks, mut rest) = (Masks::default(), Rest::default());
        for (position, &byte) in block.iter().enumerate() {
            let bit = 1 << position;
            match byte {
                b' ' => masks.space |= bit,
                b'\t' => rest.tab |= bit,
                b'\n' => masks.line_feed |= bit,
                b'\r' => rest.returns |= bit,
                0x80.. => rest.foreign |= bit,
                _ => {}
            }
            masks.special |= u64::from(!(0x20..0x7f).contains(&byte)) << position;
        }
        lines.judge(masks, || rest)
    });
    judged.collect()
}
