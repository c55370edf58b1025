//! Looks at the values of one line with a visitor, so that none of them is ever built.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{KINDS, Kind, Shape};

/// Arrow's C interface, through which the batches travel, reads at most 64 levels.
const DEEPEST: usize = 60;

impl Shape {
    /// Adds one line, which has to be a JSON object. After an error the shape is of no more use.
    pub(in crate::jsonl) fn look(&mut self, line: &str) -> Result<(), String> {
        let mut parser = serde_json::Deserializer::from_str(line);
        let mut huge = false;
        let look = Look {
            shape: self,
            depth: 0,
            huge: &mut huge,
        };
        let seen = look.deserialize(&mut parser).and_then(|()| parser.end());
        seen.map_err(|error| {
            let text = error.to_string();
            let message = text.split(" at line 1 column").next().unwrap_or_default();
            match error.column() {
                0 => message.to_owned(),
                column => format!("{message} at byte {column}"),
            }
        })?;
        if huge && has_integer_beyond_64_bits(line.as_bytes()) {
            return Err("an integer beyond 64 bits; write it as a string or as a float".to_owned());
        }
        Ok(())
    }
}

/// Looks at one value.
struct Look<'a> {
    shape: &'a mut Shape,
    depth: usize,
    huge: &'a mut bool,
}

impl Look<'_> {
    fn found<E: Error>(&mut self, kind: Kind) -> Result<(), E> {
        if self.depth == 0 && kind != Kind::Object {
            let name = KINDS[kind as usize].1;
            return Err(E::custom(format!("a row must be a JSON object, not {name}")));
        }
        if self.depth > DEEPEST {
            return Err(E::custom(format!("nested deeper than {DEEPEST} levels")));
        }
        self.shape.counts[kind as usize] += 1;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Look<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Look<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.found(Kind::Bool)
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<(), E> {
        self.shape.numbers.negative |= value < 0;
        self.shape.numbers.beyond_f64 |= value as f64 as i128 != i128::from(value);
        self.found(Kind::Number)
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<(), E> {
        self.shape.numbers.beyond_i64 |= i64::try_from(value).is_err();
        self.shape.numbers.beyond_f64 |= value as f64 as i128 != i128::from(value);
        self.found(Kind::Number)
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<(), E> {
        self.shape.numbers.float = true;
        *self.huge |= value.abs() >= i64::MAX as f64;
        self.found(Kind::Number)
    }

    fn visit_str<E: Error>(mut self, _: &str) -> Result<(), E> {
        self.found(Kind::String)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        if self.depth == 0 {
            return Err(E::custom("a row must be a JSON object, not null"));
        }
        self.shape.nulls += 1;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.found(Kind::List)?;
        loop {
            let look = Look {
                shape: self.shape.item.get_or_insert_default(),
                depth: self.depth + 1,
                huge: self.huge,
            };
            if items.next_element_seed(look)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.found(Kind::Object)?;
        let mut expected = 0;
        loop {
            let key = Key {
                shape: self.shape,
                expected,
            };
            let Some(at) = entries.next_key_seed(key)? else {
                return Ok(());
            };
            expected = at + 1;
            entries.next_value_seed(Look {
                shape: &mut self.shape.fields[at].1,
                depth: self.depth + 1,
                huge: self.huge,
            })?;
        }
    }
}

/// Finds the place of a key.
struct Key<'a> {
    shape: &'a mut Shape,
    expected: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<usize, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<usize, E> {
        // Arrow's C interface ends names at a NUL.
        if key.contains('\0') {
            return Err(E::custom(format!("the key {key:?} holds a NUL")));
        }
        Ok(self.shape.field(key, self.expected))
    }
}

/// Whether a line of valid JSON has an integer (no fraction, no exponent) that neither i64 nor u64 can hold. The
/// parser makes a float of it, which may be another number.
fn has_integer_beyond_64_bits(line: &[u8]) -> bool {
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'"' => {
                at += 1;
                while line[at] != b'"' {
                    at += 1 + usize::from(line[at] == b'\\');
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let rest = &line[at..];
                let inside = |byte: &u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let end = rest.iter().position(|byte| !inside(byte)).unwrap_or(rest.len());
                let number = std::str::from_utf8(&rest[..end]).unwrap_or_default();
                let fits = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
                // The integer -0 is a float to the parser and so to us.
                if !fits && !number.contains(['.', 'e', 'E']) {
                    return true;
                }
                at += end;
            }
            _ => at += 1,
        }
    }
    false
}
