//! The signals there are: their names, the family whose work they need, and what kind of number they are.

use crate::error::{Error, Result};

/// Signals that are measured together; what no wanted signal needs is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Family {
    /// How much text there is.
    Length,
    /// What its characters are.
    Characters,
    /// In which scripts its letters are.
    Scripts,
    /// What its words are.
    Words,
    /// What its lines, paragraphs and sentences are.
    Lines,
    /// Code, HTML, Markdown, JSON, brackets.
    Markup,
    /// Phrases of assistants and of web pages.
    Phrases,
    /// Function words of the main languages.
    StopWords,
    /// n-grams that occur again.
    Repetition,
    /// How much smaller it can be written.
    Compression,
}

use Family::{
    Characters, Compression, Length, Lines, Markup, Phrases, Repetition, Scripts, StopWords, Words,
};

/// The names of the families, in their order.
pub const FAMILIES: [(&str, Family); 10] = [
    ("length", Length),
    ("characters", Characters),
    ("scripts", Scripts),
    ("words", Words),
    ("lines", Lines),
    ("markup", Markup),
    ("phrases", Phrases),
    ("stop_words", StopWords),
    ("repetition", Repetition),
    ("compression", Compression),
];

/// What kind of number a signal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Count,
    /// A real number.
    Real,
    /// Yes or no.
    Flag,
}

use Kind::{Count, Flag, Real};

macro_rules! signals {
    ($($id:ident $name:literal $family:ident $kind:ident;)*) => {
        /// A signal; its number is its place in [`SIGNALS`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        #[expect(missing_docs, reason = "defined in tests/reference/quality.py and docs/quality.md")]
        pub enum Signal { $($id,)* }

        /// Every signal with its name, its family and its kind.
        pub const SIGNALS: &[(Signal, &str, Family, Kind)] = &[$((Signal::$id, $name, $family, $kind),)*];
    };
}

signals! {
    Bytes "bytes" Length Count;
    CharacterCount "characters" Length Count;
    WordCount "words" Length Count;
    LineCount "lines" Length Count;
    Paragraphs "paragraphs" Length Count;
    Sentences "sentences" Length Count;
    MeanWordLength "mean_word_length" Length Real;
    LongestWord "longest_word" Length Count;
    MeanLineLength "mean_line_length" Length Real;
    LongestLine "longest_line" Length Count;
    Alphabetic "alphabetic_fraction" Characters Real;
    Uppercase "uppercase_fraction" Characters Real;
    Digits "digit_fraction" Characters Real;
    Punctuation "punctuation_fraction" Characters Real;
    Symbols "symbol_fraction" Characters Real;
    Whitespace "whitespace_fraction" Characters Real;
    NonAscii "non_ascii_fraction" Characters Real;
    CharacterEntropy "character_entropy" Characters Real;
    LongestCharacterRun "longest_character_run" Characters Count;
    Latin "latin_fraction" Scripts Real;
    Cyrillic "cyrillic_fraction" Scripts Real;
    Greek "greek_fraction" Scripts Real;
    Arabic "arabic_fraction" Scripts Real;
    Hebrew "hebrew_fraction" Scripts Real;
    Devanagari "devanagari_fraction" Scripts Real;
    Thai "thai_fraction" Scripts Real;
    Han "han_fraction" Scripts Real;
    Kana "kana_fraction" Scripts Real;
    Hangul "hangul_fraction" Scripts Real;
    OtherScripts "other_script_fraction" Scripts Real;
    ScriptCount "scripts" Scripts Count;
    AlphabeticWords "alphabetic_word_fraction" Words Real;
    UniqueWords "unique_word_fraction" Words Real;
    WordEntropy "word_entropy" Words Real;
    LongestWordRun "longest_word_run" Words Count;
    GopherStopWords "gopher_stop_words" Words Count;
    HashWordRatio "hash_word_ratio" Words Real;
    EllipsisWordRatio "ellipsis_word_ratio" Words Real;
    TerminalLines "terminal_line_fraction" Lines Real;
    BulletLines "bullet_line_fraction" Lines Real;
    EllipsisLines "ellipsis_line_fraction" Lines Real;
    ShortLines "short_line_fraction" Lines Real;
    DuplicateLines "duplicate_line_fraction" Lines Real;
    DuplicateLineCharacters "duplicate_line_character_fraction" Lines Real;
    DuplicateParagraphs "duplicate_paragraph_fraction" Lines Real;
    DuplicateParagraphCharacters "duplicate_paragraph_character_fraction" Lines Real;
    NewlineWordRatio "newline_word_ratio" Lines Real;
    C4Sentences "c4_sentences" Lines Count;
    TruncatedEnding "truncated_ending" Lines Flag;
    Code "code_fraction" Markup Real;
    Html "html_fraction" Markup Real;
    MarkdownLines "markdown_line_fraction" Markup Real;
    Json "json" Markup Flag;
    CurlyBrackets "curly_brackets" Markup Count;
    UnbalancedBrackets "unbalanced_brackets" Markup Count;
    UnclosedFence "unclosed_fence" Markup Flag;
    Refusals "refusal_phrases" Phrases Count;
    AssistantPhrases "assistant_phrases" Phrases Count;
    PolicyPhrases "policy_phrases" Phrases Count;
    LoremIpsum "lorem_ipsum" Phrases Count;
    Javascript "javascript" Phrases Count;
    StopAr "stop_words_ar" StopWords Count;
    StopDe "stop_words_de" StopWords Count;
    StopEn "stop_words_en" StopWords Count;
    StopEs "stop_words_es" StopWords Count;
    StopFr "stop_words_fr" StopWords Count;
    StopHi "stop_words_hi" StopWords Count;
    StopIt "stop_words_it" StopWords Count;
    StopJa "stop_words_ja" StopWords Count;
    StopNl "stop_words_nl" StopWords Count;
    StopPl "stop_words_pl" StopWords Count;
    StopPt "stop_words_pt" StopWords Count;
    StopRu "stop_words_ru" StopWords Count;
    StopSv "stop_words_sv" StopWords Count;
    StopZh "stop_words_zh" StopWords Count;
    Top2 "top_2_gram_character_fraction" Repetition Real;
    Top3 "top_3_gram_character_fraction" Repetition Real;
    Top4 "top_4_gram_character_fraction" Repetition Real;
    Duplicate5 "duplicate_5_gram_character_fraction" Repetition Real;
    Duplicate6 "duplicate_6_gram_character_fraction" Repetition Real;
    Duplicate7 "duplicate_7_gram_character_fraction" Repetition Real;
    Duplicate8 "duplicate_8_gram_character_fraction" Repetition Real;
    Duplicate9 "duplicate_9_gram_character_fraction" Repetition Real;
    Duplicate10 "duplicate_10_gram_character_fraction" Repetition Real;
    CompressionRatio "compression_ratio" Compression Real;
}

/// Which signals are wanted, in the order of their columns, and so which families are measured.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub(super) signals: Vec<usize>,
    families: [bool; FAMILIES.len()],
}

impl Wanted {
    /// These signals; [`Error::Argument`] for a name that is none, or none at all.
    pub fn new(names: &[String]) -> Result<Self> {
        let mut wanted = Self {
            signals: Vec::with_capacity(names.len()),
            families: [false; FAMILIES.len()],
        };
        for name in names {
            let Some(at) = SIGNALS.iter().position(|signal| signal.1 == name) else {
                let known: Vec<&str> = SIGNALS.iter().map(|signal| signal.1).collect();
                let known = format!("names of signals ({})", known.join(", "));
                return Err(Error::argument("signals", format!("{name:?}"), known));
            };
            wanted.signals.push(at);
            wanted.families[SIGNALS[at].2 as usize] = true;
        }
        if names.is_empty() {
            return Err(Error::argument("signals", "none", "at least one signal"));
        }
        Ok(wanted)
    }

    pub(super) fn any(&self, families: &[Family]) -> bool {
        families.iter().any(|family| self.families[*family as usize])
    }
}

/// The signals of one text, by their places in [`SIGNALS`].
#[derive(Clone, Copy)]
pub(super) struct Row(pub(super) [f64; SIGNALS.len()]);

impl Row {
    /// Nothing measured yet.
    pub(super) const EMPTY: Self = Self([0.0; SIGNALS.len()]);

    pub(super) fn set(&mut self, signal: Signal, value: f64) {
        self.0[signal as usize] = value;
    }

    pub(super) fn count(&mut self, signal: Signal, value: usize) {
        self.0[signal as usize] = value as f64;
    }

    /// `part / whole`; a part of nothing is 0.
    pub(super) fn share(&mut self, signal: Signal, part: usize, whole: usize) {
        self.0[signal as usize] = if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_where_its_number_says() {
        for (at, (signal, ..)) in SIGNALS.iter().enumerate() {
            assert_eq!(*signal as usize, at);
        }
        for (at, (_, family)) in FAMILIES.iter().enumerate() {
            assert_eq!(*family as usize, at);
        }
    }

    #[test]
    fn an_unknown_signal_is_an_error_that_lists_them() {
        let error = Wanted::new(&["wrods".to_owned()]).unwrap_err().to_string();
        assert!(
            error.contains("words, lines") && error.ends_with("got \"wrods\""),
            "{error}"
        );
        assert!(Wanted::new(&[]).is_err());
    }
}
