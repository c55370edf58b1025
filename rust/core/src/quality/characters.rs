//! What the characters of a text are.

use super::entropy::{entropy, weights};
use super::marks::{DIGIT, LETTER, Marks, PUNCTUATION, SPACE, SYMBOL, UPPER};
use super::signals::{Row, Signal};

/// Code points in a plane of Unicode.
const PLANE: usize = 1 << 16;

/// How often each character occurs, used again for the next text.
pub(super) struct Characters {
    /// By plane and code point, those of ASCII left to `bytes`; a plane is empty until one of its characters occurs.
    planes: [Vec<u32>; 17],
    /// Code points that occur: so many of these, the others are left from before.
    seen: Vec<u32>,
    known: usize,
    /// And how often.
    others: Vec<u32>,
    /// By byte, four times over, so that equal neighbours do not wait for each other; 0 between texts.
    bytes: [[u8; 256]; 4],
}

/// Bytes of which each table sees 255 at most: a quarter of those in eights, and seven that are left.
const PIECE: usize = (255 - 7) * 4;

impl Default for Characters {
    fn default() -> Self {
        Self {
            planes: [const { Vec::new() }; 17],
            seen: Vec::new(),
            known: 0,
            others: Vec::new(),
            bytes: [[0; 256]; 4],
        }
    }
}

impl Characters {
    /// Counts a character that is not ASCII.
    pub(super) fn add(&mut self, c: char) {
        let (plane, at) = (&mut self.planes[c as usize / PLANE], c as usize % PLANE);
        if plane.is_empty() {
            plane.resize(PLANE, 0);
        }
        if self.known == self.seen.len() {
            self.seen.resize(self.known * 2 + 64, 0);
        }
        // Whether it is new is anybody's guess, and so nothing branches on it.
        self.seen[self.known] = c as u32;
        self.known += usize::from(plane[at] == 0);
        plane[at] += 1;
    }

    pub(super) fn measure(&mut self, text: &str, marks: &Marks, row: &mut Row) {
        let characters = marks.characters(0, text.len());
        let kinds = [LETTER, UPPER, DIGIT, PUNCTUATION, SYMBOL, SPACE];
        let [letters, upper, digits, punctuation, symbols, spaces] = kinds.map(|kind| marks.total(kind));
        row.share(Signal::Alphabetic, letters, characters);
        row.share(Signal::Uppercase, upper, letters);
        row.share(Signal::Digits, digits, characters);
        row.share(Signal::Punctuation, punctuation, characters);
        row.share(Signal::Symbols, symbols, characters);
        row.share(Signal::Whitespace, spaces, characters);
        row.share(Signal::NonAscii, marks.foreign, characters);
        row.count(Signal::LongestCharacterRun, marks.longest_run(characters));

        let mut ascii = [0; 128];
        for piece in text.as_bytes().chunks(PIECE) {
            count(piece, &mut self.bytes);
            // Those of other bytes are never read, and count round and round.
            let [one, two, three, four] = &mut self.bytes;
            for (at, count) in ascii.iter_mut().enumerate() {
                *count +=
                    u32::from(one[at]) + u32::from(two[at]) + u32::from(three[at]) + u32::from(four[at]);
            }
            for table in &mut self.bytes {
                table[..128].fill(0);
            }
        }
        let mut weight = weights(&ascii);
        if self.known > 0 {
            self.others.clear();
            // These, too, are left 0 for the next text.
            let planes = &mut self.planes;
            let taken =
                |code: &u32| std::mem::take(&mut planes[*code as usize / PLANE][*code as usize % PLANE]);
            self.others.extend(self.seen[..self.known].iter().map(taken));
            self.known = 0;
            weight += weights(&self.others);
        }
        row.set(Signal::CharacterEntropy, entropy(weight, characters));
    }
}

/// Counts bytes, so few that no count is more than a byte.
fn count(bytes: &[u8], tables: &mut [[u8; 256]; 4]) {
    let [one, two, three, four] = tables;
    let add = |table: &mut [u8; 256], byte: u8| {
        let count = &mut table[usize::from(byte)];
        *count = count.wrapping_add(1);
    };
    let (eights, rest) = bytes.as_chunks::<8>();
    for [a, b, c, d, e, f, g, h] in eights {
        for (one_of, two_of, three_of, four_of) in [(a, b, c, d), (e, f, g, h)] {
            add(one, *one_of);
            add(two, *two_of);
            add(three, *three_of);
            add(four, *four_of);
        }
    }
    for byte in rest {
        add(one, *byte);
    }
}

/// Which scripts the letters are of.
pub(super) fn scripts(marks: &Marks, row: &mut Row) {
    let letters: usize = marks.scripts.iter().map(|count| *count as usize).sum();
    for (at, count) in marks.scripts.iter().enumerate() {
        let share = if letters == 0 {
            0.0
        } else {
            f64::from(*count) / letters as f64
        };
        row.0[Signal::Latin as usize + at] = share;
    }
    row.count(
        Signal::ScriptCount,
        marks.scripts.iter().filter(|count| **count > 0).count(),
    );
}
