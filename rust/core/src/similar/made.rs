//! What is made of the rows before they can be judged, whatever they are compared by.

use std::sync::Arc;

use super::Similar;
use super::bounds::Bounds;
use super::classes::Classes;
use super::entry::Entry;
use super::keys::Keys;
use super::measure::Quotient;
use super::nominated::Candidate;
use super::plan::Plan;
use crate::shingle::Shingle;
use crate::text::Text;

/// What rows are compared in.
pub(super) struct Start<'a> {
    pub(super) texts: &'a [Arc<dyn Text>],
    /// The row that each class is read from.
    pub(super) rows: &'a Arc<[u32]>,
    pub(super) salts: Option<&'a [u64]>,
    pub(super) shingle: Shingle,
    pub(super) bounds: Bounds,
}

/// What was made of them.
pub(super) struct Made {
    pub(super) entries: Vec<Entry>,
    pub(super) plan: Plan,
    pub(super) keys: Keys,
    pub(super) held: Option<Keys>,
    /// The classes that are still some, where others have keys too.
    pub(super) stays: Option<Vec<bool>>,
    /// All pairs of classes that can be similar, where they are few.
    pub(super) candidates: Option<Vec<Candidate>>,
}

impl Made {
    /// What can be judged, with what is known of the rows; `rows` is how many there are, null ones included.
    pub(super) fn judged_by(
        self,
        rows: usize,
        (shingle, bounds, quotient): (Shingle, Bounds, Quotient),
        ranked: Vec<u32>,
        classes: Classes,
        salts: Option<Vec<u64>>,
    ) -> Similar {
        let held = self.held.as_ref().unwrap_or(&self.keys);
        let stays = |class: u32| self.stays.as_ref().is_none_or(|stays| stays[class as usize]);
        let has_keys = |class: u32| !(self.keys.of(class).is_empty() && held.of(class).is_empty());
        let meets = |class: &u32| has_keys(*class) && stays(*class);
        let meeting = (0..classes.first.len() as u32).filter(meets).collect();
        Similar {
            rows,
            shingle,
            bounds,
            ranked,
            classes,
            entries: self.entries,
            quotient,
            plan: self.plan,
            keys: self.keys,
            held: self.held,
            meeting,
            candidates: self.candidates,
            salts,
        }
    }
}
