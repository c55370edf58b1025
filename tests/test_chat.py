"""Chat templates: rendered as transformers renders them, and the counts of what is trained on."""

import json
import pickle
from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
import tokenizers as tk
import transformers
from fastcurate.chat import ChatTemplate, load_chat_template
from hypothesis import given
from hypothesis import strategies as st
from strategies.templates import FORGETFUL, MARKED, TEMPLATES, TOKENS

CONTENT = st.text(st.sampled_from("ab \n'\"<é😀>{}\\"), max_size=12)
EXTRA = st.fixed_dictionaries(
    {},
    optional={
        "reasoning": st.one_of(st.none(), CONTENT),
        "thinking": CONTENT,
        "name": st.one_of(st.none(), CONTENT),
        "tool_calls": st.one_of(
            st.none(), st.just([{"function": {"name": "f", "arguments": {"x": [1, 2.5, None, "é"]}}}])
        ),
    },
)
TURN = st.builds(
    lambda role, content, extra: {"role": role, "content": content, **extra},
    st.sampled_from(["system", "user", "assistant", "tool"]),
    CONTENT,
    EXTRA,
)
CHAT = st.lists(TURN, min_size=1, max_size=6)


def theirs(source: str, tokenizer: tk.Tokenizer | None = None) -> Any:
    """A tokenizer of transformers with this template."""
    made = tokenizer or tk.Tokenizer(tk.models.WordLevel({"<unk>": 0, "<s>": 1}, "<unk>"))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, chat_template=source, **TOKENS)


RIVALS = {name: theirs(source) for name, source in TEMPLATES.items()}


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_transformers_renders(name: str) -> None:
    template = ChatTemplate(TEMPLATES[name], RIVALS[name].special_tokens_map)

    @given(CHAT, st.booleans(), st.sampled_from([None, [{"type": "function", "function": {"name": "é<"}}]]))
    def check(chat: list[dict[str, Any]], prompt: bool, tools: Any) -> None:
        try:
            expected = RIVALS[name].apply_chat_template(
                chat, tools=tools, add_generation_prompt=prompt, tokenize=False
            )
        except Exception:  # noqa: BLE001 - whatever it is, ours must refuse as well
            with pytest.raises(ValueError, match="chat template"):
                template.render(chat, add_generation_prompt=prompt, tools=tools)
        else:
            assert template.render(chat, add_generation_prompt=prompt, tools=tools) == expected

    check()


def test_parts_of_contents() -> None:
    chat = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image", "image": object()}]}
    ]
    expected = RIVALS["turns"].apply_chat_template(chat, tokenize=False)
    assert ChatTemplate(TEMPLATES["turns"], TOKENS).render(chat) == expected == "<s><turn 1 user>\na<end>\n"


@pytest.mark.parametrize(
    "source",
    [
        "{% set ns = namespace(_x=1) %}",
        "{{ messages.append(1) }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ dict.__init__ }}",
        "{{ messages[0].update(role=1) }}",
        "{{ raise_exception('no') }}",
        "{{ 1 / 0 }}",
        "{{ none + 1 }}",
    ],
)
def test_what_the_sandbox_forbids(source: str) -> None:
    chat = [{"role": "user", "content": "x"}]
    try:
        expected = theirs(source).apply_chat_template(chat, tokenize=False)
    except Exception:  # noqa: BLE001 - of any kind
        with pytest.raises(ValueError, match="the chat template"):
            ChatTemplate(source).render(chat)
    else:
        assert ChatTemplate(source).render(chat) == expected


def test_filters_and_globals_are_those_of_transformers() -> None:
    source = (
        "{{ messages | tojson(indent=1, sort_keys=true) }}{{ dict(a=1) }}{{ dict.fromkeys('ab') }}"
        "{{ strftime_now('%Y') }}{% for x in range(5) %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}"
        "{% set ns = namespace(self=2) %}{{ ns.self }}{{ undefined_name }}{{ '<&>' | tojson }}"
    )
    chat = [{"role": "user", "content": "<é>"}]
    assert ChatTemplate(source).render(chat) == theirs(source).apply_chat_template(chat, tokenize=False)


def test_trained_tokens_are_the_mask_of_transformers() -> None:
    rival = theirs(MARKED, _byte_level())

    @given(st.lists(CHAT, min_size=1, max_size=3))
    def check(chats: list[list[dict[str, Any]]]) -> None:
        counts = fc.count_chat_tokens(chats, tokenizer=rival)
        for row, chat in enumerate(chats):
            out = rival.apply_chat_template(chat, return_assistant_tokens_mask=True, return_dict=True)
            assert counts.tokens[row].as_py() == len(out["input_ids"])
            assert counts.trained[row].as_py() == sum(out["assistant_masks"])
        assert fc.count_tokens(chats, tokenizer=rival).to_pylist() == counts.tokens.to_pylist()
        assert counts.issues["trains_on_nothing"] == [
            row for row, count in enumerate(counts.trained.to_pylist()) if count == 0
        ]

    check()


@given(st.lists(CHAT, min_size=1, max_size=3))
def test_what_a_turn_adds_is_what_the_blocks_mark(chats: list[list[dict[str, Any]]]) -> None:
    """ChatML with and without marks: the line end behind a turn is what the blocks leave out."""
    plain, marked = (
        fc.count_chat_tokens(chats, tokenizer="chars", chat_template=ChatTemplate(TEMPLATES[name], TOKENS))
        for name in ("chatml", "marked")
    )
    assert (plain.how, marked.how) == ("prefix", "generation")
    assert plain.tokens == marked.tokens
    answers = [sum(turn["role"] == "assistant" for turn in chat) for chat in chats]
    for row, chat in enumerate(chats):
        said = [len(turn["content"]) for turn in chat if turn["role"] == "assistant"]
        assert marked.trained[row].as_py() == sum(said) + len("<|im_end|>") * answers[row]
        assert plain.trained[row].as_py() == marked.trained[row].as_py() + answers[row]
        assert plain.prompt[row].as_py() + plain.trained[row].as_py() == plain.tokens[row].as_py()


CHATS = [
    [{"role": "user", "content": "ask"}, {"role": "assistant", "content": "say"}],
    [{"role": "user", "content": "ask"}],
    None,
    [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}] * 2,
]


def test_contents_alone_where_there_is_no_template() -> None:
    counts = fc.count_chat_tokens(CHATS, tokenizer="chars")
    assert (
        counts.tokens.to_pylist() == [6, 3, None, 4] == fc.count_tokens(CHATS, tokenizer="chars").to_pylist()
    )
    assert counts.trained.to_pylist() == [3, 0, None, 2]
    assert counts.issues["trains_on_nothing"] == [1]
    assert counts.summary()["note"].startswith("no chat template")
    assert "contents only" in repr(counts)


@pytest.mark.parametrize("kind", ["list", "pyarrow", "chunked", "polars"])
def test_every_kind_of_column(kind: str) -> None:
    make: dict[str, Any] = {
        "list": list,
        "pyarrow": pa.array,
        "chunked": lambda rows: pa.chunked_array([pa.array(rows[:1]), pa.array(rows[1:])]),
        "polars": pl.Series,
    }
    column = make[kind](CHATS)
    template = ChatTemplate(TEMPLATES["chatml"], TOKENS)
    counts = fc.count_chat_tokens(column, tokenizer="chars", chat_template=template)
    expected = [None if chat is None else len(template.render(chat)) for chat in CHATS]
    assert counts.tokens.to_pylist() == expected
    found = fc.count_tokens(column, tokenizer="chars", chat_template=template)
    assert isinstance(found, pl.Series if kind == "polars" else pa.Array)
    assert pa.array(found).to_pylist() == expected
    head = len("<|im_start|>assistant\n")
    prompted = fc.count_tokens(column, tokenizer="chars", chat_template=template, add_generation_prompt=True)
    assert pa.array(prompted).to_pylist() == [None if n is None else n + head for n in expected]
    alone = fc.count_tokens(column, tokenizer="chars", chat_template=False)
    assert pa.array(alone).to_pylist() == [6, 3, None, 4]


def test_a_template_that_rewrites_earlier_turns_is_said_so() -> None:
    thinking = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b", "reasoning_content": "hm"},
        {"role": "user", "content": "c"},
        {"role": "assistant", "content": "d"},
    ]
    counts = fc.count_chat_tokens([thinking, CHATS[0]], tokenizer="chars", chat_template=FORGETFUL)
    assert counts.trained.to_pylist() == [None, len("[assistant]say")]
    assert counts.issues["unknown_turns"] == [0]
    assert counts.prompt.to_pylist()[0] is None


def test_beginnings_and_ends() -> None:
    twice = ChatTemplate("<s>" + TEMPLATES["headers"], TOKENS)
    assert fc.count_chat_tokens(CHATS, tokenizer="chars", chat_template=twice).issues["double_bos"] == [
        0,
        1,
        3,
    ]
    once = ChatTemplate(TEMPLATES["headers"], TOKENS)
    counts = fc.count_chat_tokens(CHATS, tokenizer="chars", chat_template=once)
    assert counts.issues["double_bos"] == []
    assert counts.issues["missing_eos"] == [
        0,
        3,
    ]  # it ends turns with a token that is not the one that ends a text
    ended = ChatTemplate(TEMPLATES["chatml"], TOKENS)
    assert fc.count_chat_tokens(CHATS, tokenizer="chars", chat_template=ended).issues["missing_eos"] == []
    adds = _byte_level()
    adds.post_processor = tk.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 258)])
    for special, rows in ((True, [0, 1, 3]), (False, [])):
        counts = fc.count_chat_tokens(CHATS, tokenizer=adds, chat_template=once, add_special_tokens=special)
        assert counts.issues["double_bos"] == rows


def test_what_a_maximum_cuts() -> None:
    template = ChatTemplate(MARKED, TOKENS)
    whole = fc.count_chat_tokens(CHATS, tokenizer="chars", chat_template=template)
    text = template.render(CHATS[0] or [])
    answer = text.index("say")
    for most in (answer, answer + 2, len(text)):
        cut = fc.count_chat_tokens(CHATS, tokenizer="chars", chat_template=template, max_tokens=most)
        assert cut.tokens == whole.tokens
        assert cut.trained[0].as_py() == max(0, min(most - answer, len("say<|im_end|>")))
        assert (0 in cut.issues["truncated"]) == (most < len(text))
        assert (0 in cut.issues["trains_on_nothing"]) == (most == answer)


def test_tokenizers_without_token_ends_count_by_prefixes(data: Path) -> None:
    path = str(data / "tokenizers/bert-base-uncased.tokenizer.json")
    template = ChatTemplate(TEMPLATES["chatml"], TOKENS)
    counts = fc.count_chat_tokens(CHATS, tokenizer=path, chat_template=template)
    reference = tk.Tokenizer.from_file(path)

    def tokens(text: str) -> int:
        return len(reference.encode(text, add_special_tokens=False).ids)

    text = template.render(CHATS[0] or [])
    head = text.index("say")
    assert counts.tokens[0].as_py() == tokens(text)
    assert counts.trained[0].as_py() == tokens(text) - tokens(text[:head])


def test_the_template_of_a_folder(tmp_path: Path) -> None:
    _byte_level().save(str(tmp_path / "tokenizer.json"))
    assert load_chat_template(tmp_path) is None
    config = {"bos_token": {"content": "<s>"}, "eos_token": "</s>", "pad_token": None}
    write = (tmp_path / "tokenizer_config.json").write_text
    write(json.dumps({**config, "chat_template": "{{ bos_token }}{{ messages[0].content }}"}))
    chat = [{"role": "user", "content": "hi"}]
    folder = fc.load_chat_template(tmp_path)
    assert folder is not None
    assert (folder.render(chat), dict(folder.special_tokens)) == (
        "<s>hi",
        {"bos_token": "<s>", "eos_token": "</s>"},
    )
    assert fc.count_tokens([chat], tokenizer=tmp_path).to_pylist() == [3]
    assert fc.count_tokens([chat], tokenizer=tmp_path, chat_template=False).to_pylist() == [2]
    named = [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}]
    write(json.dumps({**config, "chat_template": named}))
    assert [load_chat_template(tmp_path, name).render(chat) for name in (None, "tool_use")] == ["d", "t"]  # type: ignore[union-attr]
    (tmp_path / "chat_template.jinja").write_text("from the file")
    assert load_chat_template(str(tmp_path)).render(chat) == "from the file"  # type: ignore[union-attr]
    assert load_chat_template("gpt2", tmp_path / "chat_template.jinja").source == "from the file"  # type: ignore[union-attr]
    (tmp_path / "additional_chat_templates").mkdir()
    (tmp_path / "additional_chat_templates/rag.jinja").write_text("rag")
    assert load_chat_template(tmp_path, "rag").render(chat) == "rag"  # type: ignore[union-attr]
    assert pickle.loads(pickle.dumps(folder)) == folder
    write(json.dumps({"chat_template": {"a": "1", "b": "2"}}))
    (tmp_path / "chat_template.jinja").unlink()
    with pytest.raises(
        ValueError, match="several chat templates and none is the default; name one of 'a', 'b', 'rag'"
    ):
        load_chat_template(tmp_path)
    write("{")
    with pytest.raises(ValueError, match=r"tokenizer_config.json is not JSON"):
        load_chat_template(tmp_path)


@pytest.mark.parametrize(
    ("chats", "template", "error", "message"),
    [
        (
            [CHATS[0], [{"content": "x"}]],
            "chatml",
            ValueError,
            "row 1: turn 0: the message has no role, only content",
        ),
        ([CHATS[0], [{"content": "x"}]], None, ValueError, "row 1: turn 0: the message has no role"),
        ([CHATS[0], []], "chatml", ValueError, "row 1: the conversation has no messages"),
        (
            [CHATS[0], ["x"]],
            "chatml",
            TypeError,
            "row 1: turn 0: a message must have role and content, got str",
        ),
        (["x"], "chatml", TypeError, "messages, row 0: expected a list of messages, got str"),
        (
            [None, [{"role": "assistant", "content": "x"}]],
            "instruct",
            ValueError,
            "row 1: the chat template refuses the conversation: user and assistant must take turns",
        ),
        (pa.array(["text"]), "chatml", TypeError, "messages must be conversations"),
    ],
)
def test_conversations_that_cannot_be_counted_say_why(
    chats: Any, template: str | None, error: type[Exception], message: str
) -> None:
    source = None if template is None else TEMPLATES[template]
    with pytest.raises(error, match=message):
        fc.count_chat_tokens(chats, tokenizer="chars", chat_template=source)


def test_a_template_that_is_none() -> None:
    with pytest.raises(ValueError, match="chat_template is no Jinja template"):
        load_chat_template("gpt2", "{% for %}")
    with pytest.raises(TypeError, match="chat_template must be a Jinja template"):
        load_chat_template("gpt2", 7)
    with pytest.raises(FileNotFoundError):
        load_chat_template("gpt2", "missing.jinja")


def _byte_level() -> tk.Tokenizer:
    """Bytes, merges of a few pairs, two special tokens."""
    alphabet = sorted(tk.pre_tokenizers.ByteLevel.alphabet())
    vocab = {letter: number for number, letter in enumerate(alphabet)}
    merges = [("a", "b"), ("ab", "a"), ("Ġ", "a"), ("Ã", "©")]
    for left, right in merges:
        vocab.setdefault(left + right, len(vocab))
    tokenizer = tk.Tokenizer(tk.models.BPE(vocab, merges))
    tokenizer.pre_tokenizer = tk.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tk.decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>", "<s>"])
    return tokenizer
