//! What the walk needs to know of a character that is not ASCII, in one table built at first use.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use icu_properties::props::{GeneralCategory, GeneralCategoryGroup, Script, SentenceTerminal, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::matching;

/// General category L or M.
pub(super) const LETTER: u16 = 1;
/// General category Lu.
pub(super) const UPPER: u16 = 1 << 1;
/// General category Nd.
pub(super) const DIGIT: u16 = 1 << 2;
/// The property `White_Space`.
pub(super) const SPACE: u16 = 1 << 3;
/// General category P.
pub(super) const PUNCTUATION: u16 = 1 << 4;
/// General category S.
pub(super) const SYMBOL: u16 = 1 << 5;
/// The property `Sentence_Terminal`.
pub(super) const TERMINAL: u16 = 1 << 6;
/// Part of a word: general category L, M or N.
pub(super) const WORD: u16 = 1 << 7;
/// Of a script that is written without spaces: a word of its own.
pub(super) const ALONE: u16 = 1 << 8;
/// General category M: belongs to the word before it.
pub(super) const MARK: u16 = 1 << 9;
/// The script of a letter, a position in [`SCRIPTS`] plus one; 0 where it has none of its own.
pub(super) const SCRIPT_SHIFT: u32 = 10;

/// The scripts that are told apart; every other one with letters counts as the last.
const SCRIPTS: [&[Script]; 10] = [
    &[Script::Latin],
    &[Script::Cyrillic],
    &[Script::Greek],
    &[Script::Arabic],
    &[Script::Hebrew],
    &[Script::Devanagari],
    &[Script::Thai],
    &[Script::Han],
    &[Script::Hiragana, Script::Katakana],
    &[Script::Hangul],
];

/// How many scripts are counted, "other" included.
pub(super) const SCRIPT_COUNT: usize = SCRIPTS.len() + 1;

static TABLE: LazyLock<Vec<u16>> = LazyLock::new(build);

/// The class of any character: flags, and the script above [`SCRIPT_SHIFT`].
pub(super) fn class_of(c: char) -> u16 {
    TABLE[c as usize]
}

fn build() -> Vec<u16> {
    let mut table = vec![0u16; 0x11_0000];
    let mut add = |range: RangeInclusive<u32>, class: u16| {
        for entry in &mut table[*range.start() as usize..=*range.end() as usize] {
            *entry |= class;
        }
    };
    let categories = CodePointMapData::<GeneralCategory>::new();
    for (group, class) in [
        (GeneralCategoryGroup::Letter, LETTER | WORD),
        (GeneralCategoryGroup::Mark, LETTER | WORD | MARK),
        (GeneralCategoryGroup::Number, WORD),
        (GeneralCategoryGroup::UppercaseLetter, UPPER),
        (GeneralCategoryGroup::DecimalNumber, DIGIT),
        (GeneralCategoryGroup::Punctuation, PUNCTUATION),
        (GeneralCategoryGroup::Symbol, SYMBOL),
    ] {
        categories
            .iter_ranges_for_group(group)
            .for_each(|range| add(range, class));
    }
    CodePointSetData::new::<WhiteSpace>()
        .iter_ranges()
        .for_each(|range| add(range, SPACE));
    CodePointSetData::new::<SentenceTerminal>()
        .iter_ranges()
        .for_each(|range| add(range, TERMINAL));

    // Words are those of `crate::matching`.
    let scripts = CodePointMapData::<Script>::new();
    for script in matching::SPACELESS {
        scripts
            .iter_ranges_for_value(script)
            .for_each(|range| add(range, ALONE));
    }
    let other = (SCRIPT_COUNT as u16) << SCRIPT_SHIFT;
    for range in scripts.iter_ranges() {
        if ![Script::Common, Script::Inherited, Script::Unknown].contains(&range.value) {
            let known = SCRIPTS.iter().position(|group| group.contains(&range.value));
            add(
                range.range,
                known.map_or(other, |at| (at as u16 + 1) << SCRIPT_SHIFT),
            );
        }
    }
    for class in &mut table {
        if *class & LETTER == 0 {
            *class &= (1 << SCRIPT_SHIFT) - 1;
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::Class;

    #[test]
    fn words_are_those_of_matching() {
        for c in ('\0'..='\u{ffff}').chain('\u{1f000}'..='\u{2ffff}') {
            let (ours, theirs) = (class_of(c), matching::class_of(c));
            for (flag, class) in [(WORD, Class::WORD), (ALONE, Class::ALONE), (MARK, Class::MARK)] {
                assert_eq!(ours & flag != 0, theirs.contains(class), "{c:?}");
            }
        }
    }
}
