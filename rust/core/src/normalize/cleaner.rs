//! One row: find out whether anything has to be done, and do it in the one order that is idempotent.
//!
//! The steps and their order are in the page of [`normalize`](super). The quick look is exact for ASCII but for
//! carriage returns, where a step may turn out to change nothing; such a row counts as clean.

use std::borrow::Cow;

use fastcurate_simd::spacing::{Findings, scan};

use super::classes::{Classes, REPLACED};
use super::options::{Becomes, Form, Options};
use super::walk::{Walked, settle, walk};
use super::whitespace::collapse;

/// Options, made ready for rows.
pub struct Cleaner {
    form: Option<Form>,
    collapse: bool,
    classes: Classes,
    ranges: Vec<(u32, u32, Becomes)>,
    /// What makes a row worth a closer look.
    suspicious: Findings,
    /// What of it may have to be replaced.
    replaced: Findings,
    /// Replacing before the compatibility decomposition would miss what that brings to light.
    decompose_first: bool,
}

impl Cleaner {
    /// Makes `options` ready.
    pub fn new(options: &Options) -> Self {
        let ranges: Vec<_> = options.ranges().collect();
        let holds = |code: u32| {
            ranges
                .iter()
                .any(|(first, last, _)| (*first..=*last).contains(&code))
        };
        let when = |condition: bool, found: Findings| if condition { found } else { Findings::NOTHING };
        let replaced = when(holds(0), Findings::CONTROL).and(when(holds(0x0d), Findings::RETURN));
        let beyond_ascii = ranges.iter().any(|(_, last, _)| *last > 0x7f);
        let compatible = matches!(options.form, Some(Form::Nfkc | Form::Nfkd));
        Self {
            form: options.form,
            collapse: options.collapse,
            classes: Classes::of(options),
            suspicious: replaced
                .and(when(options.form.is_some() || beyond_ascii, Findings::NON_ASCII))
                .and(when(options.collapse, Findings::SPACING.and(Findings::RETURN))),
            replaced,
            decompose_first: compatible && ranges.iter().any(|(first, ..)| *first > 0x9f),
            ranges,
        }
    }

    /// The normalised text where it is not `text` itself.
    pub fn clean(&self, text: &str) -> Option<String> {
        if self.suspicious == Findings::NOTHING {
            return None;
        }
        let found = scan(text.as_bytes());
        if !found.any(self.suspicious) {
            return None;
        }
        let mut now = Cow::Borrowed(text);
        let mut replace = found.any(self.replaced);
        if found.any(Findings::NON_ASCII) && self.suspicious.any(Findings::NON_ASCII) {
            match walk(text, self.form, &self.classes) {
                Walked::Clean => {}
                Walked::Changed(_) | Walked::Replace if self.decompose_first => {
                    now = Cow::Owned(settle(text, Some(Form::Nfkd)).into_owned());
                    replace = true;
                }
                Walked::Changed(settled) => now = Cow::Owned(settled),
                Walked::Replace => replace = true,
            }
        }
        if replace {
            let replaced = self.replace(&now);
            now = Cow::Owned(match walk(&replaced, self.form, &self.classes) {
                Walked::Changed(settled) => settled,
                _ => replaced,
            });
        }
        if self.collapse {
            let found = if matches!(now, Cow::Owned(_)) {
                scan(now.as_bytes())
            } else {
                found
            };
            if found.any(Findings::SPACING.and(Findings::RETURN)) {
                now = Cow::Owned(collapse(&now));
            }
        }
        match now {
            Cow::Owned(now) if now != text => Some(now),
            _ => None,
        }
    }

    /// `text` with every character replaced that an option names.
    fn replace(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut copied = 0;
        let mut after_return = false;
        for (at, c) in text.char_indices() {
            let line_feed = c == '\n' && after_return;
            if self.classes.class(u32::from(c)) != REPLACED && !line_feed {
                after_return = false;
                continue;
            }
            out.push_str(&text[copied..at]);
            copied = at + c.len_utf8();
            if line_feed {
                after_return = false;
                continue;
            }
            match self.becomes(u32::from(c)) {
                Becomes::Nothing => continue,
                Becomes::Text(text) => out.push_str(text),
                Becomes::Lower(by) => out.extend(char::from_u32(u32::from(c) - by)),
                Becomes::LineFeed => {
                    out.push('\n');
                    after_return = true;
                    continue;
                }
            }
            after_return = false;
        }
        out.push_str(&text[copied..]);
        out
    }

    fn becomes(&self, code: u32) -> Becomes {
        let range = self
            .ranges
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&code));
        range.map_or(Becomes::Nothing, |(.., becomes)| *becomes)
    }
}
