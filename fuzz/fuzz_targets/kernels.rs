//! All targets in one binary: the first byte of an input chooses, so that one run looks everywhere. `FUZZ_TARGET` names one.

#![no_main]

use fastcurate_fuzz::TARGETS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some((first, rest)) = data.split_first() {
        let chosen = std::env::var("FUZZ_TARGET").ok();
        let named = TARGETS.iter().find(|(name, _)| chosen.as_deref() == Some(*name));
        let (_, run) = named.unwrap_or(&TARGETS[usize::from(*first) % TARGETS.len()]);
        run(rest);
    }
});
