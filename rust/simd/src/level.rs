//! Which instructions the kernels use: what the machine has, or less where somebody asked for less.
//!
//! The answers are the same at every level; only tests and benches have a reason to ask for less.

use std::sync::atomic::{AtomicU8, Ordering};

/// A set of instructions, the fastest last.
///
/// There is no level for NEON: it is part of what every 64-bit Arm machine has, so that the scalar bodies are compiled
/// to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What the target has anyway.
    Scalar = 1,
    /// AVX2, BMI and POPCNT: x86-64-v3.
    Avx2 = 2,
    /// AVX-512 F, BW, DQ and VL besides: x86-64-v4.
    Avx512 = 3,
}

impl Level {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Scalar, Self::Avx2, Self::Avx512];

    /// The level's name, as [`Self::parse`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The level of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// 0 until the machine was asked.
static CURRENT: AtomicU8 = AtomicU8::new(0);

/// The level in use, never more than the machine has.
#[inline]
pub fn level() -> Level {
    match CURRENT.load(Ordering::Relaxed) {
        3 => Level::Avx512,
        2 => Level::Avx2,
        1 => Level::Scalar,
        _ => limit(Level::Avx512),
    }
}

/// Uses at most `most` from now on, in all threads; the level that is in use then.
pub fn limit(most: Level) -> Level {
    let level = most.min(detect());
    CURRENT.store(level as u8, Ordering::Relaxed);
    level
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Level {
    use std::arch::is_x86_feature_detected as has;
    let avx2 = has!("avx2") && has!("bmi1") && has!("bmi2") && has!("popcnt") && has!("lzcnt");
    let avx512 = has!("avx512f") && has!("avx512bw") && has!("avx512dq") && has!("avx512vl");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        (false, _) => Level::Scalar,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Level {
    Level::Scalar
}

/// Compiles one safe body for every level and calls the best: `dispatch!(avx512 body, avx2 body, scalar body;
/// (argument: type, ...) -> type)`. The bodies must be `#[inline(always)]` to be compiled for their level.
macro_rules! dispatch {
    ($avx512:expr, $avx2:expr, $scalar:expr; ($($argument:ident: $type:ty),*) $(-> $out:ty)?) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi1,bmi2,popcnt,lzcnt")]
            fn avx512($($argument: $type),*) $(-> $out)? {
                $avx512($($argument),*)
            }
            #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
            fn avx2($($argument: $type),*) $(-> $out)? {
                $avx2($($argument),*)
            }
            match crate::level::level() {
                // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
                crate::level::Level::Avx512 => return unsafe { avx512($($argument),*) },
                // SAFETY: as above, for `avx2`.
                crate::level::Level::Avx2 => return unsafe { avx2($($argument),*) },
                crate::level::Level::Scalar => {}
            }
        }
        $scalar($($argument),*)
    }};
}
pub(crate) use dispatch;

/// Runs `test` at every level that the machine has, one such test at a time.
#[cfg(test)]
pub(crate) fn at_every_level(mut test: impl FnMut()) {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for level in Level::ALL {
        if limit(level) == level {
            test();
        }
    }
    limit(Level::Avx512);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
        }
        assert_eq!(Level::parse("mmx"), None);
    }
}
