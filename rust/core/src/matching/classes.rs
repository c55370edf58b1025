//! What matching needs to know of a code point: a table of pages, each made from the Unicode data of ICU when the first
//! of its characters is seen.

use std::sync::{LazyLock, OnceLock};

use fastcurate_simd::ascii;
use icu_casemap::CaseMapper;
use icu_normalizer::properties::{
    CanonicalCombiningClassMapBorrowed, CanonicalDecompositionBorrowed, Decomposed,
};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::hash::Set;

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
    /// General category Nd: part of a number.
    pub(crate) const DIGIT: Self = Self(16);

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What decides where words begin and end.
    fn in_words(self) -> u8 {
        self.0 & (Self::WORD.0 | Self::ALONE.0 | Self::MARK.0)
    }
}

/// A code point, and what matching makes of it wherever it stands.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// The code point's own class.
    pub(crate) class: Class,
    /// What has to be known of it before its image is appended.
    pub(crate) kind: Kind,
    /// Canonical combining class of the code point, which is its own image where this is not 0.
    pub(crate) order: u8,
    /// The image.
    pub(crate) image: Image,
}

/// How the image of a code point is appended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it is.
    Plain,
    /// As it is where the code point is not less in order than the one before it; it may be empty, or a mark.
    Attached,
    /// The image depends on the neighbours, or does not fit.
    Unknown,
}

/// Up to four bytes of UTF-8, and what these bytes are to words.
#[derive(Clone, Copy)]
pub(crate) struct Image {
    pub(crate) bytes: [u8; 4],
    pub(crate) length: u8,
    pub(crate) class: Class,
    /// The kind of each byte as `fastcurate_simd::ascii` has it.
    pub(crate) kinds: [u8; 4],
}

impl Image {
    /// The image that characters of the same class make.
    pub(crate) fn new(text: &str, class: Class) -> Option<Self> {
        let mut image = Self {
            bytes: [0; 4],
            length: text.len() as u8,
            class,
            kinds: [0; 4],
        };
        image
            .bytes
            .get_mut(..text.len())?
            .copy_from_slice(text.as_bytes());
        if class.contains(Class::WORD) {
            image.kinds[..text.len()].fill(ascii::WORD);
        }
        if class.contains(Class::ALONE) && !class.contains(Class::MARK) {
            image.kinds[0] |= ascii::CUT;
        }
        Some(image)
    }
}

const PAGE: usize = 128;

type Page = [Entry; PAGE];

static PAGES: [OnceLock<Box<Page>>; 0x11_0000 / PAGE] = [const { OnceLock::new() }; 0x11_0000 / PAGE];

/// What is known of any character.
#[inline]
pub(crate) fn entry(c: char) -> &'static Entry {
    let (page, place) = (c as usize / PAGE, c as usize % PAGE);
    &PAGES[page].get_or_init(|| Box::new(std::array::from_fn(|at| describe((page * PAGE + at) as u32))))
        [place]
}

/// The class of any character.
pub(crate) fn class_of(c: char) -> Class {
    entry(c).class
}

/// Scripts written without spaces between words.
pub(crate) const SPACELESS: [Script; 7] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
];

fn classify(code: u32) -> Class {
    let category = CodePointMapData::<GeneralCategory>::new().get32(code);
    let mut class = 0;
    let groups = [
        (GeneralCategoryGroup::Letter, Class::WORD),
        (GeneralCategoryGroup::Mark, Class(Class::WORD.0 | Class::MARK.0)),
        (GeneralCategoryGroup::Number, Class::WORD),
        (GeneralCategoryGroup::DecimalNumber, Class::DIGIT),
    ];
    for (group, of_group) in groups {
        class |= if group.contains(category) { of_group.0 } else { 0 };
    }
    if SPACELESS.contains(&CodePointMapData::<Script>::new().get32(code)) {
        class |= Class::ALONE.0;
    }
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains32(code) {
        class |= Class::IGNORABLE.0;
    }
    Class(class)
}

/// The image of a code point is the same beside any neighbours if none of the code points on the way to it composes with
/// what stands before it, and none is reordered: then the quick check of Unicode Standard Annex 15 says of the
/// images of a text, one after another, that they are normalised already. Marks that change are left to the
/// definition, so that only marks that stay themselves can be out of order.
fn describe(code: u32) -> Entry {
    let class = classify(code);
    let mut entry = Entry {
        class,
        kind: Kind::Unknown,
        order: 0,
        image: Image {
            bytes: [0; 4],
            length: 0,
            class,
            kinds: [0; 4],
        },
    };
    let Some(c) = char::from_u32(code) else {
        return entry;
    };
    let (nfkc, nfkd) = (
        ComposingNormalizerBorrowed::new_nfkc(),
        DecomposingNormalizerBorrowed::new_nfkd(),
    );
    let text = c.to_string();
    let once = nfkc.normalize(&text);
    let folded = CaseMapper::new().fold_string(&once);
    let twice = nfkc.normalize(&folded);
    let kept = |c: &char| !classify(*c as u32).contains(Class::IGNORABLE);
    let image: String = twice.chars().filter(kept).collect();

    let order = CanonicalCombiningClassMapBorrowed::new();
    let stays = once == text && twice == text;
    let quiet = |c: char| !SECONDS.contains(&c) && (stays || order.get_u8(c) == 0);
    let steps = [&text, &*once, &*folded];
    let leads = steps
        .iter()
        .filter_map(|step| nfkd.normalize(step).chars().next());
    let apart = leads.chain(once.chars()).chain(twice.chars()).all(quiet);
    let mut classes = image.chars().map(|c| classify(c as u32));
    let image_class = classes.next().unwrap_or(Class(0));
    let uniform = classes.all(|class| class.in_words() == image_class.in_words());
    if let Some(found) = Image::new(&image, image_class).filter(|_| apart && uniform) {
        let plain = !image.is_empty() && !image_class.contains(Class::MARK) && !class.contains(Class::MARK);
        entry.kind = if plain { Kind::Plain } else { Kind::Attached };
        entry.image = found;
        entry.order = if stays { order.get_u8(c) } else { 0 };
    }
    entry
}

/// Code points that can compose with what stands before them: the second halves of the canonical decompositions.
static SECONDS: LazyLock<Set<char>> = LazyLock::new(|| {
    let decomposition = CanonicalDecompositionBorrowed::new();
    let second = |c| match decomposition.decompose(c) {
        Decomposed::Expansion(_, second) => Some(second),
        Decomposed::Default | Decomposed::Singleton(_) => None,
    };
    (0xC0..COMPOSED_BELOW)
        .filter_map(char::from_u32)
        .filter_map(second)
        .collect()
});

/// No code point from here on decomposes into two.
const COMPOSED_BELOW: u32 = 0x2_0000;

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

    #[test]
    fn images_where_they_are_known() {
        let image = |c| {
            let Entry { kind, image, .. } = entry(c);
            (*kind != Kind::Unknown).then(|| image.bytes[..usize::from(image.length)].to_vec())
        };
        for (c, expected) in [
            ('É', "é"),
            ('ß', "ss"),
            ('Ａ', "a"),
            ('…', "..."),
            ('\u{AD}', ""),
            ('中', "中"),
        ] {
            assert_eq!(image(c), Some(expected.as_bytes().to_vec()), "{c}");
        }
        for c in ['\u{301}', '\u{1161}', '½', '\u{16D68}', '\u{93C}'] {
            assert_eq!(image(c), None, "{c}");
        }
        assert_eq!((entry('\u{E49}').order, entry('é').order), (107, 0));
    }

    #[test]
    fn nothing_composed_stands_behind_the_last_place_searched() {
        let decomposition = CanonicalDecompositionBorrowed::new();
        for c in (COMPOSED_BELOW..0x11_0000).filter_map(char::from_u32) {
            assert!(
                !matches!(decomposition.decompose(c), Decomposed::Expansion(..)),
                "{c}"
            );
        }
    }
}
