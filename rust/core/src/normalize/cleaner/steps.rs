//! The long way: every step over a stretch of text, one after the other.

use fastcurate_simd::spacing::{Findings, look};

use super::super::classes::REPLACED;
use super::super::options::{Becomes, Form};
use super::super::walk::{Walked, settle, walk};
use super::super::whitespace::collapse;
use super::super::{folding, punctuation};
use super::{Cleaner, Draft, Scratch};
use crate::mojibake;

impl Cleaner {
    /// All steps over a stretch of `text` that is no code.
    pub(super) fn segment(&self, text: &str, range: std::ops::Range<usize>, scratch: &mut Scratch) {
        let (at_start, at_end) = (range.start == 0, range.end == text.len());
        let came = &text[range];
        let Scratch {
            draft,
            row,
            loose,
            doubts,
            found,
            ..
        } = scratch;
        draft.begin();
        if self.options.entities {
            draft.step(came, mojibake::decode_entities);
        }
        if self.options.mojibake {
            draft.step(came, |text, out| mojibake::repair(text, doubts, out));
        }
        self.characters(came, draft, doubts, found);
        if self.options.repeated {
            draft.step(came, punctuation::limit);
        }
        if self.spacing.any() {
            draft.step(came, |text, out| collapse(text, self.spacing, loose, out));
        }
        let done = draft.text(came);
        row.push_str(if self.options.trim {
            trimmed(done, at_start, at_end)
        } else {
            done
        });
    }

    /// The steps that work on characters: replacing, folding, the Unicode form.
    fn characters(&self, came: &str, draft: &mut Draft, doubts: &mut Vec<u64>, found: &mut Vec<Findings>) {
        let form = self.options.form;
        let seen = look(draft.text(came).as_bytes(), self.limit(), found);
        let mut replace = seen.any(self.replaced);
        let mut settled = true;
        if seen.any(Findings::NON_ASCII) && self.suspicious.any(Findings::NON_ASCII) {
            let mut walked = Walked::Clean;
            draft.step(came, |text, out| {
                walked = walk(text, form, &self.classes, doubts, out);
                if self.decompose_first && walked != Walked::Clean {
                    out.clear();
                    out.push_str(&settle(text, Some(Form::Nfkd)));
                    walked = Walked::Replace;
                    return true;
                }
                walked == Walked::Changed
            });
            replace |= walked == Walked::Replace;
        }
        if replace {
            settled = false;
            draft.step(came, |text, out| {
                self.replace(text, out);
                true
            });
        }
        if self.options.accents {
            settled &= !draft.step(came, folding::accents);
        }
        if self.options.case {
            settled &= !draft.step(came, folding::case);
        }
        if !settled {
            draft.step(came, |text, out| {
                walk(text, form, &self.classes, doubts, out) == Walked::Changed
            });
        }
    }

    /// A line as the steps on characters leave it.
    pub(super) fn settled(&self, line: &str) -> String {
        let mut draft = Draft::default();
        self.characters(line, &mut draft, &mut Vec::new(), &mut Vec::new());
        draft.text(line).to_owned()
    }

    /// Writes `text` with every character replaced that an option names.
    fn replace(&self, text: &str, out: &mut String) {
        out.reserve(text.len());
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
    }

    fn becomes(&self, code: u32) -> Becomes {
        let range = self
            .ranges
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&code));
        range.map_or(Becomes::Nothing, |(.., becomes)| *becomes)
    }
}

fn trimmed(text: &str, at_start: bool, at_end: bool) -> &str {
    const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
    let text = if at_start {
        text.trim_start_matches(BLANKS)
    } else {
        text
    };
    if at_end {
        text.trim_end_matches(BLANKS)
    } else {
        text
    }
}
