"""What `validate_chat` looks for in a conversation: the name of each check, what it means, and what to do.

Roles and their order follow what chat templates accept: a system turn first or none, then user and assistant in turn,
tool results behind the assistant that asked for them. Encoding leftovers are what the usual accidents leave behind:
UTF-8 read as Windows-1252, HTML that was never unescaped, bytes that could not be decoded. Template tokens are the
markers of the chat formats in use; inside content a tokenizer may take them for the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong."""

    name: str
    """As `check` in the findings."""
    advice: str
    """What it does to a training run, and what to do."""
    pattern: str | None = None
    """For checks of content, the regular expression (in the common subset of RE2 and Python's `re`)."""


TOKENS = (
    r"<\|(?:im_start|im_end|im_sep|endoftext|begin_of_text|end_of_text|start_header_id|end_header_id|eot_id|eom_id"
    r"|python_tag|user|assistant|system|tool|end|endofprompt|start|message|channel|constrain|return|call"
    r"|START_OF_TURN_TOKEN|END_OF_TURN_TOKEN|USER_TOKEN|CHATBOT_TOKEN|SYSTEM_TOKEN)\|>"
    r"|<start_of_turn>|<end_of_turn>|<bos>|<eos>|<s>|</s>"
    r"|\[/?INST\]|<</?SYS>>|\[/?TOOL_CALLS\]|\[/?AVAILABLE_TOOLS\]|\[/?TOOL_RESULTS\]|\[/?SYSTEM_PROMPT\]"
    r"|<｜(?:User|Assistant|begin▁of▁sentence|end▁of▁sentence)｜>"
)
"""ChatML, Llama 2 and 3, Gemma, Mistral, Phi, Zephyr, Command R, DeepSeek and Harmony."""

MOJIBAKE = (
    r"Ã[\x{80}-\x{bf}ƒ‚„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œ]|Â[\x{a0}-\x{bf}]"
    r"|â€[\x{80}-\x{bf}™œš˜“”¦¢]|ï»¿|ðŸ[\x{80}-\x{bf}‘’“”•–—˜™š›œ]"
)
"""UTF-8 that was read as Latin-1 or Windows-1252: its lead bytes as letters, with a continuation byte behind."""

STRUCTURE = (
    Check("no_turns", "nothing to train on; drop the row"),
    Check("unknown_role", "templates refuse it or drop the turn; fc.to_messages knows the usual aliases"),
    Check("empty_turn", "teaches to say nothing; drop the turn or the row"),
    Check("system_not_first", "most templates take one system turn, at the start; move or merge it"),
    Check(
        "starts_with_assistant",
        "templates that demand user/assistant in turn refuse it; add the question or drop the turn",
    ),
    Check("same_role_twice", "templates that demand alternation refuse it; join the turns"),
    Check(
        "tool_without_call", "a tool result must follow an assistant turn; a turn is missing or out of place"
    ),
    Check("no_assistant", "there is no answer to learn; drop the row"),
    Check("ends_without_answer", "the last turn gets no answer; cut it off"),
)
"""Checks of roles and their order, of conversations as a whole first."""

CONTENT = (
    Check("template_token", "a tokenizer may read it as a real marker; escape it, or drop the row", TOKENS),
    Check("mojibake", "UTF-8 that was read as Latin-1 or Windows-1252; repair it before training", MOJIBAKE),
    Check("replacement_character", "bytes were lost in decoding; go back to the source", "\ufffd"),
    Check("byte_order_mark", 'remove it: fc.normalize(text, byte_order_marks="remove")', "\ufeff"),
    Check(
        "control_character",
        "remove it: fc.normalize does by default",
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}]",
    ),
    Check(
        "html_entity",
        "HTML that was never unescaped: html.unescape",
        r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});",
    ),
)
"""Checks of what is said."""

CHECKS = {check.name: check for check in (*STRUCTURE, *CONTENT)}
