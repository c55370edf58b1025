//! 64 bytes at a time: one bit mask per kind of byte, and the rules of spacing as arithmetic on the masks.
//!
//! A run of spaces that begins where a line begins is found by an addition: the carry of `starts + blanks` runs
//! through it and stops behind its last byte. All that one block has to know of the blocks before it is in
//! [`Lines`].

#[cfg(test)]
use super::Findings;

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
    /// The line ends among the last three bytes, the last one in bit 63.
    line_feeds: u64,
}

impl Lines {
    /// The start of a text counts as the end of a line.
    pub(super) const START: Self = Self {
        indented: true,
        blank: false,
        line_feeds: 1 << 63,
    };

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
        let (one, two, three) = (
            (line_feed << 1) | (self.line_feeds >> 63),
            (line_feed << 2) | (self.line_feeds >> 62),
            (line_feed << 3) | (self.line_feeds >> 61),
        );
        let loose = inner & (tab | before) | line_feed & before | line_feed & one & two & three;
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

    #[inline]
    pub(super) fn in_indentation(self) -> bool {
        self.indented
    }

    /// Whether the text ends in spacing, which is loose as well.
    pub(super) fn ends_blank(self) -> bool {
        self.blank
    }
}

/// The block algorithm with masks made byte by byte: for the tests, on every machine.
#[cfg(test)]
pub(super) fn scan(text: &[u8]) -> Findings {
    let mut found = Findings::NOTHING;
    let mut lines = Lines::START;
    for block in text.chunks(64) {
        let mut masks = Masks::default();
        for (position, &byte) in block.iter().enumerate() {
            let bit = 1 << position;
            match byte {
                b' ' => masks.blank |= bit,
                b'\t' => (masks.blank, masks.tab) = (masks.blank | bit, masks.tab | bit),
                b'\n' => masks.line_feed |= bit,
                b'\r' => found = found.and(Findings::RETURN),
                0..0x20 | 0x7f => found = found.and(Findings::CONTROL),
                0x80.. => found = found.and(Findings::NON_ASCII),
                _ => {}
            }
        }
        if lines.loose(masks) {
            found = found.and(Findings::SPACING);
        }
        if block.len() < 64 {
            lines.blank = masks.blank >> (block.len() - 1) == 1;
        }
    }
    if lines.ends_blank() {
        found = found.and(Findings::SPACING);
    }
    found
}
