//! The text that is compared: what two rows must share to count as the same.
//!
//! NFKC, then full case folding, then NFKC again, then default-ignorable code points (soft hyphen, joiners,
//! variation selectors ...) are dropped, with the tables of [`UNICODE_VERSION`]. The empty text stays empty.
//!
//! A boundary before an ASCII character is a boundary of every normalisation form, because no ASCII character
//! composes with what precedes it. So ASCII is lower-cased where it stands, whole blocks at a time; most other
//! characters become the same wherever they stand ([`classes::Entry`]); and only a run in which one does not goes
//! through the normalisers, with the ASCII character before it.

mod classes;

use fastcurate_simd::ascii::{self, BLOCK, PADDING};
use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

pub(crate) use classes::{Class, SPACELESS, class_of};
use classes::{Image, Kind, entry};

/// The version of the Unicode tables; part of the identity of every sketch.
pub const UNICODE_VERSION: &str = "17.0";

/// The matching text of one text after another, in the same buffers.
#[derive(Default)]
pub(crate) struct Matched {
    /// What ASCII makes of the text: lower case, and which bytes are of words and which of other characters.
    lower: Vec<u8>,
    words: Vec<u64>,
    others: Vec<u64>,
    /// The same with the other characters taken in, where there are any, and what the latter are.
    bytes: Vec<u8>,
    kinds: Vec<u8>,
    cuts: Vec<u64>,
    length: usize,
    /// Whether the last word ends the text and is of a script whose characters are words of their own.
    alone: bool,
}

/// A matching text, with its words.
pub(crate) struct View<'a> {
    /// UTF-8, with unspecified bytes behind it: [`PADDING`] more than the masks have bits.
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
        let bytes = text.as_bytes();
        let ascii = ascii::fold(bytes, &mut self.lower, &mut self.words, &mut self.others);
        if ascii {
            return View {
                padded: &self.lower,
                length: text.len(),
                words: &self.words,
                cuts: &[],
            };
        }
        self.mixed(text);
        let padded = (self.length / BLOCK + 1) * BLOCK + PADDING;
        let text = &self.bytes[..self.length];
        ascii::masks(text, &self.kinds, &mut self.words, &mut self.cuts);
        View {
            padded: &self.bytes[..padded],
            length: self.length,
            words: &self.words,
            cuts: &self.cuts,
        }
    }

    /// Runs of ASCII and runs of other characters in turn.
    fn mixed(&mut self, text: &str) {
        (self.length, self.alone) = (0, false);
        self.kinds.clear();
        self.reserve(text.len());
        let mut at = 0;
        loop {
            let other = self.next(at, text.len(), 0);
            let alone_before = self.alone && other - at == 1;
            self.push_ascii(at, other);
            if other == text.len() {
                return;
            }
            let end = self.next(other, text.len(), !0);
            let length = self.length;
            if !self.push_images(&text[other..end]) {
                let with_ascii = other.saturating_sub(1).max(at);
                self.rewind(length - (other - with_ascii), alone_before);
                self.push_defined(&text[with_ascii..end]);
                self.reserve(text.len() - end);
            }
            at = end;
        }
    }

    /// Room for what becomes of `more` bytes of text: an image is at most twice as long as its character.
    fn reserve(&mut self, more: usize) {
        let room = self.length + 2 * more + BLOCK + 2 * PADDING;
        for buffer in [&mut self.bytes, &mut self.kinds] {
            buffer.resize(buffer.len().max(room), 0);
        }
    }

    /// The first place from `at` on that is not ASCII, or for `!0` instead of 0 that is; at most `end`.
    fn next(&self, at: usize, end: usize, flip: u64) -> usize {
        let mut block = at / BLOCK;
        let mut bits = (self.others[block] ^ flip) & u64::MAX << (at % BLOCK);
        while bits == 0 {
            block += 1;
            match self.others.get(block) {
                Some(next) => bits = next ^ flip,
                None => return end,
            }
        }
        end.min(block * BLOCK + bits.trailing_zeros() as usize)
    }

    fn push_ascii(&mut self, at: usize, end: usize) {
        const STEP: usize = 32;
        let (from, to) = (&self.lower[at..], &mut self.bytes[self.length..]);
        // Whole steps, also beyond the end of the run: what follows is written later.
        let steps = (end - at).div_ceil(STEP);
        let from = from.as_chunks::<STEP>().0.iter().take(steps);
        from.zip(to.as_chunks_mut::<STEP>().0)
            .for_each(|(from, to)| *to = *from);
        if at < end {
            self.kinds[self.length] = u8::from(self.alone) * ascii::CUT;
            self.alone = false;
        }
        self.length += end - at;
    }

    /// Appends the images of all characters of a run without ASCII. False, with some of them appended, where one
    /// depends on its neighbours.
    fn push_images(&mut self, run: &str) -> bool {
        let mut text = self.end();
        let (mut last, mut known) = (0, true);
        for c in run.chars() {
            let entry = entry(c);
            if entry.kind == Kind::Plain {
                text.push_plain(&entry.image);
                last = 0;
            } else if entry.kind == Kind::Unknown || entry.order != 0 && entry.order < last {
                known = false;
                break;
            } else {
                text.push(&entry.image);
                last = entry.order;
            }
        }
        (self.length, self.alone) = (text.length, text.alone);
        known
    }

    /// Appends what the definition makes of a run.
    fn push_defined(&mut self, run: &str) {
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let once = nfkc.normalize(run);
        let folded = CaseMapper::new().fold_string(&once);
        let twice = nfkc.normalize(&folded);
        self.reserve(2 * twice.len());
        let mut text = self.end();
        for c in twice.chars() {
            let class = class_of(c);
            if !class.contains(Class::IGNORABLE)
                && let Some(image) = Image::new(c.encode_utf8(&mut [0; 4]), class)
            {
                text.push(&image);
            }
        }
        (self.length, self.alone) = (text.length, text.alone);
    }

    fn end(&mut self) -> End<'_> {
        End {
            bytes: &mut self.bytes,
            kinds: &mut self.kinds,
            length: self.length,
            alone: self.alone,
        }
    }

    /// Takes back what was appended from `length` on.
    fn rewind(&mut self, length: usize, alone: bool) {
        self.kinds[length..self.length + PADDING].fill(0);
        (self.length, self.alone) = (length, alone);
    }
}

/// The end of a matching text, where images are appended.
struct End<'a> {
    bytes: &'a mut [u8],
    kinds: &'a mut [u8],
    length: usize,
    alone: bool,
}

impl End<'_> {
    /// Appends an image that is neither empty nor a mark.
    #[inline]
    fn push_plain(&mut self, image: &Image) {
        let mut kinds = u32::from_le_bytes(image.kinds);
        // Where no word precedes or follows, a cut is none.
        kinds |= u32::from(self.alone) * u32::from(ascii::CUT);
        self.put(image.bytes, kinds.to_le_bytes());
        self.alone = image.class.contains(Class::ALONE);
        self.length += usize::from(image.length);
    }

    /// Appends any image.
    fn push(&mut self, image: &Image) {
        let (word, lone) = (
            image.class.contains(Class::WORD),
            image.class.contains(Class::ALONE),
        );
        let joins = image.class.contains(Class::MARK) && (self.alone || !lone);
        let mut kinds = image.kinds;
        if word && !joins {
            kinds[0] |= u8::from(self.alone || lone) * ascii::CUT;
            self.alone = lone;
        } else {
            self.alone &= word || image.length == 0;
        }
        self.put(image.bytes, kinds);
        self.length += usize::from(image.length);
    }

    #[inline]
    fn put(&mut self, bytes: [u8; 4], kinds: [u8; 4]) {
        let to = self.length..self.length + 4;
        if let (Some(text), Some(marks)) = (self.bytes.get_mut(to.clone()), self.kinds.get_mut(to)) {
            text.copy_from_slice(&bytes);
            marks.copy_from_slice(&kinds);
        }
    }
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
        matched.fold("left Ωver \u{301}中中");
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
