//! What `normalize` may be asked to do, and exactly which code points each option means.
//!
//! The options about characters are one table, [`GROUPS`]: a new one is a new entry. Code points are named by
//! the Unicode Standard; where a name promises more than the table holds, the comment says what was left out.

use fastcurate_simd::spacing::Limit;

use crate::error::{Error, Result};

/// A Unicode normalization form (Unicode Standard Annex 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Canonical composition.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility decomposition, then canonical composition.
    Nfkc,
    /// Compatibility decomposition.
    Nfkd,
}

/// The names of the forms.
const FORMS: [(&str, Option<Form>); 5] = [
    ("NFC", Some(Form::Nfc)),
    ("NFD", Some(Form::Nfd)),
    ("NFKC", Some(Form::Nfkc)),
    ("NFKD", Some(Form::Nfkd)),
    ("keep", None),
];

/// What a code point becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Becomes {
    /// Nothing: it is removed.
    Nothing,
    /// These characters.
    Text(&'static str),
    /// The code point that is so much lower.
    Lower(u32),
    /// A line feed, together with the line feed that may follow.
    LineFeed,
}

/// What is done to whitespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spacing {
    /// Runs inside a line and blanks at its end.
    pub(super) collapse: bool,
    /// How many blank lines in a row may stay.
    pub(super) blank_lines: Option<usize>,
}

impl Spacing {
    /// Whether there is anything to do.
    pub(super) fn any(self) -> bool {
        self.collapse || self.blank_lines.is_some()
    }

    /// What the quick look has to find.
    pub(super) fn limit(self) -> Limit {
        Limit::new(self.blank_lines.unwrap_or(usize::MAX))
    }
}

/// Which text is code, and stays byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// None.
    No,
    /// Fenced blocks.
    Fenced,
    /// All of it.
    All,
}

/// One option about characters: off ("keep") or on (its action).
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) action: &'static str,
    /// First and last code point, and what those between become.
    pub(super) ranges: &'static [(u32, u32, Becomes)],
}

use Becomes::{Lower, Nothing, Text};

/// Every option about characters. No code point is in two groups, and none outside the table has a canonical
/// decomposition with one of the table in it (a test holds both to be true: idempotence rests on it).
pub(super) const GROUPS: [Group; 12] = [
    // General category Cc: C0, delete and C1, but for tab, line feed and carriage return.
    Group {
        name: "controls",
        action: "remove",
        ranges: &[
            (0x00, 0x08, Nothing),
            (0x0b, 0x0c, Nothing),
            (0x0e, 0x1f, Nothing),
            (0x7f, 0x9f, Nothing),
        ],
    },
    // CR LF and CR. Next line (a C1 control), U+2028 and U+2029 are no line ends here.
    Group {
        name: "line_ends",
        action: "lf",
        ranges: &[(0x0d, 0x0d, Becomes::LineFeed)],
    },
    // Zero-width space, non-joiner and joiner, word joiner and the invisible operators. The joiners carry meaning
    // in emoji sequences and in Persian, Sinhala, Malayalam ...: that is why this is no default.
    Group {
        name: "zero_width",
        action: "remove",
        ranges: &[(0x200b, 0x200d, Nothing), (0x2060, 0x2064, Nothing)],
    },
    // Arabic letter mark, the two marks, embeddings, overrides and isolates: the property Bidi_Control.
    Group {
        name: "bidi",
        action: "remove",
        ranges: &[
            (0x061c, 0x061c, Nothing),
            (0x200e, 0x200f, Nothing),
            (0x202a, 0x202e, Nothing),
            (0x2066, 0x2069, Nothing),
        ],
    },
    Group {
        name: "soft_hyphens",
        action: "remove",
        ranges: &[(0xad, 0xad, Nothing)],
    },
    // Anywhere in the text: files that were put together have them in the middle.
    Group {
        name: "byte_order_marks",
        action: "remove",
        ranges: &[(0xfeff, 0xfeff, Nothing)],
    },
    // The property Variation_Selector: Mongolian, general and supplementary.
    Group {
        name: "variation_selectors",
        action: "remove",
        ranges: &[
            (0x180b, 0x180d, Nothing),
            (0x180f, 0x180f, Nothing),
            (0xfe00, 0xfe0f, Nothing),
            (0xe_0100, 0xe_01ef, Nothing),
        ],
    },
    // The curly and low quotation marks. Guillemets, primes, CJK brackets and the letter U+02BC have no
    // equivalent in ASCII that reads the same.
    Group {
        name: "quotes",
        action: "ascii",
        ranges: &[(0x2018, 0x201b, Text("'")), (0x201c, 0x201f, Text("\""))],
    },
    // Hyphen to horizontal bar, and minus: one hyphen-minus each.
    Group {
        name: "dashes",
        action: "ascii",
        ranges: &[(0x2010, 0x2015, Text("-")), (0x2212, 0x2212, Text("-"))],
    },
    Group {
        name: "ellipses",
        action: "ascii",
        ranges: &[(0x2026, 0x2026, Text("..."))],
    },
    // The property White_Space but for line ends, ASCII and the ideographic space, which is full-width.
    Group {
        name: "spaces",
        action: "ascii",
        ranges: &[
            (0xa0, 0xa0, Text(" ")),
            (0x1680, 0x1680, Text(" ")),
            (0x2000, 0x200a, Text(" ")),
            (0x202f, 0x202f, Text(" ")),
            (0x205f, 0x205f, Text(" ")),
        ],
    },
    // The full-width twins of ASCII, and the ideographic space.
    Group {
        name: "full_width",
        action: "ascii",
        ranges: &[(0xff01, 0xff5e, Lower(0xfee0)), (0x3000, 0x3000, Text(" "))],
    },
];

/// Options that are on or off: their name, what switches them on, and the field.
pub(super) type Switch = (&'static str, &'static str, fn(&mut Options) -> &mut bool);

pub(super) const SWITCHES: [Switch; 6] = [
    ("trim", "both", |options| &mut options.trim),
    ("case", "fold", |options| &mut options.case),
    ("accents", "remove", |options| &mut options.accents),
    ("repeated_punctuation", "limit", |options| &mut options.repeated),
    ("mojibake", "repair", |options| &mut options.mojibake),
    ("entities", "decode", |options| &mut options.entities),
];

/// What to do; the default is the documented one: NFC, whitespace collapsed, controls removed, fenced code kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub(super) form: Option<Form>,
    pub(super) collapse: bool,
    /// `None` for what goes with `collapse`: two, or all of them.
    pub(super) blank_lines: Option<Option<usize>>,
    pub(super) trim: bool,
    pub(super) case: bool,
    pub(super) accents: bool,
    pub(super) repeated: bool,
    pub(super) mojibake: bool,
    pub(super) entities: bool,
    pub(super) code: Code,
    /// U+FFFD in the place of bytes that are not UTF-8; otherwise they are an error.
    pub(super) replace_invalid: bool,
    pub(super) groups: [bool; GROUPS.len()],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            form: Some(Form::Nfc),
            collapse: true,
            groups: GROUPS.map(|group| group.name == "controls"),
            code: Code::Fenced,
            ..Self::KEEP
        }
    }
}

impl Options {
    /// Nothing at all.
    pub const KEEP: Self = Self {
        form: None,
        collapse: false,
        blank_lines: None,
        trim: false,
        case: false,
        accents: false,
        repeated: false,
        mojibake: false,
        entities: false,
        code: Code::No,
        replace_invalid: false,
        groups: [false; GROUPS.len()],
    };

    /// Sets one option by its name and value, as the caller writes them.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        match name {
            "form" => self.form = one_of("form", value, &FORMS)?,
            "whitespace" => {
                self.collapse = one_of("whitespace", value, &[("collapse", true), ("keep", false)])?;
            }
            "max_blank_lines" => self.blank_lines = Some(number_or_keep("max_blank_lines", value)?),
            "code" => {
                let choices = [("fenced", Code::Fenced), ("True", Code::All), ("False", Code::No)];
                self.code = one_of("code", value, &choices)?;
            }
            "invalid" => {
                self.replace_invalid = one_of("invalid", value, &[("error", false), ("replace", true)])?;
            }
            _ => return self.switch(name, value),
        }
        Ok(())
    }

    fn switch(&mut self, name: &str, value: &str) -> Result<()> {
        if let Some((name, action, field)) = SWITCHES.iter().find(|(known, ..)| *known == name) {
            *field(self) = one_of(name, value, &[(*action, true), ("keep", false)])?;
        } else if let Some(position) = GROUPS.iter().position(|group| group.name == name) {
            let group = &GROUPS[position];
            self.groups[position] = one_of(group.name, value, &[(group.action, true), ("keep", false)])?;
        } else {
            return Err(Error::argument(
                "option",
                format!("{name:?}"),
                "an option of normalize",
            ));
        }
        Ok(())
    }

    /// What is done to whitespace.
    pub(super) fn spacing(&self) -> Spacing {
        let usual = self.collapse.then_some(2);
        Spacing {
            collapse: self.collapse,
            blank_lines: self.blank_lines.unwrap_or(usual),
        }
    }

    /// The code points that become something else, and what.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (u32, u32, Becomes)> {
        let groups = GROUPS.iter().zip(self.groups).filter(|(_, on)| *on);
        groups.flat_map(|(group, _)| group.ranges.iter().copied())
    }
}

fn one_of<T: Copy>(name: &'static str, value: &str, choices: &[(&str, T)]) -> Result<T> {
    let found = choices.iter().find(|(choice, _)| *choice == value);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known: Vec<String> = choices.iter().map(|(choice, _)| format!("{choice:?}")).collect();
        Error::argument(name, format!("{value:?}"), format!("one of {}", known.join(", ")))
    })
}

fn number_or_keep(name: &'static str, value: &str) -> Result<Option<usize>> {
    match value {
        "keep" => Ok(None),
        number => number.parse().map(Some).map_err(|_| {
            Error::argument(
                name,
                format!("{value:?}"),
                "a number of lines, 0 or more, or \"keep\"",
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icu_normalizer::DecomposingNormalizerBorrowed;

    #[test]
    fn what_idempotence_rests_on() {
        let ranges: Vec<_> = GROUPS.iter().flat_map(|group| group.ranges).collect();
        let of = |c: char| {
            ranges
                .iter()
                .filter(move |(first, last, _)| (*first..=*last).contains(&(c as u32)))
        };
        let nfd = DecomposingNormalizerBorrowed::new_nfd();
        for c in '\0'..=char::MAX {
            let hits = of(c).count();
            assert!(hits <= 1, "{c:?} is in two groups");
            let single = c.to_string();
            let decomposed = nfd.normalize(&single);
            if hits == 0 {
                assert!(!decomposed.chars().any(|part| of(part).count() > 0), "{c:?}");
            } else if c != '\u{2000}' && c != '\u{2001}' {
                // Those two are canonically U+2002 and U+2003, of the same group.
                assert_eq!(decomposed, single, "{c:?}");
            }
        }
    }

    #[test]
    fn names_and_values_are_checked() {
        let mut options = Options::default();
        options.set("form", "NFKD").unwrap();
        options.set("dashes", "ascii").unwrap();
        let message = options.set("dashes", "lf").unwrap_err().to_string();
        assert_eq!(message, r#"dashes must be one of "ascii", "keep", got "lf""#);
        assert!(options.set("space", "keep").is_err());
    }
}
