//! Runs a kernel: GIL released, Ctrl-C heard, progress reported, errors turned into Python's. Nowhere else.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use fastcurate_core::Result;
use fastcurate_core::parallel::Workers;
use pyo3::prelude::*;

/// How often a running kernel's caller looks for Ctrl-C and reports progress.
const TICK: Duration = Duration::from_millis(50);

/// What every function takes beside its own arguments.
pub(crate) struct How {
    /// Number of threads, all cores for `None`.
    pub(crate) threads: Option<usize>,
    /// Called with the number of rows done so far, about twenty times a second, and once at the end.
    pub(crate) progress: Option<Py<PyAny>>,
}

impl How {
    pub(crate) fn quiet(threads: Option<usize>) -> Self {
        Self {
            threads,
            progress: None,
        }
    }
}

/// Runs `work` on a thread of its own while this one waits for it, for a signal, or for the next tick. When a
/// signal handler or the progress function raises, the workers stop at their next range and the exception is
/// the result.
pub(crate) fn run<T, F>(py: Python<'_>, how: &How, work: F) -> PyResult<T>
where
    T: Send,
    F: FnOnce(&Workers) -> Result<T> + Send,
{
    let workers = Workers::new(how.threads).map_err(|error| crate::error::to_python(&error))?;
    py.detach(|| {
        std::thread::scope(|scope| {
            let (done, finished) = channel::<()>();
            let (worker, workers) = (&workers, &workers);
            let job = scope.spawn(move || {
                let result = work(worker);
                drop(done); // wakes the waiting thread, also when `work` panics
                result
            });
            let mut raised = None;
            while finished.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                if raised.is_none()
                    && let Err(error) = Python::attach(|py| report(py, how, workers))
                {
                    workers.stop();
                    raised = Some(error);
                }
            }
            let result = job.join().unwrap_or_else(|panic| resume_unwind(panic));
            if let Some(error) = raised {
                Err(error)
            } else {
                Python::attach(|py| report(py, how, workers))?;
                result.map_err(|error| crate::error::to_python(&error))
            }
        })
    })
}

fn report(py: Python<'_>, how: &How, workers: &Workers) -> PyResult<()> {
    py.check_signals()?;
    if let Some(progress) = &how.progress {
        progress.call1(py, (workers.rows_done(),))?;
    }
    Ok(())
}
