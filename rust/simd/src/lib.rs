//! The one place for SIMD: safe functions that choose the best instructions of the running machine.
//!
//! Every function has a scalar twin that says what it computes, and a property test that holds all of its
//! variants to the twin's bits.

pub mod spacing;
