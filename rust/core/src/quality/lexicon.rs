//! Words that mean something by themselves: function words, and phrases that only assistants and web pages write.
//!
//! Words are as everywhere here: lower case, no punctuation, so that `can't` is two words. The lists are ours; Gopher's
//! eight function words and C4's policy phrases are the published ones. `tests/reference/quality_lexicon.py` is the
//! same table for the oracle.

use std::sync::LazyLock;

use super::marks::Marks;
use super::signals::Signal;

/// The function words of Gopher's quality rule.
pub(super) const GOPHER: &str = "the be to of and that have with";

/// The most frequent function words of each language that hardly occur in the others.
pub(super) const STOP_WORDS: [(Signal, &str); 14] = [
    (
        Signal::StopAr,
        "في من على إلى أن عن مع هذا هذه التي الذي ما لا كان هو هي أو ذلك كل بين",
    ),
    (
        Signal::StopDe,
        "der die das und ist nicht ein eine zu den mit von auf für sich dem des auch es ich wird sind",
    ),
    (
        Signal::StopEn,
        "the be to of and that have with is in it for on are was as this by not you or from at an which",
    ),
    (
        Signal::StopEs,
        "el la los las de que y en un una es por con para no se del lo como su más al",
    ),
    (
        Signal::StopFr,
        "le la les de des et est un une que dans qui pour pas sur en du ce il par au avec plus sont",
    ),
    (
        Signal::StopHi,
        "के का की है और में से को यह एक हैं पर था ने भी नहीं कि इस हो लिए",
    ),
    (
        Signal::StopIt,
        "il la le di che e un una per non è in con del della si sono lo da i gli come anche più nel",
    ),
    (Signal::StopJa, "の は に を が と で も た し て な い れ す"),
    (
        Signal::StopNl,
        "de het een en van is dat op te in zijn met voor niet aan er ook als door bij naar maar om",
    ),
    (
        Signal::StopPl,
        "i w na się nie z do to że jest o jak a po od za przez co tym są oraz dla ale być tego",
    ),
    (
        Signal::StopPt,
        "o a os as de que e do da em um uma para com não é no na por se mais dos ao como foi",
    ),
    (
        Signal::StopRu,
        "и в не на что с по это как а к из для он от за его но все так же у то или был",
    ),
    (
        Signal::StopSv,
        "och att det i en som är på av för med den till inte ett om har de jag var från",
    ),
    (
        Signal::StopZh,
        "的 是 在 了 不 我 有 和 这 他 也 就 人 们 你 到 说 要 为 上 会",
    ),
];

/// Phrases by the signal that counts them.
pub(super) const PHRASES: [(Signal, &[&str]); 5] = [
    (
        Signal::Refusals,
        &[
            "i'm sorry but i can't",
            "i'm sorry but i cannot",
            "i am sorry but i cannot",
            "i'm sorry i can't",
            "i apologize but i can't",
            "i apologize but i cannot",
            "i'm unable to assist",
            "i'm unable to help",
            "i am unable to assist",
            "i am not able to assist",
            "i'm not able to assist",
            "i can't assist with",
            "i cannot assist with",
            "i can't help with that",
            "i cannot help with that",
            "i cannot fulfill",
            "i can't fulfill",
            "i cannot comply with",
            "i can't comply with",
            "i must decline",
            "i cannot provide assistance",
            "i cannot generate content",
            "i cannot engage in",
            "it is not appropriate for me to",
            "it would not be appropriate for me to",
            "against my programming",
            "against my guidelines",
            "violates my guidelines",
        ],
    ),
    (
        Signal::AssistantPhrases,
        &[
            "as an ai language model",
            "as an ai model",
            "as an ai assistant",
            "as an artificial intelligence",
            "as a large language model",
            "as a language model",
            "i'm just an ai",
            "i am just an ai",
            "i'm an ai language model",
            "i am an ai language model",
            "i am a large language model",
            "i'm a large language model",
            "trained by openai",
            "developed by openai",
            "created by openai",
            "made by anthropic",
            "created by anthropic",
            "my knowledge cutoff",
            "my training data",
            "as of my last knowledge update",
            "as of my last update",
            "i do not have access to real time",
            "i don't have access to real time",
            "i don't have personal opinions",
            "i do not have personal opinions",
            "i don't have personal experiences",
            "i do not have personal experiences",
            "i do not have feelings or emotions",
            "regenerate response",
        ],
    ),
    (
        Signal::PolicyPhrases,
        &[
            "terms of use",
            "privacy policy",
            "cookie policy",
            "uses cookies",
            "use of cookies",
            "use cookies",
        ],
    ),
    (Signal::LoremIpsum, &["lorem ipsum"]),
    (Signal::Javascript, &["javascript"]),
];

/// A phrase that one word leads to.
pub(super) struct Phrase {
    pub(super) signal: Signal,
    pub(super) words: Vec<u64>,
    /// Which of its words led here.
    pub(super) anchor: usize,
}

/// What the lexicon knows of a word.
#[derive(Default)]
pub(super) struct Entry {
    /// The bit of the word among Gopher's eight, 0 for others.
    pub(super) gopher: u8,
    /// Positions in [`STOP_WORDS`] of the languages it belongs to.
    pub(super) languages: Vec<usize>,
    /// The phrases of which it is the longest word.
    pub(super) phrases: Vec<Phrase>,
}

/// Slots of the table: a power of two, many times the number of entries, so that most words meet an empty one.
const SLOTS: usize = 1 << 12;

/// Entries by the hash of their word.
pub(super) struct Lexicon {
    /// Positions in `entries` plus one, 0 where a slot is empty.
    slots: Vec<u16>,
    entries: Vec<(u64, Entry)>,
}

/// The lexicon, made at first use.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

impl Lexicon {
    /// What is known of the word with this hash.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> Option<&Entry> {
        let mut at = (hash >> 52) as usize;
        loop {
            let entry = usize::from(self.slots[at % SLOTS]).checked_sub(1)?;
            if self.entries[entry].0 == hash {
                return Some(&self.entries[entry].1);
            }
            at += 1;
        }
    }

    fn entry(&mut self, hash: u64) -> &mut Entry {
        let mut at = (hash >> 52) as usize;
        loop {
            let slot = &mut self.slots[at % SLOTS];
            if *slot == 0 {
                self.entries.push((hash, Entry::default()));
                *slot = self.entries.len() as u16;
            }
            let entry = usize::from(*slot) - 1;
            if self.entries[entry].0 == hash {
                return &mut self.entries[entry].1;
            }
            at += 1;
        }
    }

    fn new() -> Self {
        let mut lexicon = Self {
            slots: vec![0; SLOTS],
            entries: Vec::new(),
        };
        for (bit, (_, hash)) in words_of(GOPHER).into_iter().enumerate() {
            lexicon.entry(hash).gopher = 1 << bit;
        }
        for (language, (_, words)) in STOP_WORDS.iter().enumerate() {
            for (_, hash) in words_of(words) {
                lexicon.entry(hash).languages.push(language);
            }
        }
        for (signal, phrases) in PHRASES {
            for phrase in phrases {
                let words = words_of(phrase);
                let longest = words.iter().map(|(length, _)| *length).max();
                let anchor = words.iter().position(|(length, _)| Some(*length) == longest);
                let anchor = anchor.unwrap_or_default();
                lexicon.entry(words[anchor].1).phrases.push(Phrase {
                    signal,
                    words: words.iter().map(|(_, hash)| *hash).collect(),
                    anchor,
                });
            }
        }
        lexicon
    }
}

/// Length and hash of every word of `text`.
fn words_of(text: &str) -> Vec<(usize, u64)> {
    let mut marks = Marks::default();
    marks.mark(text, |_| ());
    let (mut edges, mut hashes) = (Vec::new(), Vec::new());
    marks.words(&mut edges, &mut hashes);
    let lengths = edges
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[start, end]| (end - start) as usize);
    lengths.zip(hashes).collect()
}
