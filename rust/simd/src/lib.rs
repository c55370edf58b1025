//! The one place for SIMD.
//!
//! Every public function is safe, chooses its instructions at run time ([`level`]), and has a scalar twin that
//! defines the answer; property tests hold every level that the machine offers to the twin's bits. Nothing here
//! knows text beyond bytes, or Arrow.

pub mod ascii;
pub mod bins;
pub mod flags;
pub mod grams;
pub mod kinds;
pub mod level;
pub mod pages;
pub mod pairs;
pub mod parts;
pub mod permute;
pub mod postings;
pub mod prefetch;
pub mod sets;
pub mod shingles;
pub mod spacing;
pub mod votes;
pub mod words;
pub mod xxh3;
