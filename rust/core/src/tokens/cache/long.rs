//! The tables of pretokens of more than 15 bytes, two in a place, as in [the one of short ones](super::short).

use fastcurate_simd::prefetch::prefetch;

use super::Waiting;
use super::short::hash;

/// Pretokens that are looked up together, long enough after their places were asked for.
const TOGETHER: usize = 16;

/// Bytes of a table that is new, and the most: 1 MiB, of which the operating system gives what is used, and 32 MiB.
const BYTES: [usize; 2] = [1 << 20, 1 << 25];

/// The most numbers of an entry.
const MOST_WORDS: usize = 8;
/// Where the count is in the last number.
const COUNT: u32 = 56;
/// The largest count.
const MOST: usize = 0xff;

/// A table of entries of `WORDS` numbers: the bytes of a pretoken, zeros, its length and its count, a byte each.
pub(super) struct LongTable<const WORDS: usize> {
    /// A power of two; in each the one in front and the one behind.
    places: Vec<[[u64; WORDS]; 2]>,
    waiting: Box<[Waiting<[u64; WORDS]>; TOGETHER]>,
    waits: usize,
    /// What was put into it since it has this size.
    fresh: usize,
}

impl<const WORDS: usize> Default for LongTable<WORDS> {
    fn default() -> Self {
        let nothing = Waiting {
            key: [0; WORDS],
            place: 0,
            start: 0,
        };
        Self {
            places: vec![[[0; WORDS]; 2]; BYTES[0] / (16 * WORDS)],
            waiting: Box::new([nothing; TOGETHER]),
            waits: 0,
            fresh: 0,
        }
    }
}

impl<const WORDS: usize> LongTable<WORDS> {
    /// The most bytes of a pretoken.
    pub(super) const LONGEST: usize = 8 * WORDS - 2;

    /// Adds the pretoken between two places to what waits. Whether it is time to [`Self::look`].
    #[inline]
    pub(super) fn ask(&mut self, text: &[u8], start: usize, end: usize) -> bool {
        let mut bytes = [0; 8 * MOST_WORDS];
        bytes[..end - start].copy_from_slice(&text[start..end]);
        bytes[Self::LONGEST] = (end - start) as u8;
        let (words, _) = bytes.as_chunks();
        let key = std::array::from_fn(|word| u64::from_le_bytes(words[word]));
        let place = place(&key, self.places.len());
        prefetch(&self.places, place);
        self.waiting[self.waits] = Waiting { key, place, start };
        self.waits += 1;
        self.waits == TOGETHER
    }

    /// The counts of what waits, summed up; `count` counts what is not remembered between two places.
    pub(super) fn look(&mut self, mut count: impl FnMut(usize, usize) -> usize) -> usize {
        let mut sum = 0;
        for Waiting {
            mut key,
            place,
            start,
        } in self.waiting[..self.waits].iter().copied()
        {
            let [front, behind] = &mut self.places[place];
            if without_count(*front) == key {
                sum += (front[WORDS - 1] >> COUNT) as usize;
            } else if without_count(*behind) == key {
                sum += (behind[WORDS - 1] >> COUNT) as usize;
                std::mem::swap(front, behind);
            } else {
                let length = key[WORDS - 1] >> (COUNT - 8) & 0xff;
                let counted = count(start, start + length as usize);
                sum += counted;
                if counted <= MOST {
                    key[WORDS - 1] |= (counted as u64) << COUNT;
                    *behind = key;
                    self.fresh += 1;
                }
            }
        }
        self.waits = 0;
        if self.fresh > self.places.len() && self.places.len() < BYTES[1] / (16 * WORDS) {
            self.double();
        }
        sum
    }

    /// Makes the table twice as large.
    #[cold]
    fn double(&mut self) {
        let mut places = vec![[[0; WORDS]; 2]; 2 * self.places.len()];
        for [front, behind] in &self.places {
            for entry in [behind, front] {
                let place = place(&without_count(*entry), places.len());
                places[place] = [*entry, places[place][0]];
            }
        }
        (self.places, self.fresh) = (places, 0);
    }
}

#[inline]
fn without_count<const WORDS: usize>(mut entry: [u64; WORDS]) -> [u64; WORDS] {
    entry[WORDS - 1] &= !((MOST as u64) << COUNT);
    entry
}

/// The place of a key among so many.
#[inline]
fn place<const WORDS: usize>(key: &[u64; WORDS], places: usize) -> usize {
    let pairs = key.as_chunks().0;
    let mixed = pairs
        .iter()
        .fold(0, |mixed, [low, high]| hash([low ^ mixed, *high]));
    mixed as usize & (places - 1)
}
