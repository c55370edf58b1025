//! The shingle sets of one entry of `on`, one for each class of rows, in bounded memory.
//!
//! Only shingles that occur in more than one row can be shared, so only those are kept; of the others, the size of
//! the set remembers how many there are. A set with many kept shingles is not stored at all: it is cut from its text
//! again when it is asked for. Beside each set stands a parity sketch: bit b is the parity of the number of shingles
//! whose hash ends in b, so that the number of bits in which two sketches differ is at most |AΔB|.

use std::ops::Range;
use std::sync::Arc;

use super::counts::{Frequencies, Repeated};
use crate::error::Result;
use crate::parallel::Workers;
use crate::shingle::{Shingle, Shingler};
use crate::text::Text;

/// Classes whose sets are stored together.
const CLASSES_PER_CHUNK: usize = 1024;

/// Bytes a row that the tables of counts may take, each.
const TABLE_BYTES_PER_ROW: usize = 64;

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
    shingle: Shingle,
    /// The row that each class is read from.
    rows: Vec<u32>,
    sizes: Vec<u32>,
    sketches: Vec<Sketch>,
    chunks: Vec<Chunk>,
    repeated: Repeated,
    frequencies: Frequencies,
}

/// Buffers for cutting one text after another.
pub(super) struct Cutter {
    shingler: Shingler,
    text: String,
    set: Vec<u64>,
}

impl Cutter {
    pub(super) fn new(shingle: Shingle) -> Self {
        Self {
            shingler: Shingler::new(shingle),
            text: String::new(),
            set: Vec::new(),
        }
    }

    /// The ascending set of a row; a null counts as empty.
    pub(super) fn set(&mut self, text: &dyn Text, row: u32) -> &[u64] {
        let text = text.read(row as usize, &mut self.text).unwrap_or_default();
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
    Repeated::new(bytes / bytes_per_shingle, TABLE_BYTES_PER_ROW * rows)
}

impl Sets {
    /// The sets of the texts in `rows`, one for each class; those with more than `most_stored` kept shingles are not
    /// stored.
    pub(super) fn new(
        text: Arc<dyn Text>,
        shingle: Shingle,
        rows: Vec<u32>,
        repeated: Repeated,
        most_stored: usize,
        workers: &Workers,
    ) -> Result<Self> {
        let table = TABLE_BYTES_PER_ROW * rows.len();
        let frequencies = Frequencies::new(table, table);
        let parts = workers.map_rows(rows.len(), CLASSES_PER_CHUNK, |classes| {
            let mut cutter = Cutter::new(shingle);
            let mut chunk = Chunk::default();
            let (mut sizes, mut sketches) = (
                Vec::with_capacity(classes.len()),
                Vec::with_capacity(classes.len()),
            );
            for &row in &rows[classes] {
                let set = cutter.set(&*text, row);
                sizes.push(set.len() as u32);
                sketches.push(sketch(set));
                let start = chunk.shingles.len();
                chunk
                    .shingles
                    .extend(set.iter().filter(|shingle| repeated.contains(**shingle)));
                chunk.shingles[start..]
                    .iter()
                    .for_each(|shingle| frequencies.add(*shingle));
                if chunk.shingles.len() - start > most_stored {
                    chunk.shingles.truncate(start);
                    chunk.long.push(chunk.ends.len() as u32);
                }
                chunk.ends.push(chunk.shingles.len() as u32);
            }
            chunk.shingles.shrink_to_fit();
            Ok((chunk, sizes, sketches))
        })?;
        let (mut chunks, mut sizes, mut sketches) = (Vec::new(), Vec::new(), Vec::new());
        for (chunk, chunk_sizes, chunk_sketches) in parts {
            chunks.push(chunk);
            sizes.extend(chunk_sizes);
            sketches.extend(chunk_sketches);
        }
        Ok(Self {
            text,
            shingle,
            rows,
            sizes,
            sketches,
            chunks,
            repeated,
            frequencies,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of shingles of a class, those that are not kept included.
    pub(super) fn size(&self, class: u32) -> usize {
        self.sizes[class as usize] as usize
    }

    pub(super) fn cutter(&self) -> Cutter {
        Cutter::new(self.shingle)
    }

    /// An upper bound of the number of shingles that two classes share.
    pub(super) fn most_shared(&self, a: u32, b: u32) -> usize {
        let (x, y) = (&self.sketches[a as usize], &self.sketches[b as usize]);
        let apart: u32 = x.iter().zip(y).map(|(x, y)| (x ^ y).count_ones()).sum();
        (self.size(a) + self.size(b)).saturating_sub(apart as usize) / 2
    }

    /// The kept shingles of a class, ascending: stored, or cut again into `cutter`.
    pub(super) fn kept<'a>(&'a self, class: u32, cutter: &'a mut Cutter) -> &'a [u64] {
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
        cutter.set(&*self.text, self.rows[class as usize]);
        cutter.set.retain(|shingle| self.repeated.contains(*shingle));
        &cutter.set
    }

    /// Of the first `length` shingles of a class in the order of rarity, those that are kept, into `out`.
    pub(super) fn prefix(&self, class: u32, length: usize, kept: &[u64], out: &mut Vec<u64>) {
        // The unique shingles are the rarest of all and come first.
        let unique = self.size(class) - kept.len();
        let length = length.saturating_sub(unique).min(kept.len());
        out.clear();
        if length == 0 {
            return;
        }
        let mut ranked: Vec<(u8, u64)> = kept
            .iter()
            .map(|shingle| (self.frequencies.get(*shingle), *shingle))
            .collect();
        if length < ranked.len() {
            ranked.select_nth_unstable(length - 1);
        }
        out.extend(ranked[..length].iter().map(|(_, shingle)| shingle));
    }

    /// About how many pairs of rows a join over this entry has to look at, from the shingles of every `step`th class.
    pub(super) fn cost(&self, classes: Range<u32>, step: usize, prefix: impl Fn(usize) -> usize) -> u64 {
        let (mut cutter, mut found, mut cost) = (self.cutter(), Vec::new(), 0);
        for class in classes.step_by(step) {
            let kept = self.kept(class, &mut cutter);
            self.prefix(class, prefix(self.size(class)), kept, &mut found);
            cost += found
                .iter()
                .map(|shingle| u64::from(self.frequencies.get(*shingle)))
                .sum::<u64>();
        }
        cost
    }
}

fn sketch(set: &[u64]) -> Sketch {
    let mut bits = [0; 4];
    for shingle in set {
        bits[(shingle >> 6 & 3) as usize] ^= 1 << (shingle & 63);
    }
    bits
}
