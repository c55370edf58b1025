"""Conversations: other formats of training rows as `messages` and back, and what is wrong with a conversation.

`to_messages` reads the formats that instruction sets come in and answers `messages: list<struct<role, content>>`, with
the rows that do not fit and why; `from_messages` is the way back. `validate_chat` looks at conversations and says, turn
by turn, what a chat template or a model would stumble over.
"""

from fastcurate.messages.back import from_messages
from fastcurate.messages.convert import Messages, to_messages
from fastcurate.messages.validate import ChatReport, validate_chat

__all__ = ["ChatReport", "Messages", "from_messages", "to_messages", "validate_chat"]
