//! The text that is compared: what two rows must share to count as the same.
//!
//! NFKC, then full case folding, then NFKC again, then default-ignorable code points (soft hyphen, joiners,
//! variation selectors ...) are dropped, with the tables of [`UNICODE_VERSION`]. The empty text stays empty.
//!
//! A boundary before an ASCII character is a boundary of every normalisation form, because no ASCII character
//! composes with what precedes it. So ASCII is lower-cased where it stands, and only the clusters around other
//! characters (one ASCII character and what follows it up to the next) are looked at; of these, the ones whose
//! characters all map to themselves are copied.

mod classes;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

pub(crate) use classes::{Class, class_of};

/// The version of the Unicode tables; part of the identity of every sketch.
pub const UNICODE_VERSION: &str = "17.0";

/// Writes the matching text of `text` to `out`, which is cleared first.
pub fn fold(text: &str, out: &mut String) {
    out.clear();
    out.reserve(text.len());
    let mut rest = text;
    while let Some(cluster) = next_cluster(rest) {
        push_lower(&rest[..cluster.start], out);
        fold_cluster(&rest[cluster.clone()], out);
        rest = &rest[cluster.end..];
    }
    push_lower(rest, out);
}

/// From the last ASCII character before the first other one up to the next ASCII character.
fn next_cluster(text: &str) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    // Most of a text is ASCII: eight bytes at a time up to the first that is not.
    let plain = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .position(|chunk| u64::from_le_bytes(*chunk) & 0x8080_8080_8080_8080 != 0);
    let skip = plain.unwrap_or(bytes.len() / 8) * 8;
    let first = skip + bytes[skip..].iter().position(|byte| !byte.is_ascii())?;
    let length = bytes[first..]
        .iter()
        .position(u8::is_ascii)
        .unwrap_or(bytes.len() - first);
    Some(first.saturating_sub(1)..first + length)
}

fn push_lower(ascii: &str, out: &mut String) {
    let start = out.len();
    out.push_str(ascii);
    out[start..].make_ascii_lowercase();
}

fn fold_cluster(cluster: &str, out: &mut String) {
    let plain = |c: char| c.is_ascii() || class_of(c).contains(Class::STABLE);
    if cluster.chars().all(plain) {
        out.extend(
            cluster
                .chars()
                .map(|c| c.to_ascii_lowercase())
                .filter(|c| kept(*c)),
        );
        return;
    }
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let once = nfkc.normalize(cluster);
    let folded = CaseMapper::new().fold_string(&once);
    out.extend(nfkc.normalize(&folded).chars().filter(|c| kept(*c)));
}

fn kept(c: char) -> bool {
    !class_of(c).contains(Class::IGNORABLE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, without clusters and tables.
    fn whole(text: &str) -> String {
        use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let folded = CaseMapper::new().fold_string(&nfkc.normalize(text)).into_owned();
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        nfkc.normalize(&folded)
            .chars()
            .filter(|c| !ignorable.contains(*c))
            .collect()
    }

    fn folded(text: &str) -> String {
        let mut out = String::from("left over");
        fold(text, &mut out);
        out
    }

    #[test]
    fn cases_of_every_step() {
        for (text, expected) in [
            ("", ""),
            ("Straße", "strasse"),
            ("ＦＵＬＬ Ｗｉｄｔｈ １２", "full width 12"),
            ("co\u{AD}operate", "cooperate"),
            ("e\u{301}te\u{301}", "\u{e9}t\u{e9}"),
            ("\u{212A}elvin", "kelvin"),
            ("ﬁne", "fine"),
            ("👩\u{200D}👩\u{FE0F}", "👩👩"),
            ("中文。", "中文。"),
            ("\u{1E9E}", "ss"),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
            assert_eq!(whole(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn clusters_change_nothing(text in "[\\PC\\p{M}\\p{Cf}\u{1100}-\u{11FF}a-zA-Z \u{AC00}-\u{AC20}]{0,30}") {
            prop_assert_eq!(folded(&text), whole(&text));
        }

        #[test]
        fn any_characters_at_all(text in proptest::collection::vec(any::<char>(), 0..30)) {
            let text: String = text.into_iter().flat_map(|c| ['A', c]).collect();
            prop_assert_eq!(folded(&text), whole(&text));
        }
    }

    #[test]
    fn every_code_point_between_letters_and_before_a_mark() {
        for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            for text in [format!("A{c}B"), format!("{c}\u{301}"), format!("\u{1100}{c}")] {
                assert_eq!(folded(&text), whole(&text), "U+{:04X}", u32::from(c));
            }
        }
    }
}
