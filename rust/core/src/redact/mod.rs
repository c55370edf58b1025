//! Personal data and secrets, found and replaced: e-mail addresses, URLs, IP addresses, phone numbers, IBANs, card numbers,
//! keys and tokens, and what the caller's own patterns match.
//!
//! Precision first: a candidate must pass every check that its definition has (check digits, ranges, country codes, lengths,
//! known beginnings), and must not be part of a longer word or number. One look at the bytes marks where something can be (an
//! `@`, a colon, the beginning of a run of digits, a run as long as a token); one automaton finds the caller's patterns. Where two finds overlap, the one that begins first counts, of those the longest.
//!
//! A find is replaced by its label, `[EMAIL]`, or by a pseudonym, `[EMAIL_1f0c9a52]`: 32 bits of the seeded XXH3 of
//! the kind and the text, the same wherever the same text stands. That is consistent, not secret: who knows the seed can try texts.
//!
//! Null in, null out; arrays in which nothing is found are handed back as they are. Linear time: each check looks at a bounded
//! piece of text, but for URLs and private keys, which end the search behind themselves.

mod column;
mod names;
mod numbers;
mod own;
mod phone;
mod secrets;

use std::fmt::Write;

use fastcurate_simd::sets::{Set, masks};
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub use column::{Redacted, redact};
pub use own::Own;

use crate::error::{Error, Result};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A URL.
    Url,
    /// An IP address that is routed on the Internet.
    Ip,
    /// One that is not.
    PrivateIp,
    /// A phone number.
    Phone,
    /// An international bank account number.
    Iban,
    /// A payment card number.
    Card,
    /// A key or token.
    Secret,
    /// What the caller's own pattern with this number matches.
    Own(usize),
}

/// The built-in kinds by name; their labels are these in capitals.
pub const KINDS: [(&str, Kind); 8] = [
    ("email", Kind::Email),
    ("url", Kind::Url),
    ("ip", Kind::Ip),
    ("private_ip", Kind::PrivateIp),
    ("phone", Kind::Phone),
    ("iban", Kind::Iban),
    ("card", Kind::Card),
    ("secret", Kind::Secret),
];

/// Signs, digits, and what tokens are made of.
const SETS: [Set; 3] = [
    Set::of(b"@:"),
    Set::of(b"0123456789"),
    Set::of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"),
];

/// What was found in a text: bytes and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Find {
    /// Its first byte.
    pub start: usize,
    /// The byte behind it.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

/// What to look for, and what to put in its place.
pub struct Redactor {
    wanted: [bool; KINDS.len()],
    own: Option<Own>,
    seed: Option<u64>,
}

/// Buffers that the search through many texts uses again.
#[derive(Default)]
struct Scratch {
    masks: Vec<[u64; 3]>,
    same: Vec<u64>,
    finds: Vec<Find>,
}

impl Redactor {
    /// Looks for these kinds and for the caller's own patterns; a seed asks for pseudonyms instead of labels.
    pub fn new(kinds: &[String], own: Option<Own>, seed: Option<u64>) -> Result<Self> {
        let mut wanted = [false; KINDS.len()];
        for name in kinds {
            let Some(at) = KINDS.iter().position(|(known, _)| known == name) else {
                let known = KINDS.map(|(known, _)| known).join(", ");
                return Err(Error::argument(
                    "kinds",
                    format!("{name:?}"),
                    format!("names of kinds ({known})"),
                ));
            };
            wanted[at] = true;
        }
        Ok(Self { wanted, own, seed })
    }

    fn wants(&self, kind: Kind) -> bool {
        KINDS
            .iter()
            .position(|(_, known)| *known == kind)
            .is_none_or(|at| self.wanted[at])
    }

    /// Everything that is to go, in order, without overlaps.
    fn find<'a>(&self, text: &str, scratch: &'a mut Scratch) -> &'a [Find] {
        let Scratch {
            masks: found,
            same,
            finds,
        } = scratch;
        finds.clear();
        let bytes = text.as_bytes();
        let mut add = |hit: numbers::Found| {
            if let Some((start, end, kind)) = hit
                && self.wants(kind)
            {
                finds.push(Find { start, end, kind });
            }
        };
        masks(bytes, &SETS, found, same);
        let (mut before, mut url_end) = (0, 0);
        for (block, [sign, digit, _]) in found.iter().enumerate() {
            let first = digit & !(digit << 1 | before);
            before = digit >> 63;
            let mut signs = sign | first;
            while signs != 0 {
                let bit = signs.trailing_zeros();
                signs &= signs - 1;
                let place = block * 64 + bit as usize;
                match bytes[place] {
                    b'@' => add(names::email(bytes, place)),
                    // What is inside a URL is not looked at again: many of them in a row would take forever.
                    b':' if place >= url_end => {
                        let url = self.wants(Kind::Url).then(|| names::url(bytes, place)).flatten();
                        url_end = url.map_or(url_end, |(_, end, _)| end);
                        add(url.or_else(|| names::address(bytes, place)));
                    }
                    b':' => {}
                    _ => add(numbers::find(bytes, place)),
                }
            }
        }
        if self.wants(Kind::Secret) {
            secrets::private_keys(bytes).for_each(|hit| add(Some(hit)));
            tokens(bytes, found, &mut add);
        }
        if let Some(own) = &self.own {
            own.find(text).for_each(|hit| add(Some(hit)));
        }
        finds.sort_unstable_by_key(|find| (find.start, std::cmp::Reverse(find.end)));
        let mut behind = 0;
        finds.retain(|find| {
            let free = find.start >= behind;
            behind = if free { find.end } else { behind };
            free
        });
        finds
    }

    /// The name of a kind.
    fn name(&self, kind: Kind) -> &str {
        match (kind, &self.own) {
            (Kind::Own(number), Some(own)) => own.name(number),
            _ => KINDS
                .iter()
                .find(|(_, known)| *known == kind)
                .map_or("", |(name, _)| name),
        }
    }

    /// What stands in the place of `text`, appended to `out`.
    fn replace(&self, kind: Kind, text: &str, out: &mut String) {
        let name = self.name(kind);
        out.push('[');
        out.extend(name.chars().flat_map(char::to_uppercase));
        if let Some(seed) = self.seed {
            let seed = xxh3_64_with_seed(name.as_bytes(), seed);
            let hash = xxh3_64_with_seed(text.as_bytes(), seed) as u32;
            // Writing to a String cannot fail.
            let _ = write!(out, "_{hash:08x}");
        }
        out.push(']');
    }
}

/// Every token begins with a long run of what tokens are made of, or has it behind a dot: the rare places to look at.
fn tokens(text: &[u8], masks: &[[u64; 3]], add: &mut impl FnMut(numbers::Found)) {
    let (mut before, mut behind) = (0, 0);
    for (block, [.., bits]) in masks.iter().enumerate() {
        let next = masks.get(block + 1).map_or(0, |[.., next]| *next);
        let both = u128::from(*bits) | u128::from(next) << 64;
        let mut starts = secrets::long_runs(both) & !(bits << 1 | before);
        before = bits >> 63;
        while starts != 0 {
            let place = block * 64 + starts.trailing_zeros() as usize;
            starts &= starts - 1;
            if place >= behind
                && let Some(hit) = secrets::token(text, place)
            {
                behind = hit.1;
                add(Some(hit));
            }
        }
    }
}
