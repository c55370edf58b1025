//! Other tools' ways of cutting a text, so that their results can be compared and their signatures reproduced.
//!
//! What a preset reproduces is the set of shingles, as strings; the hashes are ours unless an algorithm says otherwise.
//! Texts with fewer units than a shingle has one shingle here too, where the tools skip them.
//!
//! - `datatrove` (0.10): lower case, numbers as 0, its punctuation and controls as spaces, white space collapsed,
//!   canonical decomposition without nonspacing marks, split at spaces, 5-grams. Its word tokenizer (spaCy) is not
//!   reproduced: it also splits some contractions, such as "cannot", inside words without punctuation.
//! - `text-dedup`: lower case, split at every single character that is not `\w` of the `regex` module, so that two in a row
//!   have an empty word between them, 5-grams.
//! - `nemo` (`NeMo Curator`): 24-grams of the code points of the text as it is.

use std::ops::Range;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::props::{Alphabetic, GeneralCategory, GeneralCategoryGroup, JoinControl};
use icu_properties::{CodePointMapData, CodePointSetData};

/// A text with its units.
#[derive(Default)]
pub(crate) struct Units {
    /// The prepared text.
    pub(crate) text: String,
    /// The units in it, in order.
    pub(crate) places: Vec<Range<usize>>,
}

impl Units {
    /// The units of a text without letters.
    fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
    }

    /// All pieces between the places where `separates` says so, the empty ones too.
    fn split(&mut self, separates: impl Fn(char) -> bool) {
        let mut start = 0;
        for (at, separator) in self.text.match_indices(separates) {
            self.places.push(start..at);
            start = at + separator.len();
        }
        self.places.push(start..self.text.len());
    }

    /// The units of datatrove's `simplify_text` with its default options.
    pub(crate) fn datatrove(&mut self, text: &str) {
        self.clear();
        let numbered = zero_numbers(&text.to_lowercase());
        let spaced: String = numbered
            .chars()
            .map(|c| if is_datatrove_punctuation(c) { ' ' } else { c })
            .collect();
        let collapsed = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
        let categories = CodePointMapData::<GeneralCategory>::new();
        let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(&collapsed);
        let kept = |c: &char| categories.get(*c) != GeneralCategory::NonspacingMark;
        self.text.extend(decomposed.chars().filter(kept));
        if !self.text.trim().is_empty() {
            self.split(|c| c == ' ');
            let text = &self.text;
            self.places.retain(|place| !text[place.clone()].is_empty());
        }
    }

    /// The pieces of text-dedup.
    pub(crate) fn text_dedup(&mut self, text: &str) {
        self.clear();
        self.text = text.to_lowercase();
        self.split(|c| !is_regex_word(c));
    }

    /// The code points.
    pub(crate) fn nemo(&mut self, text: &str) {
        self.clear();
        self.text.push_str(text);
        let chars = text.char_indices();
        self.places.extend(chars.map(|(at, c)| at..at + c.len_utf8()));
    }
}

/// Every number, with its decimals, as one 0.
fn zero_numbers(text: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let is_digit = |c: char| categories.get(c) == GeneralCategory::DecimalNumber;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        out.push_str(&rest[..start]);
        out.push('0');
        rest = rest[start..].trim_start_matches(is_digit);
        let decimals =
            rest.strip_prefix(['.', ',', '\u{60C}', '\u{66B}', '\u{2396}', '\u{2397}', '\u{2398}']);
        if let Some(decimals) = decimals.filter(|decimals| decimals.starts_with(is_digit)) {
            rest = decimals.trim_start_matches(is_digit);
        }
    }
    out + rest
}

fn is_datatrove_punctuation(c: char) -> bool {
    const BEYOND_ASCII: &str = "«´»–—’“”„…∶━►、。〈〉《》「」【】！％（），．１：；？～";
    c.is_ascii_punctuation() || c.is_control() && !"\t\n".contains(c) || BEYOND_ASCII.contains(c)
}

/// `\w` of the Python package `regex`: alphabetic, marks, decimal digits, connectors and joiners.
fn is_regex_word(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    CodePointSetData::new::<Alphabetic>().contains(c)
        || GeneralCategoryGroup::Mark.contains(category)
        || matches!(
            category,
            GeneralCategory::DecimalNumber | GeneralCategory::ConnectorPunctuation
        )
        || CodePointSetData::new::<JoinControl>().contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(cut: fn(&mut Units, &str), text: &str) -> Vec<String> {
        let mut units = Units::default();
        cut(&mut units, "left over");
        cut(&mut units, text);
        units
            .places
            .iter()
            .map(|place| units.text[place.clone()].to_owned())
            .collect()
    }

    #[test]
    fn numbers_become_zero_with_their_decimals() {
        for (text, expected) in [
            ("1.5 and 1,234,567", "0 and 0,0"),
            ("v2.", "v0."),
            ("٣٫١٤", "0"),
            ("no", "no"),
        ] {
            assert_eq!(zero_numbers(text), expected);
        }
    }

    #[test]
    fn the_units_of_every_preset() {
        let text = "Crème  BRÛLÉE, 3.5 g: don't_stop!";
        assert_eq!(
            units(Units::datatrove, text),
            ["creme", "brulee", "0", "g", "don", "t", "stop"]
        );
        assert_eq!(
            units(Units::text_dedup, text),
            ["crème", "", "brûlée", "", "3", "5", "g", "", "don", "t_stop", ""]
        );
        assert_eq!(units(Units::nemo, "Né"), ["N", "é"]);
        assert!(units(Units::datatrove, " ?! ").is_empty());
        assert_eq!(units(Units::text_dedup, ""), [""]);
    }
}
