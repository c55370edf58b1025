//! Changes of saved inputs that depend on a number alone, so that what they found is found again.

use std::fs;
use std::path::Path;

/// Bytes at which readers of text and of JSON turn.
const TELLING: &[u8] = b"\x00\x01\x7F\x80\xC3\xE2\xF0\xFE\xFF\n\r\t \"\\{}[]:,0-.eE@<>`";

/// Names and contents of the saved inputs of a target, by name.
///
/// # Panics
/// The folder cannot be read.
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<(String, Vec<u8>)> = entries
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().into_string().ok()?,
                fs::read(entry.path()).ok()?,
            ))
        })
        .collect();
    files.sort();
    files
}

/// One of the inputs, changed: bytes turned, repeated, left out or exchanged, and parts of other inputs put in.
pub fn changed(inputs: &[(String, Vec<u8>)], number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 16) % below.max(1) as u64) as usize
    };
    let mut out = inputs[draw(inputs.len())].1.clone();
    for _ in 0..=draw(8) {
        let (one, two) = (draw(out.len() + 1), draw(out.len() + 1));
        let (from, to) = (one.min(two), one.max(two));
        match draw(8) {
            0 | 1 => out.insert(from, TELLING[draw(TELLING.len())]),
            2 => drop(out.drain(from..to.min(from + 16))),
            3 => {
                let again = out[from..to.min(from + 256)].to_vec();
                out.splice(from..from, again);
            }
            4 => {
                let other = &inputs[draw(inputs.len())].1;
                let (one, two) = (draw(other.len() + 1), draw(other.len() + 1));
                out.splice(from..from, other[one.min(two)..one.max(two)].iter().copied());
            }
            5 if from < out.len() => out[from] ^= 1 << draw(8),
            6 if from < out.len() => out[from] = TELLING[draw(TELLING.len())],
            _ if draw(8) == 0 => out.truncate(to),
            _ => {}
        }
    }
    out
}
