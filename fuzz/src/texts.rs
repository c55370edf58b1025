//! The kernels of text, and the readers of files: what holds for every text whatever it is.

use std::sync::{Arc, LazyLock};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, StringArray};
use fastcurate_core::fingerprint::fingerprint_of;
use fastcurate_core::minhash::MinHash;
use fastcurate_core::normalize::{Cleaner, Options as Cleaning};
use fastcurate_core::parallel::Workers;
use fastcurate_core::quality::{SIGNALS, Wanted};
use fastcurate_core::redact::{KINDS, Redactor};
use fastcurate_core::shingle::Shingle;
use fastcurate_core::similar::{Engine, Measure, Options, Seen, Similar};
use fastcurate_core::text::{Text, TextColumn};
use fastcurate_core::tokens::TokenCounter;
use fastcurate_core::wordlist::WordList;
use fastcurate_core::{
    jsonl as lines, redact as redaction, simhash as simhashes, similarity as similarities,
};

/// The rows of an input; one that begins with a NUL is null.
fn rows_of(data: &[u8]) -> ArrayRef {
    let rows = data.split(|byte| *byte == 0xFF).map(String::from_utf8_lossy);
    array(rows.map(|row| (!row.starts_with('\0')).then_some(row)))
}

fn array<T: AsRef<str>>(rows: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(rows.collect::<StringArray>())
}

fn column(data: &[u8]) -> TextColumn {
    good(TextColumn::new(&[rows_of(data)]))
}

fn column_of<'a>(rows: impl Iterator<Item = Option<&'a str>>) -> TextColumn {
    good(TextColumn::new(&[array(rows)]))
}

fn good<T>(outcome: fastcurate_core::Result<T>) -> T {
    outcome.unwrap_or_else(|error| panic!("{error}"))
}

/// A shingle of one of the kinds, by a number.
fn shingle(data: &[u8]) -> Shingle {
    let kinds = ["word:3", "word:1", "char:5", "char:1", "word:13"];
    good(Shingle::parse(kinds[data.len() % kinds.len()]))
}

/// Equal texts and no others have equal fingerprints.
pub(crate) fn fingerprint(data: &[u8]) {
    let text = column(data);
    let texts: Vec<&str> = text.iter(0..text.len()).flatten().collect();
    for pair in texts.windows(2) {
        assert_eq!(
            pair[0] == pair[1],
            fingerprint_of(pair[0]) == fingerprint_of(pair[1])
        );
    }
}

/// A row's signature does not depend on the rows around it.
pub(crate) fn minhash(data: &[u8]) {
    let text = column(data);
    for (num_perm, algorithm) in [(16, "multiply"), (13, "fss")] {
        let minhash = good(MinHash::new(
            num_perm,
            shingle(data),
            data.len() as u64,
            algorithm,
        ));
        let all = good(minhash.signatures(&text, &Workers::inline()));
        for row in 0..text.len() {
            let alone = column_of(std::iter::once(text.get(row)));
            let alone = good(minhash.signatures(&alone, &Workers::inline()));
            assert_eq!(alone.is_null(0), all.is_null(row));
            assert!(alone.is_null(0) || *alone.value(0) == *all.value(row));
        }
    }
}

pub(crate) fn simhash(data: &[u8]) {
    let text = column(data);
    let all = good(simhashes::simhash(&text, shingle(data), &Workers::inline()));
    assert_eq!(
        all.null_count(),
        (0..text.len()).filter(|row| text.get(*row).is_none()).count()
    );
}

/// From 0 to 1, the same both ways, and 1 with itself.
pub(crate) fn similarity(data: &[u8]) {
    let text = column(data);
    let back = column_of((0..text.len()).rev().map(|row| text.get(row)));
    let workers = Workers::inline();
    let there = good(similarities::similarity(&text, &back, shingle(data), &workers));
    let again = good(similarities::similarity(&back, &text, shingle(data), &workers));
    let same = good(similarities::similarity(&text, &text, shingle(data), &workers));
    assert_eq!(there, again);
    assert!(there.iter().flatten().all(|value| (0.0..=1.0).contains(&value)));
    assert!(
        same.iter()
            .flatten()
            .all(|value| value.to_bits() == 1.0_f64.to_bits())
    );
}

/// Text comes out, and the default cleaning of clean text changes nothing.
pub(crate) fn normalize(data: &[u8]) {
    let mut every = Cleaning::KEEP;
    let default = [
        ("form", "NFC"),
        ("whitespace", "collapse"),
        ("controls", "remove"),
    ];
    for (name, value) in default {
        good(every.set(name, value));
    }
    let cleaner = Cleaner::new(&every);
    let clean = |chunks: &[ArrayRef]| {
        good(fastcurate_core::normalize::normalize(
            chunks,
            &cleaner,
            &Workers::inline(),
        ))
    };
    let once = clean(&[rows_of(data)]);
    let twice = clean(once.chunks());
    assert_eq!(once.chunks().len(), 1);
    let bytes = once.chunks()[0].as_binary::<i32>();
    assert_eq!(bytes, twice.chunks()[0].as_binary::<i32>());
    assert!(bytes.iter().flatten().all(|row| std::str::from_utf8(row).is_ok()));
    let mut repaired = String::new();
    for text in column(data).iter(0..bytes.len()).flatten() {
        repaired.clear();
        fastcurate_core::mojibake::repair(text, &mut Vec::new(), &mut repaired);
    }
}

/// No signal is infinite or nothing at all.
pub(crate) fn quality(data: &[u8]) {
    let names: Vec<String> = SIGNALS.iter().map(|(_, name, _, _)| (*name).to_owned()).collect();
    let text = column(data);
    let found = good(fastcurate_core::quality::quality(
        &text,
        &good(Wanted::new(&names)),
        &Workers::inline(),
    ));
    for values in found.columns() {
        if let Some(values) = values.as_primitive_opt::<Float64Type>() {
            assert!(values.iter().flatten().all(f64::is_finite));
        }
    }
}

/// Finds stand in order, one behind the other, inside their rows.
pub(crate) fn redact(data: &[u8]) {
    let kinds: Vec<String> = KINDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let redactor = good(Redactor::new(
        &kinds,
        None,
        (data.len().is_multiple_of(2)).then_some(7),
    ));
    let text = column(data);
    let found = good(redaction::redact(&[rows_of(data)], &redactor, &Workers::inline()));
    let mut before = (-1, 0);
    for ((row, start), end) in found.rows.iter().zip(&found.starts).zip(&found.ends) {
        let characters = text.get(*row as usize).map_or(0, |text| text.chars().count());
        assert!(*start < *end && *end as usize <= characters);
        assert!(*row > before.0 || *start >= before.1);
        before = (*row, *end);
    }
}

/// The first row is a word, the others texts.
pub(crate) fn wordlist(data: &[u8]) {
    let text = column(data);
    let words: Vec<String> = text.get(0).into_iter().map(str::to_owned).collect();
    if let Ok(list) = WordList::new(&words, &["[0-9]+".to_owned()]) {
        let found = good(fastcurate_core::wordlist::find_words(
            &text,
            &list,
            &Workers::inline(),
        ));
        assert_eq!(Array::len(&found), Text::len(&text));
    }
}

/// As many tokens as ends of tokens, and the last of them ends the text.
pub(crate) fn tokens(data: &[u8]) {
    static COUNTERS: LazyLock<Vec<(&str, TokenCounter)>> = LazyLock::new(|| {
        let names = ["gpt2", "cl100k_base", "o200k_base", "words", "chars", "bytes"];
        names.map(|name| (name, good(TokenCounter::named(name)))).into()
    });
    let text = column(data);
    for (name, counter) in &*COUNTERS {
        for text in text.iter(0..text.len()).flatten() {
            let (count, ends) = (good(counter.count(text, false)), good(counter.ends(text)));
            assert_eq!(count, ends.len(), "{name}");
            assert!(ends.is_sorted(), "{name}");
            assert!(
                *name == "words" || ends.last().copied().unwrap_or_default() == text.len(),
                "{name}"
            );
        }
    }
}

/// A file that may be a tokenizer's.
pub(crate) fn tokenizer(data: &[u8]) {
    let loaded = [
        TokenCounter::from_tiktoken(data, Some("gpt2")),
        TokenCounter::from_json(&String::from_utf8_lossy(data)),
    ];
    for counter in loaded.into_iter().flatten() {
        let _ = counter.count("Hello world, 12345", true);
    }
}

/// A file that may be JSONL: what is read can be written, and is read again.
pub(crate) fn jsonl(data: &[u8]) {
    let workers = Workers::inline();
    if let Ok(rows) = lines::read(&[data], &workers) {
        for batch in &rows.batches {
            let written: Vec<u8> = good(lines::write(batch, &workers)).concat();
            let again = good(lines::read(&[&written], &workers));
            let count: usize = again.batches.iter().map(Array::len).sum();
            assert_eq!(count, batch.len());
        }
    }
}

/// Read piece by piece a file has the rows, the columns and the broken lines of the whole; it is cut at the first byte of
/// the input, in percent.
pub(crate) fn jsonl_pieces(data: &[u8]) {
    let Some((cut, file)) = data.split_first() else {
        return;
    };
    let workers = Workers::inline();
    let near = file.len() * usize::from(*cut) / 256;
    let end = file[near..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(file.len(), |at| near + at + 1);
    let pieces = [(&file[..end], true), (&file[end..], false)];
    let mut survey = lines::Survey::default();
    for (piece, first) in pieces {
        good(survey.look(piece, first, &workers));
    }
    let whole = lines::read(&[file], &workers);
    let columns = survey.columns();
    let (Ok(whole), Ok(columns)) = (&whole, &columns) else {
        assert_eq!(whole.is_ok(), columns.is_ok());
        return;
    };
    let parts = pieces.map(|(piece, first)| good(lines::read_piece(piece, first, columns, &workers)));
    let rows = |read: &lines::Rows| read.batches.iter().map(Array::len).sum::<usize>();
    assert_eq!(rows(whole), parts.iter().map(rows).sum::<usize>());
    let written = |read: &lines::Rows| -> Vec<u8> {
        let blocks = read
            .batches
            .iter()
            .flat_map(|batch| good(lines::write(batch, &workers)));
        blocks.flatten().collect()
    };
    assert_eq!(
        written(whole),
        parts.iter().flat_map(written).collect::<Vec<u8>>()
    );
}

/// What is similar to a row that was seen is among the candidates.
pub(crate) fn seen(data: &[u8]) {
    let text = column(data);
    let (shingle, threshold) = (shingle(data), [0.8, 0.5, 1.0][data.len() % 3]);
    let all: Vec<Arc<dyn Text>> = vec![Arc::new(text.clone())];
    let workers = Workers::inline();
    let table = good(Seen::new(&all, shingle, threshold, Measure::Jaccard, &workers));
    for row in (0..text.len()).filter(|row| text.get(*row).is_some()) {
        let repeated = column_of(std::iter::repeat_n(text.get(row), text.len()));
        let one: Arc<dyn Text> = Arc::new(column_of(std::iter::once(text.get(row))));
        let found = good(table.candidates(&[one], &workers));
        let exact = good(similarities::similarity(&text, &repeated, shingle, &workers));
        for (other, value) in exact.iter().enumerate() {
            assert!(
                value.unwrap_or(0.0) < threshold || found.contains(&(other as u32)),
                "{row} {other}"
            );
        }
    }
}

/// Every row is kept, or as similar as asked to a kept row.
pub(crate) fn similar(data: &[u8]) {
    let text = column(data);
    let order: Vec<u32> = (0..text.len() as u32).collect();
    let threshold = [0.8, 0.5, 1.0][data.len() % 3];
    let options = Options {
        measure: Measure::Jaccard,
        idf: false,
        shingle: shingle(data),
        threshold,
        distinct_numbers: data.len().is_multiple_of(2),
        engine: [Engine::Join, Engine::Lsh][data.len() / 2 % 2],
        recall: 0.999,
    };
    let texts: Vec<Arc<dyn Text>> = vec![Arc::new(text)];
    let workers = Workers::inline();
    let verdicts =
        good(good(Similar::new(&texts, &order, None, options, &workers)).leader(threshold, &workers));
    for (row, stands) in verdicts.representative.iter().enumerate() {
        let kept = verdicts.kept[row];
        assert_eq!(kept, *stands as usize == row);
        assert!(kept || (verdicts.kept[*stands as usize] && verdicts.similarity[row] >= threshold));
    }
}
