//! Byte-pair encoding, counted and not written down: how many tokens the merges leave of a pretoken.
//!
//! The definition: begin with one token a byte; while there are neighbours with a merge, merge the ones of the
//! lowest rank, the leftmost where they are equal. Short pretokens do just that in two small arrays; long ones
//! keep the candidates in a heap, so that ten megabytes without a space cost n log n.
//!
//! A vocabulary that gives ranks to byte strings instead of pairs (`tiktoken`) merges any neighbours whose
//! concatenation is in it. Where every entry is itself made by merges of lower ranks, which is checked, the same
//! two parts make it every time, so a list of pairs says the same (see [`Merges::from_ranks`]).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::hash::Map;

/// Bytes up to which a pretoken is merged by looking at all its pairs.
const SHORT: usize = 48;

/// The rank of a pair of neighbours that has no merge.
const NONE: u32 = u32::MAX;

/// The merges of pairs. Tokens are numbered anew: a byte's token is the byte, then come the merged ones.
pub(super) struct Merges {
    pairs: Pairs,
    /// The token that the merge of each rank makes.
    merged: Vec<u32>,
}

/// Working memory for long pretokens.
#[derive(Default)]
pub(super) struct Scratch {
    tokens: Vec<u32>,
    before: Vec<u32>,
    after: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
}

impl Merges {
    /// `bytes` are the tokens of the 256 bytes; `merges` are (left, right, merged) in the order of their ranks. `None`
    /// where there are more of them than the table can hold.
    pub(super) fn new(bytes: &[u32; 256], merges: &[(u32, u32, u32)]) -> Option<Self> {
        let mut numbers: Map<u64, u32> = (0..)
            .zip(bytes)
            .map(|(number, token)| (u64::from(*token), number))
            .collect();
        let mut number = |token: u32| {
            let next = numbers.len() as u32;
            *numbers.entry(u64::from(token)).or_insert(next)
        };
        let mut out = Self {
            pairs: Pairs::with_room_for(merges.len())?,
            merged: Vec::with_capacity(merges.len()),
        };
        for (left, right, merged) in merges {
            out.push(number(*left), number(*right), number(*merged));
        }
        (numbers.len() <= MAX_TOKENS).then_some(out)
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
            merged: Vec::with_capacity(vocabulary.len()),
        };
        let mut tokens = Vec::new();
        for (token, entry) in (256..).zip(vocabulary.iter().filter(|entry| entry.len() > 1)) {
            merges.parts(entry, &mut tokens);
            let [left, right] = tokens[..] else {
                return None;
            };
            merges.push(left, right, token);
        }
        Some(merges)
    }

    /// The merge of the next rank.
    fn push(&mut self, left: u32, right: u32, merged: u32) {
        self.pairs.insert(left, right, self.merged.len() as u32);
        self.merged.push(merged);
    }

    /// The tokens of a pretoken of one or more bytes.
    pub(super) fn count(&self, pretoken: &[u8], scratch: &mut Scratch) -> usize {
        match pretoken.len() {
            0 | 1 => pretoken.len(),
            2..=SHORT => self.count_short(pretoken),
            _ => self.count_long(pretoken, scratch),
        }
    }

    /// Calls `ended` with the end of every token of a pretoken, in order.
    pub(super) fn ends(&self, pretoken: &[u8], scratch: &mut Scratch, mut ended: impl FnMut(usize)) {
        if pretoken.is_empty() {
            return;
        }
        self.count_long(pretoken, scratch);
        let mut at = 0;
        while at < pretoken.len() {
            // Each token is at its first byte, with the place of the next.
            at = scratch
                .after
                .get(at)
                .map_or(pretoken.len(), |next| *next as usize);
            ended(at);
        }
    }

    fn count_short(&self, pretoken: &[u8]) -> usize {
        let mut tokens = [0u32; SHORT];
        let mut ranks = [NONE; SHORT];
        let mut length = pretoken.len();
        for (token, byte) in tokens.iter_mut().zip(pretoken) {
            *token = u32::from(*byte);
        }
        for (rank, pair) in ranks.iter_mut().zip(pretoken.windows(2)) {
            *rank = self.pairs.of_bytes(pair[0], pair[1]);
        }
        loop {
            let (mut lowest, mut at) = (NONE, 0);
            for (left, rank) in ranks[..length - 1].iter().enumerate() {
                if *rank < lowest {
                    (lowest, at) = (*rank, left);
                }
            }
            if lowest == NONE {
                return length;
            }
            tokens[at] = self.merged[lowest as usize];
            tokens.copy_within(at + 2..length, at + 1);
            ranks.copy_within(at + 1..length, at);
            length -= 1;
            if at > 0 {
                ranks[at - 1] = self.pairs.get(tokens[at - 1], tokens[at]);
            }
            if at + 1 < length {
                ranks[at] = self.pairs.get(tokens[at], tokens[at + 1]);
            }
        }
    }

    fn count_long(&self, pretoken: &[u8], scratch: &mut Scratch) -> usize {
        let Scratch {
            tokens,
            before,
            after,
            heap,
        } = scratch;
        let length = pretoken.len() as u32;
        tokens.clear();
        tokens.extend(pretoken.iter().map(|byte| u32::from(*byte)));
        before.clear();
        before.extend((0..length).map(|at| at.wrapping_sub(1)));
        after.clear();
        after.extend(1..=length);
        let mut candidates = std::mem::take(heap).into_vec();
        candidates.clear();
        for (at, pair) in (0..).zip(pretoken.windows(2)) {
            let rank = self.pairs.of_bytes(pair[0], pair[1]);
            if rank != NONE {
                candidates.push(Reverse((rank, at)));
            }
        }
        *heap = BinaryHeap::from(candidates);

        let mut count = pretoken.len();
        while let Some(Reverse((rank, at))) = heap.pop() {
            let left = at as usize;
            let right = after[left];
            // A candidate is stale where one of its sides has been merged since: then the pair there is another.
            let gone = tokens[left] == NONE || right == length;
            if gone || self.pairs.get(tokens[left], tokens[right as usize]) != rank {
                continue;
            }
            let beyond = after[right as usize];
            tokens[left] = self.merged[rank as usize];
            tokens[right as usize] = NONE;
            after[left] = beyond;
            count -= 1;
            if beyond < length {
                before[beyond as usize] = at;
                let rank = self.pairs.get(tokens[left], tokens[beyond as usize]);
                if rank != NONE {
                    heap.push(Reverse((rank, at)));
                }
            }
            if at > 0 {
                let previous = before[left];
                let rank = self.pairs.get(tokens[previous as usize], tokens[left]);
                if rank != NONE {
                    heap.push(Reverse((rank, previous)));
                }
            }
        }
        count
    }

    /// The tokens of `entry` by the definition, for entries of a vocabulary, which are short.
    fn parts(&self, entry: &[u8], tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(entry.iter().map(|byte| u32::from(*byte)));
        loop {
            let pairs = tokens.windows(2).map(|pair| self.pairs.get(pair[0], pair[1]));
            match pairs.enumerate().min_by_key(|(_, rank)| *rank) {
                Some((at, rank)) if rank != NONE => {
                    tokens[at] = self.merged[rank as usize];
                    tokens.remove(at + 1);
                }
                _ => return,
            }
        }
    }
}

/// Bits of a rank in a slot; the pair has the others.
const RANK_BITS: u32 = 24;
/// Tokens that two of them fit into the rest of a slot.
const MAX_TOKENS: usize = 1 << ((64 - RANK_BITS) / 2);
const EMPTY: u64 = u64::MAX;

/// Bits of the filter: 256 KiB, which stay near the processor where the slots do not.
const FILTER_BITS: u32 = 21;

/// A table from pairs of tokens to ranks: open addressing over slots of 8 bytes, at most three quarters full. Half of
/// all questions are about pairs of bytes, which have a table of their own without hashing; most of the others
/// are about pairs without a merge, which a filter answers.
struct Pairs {
    bytes: Vec<u32>,
    filter: Vec<u64>,
    slots: Vec<u64>,
    shift: u32,
}

impl Pairs {
    fn with_room_for(pairs: usize) -> Option<Self> {
        let size = (pairs * 4 / 3 + 2).next_power_of_two();
        (pairs < MAX_TOKENS).then(|| Self {
            bytes: vec![NONE; 1 << 16],
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            slots: vec![EMPTY; size],
            shift: 64 - size.trailing_zeros(),
        })
    }

    fn insert(&mut self, left: u32, right: u32, rank: u32) {
        if let (Ok(left), Ok(right)) = (u8::try_from(left), u8::try_from(right)) {
            self.bytes[usize::from(left) << 8 | usize::from(right)] = rank;
        }
        let pair = pair(left, right);
        let bit = mix(pair) >> (64 - FILTER_BITS);
        self.filter[(bit / 64) as usize] |= 1 << (bit % 64);
        let slot = self.slot(pair);
        self.slots[slot] = pair << RANK_BITS | u64::from(rank);
    }

    #[inline]
    fn of_bytes(&self, left: u8, right: u8) -> u32 {
        self.bytes[usize::from(left) << 8 | usize::from(right)]
    }

    #[inline]
    fn get(&self, left: u32, right: u32) -> u32 {
        let pair = pair(left, right);
        let bit = mix(pair) >> (64 - FILTER_BITS);
        if self.filter[(bit / 64) as usize] >> (bit % 64) & 1 == 0 {
            return NONE;
        }
        let slot = self.slots[self.slot(pair)];
        if slot == EMPTY {
            NONE
        } else {
            slot as u32 & ((1 << RANK_BITS) - 1)
        }
    }

    /// Where a pair is, or would be.
    #[inline]
    fn slot(&self, pair: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (mix(pair) >> self.shift) as usize & mask;
        while self.slots[slot] >> RANK_BITS != pair && self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

/// A hash whose upper bits are good: multiplication by 2^64 divided by the golden ratio.
#[inline]
fn mix(pair: u64) -> u64 {
    pair.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[inline]
fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << ((64 - RANK_BITS) / 2) | u64::from(right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alphabet() -> [u32; 256] {
        std::array::from_fn(|byte| byte as u32)
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
            prop_assert_eq!(merges.count_long(&pretoken, &mut scratch), expected);
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
