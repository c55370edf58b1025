//! Rows that have been seen, to find those that new rows can be similar to without reading all of them again.
//!
//! The prefix filter of the join ([`super::weighed`]) in an order of the shingles that is fixed when the table is made: the
//! rarest first by the counts of that time. Any fixed order is exact, so that rows can be added later; as more come, other
//! shingles are rare, and the caller makes the table anew. Keys and row numbers lie side by side in sorted runs, of which
//! two that are about equally long become one.

use std::sync::Arc;

use super::COUNTED_BYTES_PER_ROW;
use super::bounds::Bounds;
use super::counts::Frequencies;
use super::cut::Cutter;
use super::keys::CLASSES_PER_CHUNK;
use super::measure::Measure;
use crate::error::{Error, Result};
use crate::hash::Set;
use crate::parallel::Workers;
use crate::shingle::Shingle;
use crate::text::Text;

/// The shingles of rows that were seen.
pub struct Seen {
    shingle: Shingle,
    bounds: Bounds,
    /// Whether a row is looked for in others that may be much longer.
    directed: bool,
    rows: u32,
    entries: Vec<Postings>,
}

/// Under which keys the rows of one entry are found.
struct Postings {
    counts: Frequencies,
    /// Each sorted, the longest first.
    runs: Vec<Vec<(u32, u32)>>,
}

impl Seen {
    /// The rows of these columns, one for each entry of `on`, none of them left out.
    pub fn new(
        texts: &[Arc<dyn Text>],
        shingle: Shingle,
        threshold: f64,
        measure: Measure,
        workers: &Workers,
    ) -> Result<Self> {
        if measure == Measure::Hamming {
            let expected = "\"jaccard\" or \"containment\", which are of shingles";
            return Err(Error::argument("measure", "\"hamming\"", expected));
        }
        let mut seen = Self {
            shingle,
            bounds: super::bounds(threshold)?,
            directed: measure == Measure::Containment,
            rows: 0,
            entries: Vec::new(),
        };
        for text in texts {
            let counts = seen.counts(&**text, workers)?;
            seen.entries.push(Postings {
                counts,
                runs: Vec::new(),
            });
        }
        seen.add(texts, workers)?;
        Ok(seen)
    }

    /// Adds the rows of these columns behind those that are there.
    pub fn add(&mut self, texts: &[Arc<dyn Text>], workers: &Workers) -> Result<()> {
        let rows = texts.first().map_or(0, |text| text.len());
        let first = self.rows;
        for (at, text) in texts.iter().enumerate() {
            let run = self.keys(at, &**text, self.directed, workers)?;
            let run = run.into_iter().map(|(key, row)| (key, first + row)).collect();
            self.entries[at].put(run);
        }
        self.rows += rows as u32;
        Ok(())
    }

    /// The rows that some row of these columns can be similar to, ascending; others cannot be.
    pub fn candidates(&self, texts: &[Arc<dyn Text>], workers: &Workers) -> Result<Vec<u32>> {
        let mut found: Option<Vec<u32>> = None;
        for (at, text) in texts.iter().enumerate() {
            let mut keys: Vec<u32> = self
                .keys(at, &**text, false, workers)?
                .into_iter()
                .map(|(key, _)| key)
                .collect();
            keys.sort_unstable();
            keys.dedup();
            let mut rows: Vec<u32> = keys.iter().flat_map(|key| self.entries[at].rows(*key)).collect();
            rows.sort_unstable();
            rows.dedup();
            found = Some(match found {
                None => rows,
                Some(others) => {
                    let others: Set<u32> = others.into_iter().collect();
                    rows.retain(|row| others.contains(row));
                    rows
                }
            });
        }
        Ok(found.unwrap_or_default())
    }

    fn counts(&self, text: &dyn Text, workers: &Workers) -> Result<Frequencies> {
        let bytes = COUNTED_BYTES_PER_ROW * text.len();
        let counts = Frequencies::new(bytes, bytes);
        self.each(text, workers, |_, set, keys| {
            keys.clear();
            keys.extend(set.iter().map(|shingle| key(*shingle)));
            counts.add(keys);
        })?;
        Ok(counts)
    }

    /// Keys of every row of an entry, with the row: of all of its shingles, or of its prefix.
    fn keys(&self, at: usize, text: &dyn Text, all: bool, workers: &Workers) -> Result<Vec<(u32, u32)>> {
        let counts = &self.entries[at].counts;
        let of_row = |set: &[u64], keys: &mut Vec<u32>| {
            let mut ranked: Vec<(u16, u64)> = set
                .iter()
                .map(|shingle| (counts.get(key(*shingle)), *shingle))
                .collect();
            if !all {
                let length = self.bounds.prefix(set.len());
                if length < ranked.len() {
                    ranked.select_nth_unstable(length - 1);
                    ranked.truncate(length);
                }
            }
            keys.extend(ranked.iter().map(|(_, shingle)| key(*shingle)));
        };
        let parts = self.each(text, workers, |row, set, keys| {
            keys.clear();
            of_row(set, keys);
            keys.iter().map(|key| (*key, row)).collect::<Vec<_>>()
        })?;
        Ok(parts.concat())
    }

    fn each<T: Send>(
        &self,
        text: &dyn Text,
        workers: &Workers,
        of: impl Fn(u32, &[u64], &mut Vec<u32>) -> T + Sync,
    ) -> Result<Vec<T>> {
        let parts = workers.map_rows(text.len(), CLASSES_PER_CHUNK, |rows| {
            let (mut cutter, mut keys) = (Cutter::new(self.shingle), Vec::new());
            let mut one = |row: usize| of(row as u32, cutter.set(text, row as u32), &mut keys);
            Ok(rows.map(&mut one).collect::<Vec<_>>())
        })?;
        Ok(parts.into_iter().flatten().collect())
    }
}

impl Postings {
    /// Adds a run, and joins those that are not much longer than what follows them.
    fn put(&mut self, mut run: Vec<(u32, u32)>) {
        run.sort_unstable();
        while let Some(last) = self.runs.pop_if(|last| last.len() < 2 * run.len()) {
            let mut both = last;
            both.extend(run);
            both.sort_unstable();
            run = both;
        }
        run.shrink_to_fit();
        self.runs.push(run);
    }

    fn rows(&self, key: u32) -> impl Iterator<Item = u32> {
        self.runs.iter().flat_map(move |run| {
            let start = run.partition_point(|posting| posting.0 < key);
            let under = run[start..].iter().take_while(move |posting| posting.0 == key);
            under.map(|posting| posting.1)
        })
    }
}

fn key(shingle: u64) -> u32 {
    (shingle >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextColumn;
    use arrow_array::{ArrayRef, StringArray};

    fn column(values: &[String]) -> Vec<Arc<dyn Text>> {
        let rows: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        vec![Arc::new(TextColumn::new(&[rows]).unwrap())]
    }

    #[test]
    fn what_can_be_similar_is_among_the_candidates() {
        let workers = Workers::inline();
        let text = |row: usize| {
            (0..12)
                .map(|word| format!("w{} ", (row * 5 + word) % 97))
                .collect::<String>()
        };
        let all: Vec<String> = (0..300).map(text).collect();
        for measure in [Measure::Jaccard, Measure::Containment] {
            for threshold in [0.3, 0.5, 0.8, 1.0] {
                let start = column(&all[..100]);
                let mut seen = Seen::new(&start, Shingle::Word(2), threshold, measure, &workers).unwrap();
                for part in all[100..].chunks(30) {
                    seen.add(&column(part), &workers).unwrap();
                }
                for row in 0..all.len() {
                    let asked = column(&all[row..=row]);
                    let found = seen.candidates(&asked, &workers).unwrap();
                    let sets = |row: usize| {
                        let mut cutter = Cutter::new(Shingle::Word(2));
                        cutter
                            .set(&*column(&all[row..=row])[0], 0)
                            .iter()
                            .copied()
                            .collect::<Set<u64>>()
                    };
                    let own = sets(row);
                    for other in 0..all.len() {
                        let others = sets(other);
                        let shared = own.intersection(&others).count() as f64;
                        let whole = if measure == Measure::Jaccard {
                            (own.len() + others.len()) as f64 - shared
                        } else {
                            own.len() as f64
                        };
                        if shared / whole >= threshold {
                            assert!(found.binary_search(&(other as u32)).is_ok(), "{row} {other}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn runs_stay_few() {
        let mut postings = Postings {
            counts: Frequencies::new(1, 1),
            runs: Vec::new(),
        };
        for number in 0..1000 {
            postings.put(vec![(number % 7, number)]);
        }
        assert!(postings.runs.len() < 12);
        assert_eq!(postings.rows(3).count(), 143);
    }
}
