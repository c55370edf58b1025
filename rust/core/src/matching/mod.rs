//! The text that is compared: what two rows must share to count as the same.
//!
//! NFKC, then full case folding, then NFKC again, then default-ignorable code points (soft hyphen, joiners,
//! variation selectors ...) are dropped, with the tables of [`UNICODE_VERSION`]. The empty text stays empty.
//!
//! A boundary before an ASCII character is a boundary of every normalisation form, because no ASCII character
//! composes with what precedes it. So ASCII is lower-cased where it stands, whole blocks at a time; most other
//! characters become the same wherever they stand ([`classes::Entry`]); and only a run in which one does not goes
//! through the normalisers, with the ASCII character before it.

mod bits;
mod classes;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

use bits::{BITS, clear_from, low, read, write};
use classes::entry;
pub(crate) use classes::{Class, class_of};
use fastcurate_simd::ascii;

/// The version of the Unicode tables; part of the identity of every sketch.
pub const UNICODE_VERSION: &str = "17.0";

/// The matching text of one text after another, in the same buffers.
#[derive(Default)]
pub(crate) struct Matched {
    /// What ASCII makes of the text: lower case, and which bytes are of words and which of other characters.
    lower: Vec<u8>,
    ascii_words: Vec<u64>,
    others: Vec<u64>,
    /// The same with the other characters taken in, where there are any.
    bytes: Vec<u8>,
    words: Vec<u64>,
    cuts: Vec<u64>,
    length: usize,
    ascii: bool,
    /// Whether the last word ends the text and is of a script whose characters are words of their own.
    alone: bool,
}

/// A matching text, with its words.
pub(crate) struct View<'a> {
    /// UTF-8, with [`ascii::PADDING`] unspecified bytes behind the last block of the masks.
    pub(crate) padded: &'a [u8],
    /// How many of the bytes are text.
    pub(crate) length: usize,
    /// Whether bytes belong to words, one bit each, the bits behind the text 0.
    pub(crate) words: &'a [u64],
    /// Where a word ends and the next begins without a byte between them; may be empty where there is no such place.
    pub(crate) cuts: &'a [u64],
}

impl Matched {
    /// The matching text of `text`.
    pub(crate) fn fold(&mut self, text: &str) -> View<'_> {
        self.ascii = ascii::fold(
            text.as_bytes(),
            &mut self.lower,
            &mut self.ascii_words,
            &mut self.others,
        );
        if self.ascii {
            return View {
                padded: &self.lower,
                length: text.len(),
                words: &self.ascii_words,
                cuts: &[],
            };
        }
        self.mixed(text);
        let blocks = self.length / BITS + 1;
        View {
            padded: &self.bytes[..blocks * BITS + ascii::PADDING],
            length: self.length,
            words: &self.words[..blocks],
            cuts: &self.cuts[..blocks],
        }
    }

    /// Runs of ASCII and runs of other characters in turn.
    fn mixed(&mut self, text: &str) {
        (self.length, self.alone) = (0, false);
        self.words.clear();
        self.cuts.clear();
        self.reserve(text.len());
        let mut at = 0;
        loop {
            let other = self.next_other(at, text.len());
            let before = self.alone && other - at == 1;
            self.push_ascii(at, other);
            if other == text.len() {
                return;
            }
            let end = other + others(&text.as_bytes()[other..]);
            let (length, run) = (self.length, &text[other..end]);
            if !self.push_images(run) {
                let with_ascii = other.saturating_sub(1).max(at);
                self.rewind(length - (other - with_ascii), before);
                self.push_defined(&text[with_ascii..end]);
                self.reserve(text.len() - end);
            }
            at = end;
        }
    }

    /// Room for what becomes of `more` bytes of text: an image is at most twice as long as its character.
    fn reserve(&mut self, more: usize) {
        let blocks = (self.length + 2 * more) / BITS + 3;
        self.bytes
            .resize(self.bytes.len().max(blocks * BITS + ascii::PADDING), 0);
        self.words.resize(self.words.len().max(blocks), 0);
        self.cuts.resize(self.cuts.len().max(blocks), 0);
    }

    /// The first place from `at` on that is not ASCII, or `end`.
    fn next_other(&self, at: usize, end: usize) -> usize {
        let mut bits = self.others[at / BITS] & !low(at % BITS);
        let mut block = at / BITS;
        while bits == 0 {
            block += 1;
            match self.others.get(block) {
                Some(next) => bits = *next,
                None => return end,
            }
        }
        block * BITS + bits.trailing_zeros() as usize
    }

    fn push_ascii(&mut self, mut at: usize, end: usize) {
        while at < end {
            let taken = (end - at).min(BITS);
            let bits = read(&self.ascii_words, at) & low(taken);
            self.bytes[self.length..self.length + BITS].copy_from_slice(&self.lower[at..at + BITS]);
            write(&mut self.words, self.length, bits);
            self.cuts[self.length / BITS] |= (u64::from(self.alone) & bits) << (self.length % BITS);
            self.alone = false;
            self.length += taken;
            at += taken;
        }
    }

    /// Appends the images of all characters of a run without ASCII. False, with some of them appended, where one
    /// depends on its neighbours.
    fn push_images(&mut self, run: &str) -> bool {
        let mut last = 0;
        for c in run.chars() {
            let entry = entry(c);
            let Some((image, length)) = entry.image() else {
                return false;
            };
            if entry.order != 0 && entry.order < last {
                return false;
            }
            last = entry.order;
            self.push(image, length, entry.image_class);
        }
        true
    }

    /// Appends what the definition makes of a run.
    fn push_defined(&mut self, run: &str) {
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let once = nfkc.normalize(run);
        let folded = CaseMapper::new().fold_string(&once);
        let twice = nfkc.normalize(&folded);
        self.reserve(2 * twice.len());
        for c in twice.chars() {
            let class = class_of(c);
            if !class.contains(Class::IGNORABLE) {
                let mut image = [0; 4];
                let length = c.encode_utf8(&mut image).len();
                self.push(image, length, class);
            }
        }
    }

    /// Appends characters that all have the same class.
    #[inline]
    fn push(&mut self, image: [u8; 4], length: usize, class: Class) {
        let at = self.length;
        self.bytes[at..at + 4].copy_from_slice(&image);
        let mut cut = false;
        if class.contains(Class::WORD) {
            write(&mut self.words, at, low(length));
            let joins = class.contains(Class::MARK) && (self.alone || !class.contains(Class::ALONE));
            if !joins {
                cut = self.alone || class.contains(Class::ALONE);
                self.alone = class.contains(Class::ALONE);
            }
        } else {
            write(&mut self.words, at, 0);
            self.alone &= length == 0;
        }
        self.cuts[at / BITS] |= u64::from(cut) << (at % BITS);
        self.length += length;
    }

    /// Takes back what was appended from `length` on.
    fn rewind(&mut self, length: usize, alone: bool) {
        clear_from(&mut self.words, length);
        clear_from(&mut self.cuts, length);
        (self.length, self.alone) = (length, alone);
    }
}

/// How many of the first bytes are not ASCII.
fn others(bytes: &[u8]) -> usize {
    bytes.iter().position(u8::is_ascii).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, without runs and tables.
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
        let mut matched = Matched::default();
        matched.fold("left Ωver \u{301}中中").length;
        let view = matched.fold(text);
        String::from_utf8(view.padded[..view.length].to_vec()).unwrap()
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
            ("ก\u{E49}\u{E38}", "ก\u{E38}\u{E49}"),
        ] {
            assert_eq!(folded(text), expected, "{text:?}");
            assert_eq!(whole(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn runs_change_nothing(text in "[\\PC\\p{M}\\p{Cf}\u{1100}-\u{11FF}a-zA-Z \u{AC00}-\u{AC20}]{0,30}") {
            prop_assert_eq!(folded(&text), whole(&text));
        }

        #[test]
        fn any_characters_at_all(text in proptest::collection::vec(any::<char>(), 0..30)) {
            let text: String = text.into_iter().flat_map(|c| ['A', c]).collect();
            prop_assert_eq!(folded(&text), whole(&text));
        }

        #[test]
        fn characters_that_meddle_with_each_other(
            text in "[A \\p{M}ÅßﬁŃ\u{1E9E}\u{1100}-\u{1102}\u{1161}-\u{1163}\u{11A8}가\u{FF9E}\u{AD}ᾳ\u{345}ﾊ\u{E33}\u{16D60}-\u{16D70}]{0,12}"
        ) {
            prop_assert_eq!(folded(&text), whole(&text));
        }
    }

    #[test]
    fn every_code_point_between_letters_and_beside_marks() {
        for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            let text = format!("A{c}B {c}\u{301} \u{1100}{c} Ｅ\u{E49}{c}\u{E38}é");
            assert_eq!(folded(&text), whole(&text), "U+{:04X}", u32::from(c));
        }
    }
}
