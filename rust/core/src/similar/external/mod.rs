//! Near-duplicates among more rows than memory holds, as steps that each look at a part of them.
//!
//! ```text
//! rows ─▶ cut: identity of the set, sizes, folded sketch, keys ─▶ choose and scatter the keys ─▶ meet, part by part
//!      ─▶ compare the pairs that met, from their texts ─▶ lead
//! ```
//!
//! The rule, the keys and the similarity are those of the rest of [`super`]: what nominates a pair there nominates it
//! here. What differs is where things are kept. No step keeps a text, a class is known by a 128-bit identity of its
//! sets instead of by the sets, and pairs are compared when both texts are at hand, not when they are found. Between
//! the steps the caller keeps plain columns of numbers wherever it likes. Rows are positions in the whole input.

mod compare;
mod cut;
mod first;
mod lead;
mod meet;
mod scatter;
#[cfg(test)]
mod whole;

pub use compare::compare;
pub use cut::{Cut, Cutting, cut, narrow, plan, text_hashes};
pub use first::{checksum, first_rows};
pub use lead::{Similarities, lead, surely_removed};
pub use meet::{Met, Rows, meet, met_enough};
pub use scatter::{Counts, Scattered, scatter};
