//! The only file that names rayon: serial kernels over row ranges, in parallel, in order.
//!
//! Pools are our own (never rayon's global one) and belong to one process: after a `fork` the child finds
//! that its process id has changed, leaves the parent's pools alone, whose threads did not come along, and
//! makes its own. The size of a range never depends on the number of threads, and results are handed back in
//! row order, so that an answer cannot depend on them either.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use crate::error::{Error, Result};

/// Rows that one task works on where a kernel has no better idea.
pub const ROWS_PER_TASK: usize = 4096;

/// More would only wait for each other.
const MOST_THREADS: usize = 1024;

/// A pool of threads with a way to stop it and to watch it; without a pool the calling thread does the work.
#[derive(Clone)]
pub struct Workers {
    pool: Option<Arc<rayon::ThreadPool>>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
}

impl Workers {
    /// `threads` workers, all cores for `None`.
    pub fn new(threads: Option<usize>) -> Result<Self> {
        let threads = match threads {
            Some(threads) if !(1..=MOST_THREADS).contains(&threads) => {
                return Err(Error::argument(
                    "threads",
                    threads,
                    "from 1 to 1024, or None for all cores",
                ));
            }
            Some(threads) => threads,
            None => std::thread::available_parallelism().map_or(1, usize::from),
        };
        Ok(Self {
            pool: if threads == 1 {
                None
            } else {
                Some(pool_of(threads)?)
            },
            stop: Arc::default(),
            done: Arc::default(),
        })
    }

    /// The calling thread alone: for so few rows that waking another one would take longer.
    pub fn inline() -> Self {
        Self {
            pool: None,
            stop: Arc::default(),
            done: Arc::default(),
        }
    }

    /// Ends the work at the next range: the call that is under way returns [`Error::Interrupted`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Rows worked on so far, over all calls.
    pub fn rows_done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Whether somebody asked for a stop: for loops that are not over ranges of rows.
    pub fn check(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    }

    /// `work` over `0..rows` in ranges of `rows_per_task`; the results in row order, or the error of the first
    /// row range that had one.
    pub fn map_rows<T, F>(&self, rows: usize, rows_per_task: usize, work: F) -> Result<Vec<T>>
    where
        T: Send,
        F: Fn(Range<usize>) -> Result<T> + Sync,
    {
        let step = rows_per_task.max(1);
        let one = |task: usize| {
            self.check()?;
            let range = task * step..rows.min((task + 1) * step);
            let rows = range.len();
            let result = work(range)?;
            self.done.fetch_add(rows, Ordering::Relaxed);
            Ok(result)
        };
        let tasks = 0..rows.div_ceil(step);
        let Some(pool) = &self.pool else {
            return tasks.map(one).collect();
        };
        let in_order = || tasks.into_par_iter().with_max_len(1).map(one).collect();
        let results: Vec<Result<T>> = pool.install(in_order);
        results.into_iter().collect()
    }

    /// `work` on every task; it says how many rows that were.
    pub fn each<T, F>(&self, tasks: &mut [T], work: F) -> Result<()>
    where
        T: Send,
        F: Fn(&mut T) -> Result<usize> + Sync,
    {
        let one = |task: &mut T| {
            self.check()?;
            self.done.fetch_add(work(task)?, Ordering::Relaxed);
            Ok(())
        };
        let Some(pool) = &self.pool else {
            return tasks.iter_mut().try_for_each(one);
        };
        let in_order = || tasks.par_iter_mut().with_max_len(1).map(one).collect();
        let results: Vec<Result<()>> = pool.install(in_order);
        results.into_iter().collect()
    }

    /// Fills `out`, which holds `per_row` elements for each row, in pieces of `rows_per_task` rows; `work` is given
    /// the first row of its piece.
    pub fn fill<T, F>(&self, out: &mut [T], per_row: usize, rows_per_task: usize, work: F) -> Result<()>
    where
        T: Send,
        F: Fn(usize, &mut [T]) -> Result<()> + Sync,
    {
        let step = rows_per_task.max(1);
        let one = |(task, piece): (usize, &mut [T])| {
            self.check()?;
            work(task * step, piece)?;
            self.done.fetch_add(piece.len() / per_row, Ordering::Relaxed);
            Ok(())
        };
        let Some(pool) = &self.pool else {
            return out.chunks_mut(step * per_row).enumerate().try_for_each(one);
        };
        let in_order = || {
            let pieces = out.par_chunks_mut(step * per_row).enumerate();
            pieces.with_max_len(1).map(one).collect()
        };
        let results: Vec<Result<()>> = pool.install(in_order);
        results.into_iter().collect()
    }
}

type Pools = Vec<(usize, Arc<rayon::ThreadPool>)>;

/// The pools of the process that made them.
static POOLS: Mutex<Option<(u32, Pools)>> = Mutex::new(None);

fn pool_of(threads: usize) -> Result<Arc<rayon::ThreadPool>> {
    let process = std::process::id();
    // A fork can happen while another thread holds the lock; the child, where nobody will ever release it,
    // then works with a pool of its own instead of waiting forever.
    let Ok(mut pools) = POOLS.try_lock() else {
        return build(threads);
    };
    if pools.as_ref().is_none_or(|(owner, _)| *owner != process) {
        // The parent's pools must not be dropped here: their threads do not exist in this process.
        std::mem::forget(pools.replace((process, Vec::new())));
    }
    let Some((_, known)) = pools.as_mut() else {
        return build(threads);
    };
    if let Some((_, pool)) = known.iter().find(|(size, _)| *size == threads) {
        return Ok(Arc::clone(pool));
    }
    let pool = build(threads)?;
    known.push((threads, Arc::clone(&pool)));
    Ok(pool)
}

fn build(threads: usize) -> Result<Arc<rayon::ThreadPool>> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|worker| format!("fastcurate-{worker}"))
        .build()
        .map(Arc::new)
        .map_err(|error| {
            Error::argument(
                "threads",
                threads,
                format!("a number of threads this machine allows ({error})"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_back_in_row_order_for_any_number_of_threads() {
        for threads in [1, 2, 7] {
            let workers = Workers::new(Some(threads)).unwrap();
            let ranges = workers.map_rows(1000, 64, Ok).unwrap();
            let rows: Vec<usize> = ranges.into_iter().flatten().collect();
            assert_eq!(rows, (0..1000).collect::<Vec<_>>());
            assert_eq!(workers.rows_done(), 1000);
        }
    }

    #[test]
    fn every_task_is_worked_on_once_and_its_rows_are_counted() {
        for threads in [1, 2, 7] {
            let workers = Workers::new(Some(threads)).unwrap();
            let mut tasks: Vec<(usize, usize)> = (0..100).map(|task| (task, 0)).collect();
            let double = |(task, out): &mut (usize, usize)| {
                *out += 2 * *task;
                Ok(3)
            };
            workers.each(&mut tasks, double).unwrap();
            assert!(tasks.iter().all(|(task, out)| *out == 2 * task));
            assert_eq!(workers.rows_done(), 300);
            let fails = |task: &mut (usize, usize)| match task.0 {
                late if late >= 30 => Err(Error::row(late, "odd")),
                _ => Ok(1),
            };
            assert_eq!(workers.each(&mut tasks, fails), Err(Error::row(30, "odd")));
        }
    }

    #[test]
    fn the_first_error_in_row_order_is_the_one_reported() {
        let workers = Workers::new(Some(3)).unwrap();
        let result = workers.map_rows(100, 10, |range| match range.start {
            start if start >= 30 => Err(Error::row(start, "odd")),
            _ => Ok(()),
        });
        assert_eq!(result, Err(Error::row(30, "odd")));
    }

    #[test]
    fn a_stop_ends_the_work() {
        let workers = Workers::new(Some(1)).unwrap();
        workers.stop();
        assert_eq!(workers.map_rows(10, 1, Ok).unwrap_err(), Error::Interrupted);
    }

    #[test]
    fn no_threads_and_too_many_are_errors() {
        assert!(matches!(
            Workers::new(Some(1025)),
            Err(Error::Argument { name: "threads", .. })
        ));
        assert!(matches!(
            Workers::new(Some(0)),
            Err(Error::Argument { name: "threads", .. })
        ));
    }
}
