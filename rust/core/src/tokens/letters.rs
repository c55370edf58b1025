//! Runs of ASCII letters, eight bytes at a time: one branch a word instead of one a letter.

const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * EACH;

/// The end of the run of ASCII letters that begins at `at`, of small letters only under `SMALL`.
#[expect(
    clippy::inline_always,
    reason = "a few instructions in the innermost loop of every splitter"
)]
#[inline(always)]
pub(super) fn run<const SMALL: bool>(text: &[u8], mut at: usize) -> usize {
    while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let others = others::<SMALL>(u64::from_le_bytes(*eight));
        if others != 0 {
            return at + (others.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while text
        .get(at)
        .is_some_and(|byte| byte.is_ascii_lowercase() || (!SMALL && byte.is_ascii_uppercase()))
    {
        at += 1;
    }
    at
}

/// The highest bit of every byte that is no letter.
#[inline]
fn others<const SMALL: bool>(bytes: u64) -> u64 {
    let folded = if SMALL { bytes } else { bytes | 0x20 * EACH } & !HIGH;
    // No byte is above 0x7f, so that no sum reaches into the next one.
    let from_a = folded + (0x80 - u64::from(b'a')) * EACH;
    let behind_z = folded + (0x7f - u64::from(b'z')) * EACH;
    !(from_a & !behind_z & !bytes) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_run_ends_where_the_first_other_byte_is(
            text in proptest::collection::vec(prop_oneof![b'a'..=b'z', b'A'..=b'Z', any::<u8>()], 0..40),
            start in 0..40usize,
        ) {
            let start = start.min(text.len());
            let end = |letter: fn(&u8) -> bool| {
                start + text[start..].iter().take_while(|byte| letter(byte)).count()
            };
            prop_assert_eq!(run::<false>(&text, start), end(u8::is_ascii_alphabetic));
            prop_assert_eq!(run::<true>(&text, start), end(u8::is_ascii_lowercase));
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=255u8 {
            for place in 0..8 {
                let mut text = [b'x'; 8];
                text[place] = byte;
                let end = |letter: bool| if letter { 8 } else { place };
                assert_eq!(
                    run::<false>(&text, 0),
                    end(byte.is_ascii_alphabetic()),
                    "{byte} {place}"
                );
                assert_eq!(
                    run::<true>(&text, 0),
                    end(byte.is_ascii_lowercase()),
                    "{byte} {place}"
                );
            }
        }
    }
}
