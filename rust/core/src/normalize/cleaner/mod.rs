//! One row: find out whether anything has to be done, and do it in the one order that is idempotent.
//!
//! The steps and their order are in the page of [`normalize`](super). The quick look is exact for ASCII but for
//! carriage returns, where a step may turn out to change nothing; such a row counts as clean.

mod steps;

use fastcurate_simd::spacing::{Findings, Limit, look, loose};

use super::classes::Classes;
use super::fences;
use super::options::{Becomes, Code, Form, Options, Spacing};
use super::walk::{Walked, walk};
use super::whitespace::collapse_seen;
use crate::mojibake;

/// Options, made ready for rows.
pub struct Cleaner {
    options: Options,
    spacing: Spacing,
    classes: Classes,
    ranges: Vec<(u32, u32, Becomes)>,
    /// What makes a row worth a closer look.
    suspicious: Findings,
    /// What of it may have to be replaced.
    replaced: Findings,
    /// Replacing before the compatibility decomposition would miss what that brings to light.
    decompose_first: bool,
    /// One pass may bring to light what the next one has to do.
    again: bool,
}

/// Memory that one row after the other is worked on in.
#[derive(Default)]
pub struct Scratch {
    draft: Draft,
    /// The row so far.
    row: String,
    /// The text with the line ends that were asked for.
    lines: String,
    /// Where the spacing is loose.
    loose: Vec<u64>,
    /// Where characters may not be plain.
    doubts: Vec<u64>,
    found: Vec<Findings>,
}

/// A text between two steps.
#[derive(Default)]
struct Draft {
    now: String,
    next: String,
    /// Whether `now` has begun; before, the text is what came in.
    changed: bool,
}

impl Draft {
    fn begin(&mut self) {
        self.changed = false;
    }

    fn text<'a>(&'a self, came: &'a str) -> &'a str {
        if self.changed { &self.now } else { came }
    }

    /// `work` writes a new text to the second argument, which is empty, and says whether it did.
    fn step(&mut self, came: &str, work: impl FnOnce(&str, &mut String) -> bool) -> bool {
        self.next.clear();
        let text = if self.changed { self.now.as_str() } else { came };
        let done = work(text, &mut self.next);
        if done {
            std::mem::swap(&mut self.now, &mut self.next);
            self.changed = true;
        }
        done
    }
}

/// What the short way made of a text.
enum Short {
    /// It stays as it is.
    Clean,
    /// It has been written behind the row so far.
    Changed,
    /// It needs the long way.
    No,
}

impl Cleaner {
    /// What it was made of.
    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Makes `options` ready.
    pub fn new(options: &Options) -> Self {
        let ranges: Vec<_> = options.ranges().collect();
        let holds = |code: u32| {
            ranges
                .iter()
                .any(|(first, last, _)| (*first..=*last).contains(&code))
        };
        let spacing = options.spacing();
        let replaced =
            Findings::when(holds(0), Findings::CONTROL).and(Findings::when(holds(0x0d), Findings::RETURN));
        let beyond_ascii = ranges.iter().any(|(_, last, _)| *last > 0x7f);
        let compatible = matches!(options.form, Some(Form::Nfkc | Form::Nfkd));
        let other = options.form.is_some() || beyond_ascii || options.mojibake;
        Self {
            options: *options,
            spacing,
            classes: Classes::of(options),
            suspicious: replaced
                .and(Findings::when(other, Findings::NON_ASCII))
                .and(Findings::when(
                    spacing.any(),
                    Findings::SPACING.and(Findings::RETURN),
                )),
            replaced,
            decompose_first: compatible && ranges.iter().any(|(first, ..)| *first > 0x9f),
            again: options.mojibake || options.entities || options.case || options.accents,
            ranges,
        }
    }

    /// How the quick look has to be taken.
    pub(super) fn limit(&self) -> Limit {
        self.spacing.limit()
    }

    /// Whether any of this makes a row worth a closer look.
    #[inline]
    pub(super) fn suspects(&self, found: Findings) -> bool {
        found.any(self.suspicious)
    }

    /// Whether a row in which so much was found can be passed over.
    #[inline]
    pub(super) fn passes(&self, text: &[u8], found: Findings) -> bool {
        !found.any(self.suspicious) && !self.looks_closer(text)
    }

    /// What the quick look does not see.
    #[inline]
    fn looks_closer(&self, text: &[u8]) -> bool {
        let options = &self.options;
        let edges = || {
            let blank = |byte: Option<&u8>| byte.is_some_and(|byte| b" \t\r\n".contains(byte));
            blank(text.first()) || blank(text.last())
        };
        options.case
            || options.accents
            || options.repeated
            || (options.trim && edges())
            || (options.entities && memchr::memchr(b'&', text).is_some())
    }

    /// The normalised text where it is not `text` itself.
    pub fn clean<'s>(&self, text: &str, scratch: &'s mut Scratch) -> Option<&'s str> {
        self.clean_seen(text, Findings::ALL, scratch)
    }

    /// [`Self::clean`] where the fast look has been taken over more than this text, and has found this at most.
    pub(super) fn clean_seen<'s>(
        &self,
        text: &str,
        found: Findings,
        scratch: &'s mut Scratch,
    ) -> Option<&'s str> {
        if self.options.code == Code::All {
            return None;
        }
        scratch.row.clear();
        let found = if self.suspects(found.without(Findings::NON_ASCII)) {
            self.seen(text, &mut scratch.loose)
        } else {
            found
        };
        match self.short(text, found, false, scratch) {
            Short::Clean => None,
            Short::Changed => Some(scratch.row.as_str()),
            Short::No => self.clean_long(text, scratch),
        }
    }

    /// [`Self::clean`] where the short way does not lead there.
    pub(super) fn clean_long<'s>(&self, text: &str, scratch: &'s mut Scratch) -> Option<&'s str> {
        if !self.pass(text, scratch) {
            return None;
        }
        if self.again {
            let mut before = std::mem::take(&mut scratch.row);
            // Every further repair makes the text shorter, and everything else comes to rest at once.
            while self.pass(&before, scratch) {
                std::mem::swap(&mut before, &mut scratch.row);
            }
            scratch.row = before;
        }
        (scratch.row != text).then_some(scratch.row.as_str())
    }

    /// Most texts: only line ends and spacing have to be changed, or the Unicode form, and no step sees what another one
    /// does. `cut` is a text out of which fenced blocks have been taken.
    fn short(&self, text: &str, mut found: Findings, cut: bool, scratch: &mut Scratch) -> Short {
        let Scratch {
            draft,
            row,
            lines,
            loose: bits,
            doubts,
            ..
        } = scratch;
        if self.passes(text.as_bytes(), found) {
            return Short::Clean;
        }
        let returns = found.any(self.replaced.without(Findings::CONTROL));
        if found.any(self.replaced.without(Findings::RETURN)) || self.looks_closer(text.as_bytes()) {
            return Short::No;
        }
        let mut now = text;
        if returns {
            line_feeds(text, lines);
            now = lines;
            found = self.seen(now, bits);
        }
        let mut walked = Walked::Clean;
        if found.any(Findings::NON_ASCII) && self.suspects(Findings::NON_ASCII) {
            draft.next.clear();
            walked = walk(now, self.options.form, &self.classes, doubts, &mut draft.next);
            let hard = self.decompose_first || self.options.trim;
            if walked == Walked::Replace || (walked == Walked::Changed && hard) {
                return Short::No;
            }
            draft.now.clear();
            if self.options.mojibake && mojibake::repair(text, doubts, &mut draft.now) {
                return Short::No;
            }
        }
        let spaced = found.any(self.suspicious.without(Findings::NON_ASCII));
        if walked == Walked::Clean && !spaced && !returns {
            return Short::Clean;
        }
        let changed = walked == Walked::Changed;
        if self.again || (!cut && self.options.code == Code::Fenced && fences::possible(now, false, changed))
        {
            return Short::No;
        }
        if changed {
            now = &draft.next;
            // A compatibility form may have brought blanks to light.
            found = self.seen(now, bits);
        }
        if !(self.spacing.any() && collapse_seen(now, self.spacing, found, bits, row)) {
            if !changed && !returns {
                return Short::Clean;
            }
            row.push_str(now);
        }
        Short::Changed
    }

    /// The fast look, which does not see a blank at the end of the text.
    fn seen(&self, text: &str, bits: &mut Vec<u64>) -> Findings {
        let ends_blank = matches!(text.as_bytes().last(), Some(b' ' | b'\t'));
        loose(text.as_bytes(), self.limit(), bits).and(Findings::when(ends_blank, Findings::SPACING))
    }

    /// All steps once over a row, fenced blocks left out; whether `scratch.row` is now another text.
    fn pass(&self, text: &str, scratch: &mut Scratch) -> bool {
        scratch.row.clear();
        let found = look(text.as_bytes(), self.limit(), &mut scratch.found);
        let odd = found.any(Findings::NON_ASCII.and(Findings::CONTROL));
        if self.options.code == Code::Fenced && fences::possible(text, odd, odd) {
            let mut at = 0;
            while let Some(block) = fences::next(text, at, |line| self.settled(line)) {
                self.stretch(text, at..block.start, scratch);
                scratch.row.push_str(&text[block.clone()]);
                at = block.end;
            }
            self.stretch(text, at..text.len(), scratch);
        } else {
            self.segment(text, 0..text.len(), scratch);
        }
        scratch.row != text
    }

    /// [`Self::segment`], by the short way if it leads there.
    fn stretch(&self, text: &str, range: std::ops::Range<usize>, scratch: &mut Scratch) {
        let found = self.seen(&text[range.clone()], &mut scratch.loose);
        match self.short(&text[range.clone()], found, true, scratch) {
            Short::Clean => scratch.row.push_str(&text[range]),
            Short::Changed => {}
            Short::No => self.segment(text, range, scratch),
        }
    }
}

/// `text` into `out` with CR LF and CR as LF.
fn line_feeds(text: &str, out: &mut String) {
    out.clear();
    out.reserve(text.len());
    let mut copied = 0;
    for at in memchr::memchr_iter(b'\r', text.as_bytes()) {
        out.push_str(&text[copied..at]);
        if text.as_bytes().get(at + 1) != Some(&b'\n') {
            out.push('\n');
        }
        copied = at + 1;
    }
    out.push_str(&text[copied..]);
}
