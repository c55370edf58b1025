//! Conversations as text: `messages: list<struct<role, content>>`.
//!
//! The text of a conversation is the contents of its turns joined by newlines, system turns left out unless
//! asked for. `prompt` is every such turn before the last assistant turn (all of them where there is none),
//! `response` is that turn (null where there is none). A null conversation is null; a null content counts as
//! empty; other fields of the struct are not looked at.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::DataType;

use super::{Text, TextColumn};
use crate::error::{Error, Result};

/// Which turns of a conversation are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatPart {
    /// All turns.
    Messages,
    /// The turns before the last assistant turn.
    Prompt,
    /// The last assistant turn.
    Response,
}

/// A column of conversations, read in place.
pub struct ChatColumn {
    /// Turns of each row, as positions in `role` and `content`; `None` for a null row.
    turns: Vec<Option<Range<usize>>>,
    role: TextColumn,
    content: TextColumn,
    part: ChatPart,
    system: bool,
}

impl ChatColumn {
    /// Reads the `part` of every conversation in `chunks`; system turns count only with `system`.
    pub fn new(chunks: &[ArrayRef], part: ChatPart, system: bool) -> Result<Self> {
        let mut turns = Vec::with_capacity(chunks.iter().map(|chunk| chunk.len()).sum());
        let (mut roles, mut contents) = (Vec::new(), Vec::new());
        let mut first_turn = 0;
        for chunk in chunks {
            let (values, bounds) = list_of(chunk)?;
            let turn = values
                .as_struct_opt()
                .ok_or_else(|| not_chat(chunk.data_type()))?;
            roles.push(field(turn, "role", chunk)?);
            contents.push(field(turn, "content", chunk)?);
            turns.extend(
                bounds
                    .into_iter()
                    .map(|row| row.map(|row| row.start + first_turn..row.end + first_turn)),
            );
            first_turn += turn.len();
        }
        Ok(Self {
            turns,
            role: TextColumn::new(&roles)?,
            content: TextColumn::new(&contents)?,
            part,
            system,
        })
    }

    /// The turns of `row` as pairs of role and content, system turns included; `None` where the row is null.
    pub fn turns(&self, row: usize) -> Option<impl DoubleEndedIterator<Item = (Option<&str>, Option<&str>)>> {
        let turns = self.turns[row].clone()?;
        Some(turns.map(|turn| (self.role.get(turn), self.content.get(turn))))
    }

    fn last_answer(&self, turns: &Range<usize>) -> Option<usize> {
        turns
            .clone()
            .rev()
            .find(|turn| self.role.get(*turn) == Some("assistant"))
    }
}

impl Text for ChatColumn {
    fn len(&self) -> usize {
        self.turns.len()
    }

    fn is_null(&self, row: usize) -> bool {
        let answers = self.part == ChatPart::Response;
        self.turns[row]
            .as_ref()
            .is_none_or(|turns| answers && self.last_answer(turns).is_none())
    }

    fn read<'a>(&'a self, row: usize, scratch: &'a mut String) -> &'a str {
        let Some(turns) = self.turns[row].clone() else {
            return "";
        };
        let answer = self.last_answer(&turns);
        let turns = match self.part {
            ChatPart::Messages => turns,
            ChatPart::Prompt => turns.start..answer.unwrap_or(turns.end),
            ChatPart::Response => return answer.and_then(|turn| self.content.get(turn)).unwrap_or_default(),
        };
        scratch.clear();
        let mut first = true;
        for turn in turns.filter(|turn| self.system || self.role.get(*turn) != Some("system")) {
            if !std::mem::take(&mut first) {
                scratch.push('\n');
            }
            scratch.push_str(self.content.get(turn).unwrap_or_default());
        }
        scratch
    }
}

/// The values of a list column and, for each row, which of them are its own (`None` where it is null).
fn list_of(chunk: &ArrayRef) -> Result<(ArrayRef, Vec<Option<Range<usize>>>)> {
    fn bounds<'a, O: Copy + 'a>(
        offsets: &'a [O],
        chunk: &'a ArrayRef,
        index: impl Fn(O) -> usize + 'a,
    ) -> Vec<Option<Range<usize>>> {
        let row = |row: usize| {
            chunk
                .is_valid(row)
                .then(|| index(offsets[row])..index(offsets[row + 1]))
        };
        (0..chunk.len()).map(row).collect()
    }
    match chunk.data_type() {
        DataType::List(_) => {
            let list = chunk.as_list::<i32>();
            Ok((
                list.values().clone(),
                bounds(list.value_offsets(), chunk, |offset| offset as usize),
            ))
        }
        DataType::LargeList(_) => {
            let list = chunk.as_list::<i64>();
            Ok((
                list.values().clone(),
                bounds(list.value_offsets(), chunk, |offset| offset as usize),
            ))
        }
        other => Err(not_chat(other)),
    }
}

fn field(turn: &StructArray, name: &'static str, chunk: &ArrayRef) -> Result<ArrayRef> {
    turn.column_by_name(name)
        .cloned()
        .ok_or_else(|| not_chat(chunk.data_type()))
}

fn not_chat(found: &DataType) -> Error {
    Error::wrong_type(
        "messages",
        format!("a column of {found}"),
        "list<struct<role: string, content: string>>",
    )
}
