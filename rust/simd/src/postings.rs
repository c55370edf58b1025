//! Looking through the sets that were found under a key for those that can be similar.
//!
//! What rules out most of them stands beside each: its size, and 64 bits of which two similar sets differ in few. So a set
//! that is met in vain costs no look at anything else in memory.

use crate::level::dispatch;

/// A set under a key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Posting {
    /// The set's number.
    pub class: u32,
    /// Its size, at most [`u16::MAX`].
    pub size: u16,
    /// A part of the key, where several share a list.
    pub tag: u16,
}

/// What similar sets are like.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The part of the key.
    pub tag: u16,
    /// The smallest and the largest size.
    pub sizes: (u16, u16),
    /// The sketch of the set that looks for others.
    pub sketch: u64,
    /// A set of size s may differ from it in at most `(apart.0 + apart.1 · s) / 2^16` elements.
    pub apart: (u64, u64),
}

impl Wanted {
    #[expect(
        clippy::inline_always,
        reason = "dispatch! compiles it for each instruction set"
    )]
    #[inline(always)]
    fn fits(&self, posting: Posting) -> usize {
        usize::from(posting.tag == self.tag)
            & usize::from(posting.size >= self.sizes.0)
            & usize::from(posting.size <= self.sizes.1)
    }

    #[expect(
        clippy::inline_always,
        reason = "dispatch! compiles it for each instruction set"
    )]
    #[inline(always)]
    fn is_near(&self, posting: Posting, sketch: u64) -> usize {
        let most = (self.apart.0 + self.apart.1 * u64::from(posting.size)) >> 16;
        let near = u64::from((sketch ^ self.sketch).count_ones()) <= most;
        // Of a size that is not known, nothing can be said of the most.
        usize::from(near) | usize::from(posting.size == u16::MAX)
    }
}

/// Appends the sets that can be similar to `out`, in order. How many have the part of the key.
///
/// `sketches` has one for each set, which differs from that of another set in at most |AΔB| bits, or none at all.
///
/// # Panics
/// If there are some, but not as many.
pub fn similar(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut Vec<u32>) -> usize {
    assert!(
        sketches.is_empty() || sketches.len() == postings.len(),
        "a sketch for each set"
    );
    let first = out.len();
    // One more than there can be, so that what does not fit is written too, and nothing has to be guessed.
    out.resize(first + postings.len() + 1, 0);
    let (met, found) = fill(postings, sketches, wanted, &mut out[first..]);
    out.truncate(first + found);
    met
}

fn fill(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut [u32]) -> (usize, usize) {
    dispatch!(body, body, body; (postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut [u32]) -> (usize, usize))
}

#[expect(
    clippy::inline_always,
    reason = "dispatch! compiles it for each instruction set"
)]
#[inline(always)]
fn body(postings: &[Posting], sketches: &[u64], wanted: &Wanted, out: &mut [u32]) -> (usize, usize) {
    let (mut met, mut found) = (0, 0);
    let mut look = |posting: Posting, near: usize| {
        out[found] = posting.class;
        met += usize::from(posting.tag == wanted.tag);
        found += near & wanted.fits(posting);
    };
    if sketches.is_empty() {
        postings.iter().for_each(|posting| look(*posting, 1));
    } else {
        for (posting, sketch) in postings.iter().zip(sketches) {
            look(*posting, wanted.is_near(*posting, *sketch));
        }
    }
    (met, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    fn twin(postings: &[Posting], sketches: &[u64], wanted: &Wanted) -> Vec<u32> {
        let fits = |(at, posting): &(usize, &Posting)| {
            let differ = sketches.get(*at).map_or(0, |sketch| {
                (0..64)
                    .filter(|bit| (sketch ^ wanted.sketch) >> bit & 1 == 1)
                    .count()
            });
            let most = (wanted.apart.0 + wanted.apart.1 * u64::from(posting.size)) / 65536;
            posting.tag == wanted.tag
                && (wanted.sizes.0..=wanted.sizes.1).contains(&posting.size)
                && (posting.size == u16::MAX || differ as u64 <= most)
        };
        let found = postings.iter().enumerate().filter(fits);
        found.map(|(_, posting)| posting.class).collect()
    }

    proptest! {
        #[test]
        fn every_path_gives_the_answer_of_the_twin(
            sets in proptest::collection::vec((any::<u64>(), any::<u32>(), 0u16..40, 0u16..3, 0u8..8), 0..80),
            (sketch, tag, smallest) in (any::<u64>(), 0u16..3, 0u16..30),
            apart in (0u64..1 << 22, 0u64..1 << 17),
        ) {
            let posting = |&(_, class, size, tag, long): &(u64, u32, u16, u16, u8)| Posting {
                class, size: if long == 0 { u16::MAX } else { size }, tag,
            };
            let postings: Vec<Posting> = sets.iter().map(posting).collect();
            let sketches: Vec<u64> = sets.iter().map(|set| set.0).collect();
            for (sketches, largest) in [(&sketches[..], 20), (&sketches[..], u16::MAX), (&[], u16::MAX)] {
                let wanted = Wanted { tag, sizes: (smallest, largest), sketch, apart };
                let expected = twin(&postings, sketches, &wanted);
                at_every_level(|| {
                    let mut found = vec![7];
                    let met = similar(&postings, sketches, &wanted, &mut found);
                    assert_eq!(met, postings.iter().filter(|posting| posting.tag == tag).count());
                    assert_eq!((found[0], &found[1..]), (7, &expected[..]));
                });
            }
        }
    }
}
