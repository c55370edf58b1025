//! The caller's own patterns: regular expressions in one automaton, each with a name.

use regex_automata::meta::Regex;

use super::Kind;
use crate::error::{Error, Result};

/// Named regular expressions. Of several that match at a place, the one given first counts.
pub struct Own {
    names: Vec<String>,
    regex: Regex,
}

impl Own {
    /// The patterns in the syntax of the `regex` crate: no look-around and no back-references, and so no text on which they
    /// would take forever. [`Error::Argument`] for a pattern that is none, or that matches nothing at all.
    pub fn new(patterns: &[(String, String)]) -> Result<Self> {
        let wrong = |why: String| Error::argument("patterns", format!("{patterns:?}"), why);
        for (name, pattern) in patterns {
            let one = Regex::new(pattern).map_err(|error| {
                let reason = error
                    .syntax_error()
                    .map_or_else(|| error.to_string(), ToString::to_string);
                let reason =
                    format!("regular expressions of the Rust regex syntax; {name:?} is not one: {reason}");
                Error::argument("patterns", format!("{pattern:?}"), reason)
            })?;
            if one.is_match("") {
                let expected = format!("patterns that match something; {name:?} matches the empty text");
                return Err(Error::argument("patterns", format!("{pattern:?}"), expected));
            }
        }
        let expressions: Vec<&str> = patterns.iter().map(|(_, pattern)| pattern.as_str()).collect();
        let regex = Regex::new_many(&expressions)
            .map_err(|error| wrong(format!("patterns that fit into one automaton ({error})")))?;
        Ok(Self {
            names: patterns.iter().map(|(name, _)| name.clone()).collect(),
            regex,
        })
    }

    pub(super) fn name(&self, number: usize) -> &str {
        &self.names[number]
    }

    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize, Kind)> + 'a {
        self.regex
            .find_iter(text)
            .map(|found| (found.start(), found.end(), Kind::Own(found.pattern().as_usize())))
    }
}
