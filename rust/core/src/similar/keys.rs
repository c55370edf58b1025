//! Under which keys a class is found: classes that are similar have a key in common.
//!
//! The keys of the exact join are a prefix of the set in an order that all sets agree on (prefix filter, Chaudhuri,
//! Ganti and Kaushik 2006): the order of [`Order`]. Those of locality-sensitive hashing are those of its [`Bands`]; similar
//! classes share one of them with the recall that was asked for. Either way keys are gathered and counted while the
//! texts are cut, and chosen when all counts are known: a key that no other class has is of no use.

use std::ops::Range;

use fastcurate_simd::shingles::high_halves;

use super::bands::Bands;
use super::bounds::Bounds;
use super::common::Common;
use super::cut::Cutter;
use super::sets::{Keying, Sets};
use crate::error::Result;
use crate::hash::mix;
use crate::parallel::Workers;
use crate::shingle::Shingle;

/// Classes whose keys are stored together.
pub(super) const CLASSES_PER_CHUNK: usize = 1024;

/// The keys of some classes that follow each other.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) keys: Vec<u32>,
    /// Where each class's keys end.
    pub(super) ends: Vec<u32>,
    /// Classes, by their place in the chunk, whose keys were too many to store.
    pub(super) unstored: Vec<u32>,
}

/// The keys of all classes.
pub(super) struct Keys {
    chunks: Vec<Chunk>,
}

impl Chunk {
    /// Ends the keys of the class that follows.
    pub(super) fn end(&mut self) {
        self.ends.push(self.keys.len() as u32);
    }

    fn place(&self, at: usize) -> Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        start..self.ends[at] as usize
    }

    fn of(&self, at: usize) -> &[u32] {
        &self.keys[self.place(at)]
    }
}

/// The order of the shingles: those of the lower part of the hashes first, in each part the rarest first, of equally rare
/// ones the lower; behind both parts those that are [`Common`].
///
/// A set that has enough shingles in the lower part needs no others for its prefix. So only these are counted and
/// stored. Which shingles are rare is not known before all rows were cut; the part leaves room to choose.
#[derive(Clone)]
pub(super) struct Order {
    bounds: Bounds,
    /// Hashes below this are in the lower part.
    limit: u64,
    common: Common,
    /// Whether prefixes are so long that similar sets share [`Bounds::several`] keys.
    several: bool,
}

impl Order {
    pub(super) fn new(bounds: Bounds) -> Self {
        // Twice as many as a prefix needs.
        let share = (2.0 * (1.0 - bounds.0)).clamp(1.0 / 16.0, 1.0);
        Self {
            bounds,
            limit: (share * (1u64 << 32) as f64) as u64,
            common: Common::default(),
            several: false,
        }
    }

    /// The same with longer prefixes: similar sets share [`Bounds::several`] keys.
    pub(super) fn with_several(self) -> Self {
        Self {
            several: true,
            ..self
        }
    }

    /// How many elements of a set of this size are looked at.
    fn prefix(&self, size: usize) -> usize {
        let more = if self.several {
            self.bounds.several(size) - 1
        } else {
            0
        };
        self.bounds.prefix(size) + more
    }

    /// The same with those keys behind all others that are common in a sample of the sets.
    pub(super) fn with_common(self, sets: &[Vec<u64>], salt: impl Fn(usize) -> Option<u64>) -> Self {
        let all = Self {
            limit: 1 << 32,
            ..Self::new(self.bounds)
        };
        let mut salted = Vec::new();
        let keys = sets.iter().enumerate().map(|(at, set)| {
            let mut keys = Vec::new();
            all.gather(set, salt(at), &mut salted, &mut keys);
            keys
        });
        let common = Common::of(keys, sets.len());
        Self { common, ..self }
    }

    /// Whether some keys are known to be common.
    pub(super) fn knows_common(&self) -> bool {
        !self.common.is_empty()
    }

    /// The part of the shingles that is in the lower part.
    pub(super) fn share(&self) -> f64 {
        self.limit as f64 / (1u64 << 32) as f64
    }

    /// Where a key stands: the lower part, the rest, what is common.
    fn part(&self, key: u32) -> u64 {
        if self.common.has(key) {
            2
        } else {
            u64::from(u64::from(key) >= self.limit)
        }
    }

    /// `salted` is a buffer.
    fn gather(&self, set: &[u64], salt: Option<u64>, salted: &mut Vec<u64>, out: &mut Vec<u32>) {
        let Some(salt) = salt else {
            return self.gather_first(set, out);
        };
        salted.clear();
        salted.extend(set.iter().map(|shingle| mix(shingle ^ salt)));
        self.gather_first(salted, out);
    }

    /// As many parts of the order as the prefix needs.
    fn gather_first(&self, hashes: &[u64], out: &mut Vec<u32>) {
        let start = out.len();
        let needed = self.prefix(hashes.len());
        high_halves(hashes, (self.limit - 1) as u32, out);
        self.common.leave_out(start, out);
        if out.len() - start < needed && !self.common.is_empty() {
            out.truncate(start);
            high_halves(hashes, u32::MAX, out);
            self.common.leave_out(start, out);
        }
        if out.len() - start < needed {
            out.truncate(start);
            high_halves(hashes, u32::MAX, out);
        }
    }

    /// Of `keys`, which [`Self::gather`] made of a set of `size` elements, the prefix without the keys that no other set
    /// has, rarest first.
    fn choose(&self, keys: &[u32], counts: &[u16], size: usize, ranks: &mut Vec<u64>, out: &mut Vec<u32>) {
        // What is rarest of all, in the lower part and in no other row, needs no place in a list.
        ranks.clear();
        ranks.resize(keys.len(), 0);
        let mut others = 0;
        for (key, count) in keys.iter().zip(counts) {
            let rank = self.part(*key) << 48 | u64::from(*count) << 32 | u64::from(*key);
            ranks[others] = rank;
            others += usize::from(rank >> 32 != 1);
        }
        ranks.truncate(others);
        let length = self.prefix(size).saturating_sub(keys.len() - others);
        if length == 0 {
            return;
        }
        if length < ranks.len() {
            ranks.select_nth_unstable(length - 1);
            ranks.truncate(length);
        }
        ranks.sort_unstable();
        if self.several {
            tell_apart(ranks);
        } else {
            ranks.dedup();
        }
        let known = |rank: &u64| rank >> 32 & 0xffff > 1;
        out.extend(ranks.iter().filter(|rank| known(rank)).map(|rank| *rank as u32));
    }
}

/// Gives the second and every later of equal keys, which stand side by side, another key: as often as two sets both have
/// one, they share it.
fn tell_apart(ranks: &mut [u64]) {
    for equal in ranks.chunk_by_mut(|a, b| a == b).filter(|equal| equal.len() > 1) {
        for (again, rank) in (0u64..).zip(equal).skip(1) {
            let key = mix(again << 32 | *rank & 0xffff_ffff) & 0xffff_ffff;
            *rank = *rank >> 32 << 32 | key;
        }
    }
}

/// What making keys of one set after another needs.
#[derive(Default)]
pub(super) struct Buffers {
    halves: Vec<u32>,
    minima: Vec<u32>,
    ranks: Vec<u64>,
}

/// What makes the keys.
pub(super) enum Maker {
    Join(Order),
    Lsh(Bands),
}

impl Maker {
    /// Appends keys of a set from which its keys can be chosen; `salt` tells apart what must not meet.
    pub(super) fn gather(&self, set: &[u64], salt: Option<u64>, buffers: &mut Buffers, out: &mut Vec<u32>) {
        match self {
            Self::Join(order) => order.gather(set, salt, &mut buffers.ranks, out),
            Self::Lsh(bands) => {
                bands.gather(set, salt, (&mut buffers.halves, &mut buffers.minima), out);
            }
        }
    }

    /// Of the gathered keys of a set of `size` elements, which so many sets have, those under which it is found, into
    /// `out`.
    pub(super) fn choose(
        &self,
        keys: &[u32],
        counts: &[u16],
        size: usize,
        buffers: &mut Buffers,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        match self {
            Self::Join(order) => order.choose(keys, counts, size, &mut buffers.ranks, out),
            Self::Lsh(_) => {
                let known = keys.iter().zip(counts).filter(|(_, count)| **count > 1);
                out.extend(known.map(|(key, _)| key));
            }
        }
    }
}

impl Keys {
    /// Keys that were chosen already, [`CLASSES_PER_CHUNK`] classes in each chunk but the last.
    pub(super) fn of_chunks(chunks: Vec<Chunk>) -> Self {
        Self { chunks }
    }

    /// Chooses every set's keys among those that were gathered; classes that are `absent` have none.
    pub(super) fn choose(
        mut chunks: Vec<Chunk>,
        sets: &Sets,
        shingle: Shingle,
        keying: &Keying<'_>,
        absent: impl Fn(usize) -> bool + Sync,
        workers: &Workers,
    ) -> Result<Self> {
        workers.fill(&mut chunks, 1, 1, |number, chunk| {
            let (mut cutter, mut again, mut keys) = (Cutter::new(shingle), Vec::new(), Vec::new());
            let (mut buffers, mut counts, mut counts_again) = (Buffers::default(), Vec::new(), Vec::new());
            let mut chosen = Chunk::default();
            keying.counts.of(&chunk[0].keys, &mut counts);
            let mut unstored = chunk[0].unstored.iter().copied().peekable();
            for at in 0..chunk[0].ends.len() {
                let class = number * CLASSES_PER_CHUNK + at;
                let stored = chunk[0].place(at);
                let (mut gathered, mut how_often) = (&chunk[0].keys[stored.clone()], &counts[stored]);
                let cut_again = unstored.next_if_eq(&(at as u32)).is_some();
                if !absent(class) {
                    if cut_again {
                        again.clear();
                        let set = cutter.set(&*sets.text, sets.rows[class]);
                        keying.gather(class, set, &mut buffers, &mut again);
                        keying.counts.of(&again, &mut counts_again);
                        (gathered, how_often) = (&again, &counts_again);
                    }
                    let size = sets.size(class as u32);
                    keying
                        .maker
                        .choose(gathered, how_often, size, &mut buffers, &mut keys);
                    chosen.keys.extend_from_slice(&keys);
                }
                chosen.ends.push(chosen.keys.len() as u32);
            }
            chosen.keys.shrink_to_fit();
            chunk[0] = chosen;
            Ok(())
        })?;
        Ok(Self { chunks })
    }

    /// The keys of a class.
    pub(super) fn of(&self, class: u32) -> &[u32] {
        self.chunks[class as usize / CLASSES_PER_CHUNK].of(class as usize % CLASSES_PER_CHUNK)
    }

    /// All keys of all classes, chunk by chunk.
    pub(super) fn all(&self) -> impl Iterator<Item = &[u32]> {
        self.chunks.iter().map(|chunk| &chunk.keys[..])
    }
}

#[cfg(test)]
impl Keys {
    pub(super) fn from_lists(lists: &[Vec<u32>]) -> Self {
        let of = |lists: &[Vec<u32>]| {
            let mut chunk = Chunk::default();
            for list in lists {
                chunk.keys.extend(list);
                chunk.ends.push(chunk.keys.len() as u32);
            }
            chunk
        };
        Self {
            chunks: lists.chunks(CLASSES_PER_CHUNK).map(of).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similarity::jaccard;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The keys that each of these sets is found under.
    fn chosen(order: &Order, sets: &[Vec<u64>]) -> Vec<Vec<u32>> {
        let gather = |set: &Vec<u64>| {
            let mut keys = Vec::new();
            order.gather(set, None, &mut Vec::new(), &mut keys);
            keys
        };
        let gathered: Vec<Vec<u32>> = sets.iter().map(gather).collect();
        let count = |key: &u32| gathered.iter().flatten().filter(|one| *one == key).count() as u16;
        let choose = |(keys, set): (&Vec<u32>, &Vec<u64>)| {
            let (counts, mut out) = (keys.iter().map(count).collect::<Vec<_>>(), Vec::new());
            order.choose(keys, &counts, set.len(), &mut Vec::new(), &mut out);
            out
        };
        gathered.iter().zip(sets).map(choose).collect()
    }

    proptest! {
        #[test]
        fn similar_sets_share_several_keys_where_prefixes_are_longer(
            rows in proptest::collection::vec(proptest::collection::btree_set(0u64..60, 1..60), 2..30),
            template in 0u64..60, threshold in 0.3f64..=1.0, alike in 1u64..200,
        ) {
            // Few different hashes: elements of one set that have the same key.
            let hash = |one: u64| mix(one % alike) & !0xffff | one;
            let of = |row: &BTreeSet<u64>| (100..100 + template).chain(row.iter().copied()).map(hash).collect();
            let sets: Vec<Vec<u64>> = rows.iter().map(of).collect();
            let bounds = Bounds(threshold);
            let keys = chosen(&Order::new(bounds).with_several(), &sets);
            for (at, a) in sets.iter().enumerate() {
                for (behind, b) in sets[..at].iter().enumerate() {
                    let shared = a.iter().filter(|one| b.contains(one)).count();
                    if jaccard(shared, a.len(), b.len()) >= threshold {
                        let met = keys[at].iter().filter(|key| keys[behind].contains(key)).count();
                        prop_assert!(met >= bounds.several(a.len()).min(bounds.several(b.len())));
                    }
                }
            }
        }

        #[test]
        fn similar_sets_have_a_key_in_common_whatever_is_common_to_many(
            rows in proptest::collection::vec(proptest::collection::btree_set(0u64..60, 1..30), 2..40),
            template in 0u64..30, threshold in 0.3f64..=1.0, knows_common: bool,
        ) {
            let of = |row: &BTreeSet<u64>| (100..100 + template).chain(row.iter().copied()).map(mix).collect();
            let sets: Vec<Vec<u64>> = rows.iter().map(of).collect();
            let mut order = Order::new(Bounds(threshold));
            if knows_common {
                order = order.with_common(&sets, |_| None);
            }
            let keys = chosen(&order, &sets);
            for (at, a) in sets.iter().enumerate() {
                for (behind, b) in sets[..at].iter().enumerate() {
                    let shared = a.iter().filter(|one| b.contains(one)).count();
                    if jaccard(shared, a.len(), b.len()) >= threshold {
                        prop_assert!(keys[at].iter().any(|key| keys[behind].contains(key)));
                    }
                }
            }
        }
    }
}
