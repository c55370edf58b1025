//! Which types the values of a column have: seen line by line, put together over all blocks, then resolved.

use std::fmt;

use arrow_schema::{DataType, Field, Fields};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Arrow's C interface, through which the batches travel, reads at most 64 levels.
const DEEPEST: usize = 60;
/// An object with more keys than this is a dictionary of data and no row of columns.
const MOST_KEYS: usize = 1000;
/// Marks a field that is left out, rather than null, where it has no value.
pub(super) const OMITTED: (&str, &str) = ("fastcurate:null", "omitted");

/// The kinds of JSON values apart from null. Where as many values are of one kind as of another, the first here wins.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    String,
    Object,
    List,
    Number,
    Bool,
}

const KINDS: [(Kind, &str, &str); 5] = [
    (Kind::String, "a string", "strings"),
    (Kind::Object, "an object", "objects"),
    (Kind::List, "a list", "lists"),
    (Kind::Number, "a number", "numbers"),
    (Kind::Bool, "true or false", "truth values"),
];

/// What has been seen of a column's values.
#[derive(Default)]
pub(super) struct Shape {
    counts: [usize; KINDS.len()],
    nulls: usize,
    numbers: Numbers,
    item: Option<Box<Shape>>,
    fields: Vec<(String, Shape)>,
}

#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent findings, not a state"
)]
struct Numbers {
    float: bool,
    negative: bool,
    beyond_i64: bool,
    beyond_f64: bool,
}

impl Shape {
    /// Adds one line, which has to be a JSON object. After an error the shape is of no more use.
    pub(super) fn look(&mut self, line: &str) -> Result<(), String> {
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

    /// Adds what was seen elsewhere.
    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.nulls += other.nulls;
        self.numbers = Numbers {
            float: self.numbers.float | other.numbers.float,
            negative: self.numbers.negative | other.numbers.negative,
            beyond_i64: self.numbers.beyond_i64 | other.numbers.beyond_i64,
            beyond_f64: self.numbers.beyond_f64 | other.numbers.beyond_f64,
        };
        if let Some(item) = &other.item {
            self.item.get_or_insert_default().merge(item);
        }
        for (at, (name, shape)) in other.fields.iter().enumerate() {
            let at = self.field(name, at);
            self.fields[at].1.merge(shape);
        }
    }

    /// The Arrow fields of the rows.
    pub(super) fn columns(&self) -> Fields {
        let objects = self.counts[Kind::Object as usize];
        let field = |(name, shape): &(String, Self)| {
            let field = Field::new(name, shape.data_type(), true);
            let present = shape.nulls + shape.counts.iter().sum::<usize>();
            if present < objects && shape.nulls == 0 {
                field.with_metadata([(OMITTED.0.to_owned(), OMITTED.1.to_owned())])
            } else {
                field
            }
        };
        self.fields.iter().map(field).collect()
    }

    /// Whether an object has so many keys that it can be no row, and where it is.
    pub(super) fn too_many_keys(&self) -> Option<(String, usize)> {
        if self.fields.len() > MOST_KEYS {
            return Some((String::new(), self.fields.len()));
        }
        let inside = self.fields.iter().map(|(name, shape)| (name.as_str(), shape));
        let items = self.item.iter().map(|item| ("[]", &**item));
        inside.chain(items).find_map(|(name, shape)| {
            let (path, keys) = shape.too_many_keys()?;
            Some((join(name, &path), keys))
        })
    }

    /// Why a value of this shape cannot be a value of `wanted`, if so.
    pub(super) fn misfit(&self, wanted: &DataType) -> Option<String> {
        self.misfit_at("", wanted)
    }

    fn data_type(&self) -> DataType {
        match self.kind() {
            None => DataType::Null,
            Some(Kind::Bool) => DataType::Boolean,
            Some(Kind::String) => DataType::Utf8,
            Some(Kind::Number) => match self.numbers {
                Numbers { float: true, .. } => DataType::Float64,
                Numbers {
                    beyond_i64: true,
                    negative: false,
                    ..
                } => DataType::UInt64,
                _ => DataType::Int64,
            },
            Some(Kind::Object) => DataType::Struct(self.columns()),
            Some(Kind::List) => {
                let item = self.item.as_ref().map_or(DataType::Null, |item| item.data_type());
                DataType::List(Field::new("item", item, true).into())
            }
        }
    }

    fn kind(&self) -> Option<Kind> {
        let most = self.counts.iter().copied().max().filter(|most| *most > 0)?;
        let at = self.counts.iter().position(|count| *count == most)?;
        Some(KINDS[at].0)
    }

    fn misfit_at(&self, path: &str, wanted: &DataType) -> Option<String> {
        let kind = match wanted {
            DataType::Null => None,
            DataType::Boolean => Some(Kind::Bool),
            DataType::Utf8 => Some(Kind::String),
            DataType::Struct(_) => Some(Kind::Object),
            DataType::List(_) => Some(Kind::List),
            _ => Some(Kind::Number),
        };
        let seen = KINDS.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        for ((found, name, _), _) in seen {
            if Some(*found) != kind {
                let others = KINDS.iter().find(|(other, ..)| Some(*other) == kind);
                let others = others.map_or("nulls", |(_, _, others)| others);
                return Some(format!("'{path}' is {name} here, but most rows have {others}"));
            }
        }
        match wanted {
            DataType::Int64 if self.numbers.beyond_i64 => Some(format!(
                "'{path}' has an integer that int64 cannot hold, and negative ones elsewhere"
            )),
            DataType::Float64 if self.numbers.beyond_f64 => Some(format!(
                "'{path}' has an integer that cannot be kept exactly among the floats of this column"
            )),
            DataType::List(item) => self.item.as_ref()?.misfit_at(&join(path, "[]"), item.data_type()),
            DataType::Struct(fields) => self.fields.iter().find_map(|(name, shape)| {
                let (_, field) = fields.find(name)?;
                shape.misfit_at(&join(path, name), field.data_type())
            }),
            _ => None,
        }
    }

    /// The place of a field, a new one if it is not there. Keys come in the same order row after row, so that the
    /// place asked for is nearly always the right one.
    fn field(&mut self, name: &str, expected: usize) -> usize {
        if self.fields.get(expected).is_some_and(|(known, _)| known == name) {
            return expected;
        }
        let found = self.fields.iter().position(|(known, _)| known == name);
        found.unwrap_or_else(|| {
            self.fields.push((name.to_owned(), Self::default()));
            self.fields.len() - 1
        })
    }
}

fn join(path: &str, name: &str) -> String {
    match (path, name) {
        ("", _) => name.to_owned(),
        (_, "") => path.to_owned(),
        (_, "[]") => format!("{path}[]"),
        _ => format!("{path}.{name}"),
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
