//! Memory in large pages, for results of many megabytes: the first touch of each page of 4 kB costs more than the bytes
//! that are written to it.

use std::mem::MaybeUninit;

/// Bytes from which it is worth a call; smaller blocks come out of memory that has been touched before.
const LEAST: usize = 32 << 20;

/// Asks for large pages under `memory`, which nothing has been written to yet: a wish, of which nobody hears whether it was
/// granted.
pub fn prefer_large(memory: &mut [MaybeUninit<u8>]) {
    if memory.len() >= LEAST {
        ask(memory);
    }
}

#[cfg(all(target_os = "linux", not(miri)))]
fn ask(memory: &mut [MaybeUninit<u8>]) {
    use std::ffi::{c_int, c_void};

    const PAGE: usize = 4096;
    const HUGEPAGE: c_int = 14; // MADV_HUGEPAGE, the same on every architecture that Rust knows but HPPA

    unsafe extern "C" {
        fn madvise(address: *mut c_void, length: usize, advice: c_int) -> c_int;
    }
    // Whole pages only: what shares a page with somebody else stays as it is.
    let skipped = memory.as_ptr().align_offset(PAGE).min(memory.len());
    let whole = &mut memory[skipped..];
    let length = whole.len() / PAGE * PAGE;
    // SAFETY: the range is inside `whole`, which is ours alone; the advice changes neither its contents nor who may touch it.
    let _ = unsafe { madvise(whole.as_mut_ptr().cast(), length, HUGEPAGE) };
}

#[cfg(not(all(target_os = "linux", not(miri))))]
fn ask(_: &mut [MaybeUninit<u8>]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_stays_memory() {
        for length in [0, 1, LEAST - 1, LEAST, LEAST + 12345] {
            let mut bytes: Vec<u8> = Vec::with_capacity(length);
            prefer_large(bytes.spare_capacity_mut());
            bytes.resize(length, 7);
            assert_eq!(
                bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>(),
                7 * length as u64
            );
        }
    }
}
