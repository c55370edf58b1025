//! What is in a text that a cleaner would look at: one pass over its bytes, at the speed of memory.
//!
//! [`look`] finds, block by block of 64 bytes, bytes outside ASCII, carriage returns, other controls, and spacing
//! that is not collapsed:
//!
//! * a space or tab at the end of a line,
//! * behind the indentation, a tab or two of space and tab in a row,
//! * more blank lines in a row than [`Limit`] allows, the start of the text counting as the end of a line.
//!
//! Only a line feed ends a line here; a text with carriage returns is for the caller to look at more closely. The
//! empty text has nothing. [`loose`] says byte by byte where the spacing is loose; a blank at the end of the text is not
//! seen by either.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod block;
mod scalar;
mod stops;

pub use stops::next_stop;

use crate::level::{Level, level};

/// Bytes that one of the findings of [`look`] is about.
pub const BLOCK: usize = 64;

/// What a text holds, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Findings(u8);

impl Findings {
    /// Nothing of the following: ASCII, and clean.
    pub const NOTHING: Self = Self(0);
    /// A byte of 0x80 or more.
    pub const NON_ASCII: Self = Self(1);
    /// A carriage return.
    pub const RETURN: Self = Self(2);
    /// A byte below 0x20 that is no tab, line feed or carriage return, or 0x7F.
    pub const CONTROL: Self = Self(4);
    /// Spacing that is not collapsed.
    pub const SPACING: Self = Self(8);

    /// All of these: what may be in a text that nobody has looked at.
    pub const ALL: Self = Self(15);

    /// Whether any of `others` was found.
    #[inline]
    pub const fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// These and `others`.
    #[must_use]
    #[inline]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These but for `others`.
    #[must_use]
    #[inline]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// `what` where the condition holds.
    #[must_use]
    #[inline]
    pub const fn when(condition: bool, what: Self) -> Self {
        Self(what.0 * condition as u8)
    }
}

/// How many blank lines in a row are not loose: 0, 1 or 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// So many blank lines; more than 2 count as 2, which finds more than there is.
    pub fn new(blank_lines: usize) -> Self {
        Self(blank_lines.min(2) as u32)
    }

    /// Line ends that may follow one another: that of a line with text, and those of the blank lines.
    fn ends(self) -> u32 {
        self.0 + 1
    }
}

/// What is kept of a block.
trait Keep: Copy + Default {
    fn keep(found: Findings, loose: u64) -> Self;
}

impl Keep for Findings {
    #[inline]
    fn keep(found: Findings, _: u64) -> Self {
        found
    }
}

impl Keep for u64 {
    #[inline]
    fn keep(_: Findings, loose: u64) -> Self {
        loose
    }
}

/// What every block of 64 bytes of `text` holds, the last one perhaps shorter, in place of what `found` held; and what all of
/// it holds.
pub fn look(text: &[u8], limit: Limit, found: &mut Vec<Findings>) -> Findings {
    of_blocks(text, limit, found)
}

/// Which bytes are loose, as bit `i % 64` of `bits[i / 64]`, in place of what `bits` held; and what all of the text holds.
///
/// Of spaces and tabs, those that are to go (or, a tab that stands alone, to become a space); of line feeds, those behind a
/// space or tab and those that are too many.
pub fn loose(text: &[u8], limit: Limit, bits: &mut Vec<u64>) -> Findings {
    of_blocks(text, limit, bits)
}

fn of_blocks<K: Keep>(text: &[u8], limit: Limit, out: &mut Vec<K>) -> Findings {
    let count = text.len().div_ceil(BLOCK);
    if out.len() != count {
        out.resize(count, K::default());
    }
    #[cfg(target_arch = "x86_64")]
    match level() {
        // SAFETY: a level is never more than the machine has, and this one has all that it asks for.
        Level::Avx512 => return unsafe { avx512::look(text, limit, out) },
        // SAFETY: as above.
        Level::Avx2 => return unsafe { avx2::look(text, limit, out) },
        Level::Scalar => {}
    }
    scalar::look(text, limit, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    const TWO: Limit = Limit(2);

    fn of(text: &str) -> Findings {
        look(text.as_bytes(), TWO, &mut Vec::new())
    }

    #[test]
    fn known_answers() {
        let clean = [
            "",
            "a",
            "a b",
            "    a b\n\tc\n",
            "\n\na",
            "a\n\n\nb",
            "a\n",
            "\n\n",
            "a\n\n\n",
        ];
        for text in clean {
            assert_eq!(of(text), Findings::NOTHING, "{text:?}");
        }
        let loose = [
            " \n",
            "a  ",
            "a \nb",
            "a  b",
            "a\tb",
            "a\n \n",
            "\n\n\n",
            "a\n\n\n\nb",
            "  a  b",
            "a\n\t\n",
        ];
        for text in loose {
            assert_eq!(of(text), Findings::SPACING, "{text:?}");
        }
        assert_eq!(of("\r\n"), Findings::RETURN);
        assert_eq!(of("\x0b"), Findings::CONTROL);
        assert_eq!(of("\x7f"), Findings::CONTROL);
        assert_eq!(of("é"), Findings::NON_ASCII);
        for (blank_lines, text) in [(0, "a\n\nb"), (1, "a\n\n\nb"), (2, "a\n\n\n\nb")] {
            let mut scratch = Vec::new();
            let found = look(text.as_bytes(), Limit::new(blank_lines), &mut scratch);
            assert_eq!(found, Findings::SPACING);
            let found = look(
                &text.as_bytes()[..text.len() - 2],
                Limit::new(blank_lines),
                &mut scratch,
            );
            assert_eq!(found, Findings::NOTHING);
        }
    }

    #[test]
    fn each_block_has_its_own() {
        let text = format!("{}é{}  {}", "a".repeat(60), "b".repeat(70), "c".repeat(100));
        let mut found = Vec::new();
        look(text.as_bytes(), TWO, &mut found);
        let nothing = Findings::NOTHING;
        assert_eq!(found, [Findings::NON_ASCII, nothing, Findings::SPACING, nothing]);
    }

    /// Text in which the interesting bytes come often enough to meet each other and the edges of blocks.
    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let bytes = |choices: &'static [u8]| prop::collection::vec(prop::sample::select(choices), 0..300);
        prop_oneof![
            bytes(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  \n"),
            bytes(b"ab     \t\n\n\n"),
            bytes(b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n \t\r\x00\x1f\x7f\x80\xff"),
            prop::collection::vec(any::<u8>(), 0..300),
            // An indentation longer than a block, and something behind it.
            (0usize..200, bytes(b"a \t\n")).prop_map(|(depth, rest)| [
                b"\n".to_vec(),
                vec![b' '; depth],
                rest
            ]
            .concat()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn every_variant_has_the_bits_of_the_scalar_twin(
            text in texts(), skipped in 0usize..70, blank_lines in 0usize..4
        ) {
            let (text, limit) = (&text[skipped.min(text.len())..], Limit::new(blank_lines));
            let count = text.len().div_ceil(BLOCK);
            let (mut twin, mut bits) = (vec![Findings::NOTHING; count], vec![0_u64; count]);
            let all = scalar::look(text, limit, &mut twin);
            prop_assert_eq!(twin.iter().fold(Findings::NOTHING, |all, here| all.and(*here)), all);
            prop_assert_eq!(scalar::look(text, limit, &mut bits), all);
            let both: Vec<_> = twin.iter().copied().zip(bits.iter().copied()).collect();
            prop_assert_eq!(block::look(text, limit), both);
            at_every_level(|| {
                let (mut found, mut seen) = (Vec::new(), Vec::new());
                assert_eq!((look(text, limit, &mut found), loose(text, limit, &mut seen)), (all, all));
                assert_eq!((&found, &seen), (&twin, &bits));
            });
        }
    }
}
