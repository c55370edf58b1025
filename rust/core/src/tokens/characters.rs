//! Characters beyond ASCII whose bytes a byte-level vocabulary always merges before they touch their neighbours.
//!
//! Alone, the bytes of a character become some tokens by merges of some ranks. A neighbour can change that only by a
//! merge over the border, of a token that the character's last bytes (or first) are at some time on the way, with a
//! rank that is no higher than those. For every character these neighbours are noted: by the first byte of the one behind it
//! and the last byte of the one before. Beside all others, merging may begin with the tokens instead of the bytes,
//! which is a third of the symbols and a quarter of the questions.
//!
//! This needs merges that come after all that make their parts, as trained ones do; there is nothing for others.

use std::ops::Range;

use crate::hash::Map;

use super::pairs::{NONE, Pairs};
use super::points::decode;

/// Code points that are looked at: the basic multilingual plane beyond ASCII.
const POINTS: Range<u32> = 0x80..0x1_0000;
/// Code points in one block of the table.
const BLOCK: usize = 64;

/// Bits of a token.
const TOKEN: u32 = 20;
/// Where the number of tokens is, with two bits.
const COUNT: u32 = 60;
/// ASCII before the character, or behind it, may change it.
const ASCII_BEFORE: u64 = 1 << 62;
const ASCII_BEHIND: u64 = 1 << 63;

/// A character of two or three bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Character {
    /// At most three tokens, their number, and the two flags; 0 where the bytes are the tokens.
    tokens: u64,
    /// Bit `b & 63` for every last byte before it that may change it.
    before: u64,
    /// The same for first bytes behind it.
    behind: u64,
}

/// A table over characters.
pub(super) struct Characters {
    block_of: Vec<u16>,
    blocks: Vec<[Character; BLOCK]>,
}

impl Characters {
    /// Calls `put` with the symbols to begin with, in order.
    #[inline]
    pub(super) fn symbols(&self, pretoken: &[u8], mut put: impl FnMut(u32)) {
        let mut at = 0;
        while at < pretoken.len() {
            let (point, length) = decode(pretoken, at);
            let end = (at + length).min(pretoken.len());
            let (start, character) = (at, self.get(point));
            at = end;
            if character.tokens == 0
                || start > 0 && meets(character.before, ASCII_BEFORE, character, pretoken[start - 1])
                || end < pretoken.len() && meets(character.behind, ASCII_BEHIND, character, pretoken[end])
            {
                pretoken[start..end].iter().for_each(|byte| put(u32::from(*byte)));
                continue;
            }
            let mut tokens = character.tokens;
            for _ in 0..tokens >> COUNT & 3 {
                put(tokens as u32 & ((1 << TOKEN) - 1));
                tokens >>= TOKEN;
            }
        }
    }

    #[inline]
    fn get(&self, point: u32) -> Character {
        let block = self.block_of.get(point as usize / BLOCK);
        block.map_or_else(Character::default, |block| {
            self.blocks[usize::from(*block)][point as usize % BLOCK]
        })
    }
}

/// Whether the byte of a neighbour is one that may change `character`.
#[inline]
fn meets(neighbours: u64, ascii: u64, character: Character, byte: u8) -> bool {
    if byte < 0x80 {
        character.tokens & ascii != 0
    } else {
        neighbours >> (byte & 0x3f) & 1 == 1
    }
}

/// What of a character a token is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// This many bytes, none of which begins one.
    Tail(u8),
    /// The beginning, with this many bytes to come.
    Head(u8),
    /// More than one character, a whole one, or nothing that text has.
    Other,
}

impl Piece {
    fn of_byte(byte: u8) -> Self {
        match byte {
            0x80..0xc0 => Self::Tail(1),
            0xc0..0xe0 => Self::Head(1),
            0xe0..0xf0 => Self::Head(2),
            _ => Self::Other,
        }
    }

    fn with(self, right: Self) -> Self {
        match (self, right) {
            (Self::Tail(one), Self::Tail(two)) if one + two <= 3 => Self::Tail(one + two),
            (Self::Head(missing), Self::Tail(more)) if more < missing => Self::Head(missing - more),
            _ => Self::Other,
        }
    }
}

/// The lowest ranks of the merges of one token with neighbours, by the byte that they meet: [`byte`] says where.
type Lowest = [u32; 65];
/// Where ASCII is.
const ASCII: usize = 64;

fn byte(byte: u8) -> usize {
    if byte < 0x80 {
        ASCII
    } else {
        usize::from(byte & 0x3f)
    }
}

/// What is known of a token while merges are read.
#[derive(Clone, Copy)]
struct Token {
    piece: Piece,
    first: u8,
    last: u8,
    /// A merge has it as a part.
    used: bool,
}

/// [`Characters`] while merges are read.
pub(super) struct Reading {
    tokens: Vec<Option<Token>>,
    /// Of the ends of characters with what is behind them, and of their beginnings with what is before.
    ends: Map<u32, Box<Lowest>>,
    beginnings: Map<u32, Box<Lowest>>,
    ordered: bool,
}

impl Reading {
    /// Symbols that are bytes, or others.
    pub(super) fn new(bytes: bool) -> Self {
        let token = |byte| {
            Some(Token {
                piece: Piece::of_byte(byte),
                first: byte,
                last: byte,
                used: false,
            })
        };
        Self {
            tokens: (0..=255).map(token).collect(),
            ends: Map::default(),
            beginnings: Map::default(),
            ordered: bytes,
        }
    }

    /// The merge of the next rank.
    pub(super) fn add(&mut self, left: u32, right: u32, merged: u32, rank: u32) {
        let of = |token: u32| self.tokens.get(token as usize).copied().flatten();
        let (true, Some(one), Some(two)) = (self.ordered, of(left), of(right)) else {
            self.ordered = false;
            return;
        };
        if of(merged).is_some_and(|merged| merged.used) {
            self.ordered = false;
            return;
        }
        let lower = |lowest: &mut Map<u32, Box<Lowest>>, token: u32, neighbour: u8| {
            let lowest = &mut lowest.entry(token).or_insert_with(|| Box::new([NONE; 65]))[byte(neighbour)];
            *lowest = rank.min(*lowest);
        };
        if matches!(one.piece, Piece::Tail(_)) && two.first & 0xc0 != 0x80 {
            lower(&mut self.ends, left, two.first);
        }
        if matches!(two.piece, Piece::Head(_)) && one.last < 0xc0 {
            lower(&mut self.beginnings, right, one.last);
        }
        for token in [left, right] {
            if let Some(token) = &mut self.tokens[token as usize] {
                token.used = true;
            }
        }
        if self.tokens.len() <= merged as usize {
            self.tokens.resize(merged as usize + 1, None);
        }
        self.tokens[merged as usize] = Some(Token {
            piece: one.piece.with(two.piece),
            first: one.first,
            last: two.last,
            used: false,
        });
    }

    /// The table; `merged` says what the merge of a rank makes. `None` where there is nothing to be gained.
    pub(super) fn done(self, pairs: &Pairs, merged: impl Fn(u32) -> u32) -> Option<Box<Characters>> {
        if !self.ordered {
            return None;
        }
        let mut table = Characters {
            block_of: Vec::new(),
            blocks: vec![[Character::default(); BLOCK]],
        };
        for first in (0..POINTS.end).step_by(BLOCK) {
            let mut block = [Character::default(); BLOCK];
            for (point, entry) in (first..).zip(&mut block) {
                let c = char::from_u32(point).filter(|_| POINTS.contains(&point));
                *entry = c.map_or_else(Character::default, |c| self.character(c, pairs, &merged));
            }
            if block == table.blocks[0] {
                table.block_of.push(0);
            } else {
                table.block_of.push(table.blocks.len() as u16);
                table.blocks.push(block);
            }
        }
        (table.blocks.len() > 1).then(|| Box::new(table))
    }

    fn character(&self, c: char, pairs: &Pairs, merged: &impl Fn(u32) -> u32) -> Character {
        let mut buffer = [0; 4];
        let mut tokens = [0; 3];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        for (token, byte) in tokens.iter_mut().zip(bytes) {
            *token = u32::from(*byte);
        }
        let mut length = bytes.len();
        let (mut first, mut last) = ([NONE; 3], [NONE; 3]);
        let mut highest = None;
        for (first, last) in first.iter_mut().zip(&mut last) {
            (*first, *last) = (tokens[0], tokens[length - 1]);
            let ranks = tokens[..length]
                .windows(2)
                .map(|pair| pairs.first(pair[0], pair[1]));
            let Some((at, rank)) = ranks
                .enumerate()
                .min_by_key(|(_, rank)| *rank)
                .filter(|(_, rank)| *rank != NONE)
            else {
                break;
            };
            highest = highest.max(Some(rank));
            tokens[at] = merged(rank);
            tokens.copy_within(at + 2..length, at + 1);
            length -= 1;
        }
        let Some(highest) = highest else {
            return Character::default();
        };
        let mut character = Character {
            tokens: (length as u64) << COUNT,
            before: 0,
            behind: 0,
        };
        for (place, token) in tokens[..length].iter().enumerate() {
            character.tokens |= u64::from(*token) << (TOKEN * place as u32);
        }
        let mask = |lowest: &Map<u32, Box<Lowest>>, stages: [u32; 3]| {
            let stages = stages.into_iter().filter_map(|token| lowest.get(&token));
            stages.fold((0, false), |(bits, ascii), lowest| {
                let low = lowest[..ASCII].iter().zip(0..);
                let some = low.filter(|(rank, _)| **rank <= highest);
                let more = some.fold(0, |bits, (_, place)| bits | 1u64 << place);
                (bits | more, ascii || lowest[ASCII] <= highest)
            })
        };
        let (before, behind) = (mask(&self.beginnings, first), mask(&self.ends, last));
        (character.before, character.behind) = (before.0, behind.0);
        if before.1 {
            character.tokens |= ASCII_BEFORE;
        }
        if behind.1 {
            character.tokens |= ASCII_BEHIND;
        }
        character
    }
}
