//! One byte for every code point: whether it can be passed over, and if not, why.
//!
//! From the quick check of Unicode Standard Annex 15, section 9: a text is in a form if every character in it may
//! occur there, none may join with the one before it, and combining marks stand in the order of their combining
//! classes. The properties come from `icu_normalizer`, so that table and normalizer cannot disagree.
//!
//! Characters are passed over by vectors, which see two and a half bytes of each: most scripts are plain all through.

use std::sync::LazyLock;

use icu_normalizer::properties::{
    CanonicalCombiningClassMapBorrowed, CanonicalCompositionBorrowed, CanonicalDecompositionBorrowed,
    Decomposed,
};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use fastcurate_simd::pairs::{ANY, Doubts};

use super::options::{Form, Options};

/// In its form, a starter, and never joined to the character before it. A value between this and [`ASK`] is the
/// combining class of a mark that stays as it is where it stands in order.
pub(super) const PLAIN: u8 = 0;
/// The normalizer has to be asked. (Combining classes end at 240.)
pub(super) const ASK: u8 = 254;
/// Some option removes or replaces it.
pub(super) const REPLACED: u8 = 255;

/// Code points that share all bytes but the last and its upper half.
const PART: u32 = 16;

/// Code points in the table. Beyond are rare ideographs, tags and selectors: the normalizer is asked about those.
const COVERED: u32 = 0x2_0000;

/// The classes of all code points under one set of options.
#[derive(Clone)]
pub(super) struct Classes {
    covered: Vec<u8>,
    beyond: u8,
    replaced_beyond: Vec<(u32, u32)>,
    /// Which characters, by their first two bytes, may not be plain.
    doubts: Doubts,
}

impl Classes {
    pub(super) fn of(options: &Options) -> Self {
        let mut classes = match options.form {
            None => Self {
                covered: vec![PLAIN; COVERED as usize],
                beyond: PLAIN,
                replaced_beyond: Vec::new(),
                doubts: Doubts::default(),
            },
            Some(Form::Nfc) => NFC.clone(),
            Some(Form::Nfd) => NFD.clone(),
            Some(Form::Nfkc) => NFKC.clone(),
            Some(Form::Nfkd) => NFKD.clone(),
        };
        for (first, last, _) in options.ranges() {
            if last < COVERED {
                classes.covered[first as usize..=last as usize].fill(REPLACED);
            } else {
                classes.replaced_beyond.push((first, last));
            }
        }
        let plain: Vec<bool> = classes
            .covered
            .chunks(PART as usize)
            .map(|part| part.iter().all(|class| *class == PLAIN))
            .collect();
        // As bits, which of the four parts of a page are not plain, at the places of their third bytes.
        let parts = |page: u32| {
            let doubtful = |part: &u32| !plain.get((page * 4 + part) as usize).copied().unwrap_or(false);
            (0..4).filter(doubtful).map(|part| 1 << (8 + part)).sum::<u16>()
        };
        classes.doubts = Doubts::new(|lead, second| {
            let (lead, second) = (u32::from(lead), u32::from(second & 0x3f));
            match lead {
                0xc2..0xe0 if classes.class((lead & 0x1f) << 6 | second) == PLAIN => 0,
                0xc2..0xe0 => ANY,
                0xe0..0xf0 => parts((lead & 0x0f) << 6 | second),
                _ => {
                    let page = (lead & 0x07) << 12 | second << 6;
                    let doubtful = (page..page + 64).any(|page| parts(page) != 0);
                    ANY * u16::from(doubtful)
                }
            }
        });
        classes
    }

    /// Where the characters begin that may not be plain, as bits.
    #[inline]
    pub(super) fn doubts(&self, text: &[u8], bits: &mut Vec<u64>) {
        self.doubts.places(text, bits);
    }

    #[inline]
    pub(super) fn class(&self, code: u32) -> u8 {
        match self.covered.get(code as usize) {
            Some(class) => *class,
            None => self.class_beyond(code),
        }
    }

    #[cold]
    fn class_beyond(&self, code: u32) -> u8 {
        let replaced = |(first, last): &(u32, u32)| (*first..=*last).contains(&code);
        if self.replaced_beyond.iter().any(replaced) {
            REPLACED
        } else {
            self.beyond
        }
    }
}

static NFC: LazyLock<Classes> = LazyLock::new(|| {
    let compositions = CanonicalCompositionBorrowed::new();
    let decompositions = CanonicalDecompositionBorrowed::new();
    let mut joins = Vec::new();
    let mut classes = table(|c| match decompositions.decompose(c) {
        Decomposed::Default => true,
        Decomposed::Singleton(_) => false,
        Decomposed::Expansion(first, second) => {
            let stays = compositions.compose(first, second) == Some(c);
            if stays {
                joins.push(second);
            }
            stays
        }
    });
    classes.ask(joins);
    classes
});

static NFD: LazyLock<Classes> = LazyLock::new(|| {
    let decompositions = CanonicalDecompositionBorrowed::new();
    table(|c| decompositions.decompose(c) == Decomposed::Default)
});

static NFKC: LazyLock<Classes> = LazyLock::new(|| {
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let mut classes = table(|c| normalizer.is_normalized(c.encode_utf8(&mut [0; 4])));
    // What joins with a character before it does so in both composed forms.
    classes.ask(
        (0..COVERED)
            .filter(|c| NFC.class(*c) == ASK)
            .filter_map(char::from_u32),
    );
    classes
});

static NFKD: LazyLock<Classes> = LazyLock::new(|| {
    let normalizer = DecomposingNormalizerBorrowed::new_nfkd();
    table(|c| normalizer.is_normalized(c.encode_utf8(&mut [0; 4])))
});

/// A table from the answer to whether a character on its own is in the form.
fn table(mut in_form: impl FnMut(char) -> bool) -> Classes {
    let combining = CanonicalCombiningClassMapBorrowed::new();
    let mut covered = vec![PLAIN; COVERED as usize];
    for c in ('\u{80}'..).take_while(|c| u32::from(*c) < COVERED) {
        covered[c as usize] = if in_form(c) { combining.get_u8(c) } else { ASK };
    }
    Classes {
        covered,
        beyond: ASK,
        replaced_beyond: Vec::new(),
        doubts: Doubts::default(),
    }
}

impl Classes {
    fn ask(&mut self, about: impl IntoIterator<Item = char>) {
        for c in about {
            self.covered[c as usize] = ASK;
        }
    }
}
