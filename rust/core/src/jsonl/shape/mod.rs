//! Which types the values of a column have: seen line by line, put together over all blocks, then resolved.

mod look;

use arrow_schema::{DataType, Field, Fields};

/// An object with more keys than this is a dictionary of data and no row of columns.
const MOST_KEYS: usize = 1000;
/// Marks a field that is left out, rather than null, where it has no value.
pub(in crate::jsonl) const OMITTED: (&str, &str) = ("fastcurate:null", "omitted");

/// The kinds of JSON values apart from null. Where as many values are of one kind as of another, the first here
/// wins.
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
pub(in crate::jsonl) struct Shape {
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
    /// Adds what was seen elsewhere.
    pub(in crate::jsonl) fn merge(&mut self, other: &Self) {
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
    pub(in crate::jsonl) fn columns(&self) -> Fields {
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
    pub(in crate::jsonl) fn too_many_keys(&self) -> Option<(String, usize)> {
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
    pub(in crate::jsonl) fn misfit(&self, wanted: &DataType) -> Option<String> {
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
