//! What the characters of a text are.

use super::entropy::Entropy;
use super::marks::{DIGIT, LETTER, Marks, PUNCTUATION, SPACE, SYMBOL, UPPER};
use super::signals::{Row, Signal};

/// How often each character occurs, used again for the next text.
pub(super) struct Characters {
    /// By code point, those of ASCII left to `bytes`.
    counts: Vec<u32>,
    /// Code points that occur.
    seen: Vec<u32>,
    /// And how often.
    others: Vec<u32>,
    /// By byte, twice over, so that equal neighbours do not wait for each other.
    bytes: [[u32; 256]; 2],
}

impl Default for Characters {
    fn default() -> Self {
        Self {
            counts: vec![0; 0x11_0000],
            seen: Vec::new(),
            others: Vec::new(),
            bytes: [[0; 256]; 2],
        }
    }
}

impl Characters {
    /// Counts a character that is not ASCII.
    pub(super) fn add(&mut self, c: char) {
        let count = &mut self.counts[c as usize];
        if *count == 0 {
            self.seen.push(c as u32);
        }
        *count += 1;
    }

    pub(super) fn measure(&mut self, text: &str, marks: &Marks, entropy: &Entropy, row: &mut Row) {
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

        let [even, odd] = &mut self.bytes;
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        for pair in pairs {
            let (first, second) = (&mut even[usize::from(pair[0])], &mut odd[usize::from(pair[1])]);
            *first = first.wrapping_add(1);
            *second = second.wrapping_add(1);
        }
        for byte in rest {
            even[usize::from(*byte)] = even[usize::from(*byte)].wrapping_add(1);
        }
        // Reading the counts of ASCII leaves them 0 for the next text; those of other bytes are never read.
        let mut ascii = [0; 128];
        for ((both, even), odd) in ascii.iter_mut().zip(even).zip(odd) {
            *both = std::mem::take(even) + std::mem::take(odd);
        }
        let mut weights = entropy.weights(&ascii);
        if !self.seen.is_empty() {
            self.others.clear();
            let others = self.seen.iter().map(|code| self.counts[*code as usize]);
            self.others.extend(others);
            weights += entropy.weights(&self.others);
        }
        row.set(Signal::CharacterEntropy, Entropy::of(weights, characters));
        self.forget();
    }

    /// Leaves nothing of this text to the next.
    fn forget(&mut self) {
        for code in self.seen.drain(..) {
            self.counts[code as usize] = 0;
        }
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
