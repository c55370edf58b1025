//! The single-byte encodings that UTF-8 is read as by mistake: what each byte from 0x80 on means in them.
//!
//! `tables.txt` has a line for each, from the tables of the Unicode Consortium (Public/MAPPINGS). Where a table has
//! a hole, the byte stands for the control character of the same number, as in the encoding standard of the web;
//! that also covers ISO 8859-1, which has those controls in all 32 places.

use std::sync::LazyLock;

/// How many there are.
pub(super) const COUNT: usize = 11;

/// One encoding.
pub(super) struct Encoding {
    upper: Vec<char>,
}

impl Encoding {
    /// What `byte`, 0x80 or more, means.
    pub(super) fn decode(&self, byte: u8) -> char {
        self.upper[usize::from(byte & 0x7f)]
    }
}

/// All of them; those that are met most come first.
pub(super) static ENCODINGS: LazyLock<Vec<Encoding>> = LazyLock::new(|| {
    let meaning = |code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
    let lines = include_str!("tables.txt").lines();
    lines
        .map(|line| Encoding {
            upper: line.split(' ').skip(1).filter_map(meaning).collect(),
        })
        .collect()
});

/// The first of the list.
pub(super) fn windows_1252() -> &'static Encoding {
    &ENCODINGS[0]
}

/// The bytes of a character, one for each encoding; 0 where it has none.
pub(super) type Bytes = [u8; COUNT];

const NONE: Bytes = [0; COUNT];

/// From characters back to bytes.
pub(super) struct Reverse {
    /// For every code point of the first plane, where it is in `known`.
    index: Vec<u16>,
    known: Vec<Bytes>,
    /// In which encodings each of `known` can begin a sequence, and in which it can go on with one, as bits.
    roles: Vec<(u16, u16)>,
}

impl Reverse {
    pub(super) fn bytes(&self, c: char) -> &Bytes {
        match self.index.get(c as usize) {
            Some(at) => &self.known[usize::from(*at)],
            None => &NONE,
        }
    }

    /// In which encodings a code point can begin a sequence, and in which it can go on with one, as bits.
    #[inline]
    pub(super) fn roles(&self, code: u32) -> (u16, u16) {
        let at = self.index.get(code as usize).copied().unwrap_or(0);
        self.roles[usize::from(at)]
    }
}

pub(super) static REVERSE: LazyLock<Reverse> = LazyLock::new(|| {
    let mut reverse = Reverse {
        index: vec![0; 0x1_0000],
        known: vec![NONE],
        roles: Vec::new(),
    };
    let set = |reverse: &mut Reverse, c: char, number: usize, byte: u8| {
        let at = &mut reverse.index[c as usize];
        if *at == 0 {
            *at = reverse.known.len() as u16;
            reverse.known.push(NONE);
        }
        let known = &mut reverse.known[usize::from(*at)][number];
        if *known == 0 {
            *known = byte;
        }
    };
    for (number, encoding) in ENCODINGS.iter().enumerate() {
        for byte in 0x80..=0xff {
            set(&mut reverse, encoding.decode(byte), number, byte);
        }
        // Bytes of both kinds are met in one text, as if 0x80 to 0x9F had been read as ISO 8859-1.
        for byte in 0x80..=0x9f {
            set(&mut reverse, char::from(byte), number, byte);
        }
    }
    let bits = |bytes: &Bytes, role: fn(u8) -> bool| {
        let bit = |number: usize| u16::from(role(bytes[number])) << number;
        (0..COUNT).map(bit).sum::<u16>()
    };
    let roles = |bytes: &Bytes| {
        (
            bits(bytes, |b| (0xc2..=0xf4).contains(&b)),
            bits(bytes, |b| (0x80..0xc0).contains(&b)),
        )
    };
    reverse.roles = reverse.known.iter().map(roles).collect();
    reverse
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_whole_and_its_own_inverse() {
        assert_eq!(ENCODINGS.len(), COUNT);
        for (number, encoding) in ENCODINGS.iter().enumerate() {
            assert_eq!(encoding.upper.len(), 128);
            for byte in 0x80..=0xff {
                assert_eq!(REVERSE.bytes(encoding.decode(byte))[number], byte);
            }
        }
        assert_eq!(windows_1252().decode(0x80), '€');
        assert_eq!(ENCODINGS[1].decode(0xcf), 'П');
        assert_eq!(REVERSE.bytes('a'), &NONE);
        assert_eq!(REVERSE.bytes('😀'), &NONE);
    }
}
