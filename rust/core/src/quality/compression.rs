//! How much smaller a text can be written: the greedy parse of Lempel and Ziv (1977) over one look-back table.
//!
//! From left to right, the four bytes at each place are looked up in a table of [`SLOTS`] places by a fixed hash, and
//! the place is written there. Where the earlier place has the same four bytes, the longest common run is one match, which
//! costs three bytes (as in LZ4: a token and a distance), and the parse goes on behind it; otherwise the byte
//! costs itself. The last three bytes cost themselves. The ratio is the cost over the bytes; that of nothing is 1.

use super::signals::{Row, Signal};

const SLOTS: usize = 1 << 13;
const MATCH: usize = 3;

/// Places of four bytes seen before, used again for every text without being cleared.
pub(super) struct Places {
    /// Place plus `base` of the text it belongs to.
    slots: Box<[u32; SLOTS]>,
    base: u32,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            slots: Box::new([0; SLOTS]),
            base: 1,
        }
    }
}

impl Places {
    pub(super) fn measure(&mut self, text: &[u8], row: &mut Row) {
        let ratio = if text.is_empty() {
            1.0
        } else {
            self.cost(text) as f64 / text.len() as f64
        };
        row.set(Signal::CompressionRatio, ratio);
    }

    fn cost(&mut self, text: &[u8]) -> usize {
        let length = text.len() as u32;
        if self.base.checked_add(length).is_none() {
            self.slots.fill(0);
            self.base = 1;
        }
        let slots: &mut [u32; SLOTS] = &mut self.slots;
        let (mut at, mut cost) = (0, 0);
        if let Some(four) = text.first_chunk::<4>() {
            slots[place(u32::from_le_bytes(*four))] = self.base;
            (at, cost) = (1, 1);
        }
        while let Some(four) = text.get(at..).and_then(<[u8]>::first_chunk::<4>) {
            let key = u32::from_le_bytes(*four);
            let slot = &mut slots[place(key)];
            // What another text has left reads as the first place, which cannot have these bytes: it would stand here.
            let before = slot.saturating_sub(self.base) as usize;
            *slot = self.base + at as u32;
            let there = text.get(before..).and_then(<[u8]>::first_chunk::<4>);
            if there.is_some_and(|there| u32::from_le_bytes(*there) == key) {
                at += 4 + common(&text[before + 4..], &text[at + 4..]);
                cost += MATCH;
            } else {
                at += 1;
                cost += 1;
            }
        }
        self.base += length;
        cost + text.len() - at
    }
}

/// The slot of four bytes.
#[inline]
fn place(key: u32) -> usize {
    (key.wrapping_mul(2_654_435_761) >> (32 - SLOTS.trailing_zeros())) as usize % SLOTS
}

/// How many bytes the two begin with in common.
fn common(a: &[u8], b: &[u8]) -> usize {
    let eights = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let mut length = 0;
    for (a, b) in eights {
        let different = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if different != 0 {
            return length + different.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length
        + a[length..]
            .iter()
            .zip(&b[length..])
            .take_while(|(a, b)| a == b)
            .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_by_hand() {
        let mut places = Places::default();
        for (text, cost) in [
            ("", 0),
            ("abc", 3),
            ("abcdefgh", 8),
            ("abcdabcd", 4 + 3),
            ("abcdXabcdefY", 5 + 3 + 3),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1 + 3),
        ] {
            assert_eq!(places.cost(text.as_bytes()), cost, "{text}");
        }
    }
}
