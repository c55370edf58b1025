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
//! empty text has nothing. [`scan`] puts the blocks together and adds the blank at the end of the text.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod block;
mod scalar;
mod stops;

pub use stops::next_stop;

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

/// What every block of 64 bytes of `text` holds, the last one perhaps shorter, in `found`, which is cleared first; and what
/// all of it holds.
pub fn look(text: &[u8], limit: Limit, found: &mut Vec<Findings>) -> Findings {
    found.clear();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
            // SAFETY: the line above has seen that this machine has both.
            return unsafe { avx512::look(text, limit, found) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the line above has seen that this machine has AVX2.
            return unsafe { avx2::look(text, limit, found) };
        }
    }
    scalar::look(text, limit, found)
}

/// What `text` holds, a blank at its end counting as loose; `found` is for scratch.
pub fn scan(text: &[u8], limit: Limit, found: &mut Vec<Findings>) -> Findings {
    let ends_blank = matches!(text.last(), Some(b' ' | b'\t'));
    look(text, limit, found).and(Findings::when(ends_blank, Findings::SPACING))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TWO: Limit = Limit(2);

    fn of(text: &str) -> Findings {
        scan(text.as_bytes(), TWO, &mut Vec::new())
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
            " ",
            "a ",
            "a \nb",
            "a  b",
            "a\tb",
            "a\n \n",
            "\n\n\n",
            "a\n\n\n\nb",
            "  a  b",
            "a\n\t",
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
            let found = scan(text.as_bytes(), Limit::new(blank_lines), &mut scratch);
            assert_eq!(found, Findings::SPACING);
            let found = scan(
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
            let (mut twin, mut found) = (Vec::new(), Vec::new());
            let all = scalar::look(text, limit, &mut twin);
            prop_assert_eq!(twin.iter().fold(Findings::NOTHING, |all, here| all.and(*here)), all);
            prop_assert_eq!(look(text, limit, &mut found), all);
            prop_assert_eq!(&found, &twin);
            found.clear();
            block::look(text, limit, &mut found);
            prop_assert_eq!(&found, &twin);
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") {
                found.clear();
                // SAFETY: the line above has seen that this machine has AVX2.
                let seen = unsafe { avx2::look(text, limit, &mut found) };
                prop_assert_eq!(seen, all);
                prop_assert_eq!(&found, &twin);
            }
        }
    }
}
