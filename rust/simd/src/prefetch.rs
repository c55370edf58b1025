//! Asking for memory before it is needed.

/// Lets the processor fetch the element at `index`, if there is one, without waiting for it.
#[inline]
pub fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = slice.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the address is that of an element, and SSE is part of every x86-64 machine; nothing is read or written.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}

#[cfg(test)]
mod tests {
    #[test]
    fn any_place_may_be_asked_for() {
        let numbers = [1, 2, 3];
        for index in [0, 2, 3, usize::MAX] {
            super::prefetch(&numbers, index);
        }
        super::prefetch::<u8>(&[], 0);
        assert_eq!(numbers, [1, 2, 3]);
    }
}
