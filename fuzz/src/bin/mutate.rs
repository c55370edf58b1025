//! `mutate [EXECUTIONS] [SEED] [TARGET ...]`: the saved corpus, changed at random, through every target.
//!
//! Each target runs in a process of its own, so that a crash of one is counted and the others go on. An input depends
//! on the seed and its number alone. What fails is written to `fuzz/found/`, from where it goes into the corpus.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{env, fs};

use fastcurate_fuzz::TARGETS;
use fastcurate_fuzz::changes::{changed, corpus};

/// Says to a process that it is to run the target that follows.
const ALONE: &str = "--alone";

/// Failures of one target after which it is left.
const MOST: usize = 10;

fn main() -> ExitCode {
    let given: Vec<String> = env::args().skip(1).collect();
    if let [alone, executions, seed, target] = &given[..]
        && alone == ALONE
    {
        return run(target, number(executions), number(seed));
    }
    let executions = given.first().map_or(100_000, |text| number(text));
    let seed = given.get(1).map_or(1, |text| number(text));
    let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    let wanted: Vec<&str> = given.iter().skip(2).map(String::as_str).collect();
    let Ok(program) = env::current_exe() else {
        return ExitCode::FAILURE;
    };
    let mut failed = Vec::new();
    for target in if wanted.is_empty() { known } else { wanted } {
        let numbers = [executions.to_string(), seed.to_string()];
        let status = Command::new(&program)
            .arg(ALONE)
            .args(&numbers)
            .arg(target)
            .status();
        if !status.is_ok_and(|status| status.success()) {
            failed.push(target);
        }
    }
    println!(
        "{}",
        if failed.is_empty() {
            "nothing fell over".to_owned()
        } else {
            format!("failed: {failed:?}")
        }
    );
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn number(text: &str) -> u64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is no number: mutate [EXECUTIONS] [SEED] [TARGET ...]"))
}

fn run(target: &str, executions: u64, seed: u64) -> ExitCode {
    let Some((_, call)) = TARGETS.iter().find(|(name, _)| *name == target) else {
        println!("there is no target {target}");
        return ExitCode::FAILURE;
    };
    let inputs = corpus(target);
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("found");
    let (start, mut bytes, mut failures) = (Instant::now(), 0, 0);
    for execution in 0..executions {
        let input = changed(&inputs, seed << 40 | execution);
        bytes += input.len();
        if catch_unwind(AssertUnwindSafe(|| call(&input))).is_err() {
            failures += 1;
            let path = found.join(format!("{target}-{seed}-{execution}"));
            let written = fs::create_dir_all(&found).and_then(|()| fs::write(&path, &input));
            println!("{target}: {} {written:?}", path.display());
            if failures == MOST {
                break;
            }
        }
        if execution % 10_000 == 0 {
            print!("\r{target}: {execution} "); // where it was, if it ends here
            let _ = std::io::stdout().flush();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("\r{target}: {executions} executions, {bytes} bytes, {seconds:.0} s, {failures} failures");
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
