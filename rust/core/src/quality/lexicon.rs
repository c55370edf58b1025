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

/// What the lexicon knows of a word; nothing of most.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    hash: u64,
    /// A one in the byte of every language of [`STOP_WORDS`] that it belongs to.
    languages: [u64; 2],
    /// The bit of the word among Gopher's eight, 0 for others.
    gopher: u8,
    /// Where its phrases are, plus one: those of which it is the longest word.
    phrases: u8,
}

impl Entry {
    /// Whether it leads to phrases.
    #[inline]
    pub(super) fn leads(&self) -> bool {
        self.phrases > 0
    }
}

/// Counts over the words of a text: a byte for every language, and sums of those before one could overflow.
#[derive(Default)]
pub(super) struct Tally {
    languages: [u64; 2],
    words: u32,
    sums: [usize; 16],
    gopher: u8,
}

impl Tally {
    #[inline]
    pub(super) fn add(&mut self, entry: &Entry) {
        self.languages[0] += entry.languages[0];
        self.languages[1] += entry.languages[1];
        self.gopher |= entry.gopher;
        self.words += 1;
        if self.words == 255 {
            self.empty();
        }
    }

    fn empty(&mut self) {
        let bytes = self.languages.map(u64::to_le_bytes);
        for (sum, byte) in self.sums.iter_mut().zip(bytes.as_flattened()) {
            *sum += usize::from(*byte);
        }
        (self.languages, self.words) = ([0; 2], 0);
    }

    /// How many of Gopher's words occur.
    pub(super) fn gopher(&self) -> usize {
        self.gopher.count_ones() as usize
    }

    /// How many stop words of each language.
    pub(super) fn stops(mut self) -> [usize; STOP_WORDS.len()] {
        self.empty();
        std::array::from_fn(|language| self.sums[language])
    }
}

/// Buckets of two words.
const BUCKETS: usize = 1 << 11;
/// Entries, with the empty one.
const ENTRIES: usize = 1 << 9;

/// Entries by the hash of their word. Whether a word is known is anybody's guess, and so nothing branches on it.
pub(super) struct Lexicon {
    /// Positions in `entries`, 0 where there is none.
    buckets: Vec<[u16; 2]>,
    /// The first is of no word.
    entries: Box<[Entry; ENTRIES]>,
    phrases: Vec<Vec<Phrase>>,
    /// A multiplication that puts no three words into one bucket.
    factor: u64,
}

/// The lexicon, made at first use.
pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

impl Lexicon {
    /// What is known of the word with this hash.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> &Entry {
        let [first, second] = self.buckets[bucket(hash, self.factor)].map(|at| usize::from(at) % ENTRIES);
        let second = if self.entries[second].hash == hash {
            second
        } else {
            0
        };
        let at = if self.entries[first].hash == hash {
            first
        } else {
            second
        };
        &self.entries[at]
    }

    /// The phrases that the word with this hash leads to.
    pub(super) fn phrases(&self, hash: u64) -> &[Phrase] {
        let at = usize::from(self.get(hash).phrases).checked_sub(1);
        at.map_or(&[], |at| &self.phrases[at])
    }

    fn new() -> Self {
        let mut known = vec![Entry::default()];
        let mut entry = |hash: u64| {
            let at = known.iter().position(|entry| entry.hash == hash);
            at.unwrap_or_else(|| {
                known.push(Entry {
                    hash,
                    ..Entry::default()
                });
                known.len() - 1
            })
        };
        let (mut gopher, mut languages, mut anchors) = (Vec::new(), Vec::new(), Vec::new());
        for (bit, (_, hash)) in words_of(GOPHER).into_iter().enumerate() {
            gopher.push((entry(hash), 1 << bit));
        }
        for (language, (_, words)) in STOP_WORDS.iter().enumerate() {
            languages.extend(words_of(words).iter().map(|(_, hash)| (entry(*hash), language)));
        }
        for (signal, phrases) in PHRASES {
            for phrase in phrases {
                let words = words_of(phrase);
                let longest = words.iter().map(|(length, _)| *length).max();
                let anchor = words.iter().position(|(length, _)| Some(*length) == longest);
                let anchor = anchor.unwrap_or_default();
                let phrase = Phrase {
                    signal,
                    words: words.iter().map(|(_, hash)| *hash).collect(),
                    anchor,
                };
                anchors.push((entry(words[anchor].1), phrase));
            }
        }
        let mut lexicon = Self {
            buckets: Vec::new(),
            entries: Box::new([Entry::default(); ENTRIES]),
            phrases: Vec::new(),
            factor: 1,
        };
        lexicon.entries[..known.len()].copy_from_slice(&known);
        for (at, bit) in gopher {
            lexicon.entries[at].gopher = bit;
        }
        for (at, language) in languages {
            // A word may stand twice in the list of a language.
            lexicon.entries[at].languages[language / 8] |= 1 << (8 * (language % 8));
        }
        for (at, phrase) in anchors {
            if !lexicon.entries[at].leads() {
                lexicon.phrases.push(Vec::new());
                lexicon.entries[at].phrases = lexicon.phrases.len() as u8;
            }
            lexicon.phrases[usize::from(lexicon.entries[at].phrases) - 1].push(phrase);
        }
        while !lexicon.fill(known.len()) {
            lexicon.factor += 2;
        }
        lexicon
    }

    /// Puts so many entries into their buckets; false where one has no room for three.
    fn fill(&mut self, entries: usize) -> bool {
        self.buckets = vec![[0; 2]; BUCKETS];
        (1..entries).all(|at| {
            let free = &mut self.buckets[bucket(self.entries[at].hash, self.factor)];
            let place = free.iter_mut().find(|place| **place == 0);
            place.map(|place| *place = at as u16).is_some()
        })
    }
}

#[inline]
fn bucket(hash: u64, factor: u64) -> usize {
    (hash.wrapping_mul(factor) >> 53) as usize % BUCKETS
}

/// Length and hash of every word of `text`.
fn words_of(text: &str) -> Vec<(usize, u64)> {
    let mut marks = Marks::default();
    marks.mark(text, |_| ());
    let mut hashes = Vec::new();
    marks.words(&mut hashes);
    let edges = marks.word_starts().iter().zip(marks.word_ends());
    let lengths = edges.map(|(start, end)| (end - start) as usize);
    lengths.zip(hashes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_no_other() {
        for (language, (_, words)) in STOP_WORDS.iter().enumerate() {
            for (_, hash) in words_of(words) {
                let mut tally = Tally::default();
                (0..300).for_each(|_| tally.add(LEXICON.get(hash)));
                assert_eq!(tally.stops()[language], 300);
            }
        }
        for (_, hash) in words_of("xylophone zebra 12345") {
            assert!(LEXICON.get(hash).hash != hash);
            assert!(LEXICON.phrases(hash).is_empty());
        }
    }
}
