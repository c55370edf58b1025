//! Memory given back to the system after something large was made and dropped.

#![expect(
    unsafe_code,
    reason = "glibc gives free memory back on request only, and the request is a C function"
)]

/// Gives back what the allocator keeps of it. Loading a tokenizer makes and drops the tree of its file and the reference that it is
/// held to, ten times the size of what stays. Elsewhere than under glibc allocators do this by themselves.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        unsafe extern "C" {
            fn malloc_trim(pad: usize) -> std::ffi::c_int;
        }
        // SAFETY: the signature is that of malloc_trim(3), which any thread may call at any time.
        unsafe { malloc_trim(0) };
    }
}
