//! Byte-pair encoding, counted and not written down: how many tokens the merges leave of a pretoken.
//!
//! The definition: begin with one symbol a byte (or, for SentencePiece, a character); while there are neighbours with a merge, merge the ones of the
//! lowest rank, the leftmost where they are equal. Short pretokens do just that in two small arrays; long ones
//! keep the candidates in a heap, so that ten megabytes without a space cost n log n.
//!
//! A vocabulary that gives ranks to byte strings instead of pairs (`tiktoken`) merges any neighbours whose
//! concatenation is in it. Where every entry is itself made by merges of lower ranks, which is checked, the same
//! two parts make it every time, so a list of pairs says the same (see [`Merges::from_ranks`]).

mod long;
mod short;

use crate::hash::Map;

use super::characters::{Characters, Reading};
use super::joins::{Joining, Joins};
use super::pairs::{MAX_TOKENS, NONE, Pairs};

pub(super) use long::Scratch;

/// Symbols up to which a pretoken is merged by looking at all its pairs.
const SHORT: usize = 48;

/// The merges of pairs. Tokens are numbered anew: first come the symbols (a byte's token is the byte), then the merged
/// ones.
pub(super) struct Merges {
    pairs: Pairs,
    /// How many numbers the symbols have.
    symbols: u32,
    /// The token that the merge of each rank makes; empty where those are simply the next numbers.
    merged: Vec<u32>,
    /// Where symbols are bytes: where a pretoken comes apart, and what its characters become first.
    joins: Option<Box<Joins>>,
    characters: Option<Box<Characters>>,
}

/// A symbol that has no merges.
pub(super) const INERT: u32 = MAX_TOKENS as u32 - 1;

impl Merges {
    /// `symbols` are the tokens of the symbols, `None` for a number that stands for none; `merges` are (left, right,
    /// merged) in the order of their ranks. `None` where there are more of them than the table can hold.
    pub(super) fn new(symbols: &[Option<u32>], merges: &[(u32, u32, u32)]) -> Option<Self> {
        let numbered = symbols.iter().zip(0..);
        let mut numbers: Map<u32, u32> = numbered
            .filter_map(|(token, number)| Some(((*token)?, number)))
            .collect();
        let mut next = symbols.len() as u32;
        let mut number = |token: u32| {
            *numbers.entry(token).or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        let mut out = Self {
            pairs: Pairs::with_room_for(merges.len())?,
            symbols: symbols.len() as u32,
            merged: Vec::with_capacity(merges.len()),
            joins: None,
            characters: None,
        };
        let mut joins = Joining::new(symbols.len());
        let mut reading = Reading::new(symbols.len() == 256);
        for ((left, right, merged), rank) in merges.iter().zip(0..) {
            let (left, right, merged) = (number(*left), number(*right), number(*merged));
            out.pairs.insert(left, right, rank);
            out.merged.push(merged);
            joins.add(left, right, merged);
            reading.add(left, right, merged, rank);
        }
        out.joins = joins.done();
        out.characters = reading.done(&out.pairs, |rank| out.merged[rank as usize]);
        if out
            .merged
            .iter()
            .zip(out.symbols..)
            .all(|(merged, next)| *merged == next)
        {
            out.merged = Vec::new();
        }
        (next as usize <= INERT as usize).then_some(out)
    }

    /// The merges of a vocabulary whose ranks are the positions of its entries. `None` where a byte is missing, or
    /// where an entry is not what merges of lower ranks make of its bytes until two parts are left: then no list
    /// of pairs is equal to the vocabulary.
    ///
    /// Why pairs suffice otherwise: as long as no merge has crossed the borders of an entry's bytes, they are merged
    /// as they would be alone, by ranks below the entry's own, until the two parts are left that are found here.
    pub(super) fn from_ranks(vocabulary: &[Vec<u8>]) -> Option<Self> {
        let mut missing = [true; 256];
        for entry in vocabulary {
            if let [byte] = entry[..] {
                missing[usize::from(byte)] = false;
            }
        }
        if missing.contains(&true) || vocabulary.len() > MAX_TOKENS {
            return None;
        }
        let mut merges = Self {
            pairs: Pairs::with_room_for(vocabulary.len())?,
            symbols: 256,
            merged: Vec::new(),
            joins: None,
            characters: None,
        };
        let mut joins = Joining::new(256);
        let mut reading = Reading::new(true);
        let mut tokens = Vec::new();
        for (rank, entry) in (0..).zip(vocabulary.iter().filter(|entry| entry.len() > 1)) {
            merges.parts(entry, &mut tokens);
            let [left, right] = tokens[..] else {
                return None;
            };
            merges.pairs.insert(left, right, rank);
            joins.add(left, right, merges.symbols + rank);
            reading.add(left, right, merges.symbols + rank, rank);
        }
        merges.joins = joins.done();
        merges.characters = reading.done(&merges.pairs, |rank| merges.symbols + rank);
        Some(merges)
    }

    /// The length of the first part of a pretoken that can be counted alone.
    #[inline]
    pub(super) fn part(&self, pretoken: &[u8]) -> usize {
        self.joins
            .as_ref()
            .map_or(pretoken.len(), |joins| joins.part(pretoken))
    }

    /// The tokens of a pretoken of one or more bytes, which are whole characters.
    pub(super) fn count(&self, pretoken: &[u8], scratch: &mut Scratch) -> usize {
        let bytes = || pretoken.iter().map(|byte| u32::from(*byte));
        if let [_] = pretoken {
            return 1;
        }
        if pretoken.len() > SHORT {
            scratch.tokens.clear();
            match &self.characters {
                Some(characters) => characters.symbols(pretoken, |symbol| scratch.tokens.push(symbol)),
                None => scratch.tokens.extend(bytes()),
            }
            return self.count_loaded(scratch);
        }
        let (mut tokens, mut length) = ([0; SHORT], 0);
        let put = |symbol| {
            tokens[length] = symbol;
            length += 1;
        };
        match &self.characters {
            Some(characters) if !pretoken.is_ascii() => characters.symbols(pretoken, put),
            _ => bytes().for_each(put),
        }
        self.count_short(&mut tokens, length)
    }

    /// The tokens that are left of these symbols.
    pub(super) fn count_symbols(&self, symbols: impl Iterator<Item = u32>, scratch: &mut Scratch) -> usize {
        scratch.load(symbols);
        self.count_loaded(scratch)
    }

    /// The tokens that are left of the symbols in `scratch`.
    fn count_loaded(&self, scratch: &mut Scratch) -> usize {
        match scratch.tokens.len() {
            length @ (0 | 1) => length,
            length @ 2..=SHORT => {
                let mut tokens = [0; SHORT];
                tokens[..length].copy_from_slice(&scratch.tokens);
                self.count_short(&mut tokens, length)
            }
            _ => self.count_long(scratch),
        }
    }

    /// Calls `ended` with the number of symbols up to the end of every token, in order.
    pub(super) fn ends(
        &self,
        symbols: impl Iterator<Item = u32>,
        scratch: &mut Scratch,
        mut ended: impl FnMut(usize),
    ) {
        scratch.load(symbols);
        self.count_long(scratch);
        let mut at = 0;
        // Each token is at its first symbol, with the place of the next.
        while let Some(next) = scratch.after.get(at) {
            at = *next as usize;
            ended(at);
        }
    }

    /// The token that the merge of this rank makes.
    #[inline]
    fn merged(&self, rank: u32) -> u32 {
        if self.merged.is_empty() {
            self.symbols + rank
        } else {
            self.merged[rank as usize]
        }
    }

    /// The tokens of `entry` by the definition, for entries of a vocabulary, which are short.
    fn parts(&self, entry: &[u8], tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(entry.iter().map(|byte| u32::from(*byte)));
        loop {
            let pairs = tokens.windows(2).map(|pair| self.pairs.get(pair[0], pair[1]));
            match pairs.enumerate().min_by_key(|(_, rank)| *rank) {
                Some((at, rank)) if rank != NONE => {
                    tokens[at] = self.merged(rank);
                    tokens.remove(at + 1);
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alphabet() -> [Option<u32>; 256] {
        std::array::from_fn(|byte| Some(byte as u32))
    }

    /// The definition, word for word.
    fn slow(merges: &Merges, pretoken: &[u8]) -> usize {
        let mut tokens = Vec::new();
        merges.parts(pretoken, &mut tokens);
        tokens.len()
    }

    proptest! {
        #[test]
        fn short_and_long_pretokens_are_merged_by_the_definition(
            picks in proptest::collection::vec((any::<u16>(), any::<u16>()), 0..40),
            pretoken in proptest::collection::vec(0..4u8, 1..200),
        ) {
            // Each merge joins two tokens that are there already; the letters are few, so that most of them meet.
            let mut known: Vec<u32> = (0..4).collect();
            let mut list = Vec::new();
            for (left, right) in picks {
                let pick = |at: u16| known[usize::from(at) % known.len()];
                let merged = 256 + list.len() as u32;
                list.push((pick(left), pick(right), merged));
                known.push(merged);
            }
            let merges = Merges::new(&alphabet(), &list).unwrap();
            let mut scratch = Scratch::default();
            let expected = slow(&merges, &pretoken);
            prop_assert_eq!(merges.count(&pretoken, &mut scratch), expected);
            let symbols = || pretoken.iter().map(|byte| u32::from(*byte));
            prop_assert_eq!(merges.count_symbols(symbols(), &mut scratch), expected);
            let mut ends = Vec::new();
            merges.ends(symbols(), &mut scratch, |end| ends.push(end));
            prop_assert_eq!(ends.len(), expected);
            prop_assert_eq!(ends.last(), Some(&pretoken.len()));
            prop_assert!(ends.is_sorted_by(|one, next| one < next));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        /// Merges in any order over the bytes of a few characters that share some.
        #[test]
        fn characters_first_is_bytes_first(
            picks in proptest::collection::vec((any::<u16>(), any::<u16>(), any::<bool>()), 0..60),
            pretoken in "[aéèñ中亮丮䊭ĭ]{1,30}",
        ) {
            let bytes: Vec<u32> = "aéèñ中亮丮䊭ĭéañ".bytes().map(u32::from).collect();
            let mut known = bytes.clone();
            let mut list: Vec<(u32, u32, u32)> = Vec::new();
            for (left, right, neighbours) in picks {
                let pick = |at: u16| known[usize::from(at) % known.len()];
                let at = usize::from(left) % (bytes.len() - 1);
                let (left, right) = if neighbours {
                    (bytes[at], bytes[at + 1])
                } else {
                    (pick(left), pick(right))
                };
                if list.iter().all(|(one, two, _)| (*one, *two) != (left, right)) {
                    let merged = 256 + list.len() as u32;
                    list.push((left, right, merged));
                    known.push(merged);
                }
            }
            let merges = Merges::new(&alphabet(), &list).unwrap();
            let expected = slow(&merges, pretoken.as_bytes());
            prop_assert_eq!(merges.count(pretoken.as_bytes(), &mut Scratch::default()), expected);
        }
    }

    #[test]
    fn ranks_of_strings_are_merges_of_pairs_or_refused() {
        let mut vocabulary: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        assert!(Merges::from_ranks(&vocabulary[1..]).is_none());
        vocabulary.extend([b"ab".to_vec(), b"abc".to_vec(), b"abab".to_vec()]);
        let merges = Merges::from_ranks(&vocabulary).unwrap();
        let mut scratch = Scratch::default();
        for (pretoken, count) in [
            ("ab", 1),
            ("abc", 1),
            ("bc", 2),
            ("abab", 1),
            ("ababc", 2),
            ("cab", 2),
        ] {
            assert_eq!(
                merges.count(pretoken.as_bytes(), &mut scratch),
                count,
                "{pretoken}"
            );
        }
        vocabulary.push(b"xyz".to_vec());
        assert!(Merges::from_ranks(&vocabulary).is_none());
    }
}
