//! What the walker needs to know of a code point, in one table built at first use from `icu_properties`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

/// A set of properties of a code point.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Class(u8);

impl Class {
    /// General category L, M or N: part of a word.
    pub(crate) const WORD: Self = Self(1);
    /// Of a script that is written without spaces: a word of its own.
    pub(crate) const ALONE: Self = Self(2);
    /// General category M: belongs to the word before it.
    pub(crate) const MARK: Self = Self(4);
    /// Default-ignorable: not there at all.
    pub(crate) const IGNORABLE: Self = Self(8);
    /// Unchanged by NFKC and case folding next to any other such code point.
    pub(crate) const STABLE: Self = Self(16);
    /// General category Nd: part of a number.
    pub(crate) const DIGIT: Self = Self(32);

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The class of any character.
pub(crate) fn class_of(c: char) -> Class {
    Class(TABLE[c as usize])
}

static TABLE: LazyLock<Vec<u8>> = LazyLock::new(build);

/// Scripts written without spaces between words.
const SPACELESS: [Script; 7] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
];

/// Where stable code points are looked for: the planes in use, without Hangul jamo (which compose with each
/// other) and without the rest of the supplementary planes (rare; the general path takes them).
const STABLE_IN: [RangeInclusive<u32>; 5] = [
    0x80..=0x10FF,
    0x1200..=0xD7AF,
    0xE000..=0xFFFF,
    0x1_F000..=0x1_FAFF,
    0x2_0000..=0x2_A6DF,
];

fn build() -> Vec<u8> {
    let mut table = vec![0; 0x11_0000];
    let mut mark = |range: RangeInclusive<u32>, class: Class| {
        for entry in &mut table[*range.start() as usize..=*range.end() as usize] {
            *entry |= class.0;
        }
    };
    let categories = CodePointMapData::<GeneralCategory>::new();
    let groups = [
        (GeneralCategoryGroup::Letter, Class::WORD),
        (GeneralCategoryGroup::Mark, Class(Class::WORD.0 | Class::MARK.0)),
        (GeneralCategoryGroup::Number, Class::WORD),
        (GeneralCategoryGroup::DecimalNumber, Class::DIGIT),
    ];
    for (group, class) in groups {
        categories
            .iter_ranges_for_group(group)
            .for_each(|range| mark(range, class));
    }
    let scripts = CodePointMapData::<Script>::new();
    for script in SPACELESS {
        scripts
            .iter_ranges_for_value(script)
            .for_each(|range| mark(range, Class::ALONE));
    }
    CodePointSetData::new::<DefaultIgnorableCodePoint>()
        .iter_ranges()
        .for_each(|range| mark(range, Class::IGNORABLE));

    let (nfkc, case) = (ComposingNormalizerBorrowed::new_nfkc(), CaseMapper::new());
    let mut buffer = [0; 4];
    for code in STABLE_IN.into_iter().flatten() {
        let Some(c) = char::from_u32(code) else { continue };
        let text: &str = c.encode_utf8(&mut buffer);
        let class = &mut table[code as usize];
        // A mark may move or compose with its neighbours whatever it is alone.
        if *class & Class::MARK.0 == 0 && nfkc.is_normalized(text) && case.simple_fold(c) == c {
            let unfolded = case.fold_string(text) == text;
            *class |= if unfolded { Class::STABLE.0 } else { 0 };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_code_points() {
        let has = |c: char, class: Class| class_of(c).contains(class);
        assert!(has('é', Class::WORD) && !has('é', Class::ALONE));
        assert!(has('中', Class::ALONE) && has('ก', Class::ALONE) && has('ひ', Class::ALONE));
        assert!(!has('한', Class::ALONE) && has('한', Class::WORD));
        assert!(has('\u{E31}', Class::MARK) && has('\u{301}', Class::MARK));
        assert!(has('\u{AD}', Class::IGNORABLE) && has('\u{FE0F}', Class::IGNORABLE));
        assert!(has('٣', Class::DIGIT) && !has('½', Class::DIGIT) && has('½', Class::WORD));
        assert!(!has('。', Class::WORD) && !has('\u{104A}', Class::WORD));
    }
}
