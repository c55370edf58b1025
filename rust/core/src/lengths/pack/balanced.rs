//! At most n rows a bin, long rows beside short ones: a bin begins with the longest row there is, and each of the rows that it
//! still has room for is the longest that leaves as much for each of those behind it.
//!
//! Best-fit decreasing fills bins with the long rows first, and leaves the short ones to themselves, n to a bin that they
//! do not fill. Where rows are so long that n hardly binds, it packs tighter than this; the caller takes what needs
//! fewer bins.

use super::best_fit::{Class, Placed, ROWS_PER_CHECK, Run};
use crate::error::Result;
use crate::parallel::Workers;

/// Classes by what is left of them.
struct Left<'a> {
    classes: &'a [Class],
    /// Where the rows that are left of each begin.
    next: Vec<u32>,
    /// For each class itself, or one behind it that all up to it are empty before.
    behind: Vec<u32>,
    /// All classes behind it are empty.
    last: usize,
}

impl Left<'_> {
    /// The first class from `class` on that has rows, the number of classes where none has.
    fn from(&mut self, class: usize) -> usize {
        let mut found = class;
        while self.behind[found] as usize != found {
            // Halves the way for those that come later.
            self.behind[found] = self.behind[self.behind[found] as usize];
            found = self.behind[found] as usize;
        }
        found
    }

    /// The class of the longest rows of at most `wanted` tokens, or else of the shortest rows, if those have at most `room`.
    fn nearest(&mut self, wanted: u32, room: u32) -> Option<usize> {
        let class = self.classes.partition_point(|class| class.length > wanted);
        let found = self.from(class);
        if found < self.classes.len() {
            return Some(found);
        }
        while self.last > 0 && self.next[self.last - 1] == self.classes[self.last - 1].end {
            self.last -= 1;
        }
        let shortest = self.last.checked_sub(1)?;
        (self.classes[shortest].length <= room).then_some(shortest)
    }

    /// The place of a row of the class, which is taken.
    fn take(&mut self, class: usize) -> u32 {
        let at = self.next[class];
        self.next[class] += 1;
        if self.next[class] == self.classes[class].end {
            self.behind[class] = class as u32 + 1;
        }
        at
    }
}

/// The rows of `classes` in bins of `capacity` with at most `max_rows` in each.
pub(super) fn place(
    sorted: Vec<u32>,
    classes: &[Class],
    capacity: u32,
    max_rows: u32,
    workers: &Workers,
) -> Result<Placed> {
    let mut left = Left {
        classes,
        next: classes.iter().map(|class| class.start).collect(),
        behind: (0..=classes.len() as u32).collect(),
        last: classes.len(),
    };
    let (mut runs, mut bins, mut longest) = (Vec::<Run>::new(), 0, 0);
    loop {
        longest = left.from(longest);
        if longest == classes.len() {
            return Ok(Placed { sorted, runs, bins });
        }
        if bins % ROWS_PER_CHECK == 0 {
            workers.check()?;
        }
        let (mut space, mut rows, mut next) = (capacity, max_rows, Some(longest));
        while let Some(class) = next {
            let (length, at) = (classes[class].length, left.take(class));
            match runs.last_mut() {
                Some(run) if (run.first_bin, run.length) == (bins, length) => run.each += 1,
                _ => runs.push(Run {
                    at,
                    length,
                    first_bin: bins,
                    bins: 1,
                    each: 1,
                }),
            }
            (space, rows) = (space - length, rows - 1);
            let share = space.checked_div(rows);
            next = share.and_then(|share| left.nearest(share, space));
        }
        bins += 1;
    }
}
