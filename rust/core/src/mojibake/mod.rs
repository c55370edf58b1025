//! mojibake
mod encoding;
mod entities;

pub use entities::decode_entities;

/// stub
pub fn suspicious(_text: &str) -> bool {
    false
}
/// stub
pub fn repair(_text: &str, _out: &mut String) -> bool {
    false
}
