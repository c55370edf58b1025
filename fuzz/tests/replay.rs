//! The saved corpus and small changes of it, through every target, on stable: what the fuzzer once found stays found.

use std::fs;
use std::path::{Path, PathBuf};

use fastcurate_fuzz::TARGETS;

/// Changes of each saved input, beside the input itself.
const CHANGES: u64 = 40;

fn corpus(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A change that depends on the number alone: bytes turned, doubled, left out, or exchanged for telling ones.
fn changed(input: &[u8], number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let mut out = input.to_vec();
    for _ in 0..=draw(4) {
        let (from, to) = (draw(out.len() + 1), draw(out.len() + 1));
        let (from, to) = (from.min(to), from.max(to));
        match draw(5) {
            0 => out.insert(from, [0, 1, 0x7F, 0x80, 0xFE, 0xFF, b'\n', b'"'][draw(8)]),
            1 => drop(out.drain(from..to)),
            2 => {
                let again = out[from..to].to_vec();
                out.splice(from..from, again);
            }
            3 if from < out.len() => out[from] ^= 1 << draw(8),
            _ => out.truncate(to),
        }
    }
    out
}

#[test]
fn every_target_takes_its_corpus_and_changes_of_it() {
    for (name, run) in TARGETS {
        let files = corpus(name);
        assert!(!files.is_empty(), "fuzz/corpus/{name} is empty");
        for file in files {
            let input = fs::read(&file).unwrap();
            run(&input);
            for number in 0..CHANGES {
                let input = changed(&input, number);
                let outcome = std::panic::catch_unwind(|| run(&input));
                assert!(outcome.is_ok(), "{name}: change {number} of {}", file.display());
            }
        }
    }
}

#[test]
fn the_folders_are_those_of_the_targets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, targets);
}
