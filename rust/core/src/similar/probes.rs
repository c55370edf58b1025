//! Probes that tasks take and give back: their buffers, and the texts they remember, outlive a task.

use std::sync::{Mutex, PoisonError};

use super::Similar;
use super::bounds::Bounds;
use super::probe::{Probe, Work};

/// As many probes as tasks ever ran at once.
pub(super) struct Probes<'a> {
    similar: &'a Similar,
    bounds: Bounds,
    idle: Mutex<Vec<Probe<'a>>>,
}

impl<'a> Probes<'a> {
    pub(super) fn new(similar: &'a Similar, bounds: Bounds) -> Self {
        Self {
            similar,
            bounds,
            idle: Mutex::default(),
        }
    }

    /// The threshold.
    pub(super) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Does one task's work with a probe of its own.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Probe<'a>) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().pop();
        let mut probe = known.unwrap_or_else(|| Probe::new(self.similar, self.bounds));
        let done = work(&mut probe);
        idle().push(probe);
        done
    }

    /// What all of them did, while none is at work.
    pub(super) fn work(&self) -> Work {
        let mut all = Work::default();
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter().for_each(|probe| all += probe.work);
        all
    }
}
