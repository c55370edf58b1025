//! From a mask of word bytes to the hashes of the words.
//!
//! The hash of a word takes its bytes in blocks of 16 by a folded 64x64→128-bit multiplication (the construction
//! of wyhash and its descendants, with constants of our own). Nearly all words fit one block: those are hashed without a
//! branch, the few longer ones again in a second pass. Frozen by `tests/golden/hash.json`.

#[cfg(target_arch = "x86_64")]
mod x86;

use crate::ascii::{BLOCK, PADDING};
use crate::level::dispatch;

/// The fractional parts of √2, √3 and √5, made odd.
const SQRT2: u64 = 0x6a09_e667_f3bc_c909;
const SQRT3: u64 = 0xbb67_ae85_84ca_a73b;
const SQRT5: u64 = 0x3c6e_f372_fe94_f82b;

/// Bytes of a word that one multiplication takes.
const STEP: usize = 16;

/// Both halves of the 128-bit product, xored.
#[inline]
fn folded_product(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

#[inline]
const fn seed(length: usize) -> u64 {
    (length as u64).wrapping_mul(SQRT5) ^ SQRT2
}

/// The hash of a word: its bytes in blocks of 16, the last padded with zeros, at least one.
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    let mut state = seed(bytes.len());
    let (blocks, rest) = bytes.as_chunks::<STEP>();
    let mut step = |block: [u8; STEP]| {
        let lanes = u128::from_le_bytes(block);
        state = folded_product(lanes as u64 ^ state, (lanes >> 64) as u64 ^ SQRT3);
    };
    blocks.iter().copied().for_each(&mut step);
    if blocks.is_empty() || !rest.is_empty() {
        let mut last = [0; STEP];
        last[..rest.len()].copy_from_slice(rest);
        step(last);
    }
    state
}

/// What a word of each length up to 16 needs: which bits of its two halves are its own, and its seed.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
struct Length {
    low: u64,
    high: u64,
    seed: u64,
}

static LENGTHS: [Length; STEP + 1] = {
    let mut lengths = [Length {
        low: 0,
        high: 0,
        seed: 0,
    }; STEP + 1];
    let mut length = 0;
    while length <= STEP {
        let bits = if length == STEP {
            u128::MAX
        } else {
            (1 << (8 * length)) - 1
        };
        lengths[length] = Length {
            low: bits as u64,
            high: (bits >> 64) as u64,
            seed: seed(length),
        };
        length += 1;
    }
    lengths
};

/// Where words begin and end, and which of them are long: scratch that many calls share.
#[derive(Default)]
pub struct Edges {
    starts: Vec<u32>,
    ends: Vec<u32>,
    long: Vec<u32>,
    count: usize,
}

/// Appends the hashes of the words of `text` to `out`, in order.
///
/// A word is a run of bytes whose bit in `mask` is set; where a bit of `cuts` is set too, which may only be behind a byte
/// of a word, it ends and the next begins. `cuts` may be empty.
///
/// # Panics
/// If `text` is not [`PADDING`] bytes longer than `mask` has bits, if the last bit of `mask` is set, or if `cuts` is
/// neither empty nor as long as `mask`.
pub fn hash_words(text: &[u8], mask: &[u64], cuts: &[u64], edges: &mut Edges, out: &mut Vec<u64>) {
    assert!(text.len() >= mask.len() * BLOCK + PADDING, "text must be padded");
    assert!(
        mask.last().is_none_or(|last| last >> 63 == 0),
        "the last word must end"
    );
    assert!(
        cuts.is_empty() || cuts.len() == mask.len(),
        "cuts must belong to mask"
    );
    assert!(
        u32::try_from(text.len()).is_ok(),
        "text must be shorter than 4 GiB"
    );
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(text, mask, cuts, edges, out) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(text, mask, cuts, edges, out) },
        crate::level::Level::Scalar => {}
    }
    edges.find(mask, cuts, flatten);
    hash_all(text, edges, out);
}

impl Edges {
    /// Where the words of the last call begin.
    pub fn starts(&self) -> &[u32] {
        &self.starts[..self.count]
    }

    /// The bytes behind them, one for each start.
    pub fn ends(&self) -> &[u32] {
        &self.ends[..self.count]
    }

    /// Replaces `lengths` by the bytes of each word; all of them together, and those of the longest.
    pub fn lengths(&self, lengths: &mut Vec<u32>) -> (usize, usize) {
        lengths.resize(self.count, 0);
        let (starts, ends) = (self.starts(), self.ends());
        dispatch!(differences, differences, differences;
            (starts: &[u32], ends: &[u32], lengths: &mut [u32]) -> (usize, usize))
    }

    /// Replaces `lengths` by the characters of each word; all of them together, and those of the longest. A bit of `behind` is
    /// a byte that is not the first of its character, `before` has how many of them there are up to each element of `behind`.
    ///
    /// # Panics
    /// If a word ends behind the last bit of `behind`, or `before` is shorter.
    pub fn characters(&self, behind: &[u64], before: &[u32], lengths: &mut Vec<u32>) -> (usize, usize) {
        lengths.resize(self.count, 0);
        let (starts, ends) = (self.starts(), self.ends());
        dispatch!(without, without, without;
            (starts: &[u32], ends: &[u32], behind: &[u64], before: &[u32], lengths: &mut [u32]) -> (usize, usize))
    }

    /// Replaces the edges by those of `mask`; `write` puts the positions of the bits of one block behind each other.
    ///
    /// Afterwards there are as many starts as ends, each start is less than its end, and none is beyond the mask.
    #[expect(
        clippy::inline_always,
        reason = "each caller compiles it for its own instruction set"
    )]
    #[inline(always)]
    fn find(&mut self, mask: &[u64], cuts: &[u64], write: impl Fn(u64, u32, &mut [u32; BLOCK])) {
        let (mut starts, mut ends, mut before) = (0, 0, 0);
        // A block can have a start at every byte, where every byte is cut off; one more is written behind the last.
        let room = (mask.len() + 1) * BLOCK;
        if self.starts.len() < room {
            for list in [&mut self.starts, &mut self.ends, &mut self.long] {
                list.resize(room, 0);
            }
        }
        let mut base = 0;
        for (block, &bits) in mask.iter().enumerate() {
            let shifted = bits << 1 | before;
            before = bits >> 63;
            // A cut that is not between two bytes of a word would break the balance of starts and ends.
            let cut = cuts.get(block).map_or(0, |cuts| cuts & bits & shifted);
            let (begin, end) = (bits & !shifted | cut, !bits & shifted | cut);
            if let Some(free) = self.starts[starts..].first_chunk_mut() {
                write(begin, base, free);
            }
            if let Some(free) = self.ends[ends..].first_chunk_mut() {
                write(end, base, free);
            }
            starts += begin.count_ones() as usize;
            ends += end.count_ones() as usize;
            base += BLOCK as u32;
        }
        debug_assert_eq!(starts, ends);
        self.count = starts;
    }
}

/// `ends` less `starts`, their sum and their maximum.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn differences(starts: &[u32], ends: &[u32], out: &mut [u32]) -> (usize, usize) {
    let (mut sum, mut most) = (0u32, 0u32);
    for ((start, end), length) in starts.iter().zip(ends).zip(out) {
        *length = end - start;
        // The words of one text, which is shorter than 4 GiB.
        sum = sum.wrapping_add(*length);
        most = most.max(*length);
    }
    (sum as usize, most as usize)
}

/// As [`differences`], less the bits between a start and its end.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn without(starts: &[u32], ends: &[u32], behind: &[u64], before: &[u32], out: &mut [u32]) -> (usize, usize) {
    let characters = |at: u32| {
        let (block, bits) = (at as usize / BLOCK, (1 << (at as usize % BLOCK)) - 1);
        at - before[block] - (behind[block] & bits).count_ones()
    };
    let (mut sum, mut most) = (0u32, 0u32);
    for ((start, end), length) in starts.iter().zip(ends).zip(out) {
        *length = characters(*end) - characters(*start);
        sum = sum.wrapping_add(*length);
        most = most.max(*length);
    }
    (sum as usize, most as usize)
}

/// The positions of the bits of one block, eight at a time: one branch that may be guessed wrong for many bits.
#[inline]
fn flatten(mut bits: u64, base: u32, out: &mut [u32; BLOCK]) {
    for eight in out.as_chunks_mut::<8>().0 {
        if bits == 0 {
            return;
        }
        for place in eight {
            *place = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn hash_all(text: &[u8], edges: &mut Edges, out: &mut Vec<u64>) {
    let Edges {
        starts,
        ends,
        long,
        count,
    } = edges;
    let first = out.len();
    out.reserve(*count);
    let mut longs = 0;
    let (starts, ends, free) = (
        &starts[..*count],
        &ends[..*count],
        &mut out.spare_capacity_mut()[..*count],
    );
    for word in 0..*count {
        let (start, length) = (starts[word], (ends[word] - starts[word]) as usize);
        long[longs] = word as u32;
        longs += usize::from(length > STEP);
        let Length { low, high, seed } = LENGTHS[length.min(STEP)];
        // SAFETY: every start is within the mask, and the text is 64 bytes longer than that: `hash_words` checked it.
        let place = unsafe { text.as_ptr().add(start as usize) };
        // SAFETY: as above, there are 64 bytes more; the load needs no alignment.
        let lanes = u128::from_le(unsafe { place.cast::<u128>().read_unaligned() });
        free[word].write(folded_product(
            lanes as u64 & low ^ seed,
            (lanes >> 64) as u64 & high ^ SQRT3,
        ));
    }
    // SAFETY: `reserve` made room for `count` more elements, and the loop has written as many.
    unsafe { out.set_len(first + *count) };
    hash_long(text, edges, longs, &mut out[first..]);
}

/// The hashes of the first `longs` of the words that are too long for one step.
#[inline]
fn hash_long(text: &[u8], edges: &Edges, longs: usize, out: &mut [u64]) {
    for &word in &edges.long[..longs] {
        let word = word as usize;
        let (start, end) = (edges.starts[word] as usize, edges.ends[word] as usize);
        out[word] = hash(&text[start..end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    /// Byte by byte.
    fn twin(text: &[u8], in_word: &[bool], cut: &[bool]) -> Vec<u64> {
        let (mut out, mut start) = (Vec::new(), None);
        for at in 0..=in_word.len() {
            let inside = at < in_word.len() && in_word[at];
            if let Some(begun) = start.filter(|_| !inside || cut[at]) {
                out.push(hash(&text[begun..at]));
                start = None;
            }
            if inside && start.is_none() {
                start = Some(at);
            }
        }
        out
    }

    fn mask(bits: &[bool]) -> Vec<u64> {
        let mut mask = vec![0; bits.len() / BLOCK + 1];
        for at in (0..bits.len()).filter(|at| bits[*at]) {
            mask[at / BLOCK] |= 1 << (at % BLOCK);
        }
        mask
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(
            bytes in proptest::collection::vec((any::<u8>(), 0u8..8, 0u8..4), 0..400), long in any::<bool>(),
        ) {
            let mut text: Vec<u8> = bytes.iter().map(|byte| byte.0).collect();
            let inside: Vec<bool> = bytes.iter().map(|byte| byte.1 > u8::from(!long)).collect();
            let cut: Vec<bool> = bytes.iter().map(|byte| byte.2 == 0).collect();
            text.resize(mask(&inside).len() * BLOCK + PADDING, 0xff);
            for cut in [cut.clone(), vec![false; cut.len()]] {
                let expected = twin(&text, &inside, &cut);
                at_every_level(|| {
                    let (mut out, mut edges) = (vec![5], Edges::default());
                    hash_words(&text, &mask(&inside), &mask(&cut), &mut edges, &mut out);
                    hash_words(&text, &mask(&inside), &mask(&cut), &mut edges, &mut out);
                    assert_eq!(out[0], 5);
                    assert_eq!(out[1..=expected.len()], expected);
                    assert_eq!(out[1 + expected.len()..], expected);
                    let words = edges.starts().iter().zip(edges.ends());
                    let again: Vec<u64> = words.map(|(start, end)| hash(&text[*start as usize..*end as usize])).collect();
                    assert_eq!(again, expected);
                    let mut lengths = vec![9; 3];
                    let (sum, most) = edges.lengths(&mut lengths);
                    let each = edges.starts().iter().zip(edges.ends()).map(|(start, end)| end - start);
                    assert_eq!(lengths, each.collect::<Vec<u32>>());
                    assert_eq!(sum, lengths.iter().map(|length| *length as usize).sum::<usize>());
                    assert_eq!(most, lengths.iter().copied().max().unwrap_or(0) as usize);
                    // Of a mask without bits, the characters are the bytes; of its own, there are none.
                    let (none, some) = (vec![0; mask(&inside).len()], mask(&inside));
                    let mut all = Vec::new();
                    assert_eq!(edges.characters(&none, &vec![0; none.len()], &mut all), (sum, most));
                    assert_eq!(all, lengths);
                    let before: Vec<u32> = (0..some.len())
                        .map(|block| some[..block].iter().map(|bits| bits.count_ones()).sum())
                        .collect();
                    assert_eq!(edges.characters(&some, &before, &mut all), (0, 0));
                });
            }
        }
    }
}
