//! 64 bytes at a time: one bit mask per kind of byte, and the rules of spacing as arithmetic on the masks.
//!
//! A run of spaces that begins where a line begins is found by an addition: the carry of `starts + blanks` runs
//! through it and stops behind its last byte. All that one block has to know of the blocks before it is in
//! [`Lines`].

use super::Limit;

/// Which of 64 bytes are what; bit 0 is the first byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Masks {
    pub(super) blank: u64,
    pub(super) tab: u64,
    pub(super) line_feed: u64,
}

/// What the next block has to know.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    /// The last byte was in the indentation of its line, or ended a line.
    indented: bool,
    /// The last byte was a space or tab.
    blank: bool,
    /// The line ends of the block before, the last byte in bit 63.
    line_feeds: u64,
    /// Line ends in a row that are too many, without the first.
    more: u32,
}

impl Lines {
    /// The start of a text counts as the end of a line.
    pub(super) fn start(limit: Limit) -> Self {
        Self {
            indented: true,
            blank: false,
            line_feeds: 1 << 63,
            more: limit.ends(),
        }
    }

    /// Whether there is loose spacing in the next 64 bytes, up to and including the end of a line.
    #[inline]
    pub(super) fn loose(&mut self, masks: Masks) -> bool {
        let Masks {
            blank,
            tab,
            line_feed,
        } = masks;
        let starts = (line_feed << 1) | u64::from(self.indented);
        // The carries eat the indentation: what is left of `blank` lies behind something else.
        let (sum, through) = blank.overflowing_add(starts & blank);
        let inner = blank & sum;
        // `inner` keeps the start bit of no run, since adding 1 to a run of ones clears it up to its end.
        let before = (blank << 1) | u64::from(self.blank);
        let mut many = line_feed;
        for back in 1..=self.more {
            many &= (line_feed << back) | (self.line_feeds >> (64 - back));
        }
        let loose = inner & (tab | before) | line_feed & before | many;
        self.indented = through || line_feed >> 63 == 1;
        self.blank = blank >> 63 == 1;
        self.line_feeds = line_feed;
        loose != 0
    }

    /// The same for 64 bytes without tabs and line ends that do not begin in an indentation.
    #[inline]
    pub(super) fn loose_in_words(&mut self, blank: u64) -> bool {
        let loose = blank & ((blank << 1) | u64::from(self.blank));
        self.blank = blank >> 63 == 1;
        self.line_feeds = 0;
        loose != 0
    }

    /// The same for 64 bytes in which nothing is special but spaces and line ends; nothing where a line is indented, which is
    /// for [`Self::loose`].
    #[inline]
    pub(super) fn loose_in_lines(&mut self, space: u64, line_feed: u64) -> Option<bool> {
        let starts = (line_feed << 1) | u64::from(self.indented);
        if space & starts != 0 {
            return None;
        }
        let before = (space << 1) | u64::from(self.blank);
        let mut many = line_feed & ((line_feed << 1) | (self.line_feeds >> 63));
        // Hardly ever: a line end behind another one.
        for back in 2..=self.more * u32::from(many != 0) {
            many &= (line_feed << back) | (self.line_feeds >> (64 - back));
        }
        let loose = (space | line_feed) & before | many;
        self.indented = line_feed >> 63 == 1;
        self.blank = space >> 63 == 1;
        self.line_feeds = line_feed;
        Some(loose != 0)
    }

    #[inline]
    pub(super) fn in_indentation(self) -> bool {
        self.indented
    }
}

/// The block algorithm with masks made byte by byte: for the tests, on every machine.
#[cfg(test)]
pub(super) fn look(text: &[u8], limit: Limit, found: &mut Vec<super::Findings>) {
    use super::{BLOCK, Findings};
    let mut lines = Lines::start(limit);
    for block in text.chunks(BLOCK) {
        let mut masks = Masks::default();
        let mut here = Findings::NOTHING;
        for (position, &byte) in block.iter().enumerate() {
            let bit = 1 << position;
            match byte {
                b' ' => masks.blank |= bit,
                b'\t' => (masks.blank, masks.tab) = (masks.blank | bit, masks.tab | bit),
                b'\n' => masks.line_feed |= bit,
                b'\r' => here = here.and(Findings::RETURN),
                0..0x20 | 0x7f => here = here.and(Findings::CONTROL),
                0x80.. => here = here.and(Findings::NON_ASCII),
                _ => {}
            }
        }
        let in_lines = (masks.tab == 0)
            .then(|| lines.loose_in_lines(masks.blank, masks.line_feed))
            .flatten();
        if in_lines.unwrap_or_else(|| lines.loose(masks)) {
            here = here.and(Findings::SPACING);
        }
        found.push(here);
    }
}
