//! The saved corpus and changes of it through every target: what was once found stays found.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fastcurate_fuzz::TARGETS;
use fastcurate_fuzz::changes::{changed, corpus};

/// Changed inputs for each target, beside those that are saved.
const CHANGES: u64 = 400;

#[test]
fn every_target_takes_its_corpus_and_changes_of_it() {
    for (name, run) in TARGETS {
        let saved = corpus(name);
        assert!(!saved.is_empty(), "fuzz/corpus/{name} is empty");
        for (file, input) in &saved {
            let outcome = catch_unwind(AssertUnwindSafe(|| run(input)));
            assert!(outcome.is_ok(), "fuzz/corpus/{name}/{file}");
        }
        for number in 0..CHANGES {
            let outcome = catch_unwind(AssertUnwindSafe(|| run(&changed(&saved, number))));
            assert!(outcome.is_ok(), "{name}: change {number}");
        }
    }
}

#[test]
fn the_folders_are_those_of_the_targets() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let entries = fs::read_dir(folder).expect("the corpus");
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    let targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, targets);
}
