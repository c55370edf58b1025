//! The table of pretokens of up to 15 bytes.
//!
//! Two are in a place: a new one goes behind, and comes to the front, which is looked at first, when it is met again; so
//! words that are met once do not drive out the others.

use fastcurate_simd::prefetch::prefetch;

use super::Waiting;

/// The most bytes of a short pretoken.
pub(super) const SHORT: usize = 15;

/// Places in a table that is new, and the most: 4 MiB, of which the operating system gives what is used, and 32 MiB.
const PLACES: [usize; 2] = [1 << 17, 1 << 20];

/// A pretoken of up to 15 bytes, its length (4 bits) and its count (4 bits): 16 bytes as two numbers.
pub(super) type Short = [u64; 2];

/// Where the count is in the last number.
const COUNT: u32 = 56;
/// Where the length is.
const LENGTH: u32 = 60;
/// The last number without the count.
const KEY: u64 = !(0xf << COUNT);

/// The bits of the two numbers that bytes of each length fill.
const FILLED: [[u64; 2]; SHORT + 1] = {
    let mut filled = [[0; 2]; SHORT + 1];
    let mut length = 0;
    while length <= SHORT {
        let bits: u128 = (1 << (8 * length)) - 1;
        filled[length] = [bits as u64, (bits >> 64) as u64];
        length += 1;
    }
    filled
};

/// Two of them, in one line of the processor's cache.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
struct Place {
    front: Short,
    behind: Short,
}

/// The table.
pub(super) struct ShortTable {
    /// A power of two.
    places: Vec<Place>,
    /// What was put into it since it has this size.
    fresh: usize,
}

impl Default for ShortTable {
    fn default() -> Self {
        Self {
            places: vec![Place::default(); PLACES[0]],
            fresh: 0,
        }
    }
}

impl ShortTable {
    /// The pretoken of `length` bytes at `start`, whose place is asked for.
    #[inline]
    pub(super) fn ask(&self, text: &[u8], start: usize, length: usize) -> Waiting<Short> {
        let [low, high] = load(text, start);
        let [fills_low, fills_high] = FILLED[length];
        let key = [low & fills_low, high & fills_high | (length as u64) << LENGTH];
        let place = hash(key) as usize & (self.places.len() - 1);
        prefetch(&self.places, place);
        Waiting { key, place, start }
    }

    /// The count of what waits, if it is in front of its place.
    #[inline]
    pub(super) fn look(&self, waiting: &Waiting<Short>) -> Option<usize> {
        count_of(self.places[waiting.place].front, waiting.key)
    }

    /// The count of what waits, if it is behind in its place.
    pub(super) fn look_behind(&mut self, waiting: &Waiting<Short>) -> Option<usize> {
        let Place { front, behind } = &mut self.places[waiting.place];
        let count = count_of(*behind, waiting.key)?;
        std::mem::swap(front, behind);
        Some(count)
    }

    /// Puts the count of what waits into its place, if it is small enough.
    pub(super) fn remember(&mut self, waiting: &Waiting<Short>, count: usize) {
        if count <= SHORT {
            let [low, high] = waiting.key;
            self.places[waiting.place].behind = [low, high | (count as u64) << COUNT];
            self.fresh += 1;
        }
    }

    /// Makes the table twice as large where it was filled since it has its size. Nothing may wait.
    #[inline]
    pub(super) fn grow(&mut self) {
        if self.fresh > self.places.len() && self.places.len() < PLACES[1] {
            self.double();
        }
    }

    #[cold]
    fn double(&mut self) {
        let mut places = vec![Place::default(); self.places.len() * 2];
        for Place { front, behind } in &self.places {
            for entry in [behind, front] {
                let place = &mut places[hash(key_of(*entry)) as usize & (2 * self.places.len() - 1)];
                *place = Place {
                    front: *entry,
                    behind: place.front,
                };
            }
        }
        (self.places, self.fresh) = (places, 0);
    }
}

/// The length of a pretoken.
pub(super) fn length(key: Short) -> usize {
    (key[1] >> LENGTH) as usize
}

/// An entry without its count.
#[inline]
fn key_of([low, high]: Short) -> Short {
    [low, high & KEY]
}

/// The count of an entry, if it is that of `key`.
#[inline]
fn count_of(entry: Short, key: Short) -> Option<usize> {
    (key_of(entry) == key).then_some((entry[1] >> COUNT & 0xf) as usize)
}

/// The 16 bytes at `start`, zeros behind the end of the text.
#[inline]
fn load(text: &[u8], start: usize) -> Short {
    let bytes = if let Some(bytes) = text[start..].first_chunk() {
        u128::from_le_bytes(*bytes)
    } else if let Some(bytes) = text.last_chunk() {
        u128::from_le_bytes(*bytes) >> (8 * (start + 16 - text.len()))
    } else {
        let mut bytes = [0; 16];
        bytes[..text.len() - start].copy_from_slice(&text[start..]);
        u128::from_le_bytes(bytes)
    };
    [bytes as u64, (bytes >> 64) as u64]
}

#[inline]
pub(super) fn hash([low, high]: Short) -> u64 {
    let product = u128::from(low ^ 0x6a09_e667_f3bc_c909) * u128::from(high ^ 0xbb67_ae85_84ca_a73b);
    product as u64 ^ (product >> 64) as u64
}
