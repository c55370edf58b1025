//! What is remembered of the shingle sets of one entry of `on`: sizes and sketches, not the shingles themselves.
//!
//! The exact similarity of two classes is taken from their texts, which are cut again for it; sizes and sketches rule
//! out most of the pairs before.

use std::sync::Arc;

use fastcurate_simd::shingles::sums;

use super::counts::Frequencies;
use super::cut::Cutter;
use super::keys::{Buffers, CLASSES_PER_CHUNK, Chunk, Maker};
use super::sketch::{Sketches, apart};
use crate::error::Result;
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

/// The sets of one entry.
pub(super) struct Sets {
    pub(super) text: Arc<dyn Text>,
    /// The row that each class is read from.
    pub(super) rows: Arc<[u32]>,
    sizes: Vec<u32>,
    /// Those of [`CLASSES_PER_CHUNK`] classes together.
    sketches: Vec<Sketches>,
}

/// How the keys of an entry are made while it is cut.
pub(super) struct Keying<'a> {
    pub(super) maker: Maker,
    /// Keys of classes whose salts differ never meet.
    pub(super) salts: Option<&'a [u64]>,
    /// How many keys a row is expected to have.
    pub(super) keys_per_row: f64,
    /// Where the keys are counted.
    pub(super) counts: &'a Frequencies,
    /// Texts of more shingles than this are cut again when their keys are wanted.
    pub(super) most_stored: usize,
}

/// What one pass over an entry finds.
pub(super) struct Cut {
    pub(super) sets: Sets,
    /// The same for the same set: one for each class.
    pub(super) sums: Vec<u128>,
    /// Where keys were asked for.
    pub(super) keys: Vec<Chunk>,
}

/// What one task makes of its classes.
#[derive(Default)]
struct Part {
    sizes: Vec<u32>,
    sketches: Sketches,
    sums: Vec<u128>,
    keys: Chunk,
}

impl Sets {
    /// Cuts the texts in `rows`, one for each class, or only for those that are `needed`: nothing is known of the others.
    pub(super) fn cut(
        text: &Arc<dyn Text>,
        shingle: Shingle,
        rows: &Arc<[u32]>,
        needed: Option<&[bool]>,
        keying: Option<&Keying<'_>>,
        workers: &Workers,
    ) -> Result<Cut> {
        let parts = workers.map_rows(rows.len(), CLASSES_PER_CHUNK, |classes| {
            let (mut cutter, mut buffers) = (Cutter::new(shingle), Buffers::default());
            let mut part = Part::default();
            let expected = keying.map_or(0.0, |keying| keying.keys_per_row * classes.len() as f64);
            part.keys.keys.reserve(expected as usize);
            for class in classes {
                if needed.is_some_and(|needed| !needed[class]) {
                    part.sizes.push(0);
                    part.sketches.push_none();
                    part.sums.push(0);
                    continue;
                }
                let set = cutter.set(&**text, rows[class]);
                part.sizes.push(set.len() as u32);
                part.sketches.push(set);
                part.sums.push(sum(set));
                if let Some(keying) = keying {
                    keying.take(class, set, &mut buffers, &mut part.keys);
                }
            }
            part.keys.keys.shrink_to_fit();
            Ok(part)
        })?;
        let mut sets = Self {
            text: Arc::clone(text),
            rows: Arc::clone(rows),
            sizes: Vec::with_capacity(rows.len()),
            sketches: Vec::with_capacity(parts.len()),
        };
        let (mut sums, mut keys) = (Vec::with_capacity(rows.len()), Vec::new());
        for part in parts {
            sets.sizes.extend(part.sizes);
            sets.sketches.push(part.sketches);
            sums.extend(part.sums);
            keys.push(part.keys);
        }
        if let Some(keying) = keying {
            let lists: Vec<&[u32]> = keys.iter().map(|chunk| &chunk.keys[..]).collect();
            keying.counts.add_all(&lists, workers)?;
        }
        Ok(Cut { sets, sums, keys })
    }

    /// The number of shingles of a class.
    pub(super) fn size(&self, class: u32) -> usize {
        self.sizes[class as usize] as usize
    }

    /// An upper bound of the number of shingles that two classes share.
    pub(super) fn most_shared(&self, a: u32, b: u32) -> usize {
        let (x, y) = (self.size(a), self.size(b));
        let by_sketch = (x + y).saturating_sub(self.apart(a, b)) / 2;
        by_sketch.min(x).min(y)
    }

    /// A lower bound of the number of shingles that only one of two classes has.
    pub(super) fn apart(&self, a: u32, b: u32) -> usize {
        apart(self.sketch(a), self.sketch(b))
    }

    /// The sketch of a class, folded to 64 bits.
    pub(super) fn print(&self, class: u32) -> u64 {
        self.sketch(class).iter().fold(0, |print, word| print ^ word)
    }

    fn sketch(&self, class: u32) -> &[u64] {
        let class = class as usize;
        self.sketches[class / CLASSES_PER_CHUNK].of(class % CLASSES_PER_CHUNK)
    }

    /// The shingles of a class, with repetitions, cut again.
    pub(super) fn shingles<'a>(&self, class: u32, cutter: &'a mut Cutter) -> &'a [u64] {
        cutter.shingles(&*self.text, self.rows[class as usize])
    }
}

impl Keying<'_> {
    fn take(&self, class: usize, set: &[u64], buffers: &mut Buffers, chunk: &mut Chunk) {
        let start = chunk.keys.len();
        self.gather(class, set, buffers, &mut chunk.keys);
        if set.len() > self.most_stored {
            self.counts.add(&chunk.keys[start..]);
            chunk.keys.truncate(start);
            chunk.unstored.push(chunk.ends.len() as u32);
        }
        chunk.ends.push(chunk.keys.len() as u32);
    }

    pub(super) fn gather(&self, class: usize, set: &[u64], buffers: &mut Buffers, out: &mut Vec<u32>) {
        self.maker
            .gather(set, self.salts.map(|salts| salts[class]), buffers, out);
    }
}

/// The same for the same set in any order: two independent sums.
pub(super) fn sum(set: &[u64]) -> u128 {
    let (shingles, products) = sums(set);
    u128::from(shingles) << 64 | u128::from(products)
}
