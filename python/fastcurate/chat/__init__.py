"""Conversations as the model sees them: its chat template rendered, and what of it is trained on."""

from fastcurate.chat.counts import ChatCounts, count_chat_tokens
from fastcurate.chat.source import load_chat_template
from fastcurate.chat.template import ChatTemplate

__all__ = ["ChatCounts", "ChatTemplate", "count_chat_tokens", "load_chat_template"]
