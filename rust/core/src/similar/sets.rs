//! The shingle sets of one entry of `on`, one for each class of rows, in bounded memory.
//!
//! Only shingles that occur in more than one row can be shared, so only those are stored; of the others, the size of
//! the set remembers how many there are. A set with very many is not stored at all: it is cut from its text again when
//! it is asked for. Beside each set stands a parity sketch: bit b is the parity of the number of shingles
//! whose hash ends in b, so that the number of bits in which two sketches differ is at most |AΔB|.

use std::sync::Arc;

use super::counts::{Frequencies, Repeated};
use crate::error::Result;
use crate::parallel::Workers;
use crate::shingle::{Shingle, Shingler};
use crate::text::Text;

/// Classes whose sets are stored together.
const CLASSES_PER_CHUNK: usize = 1024;

/// Bytes a row that the table of repeated shingles may take: it is gone before the sets are compared.
const REPEATED_BYTES_PER_ROW: usize = 64;

/// Bytes a row that the table of frequencies may take.
const FREQUENCY_BYTES_PER_ROW: usize = 32;

/// A shingle and its place in a set's order of rarity.
#[derive(Clone, Copy)]
pub(super) struct Placed {
    pub(super) place: u32,
    pub(super) shingle: u64,
}

/// 256 bits of parity.
pub(super) type Sketch = [u64; 4];

#[derive(Default)]
struct Chunk {
    shingles: Vec<u64>,
    /// Where each class's shingles end.
    ends: Vec<u32>,
    /// Classes, by their place in the chunk, that keep too many shingles to store.
    long: Vec<u32>,
}

/// The sets of one entry.
pub(super) struct Sets {
    text: Arc<dyn Text>,
    /// The row that each class is read from.
    rows: Vec<u32>,
    sizes: Vec<u32>,
    /// How many shingles of each class occur in other classes too; at most, since the counts are approximate.
    shared: Vec<u32>,
    sketches: Vec<Sketch>,
    chunks: Vec<Chunk>,
    frequencies: Frequencies,
}

/// What one task makes of its classes.
#[derive(Default)]
struct Part {
    chunk: Chunk,
    sizes: Vec<u32>,
    shared: Vec<u32>,
    sketches: Vec<Sketch>,
}

/// Sets that a [`Cutter`] remembers.
const REMEMBERED: usize = 64;

/// Buffers for cutting one text after another, and the sets cut last: rows that follow each other are often compared
/// with the same others.
pub(super) struct Cutter {
    shingler: Shingler,
    text: String,
    set: Vec<u64>,
    remembered: Vec<(u32, Vec<u64>)>,
}

impl Cutter {
    pub(super) fn new(shingle: Shingle) -> Self {
        Self {
            shingler: Shingler::new(shingle),
            text: String::new(),
            remembered: Vec::new(),
            set: Vec::new(),
        }
    }

    /// The shingles of a row in order, with repetitions; a null counts as empty.
    pub(super) fn shingles(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let text = text.read(row as usize, &mut self.text);
        self.shingler.shingles(text, &mut self.set);
        &self.set
    }

    /// The ascending set of a row; a null counts as empty.
    pub(super) fn set(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let text = text.read(row as usize, &mut self.text);
        self.shingler.set(text, &mut self.set);
        &self.set
    }
}

/// The table of repeated shingles for texts of `bytes` in all, over `rows` rows.
pub(super) fn repeated_for(shingle: Shingle, bytes: usize, rows: usize) -> Repeated {
    let bytes_per_shingle = match shingle {
        Shingle::Word(_) => 5,
        Shingle::Char(_) => 1,
    };
    Repeated::new(bytes / bytes_per_shingle, REPEATED_BYTES_PER_ROW * rows)
}

impl Sets {
    /// The sets of the texts in `rows`, one for each class; those with more than `most_stored` shared shingles are not
    /// stored.
    pub(super) fn new(
        text: Arc<dyn Text>,
        shingle: Shingle,
        rows: Vec<u32>,
        repeated: &Repeated,
        most_stored: usize,
        workers: &Workers,
    ) -> Result<Self> {
        let table = FREQUENCY_BYTES_PER_ROW * rows.len();
        let frequencies = Frequencies::new(table, table);
        let parts = workers.map_rows(rows.len(), CLASSES_PER_CHUNK, |classes| {
            let (mut cutter, mut counting) = (Cutter::new(shingle), Vec::new());
            let mut part = Part::default();
            for &row in &rows[classes] {
                let set = cutter.set(&*text, row);
                part.sizes.push(set.len() as u32);
                part.sketches.push(sketch(set));
                let Chunk { shingles, ends, long } = &mut part.chunk;
                let start = shingles.len();
                shingles.extend(set.iter().filter(|shingle| repeated.contains(**shingle)));
                frequencies.add(&shingles[start..], &mut counting);
                part.shared.push((shingles.len() - start) as u32);
                if shingles.len() - start > most_stored {
                    shingles.truncate(start);
                    long.push(ends.len() as u32);
                }
                ends.push(shingles.len() as u32);
            }
            part.chunk.shingles.shrink_to_fit();
            Ok(part)
        })?;
        let mut sets = Self {
            text,
            rows,
            sizes: Vec::new(),
            shared: Vec::new(),
            sketches: Vec::new(),
            chunks: Vec::new(),
            frequencies,
        };
        for part in parts {
            sets.sizes.extend(part.sizes);
            sets.shared.extend(part.shared);
            sets.sketches.extend(part.sketches);
            sets.chunks.push(part.chunk);
        }
        Ok(sets)
    }

    /// The number of shingles of a class, all of them.
    pub(super) fn size(&self, class: u32) -> usize {
        self.sizes[class as usize] as usize
    }

    /// An upper bound of the number of shingles that two classes share.
    pub(super) fn most_shared(&self, a: u32, b: u32) -> usize {
        let (x, y) = (&self.sketches[a as usize], &self.sketches[b as usize]);
        let apart: u32 = x.iter().zip(y).map(|(x, y)| (x ^ y).count_ones()).sum();
        let by_sketch = (self.size(a) + self.size(b)).saturating_sub(apart as usize) / 2;
        by_sketch
            .min(self.shared[a as usize] as usize)
            .min(self.shared[b as usize] as usize)
    }

    /// The set of a class without some or all of the shingles that no other class has: stored, or cut again into
    /// `cutter`.
    pub(super) fn shingles<'a>(&'a self, class: u32, cutter: &'a mut Cutter) -> &'a [u64] {
        let (chunk, at) = (
            class as usize / CLASSES_PER_CHUNK,
            class as usize % CLASSES_PER_CHUNK,
        );
        let Chunk { shingles, ends, long } = &self.chunks[chunk];
        let start = if at == 0 { 0 } else { ends[at - 1] as usize };
        let end = ends[at] as usize;
        if start < end || long.binary_search(&(at as u32)).is_err() {
            return &shingles[start..end];
        }
        cutter
            .remembered
            .resize_with(REMEMBERED, || (u32::MAX, Vec::new()));
        let place = class as usize % REMEMBERED;
        if cutter.remembered[place].0 != class {
            cutter.set(&*self.text, self.rows[class as usize]);
            let (known, set) = &mut cutter.remembered[place];
            *known = class;
            std::mem::swap(set, &mut cutter.set);
        }
        &cutter.remembered[place].1
    }

    /// Of the first `length` shingles of a class in the order of rarity, those that other classes may have, rarest first
    /// and with their places in that order, into `out`; `shingles` are those of the class.
    ///
    /// The order is that of the counts, then of the hashes. Shingles that no other class has are left out, wherever in
    /// the order they stand: nothing can be found under them.
    pub(super) fn prefix(&self, class: u32, length: usize, shingles: &[u64], out: &mut Vec<Placed>) {
        // What is not among `shingles` is in no other class, and rarest of all.
        let unique = self.size(class) - shingles.len();
        let length = length.saturating_sub(unique).min(shingles.len());
        out.clear();
        if length == 0 {
            return;
        }
        let ranked = shingles
            .iter()
            .map(|shingle| (self.frequencies.get(*shingle), *shingle));
        let mut ranked: Vec<(u8, u64)> = ranked.collect();
        if length < ranked.len() {
            ranked.select_nth_unstable(length - 1);
            ranked.truncate(length);
        }
        ranked.sort_unstable();
        // A count of 1 is this class's own.
        let placed = (unique as u32..).zip(ranked).filter(|(_, (count, _))| *count > 1);
        out.extend(placed.map(|(place, (_, shingle))| Placed { place, shingle }));
    }
}

/// The largest number of shared shingles that a set may have and be stored, so that all stored sets together take
/// about `bytes_per_class`; from a sample.
pub(super) fn most_stored(
    texts: &[Arc<dyn Text>],
    shingle: Shingle,
    rows: &[u32],
    repeated: &[Repeated],
    bytes_per_class: usize,
) -> usize {
    const SAMPLED: usize = 512;
    if rows.len() <= 4 * SAMPLED {
        return usize::MAX; // so few that it does not matter
    }
    let (mut cutter, mut shared) = (Cutter::new(shingle), Vec::new());
    let sample = rows.iter().step_by(rows.len() / SAMPLED);
    let budget = sample.len() * bytes_per_class / size_of::<u64>();
    for row in sample {
        for (text, repeated) in texts.iter().zip(repeated) {
            let set = cutter.set(&**text, *row);
            shared.push(set.iter().filter(|shingle| repeated.contains(**shingle)).count());
        }
    }
    shared.sort_unstable();
    let mut total = 0;
    let over = shared.iter().find(|count| {
        total += **count;
        total > budget
    });
    over.map_or(usize::MAX, |count| count - 1)
}

fn sketch(set: &[u64]) -> Sketch {
    let mut bits = [0; 4];
    for shingle in set {
        bits[(shingle >> 6 & 3) as usize] ^= 1 << (shingle & 63);
    }
    bits
}
