//! Runs of units: found in every encoding at once, weighed one by one, judged by the company of their text.

use std::ops::Range;

use fastcurate_simd::pairs::BLOCK;

use super::encoding::{COUNT, ENCODINGS, REVERSE};
use super::kinds::{Beside, Likely, Script, beside, likely, odd};

/// Units side by side in one encoding.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) bytes: Range<usize>,
    pub(super) becomes: String,
    /// Characters that it explains, and odd pairs among them.
    weight: usize,
    /// Controls that the encoding itself would not have made.
    foreign: usize,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Repaired for its own sake.
    Repair,
    /// Repaired in company.
    Perhaps,
    /// Stays.
    Keep,
}

impl Run {
    /// How much it explains.
    pub(super) fn score(&self) -> usize {
        (4 * self.weight).saturating_sub(self.foreign)
    }
}

/// All runs of a text.
pub(super) struct Runs {
    found: [Vec<Run>; COUNT],
    /// For each encoding, characters outside of runs that a text in another encoding would not have: those that
    /// begin units.
    outside: [usize; COUNT],
}

impl Runs {
    /// All runs in these encodings; with `places`, which has a bit for each byte, those in the clusters of characters that are not
    /// ASCII with one of these bits.
    pub(super) fn of(text: &str, encodings: u16, places: Option<&[u64]>) -> Self {
        let numbers: Vec<usize> = (0..COUNT).filter(|number| encodings >> number & 1 == 1).collect();
        let mut runs = Self {
            found: std::array::from_fn(|_| Vec::new()),
            outside: [0; COUNT],
        };
        let bytes = text.as_bytes();
        let mut cluster = Vec::new();
        let mut from = 0;
        while let Some(start) = next_cluster(bytes, from, places) {
            let before = start
                .checked_sub(1)
                .map_or(' ', |before| char::from(bytes[before]));
            cluster.clear();
            let foreign = text[start..].char_indices().take_while(|(_, c)| !c.is_ascii());
            cluster.extend(foreign.map(|(at, c)| (start + at, c)));
            let Some(&(last_at, last)) = cluster.last() else {
                break;
            };
            let end = last_at + last.len_utf8();
            let after = bytes.get(end).map_or(' ', |after| char::from(*after));
            // The no-break space of "Ã\u{a0}" is often a plain one by now.
            let space = last == 'Ã' && bytes.get(end) == Some(&b' ');
            if space {
                cluster.push((end, ' '));
            }
            for &number in &numbers {
                runs.in_cluster(number, &cluster, end + usize::from(space), before, after);
            }
            if space && bytes.get(end + 1).is_some_and(|next| *next != b' ') {
                keep_space(&mut runs.found, end + 1);
            }
            from = end;
        }
        runs
    }

    /// Whether any run is repaired for its own sake.
    pub(super) fn any(&self) -> bool {
        let mut runs = self.found.iter().flatten();
        runs.any(|run| run.verdict == Verdict::Repair)
    }

    fn in_cluster(
        &mut self,
        number: usize,
        cluster: &[(usize, char)],
        end: usize,
        before: char,
        after: char,
    ) {
        let start_of = |position: usize| cluster.get(position).map_or(end, |(at, _)| *at);
        let mut at = 0;
        while at < cluster.len() {
            let first = at;
            let mut becomes = String::new();
            let mut units = 0;
            while let Some((width, c)) = unit(&cluster[at..], number) {
                becomes.push(c);
                units += 1;
                at += width;
            }
            if units == 0 {
                let byte = REVERSE.bytes(cluster[at].1)[number];
                self.outside[number] += usize::from((0xc2..=0xf4).contains(&byte));
                at += 1;
                continue;
            }
            let before = if first == 0 { before } else { cluster[first - 1].1 };
            let after = cluster.get(at).map_or(after, |(_, c)| *c);
            let source: Vec<char> = cluster[first..at].iter().map(|(_, c)| *c).collect();
            let spaced = source.ends_with(&[' ']);
            let odd = oddness(&source, before, after);
            let verdict = match judge(&becomes, units, odd, number) {
                // "the letter Ã is": a space is not enough of a sign.
                Verdict::Repair if spaced && units == 1 => Verdict::Perhaps,
                // "25/√π" and "─┤Title" are right; inside a word they cannot be.
                Verdict::Repair if drawn(&source) && !(before.is_alphabetic() && after.is_alphabetic()) => {
                    Verdict::Perhaps
                }
                verdict => verdict,
            };
            self.found[number].push(Run {
                bytes: start_of(first)..start_of(at),
                becomes,
                weight: 2 * source.len() + odd,
                foreign: foreign(&source, number),
                verdict,
            });
        }
    }

    /// The runs to repair in one encoding.
    pub(super) fn accepted(&self, number: usize) -> Vec<Run> {
        let runs = &self.found[number];
        if !runs.iter().any(|run| run.verdict == Verdict::Repair) {
            return Vec::new();
        }
        let alone = self.outside[number] == 0;
        let taken = |run: &&Run| run.verdict == Verdict::Repair || (alone && run.verdict == Verdict::Perhaps);
        runs.iter().filter(taken).cloned().collect()
    }
}

/// Where the next cluster of characters that are not ASCII begins at or behind `from`, in front of which there is none; with
/// `places`, the next with one of these bits.
fn next_cluster(bytes: &[u8], from: usize, places: Option<&[u64]>) -> Option<usize> {
    let Some(places) = places else {
        return Some(from + bytes[from..].iter().position(|byte| !byte.is_ascii())?);
    };
    let first = from / BLOCK;
    let left = |block: usize| {
        places[block]
            & if block == first {
                u64::MAX << (from % BLOCK)
            } else {
                u64::MAX
            }
    };
    let block = (first..places.len()).find(|block| left(*block) != 0)?;
    let at = block * BLOCK + left(block).trailing_zeros() as usize;
    let inside = bytes[from..at].iter().rev().take_while(|byte| !byte.is_ascii());
    Some(at - inside.count())
}

/// A space that stands for the second byte of "à" and for the end of the word at once is written again.
fn keep_space(found: &mut [Vec<Run>; COUNT], end: usize) {
    for run in found.iter_mut().filter_map(|runs| runs.last_mut()) {
        if run.bytes.end == end && run.becomes.ends_with('à') {
            run.becomes.push(' ');
        }
    }
}

/// The unit that `chars` begin with: how many characters it has, and the one it becomes.
fn unit(chars: &[(usize, char)], number: usize) -> Option<(usize, char)> {
    let byte = |position: usize| {
        chars.get(position).map_or(0, |(_, c)| match c {
            ' ' => 0xa0,
            c => REVERSE.bytes(*c)[number],
        })
    };
    let width = match byte(0) {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let bytes: [u8; 4] = std::array::from_fn(byte);
    let decoded = std::str::from_utf8(&bytes[..width]).ok()?;
    Some((width, decoded.chars().next()?))
}

/// How many pairs of neighbours are odd, from the character before to the one after.
fn oddness(source: &[char], before: char, after: char) -> usize {
    let kinds: Vec<Beside> = std::iter::once(before)
        .chain(source.iter().copied())
        .chain(std::iter::once(after))
        .map(beside)
        .collect();
    let pairs = kinds.windows(2).filter(|pair| odd(pair[0], pair[1])).count();
    // Degrees and footnotes stand before capitals: "25 Â°C".
    let scale = kinds[kinds.len() - 2] == Beside::AfterWord && after.is_ascii_uppercase();
    // Neither is a word of its own.
    let alone = matches!(source, ['Â' | 'Ã', ..]) && !before.is_alphabetic();
    // A quotation mark follows a word or begins one.
    let letter = |kind: Beside| matches!(kind, Beside::Lower(_) | Beside::Upper(_));
    let quoted = |at: usize| matches!(source.get(at - 1), Some('«' | '»' | '“' | '”' | '‹' | '›' | '‘'));
    let inside = (1..kinds.len() - 1)
        .filter(|at| quoted(*at) && letter(kinds[*at - 1]) && letter(kinds[*at + 1]))
        .count();
    pairs + inside + usize::from(alone) - usize::from(scale)
}

/// Whether all of it is lines and blocks to draw with, or all of it mathematics.
fn drawn(source: &[char]) -> bool {
    let all = |kind: fn(Beside) -> bool| source.iter().all(|c| kind(beside(*c)));
    all(|kind| kind == Beside::Drawing)
        || all(|kind| {
            matches!(
                kind,
                Beside::Math | Beside::Lower(Script::Greek) | Beside::Upper(Script::Greek)
            )
        })
}

/// Controls among the characters where the encoding has something else for their byte.
fn foreign(source: &[char], number: usize) -> usize {
    let encoding = &ENCODINGS[number];
    let control = |c: &&char| ('\u{80}'..='\u{9f}').contains(*c);
    source
        .iter()
        .filter(control)
        .filter(|c| encoding.decode(**c as u8) != **c)
        .count()
}

fn judge(becomes: &str, units: usize, odd: usize, number: usize) -> Verdict {
    let mut company = [0_usize; 256];
    let mut single = 0;
    let mut quotes = 0;
    for c in becomes.chars() {
        match likely(c) {
            // What was spoilt twice becomes what it was after the first time.
            Likely::Rare if REVERSE.bytes(c)[number] != 0 => single += 1,
            Likely::Rare => return Verdict::Keep,
            Likely::Latin | Likely::Picture => single += 1,
            Likely::Punctuation => (single, quotes) = (single + 1, quotes + 1),
            Likely::Script(number) => company[usize::from(number)] += 1,
            Likely::Neutral => {}
        }
    }
    let most = company.iter().max().copied().unwrap_or(0);
    let letters = company.iter().sum::<usize>();
    let wide = becomes.chars().filter(|c| c.len_utf8() > 2).count();
    let alone = single > 0 && (odd > 0 || quotes == units) && odd * 3 >= single && !(letters == 1 && odd < 2);
    let together = most >= 2 && odd >= 2 && odd * 2 >= most;
    // So many in a row are no accident, odd or not.
    let many = wide >= 3 && wide == units || most >= 4 && odd >= 1;
    if alone || together || many {
        Verdict::Repair
    } else {
        Verdict::Perhaps
    }
}
