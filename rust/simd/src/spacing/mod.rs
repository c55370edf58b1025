//! What is in a text that a cleaner would look at: one pass over its bytes, at the speed of memory.
//!
//! [`scan`] finds bytes outside ASCII, carriage returns, other controls, and spacing that is not collapsed:
//!
//! * a space or tab at the end of a line or of the text,
//! * behind the indentation, a tab or two of space and tab in a row,
//! * more than two blank lines in a row, the start of the text counting as the end of a line.
//!
//! Only a line feed ends a line here; a text with carriage returns is for the caller to look at more closely. The
//! empty text has nothing.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod block;
mod scalar;

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
    pub fn any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// These and `others`.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }
}

/// What `text` holds.
pub fn scan(text: &[u8]) -> Findings {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the line above has seen that this machine has AVX2.
        return unsafe { avx2::scan(text) };
    }
    scalar::scan(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_answers() {
        let of = |text: &str| (scan(text.as_bytes()), scalar::scan(text.as_bytes()));
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
            assert_eq!(of(text), (Findings::NOTHING, Findings::NOTHING), "{text:?}");
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
            assert_eq!(of(text), (Findings::SPACING, Findings::SPACING), "{text:?}");
        }
        assert_eq!(scan(b"\r\n"), Findings::RETURN);
        assert_eq!(scan(b"\x0b"), Findings::CONTROL);
        assert_eq!(scan(b"\x7f"), Findings::CONTROL);
        assert_eq!(scan("é".as_bytes()), Findings::NON_ASCII);
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
        fn every_variant_has_the_bits_of_the_scalar_twin(text in texts(), skipped in 0usize..70) {
            let text = &text[skipped.min(text.len())..];
            prop_assert_eq!(scan(text), scalar::scan(text));
            prop_assert_eq!(block::scan(text), scalar::scan(text));
        }
    }
}
