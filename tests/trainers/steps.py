"""A few steps of real trainers on our sets: losses are finite, every token that can be learnt is learnt exactly once.

Run by `make test-trainers`, and not called `test_...` so that `make test` leaves it alone: torch is heavy. A model of
random weights is built on the spot; nothing is fetched.
"""

import json
import math
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
tiny = pytest.importorskip(
    "tiny", reason="needs torch, transformers and trl: make test-trainers installs them"
)

import fastcurate as fc  # noqa: E402
import torch  # noqa: E402
from conftest import ROOT  # noqa: E402
from datasets import Dataset  # noqa: E402
from strategies.near_copies import near_copies  # noqa: E402
from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments  # noqa: E402
from trl import SFTConfig, SFTTrainer  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # theirs are not ours to end on

QUIET = {
    "report_to": "none",
    "use_cpu": True,
    "disable_tqdm": True,
    "num_train_epochs": 1,
    "logging_steps": 1,
    "save_strategy": "no",
}


@pytest.fixture
def sizes():
    draw = random.Random(3)
    return [draw.randint(2, 60) for _ in range(50)]


@pytest.fixture
def tokenised(sizes):
    words = tiny.tokenizer()
    data = Dataset.from_dict({"text": tiny.rows(sizes)})
    data = data.map(lambda batch: {"input_ids": words(batch["text"])["input_ids"]}, batched=True)
    data = data.map(fc.datasets.count_tokens("text", tokenizer=words), batched=True)
    assert data["length"][:] == sizes == [len(ids) for ids in data["input_ids"]]
    return data.remove_columns("text")


def checked(record, sizes):
    assert sorted(record.learnt) == tiny.to_learn(sizes)
    assert len(record.losses) > 2
    assert all(math.isfinite(loss) for loss in record.losses)


@pytest.mark.parametrize("prepare", [True, False], ids=["TRL looks at it", "TRL takes it as it is"])
def test_trl_learns_every_token_of_our_packs_once(tmp_path, tokenised, sizes, prepare):
    packs = fc.pack(tokenised["length"], capacity=128)
    packed = packs.apply(tokenised.select_columns(["input_ids"]))
    assert packed.column_names == ["input_ids", "seq_lengths"]
    how = {} if prepare else {"dataset_kwargs": {"skip_prepare_dataset": True}}
    config = SFTConfig(
        tmp_path, padding_free=True, max_length=None, per_device_train_batch_size=2, **how, **QUIET
    )
    model = tiny.model()
    record = tiny.Record(model)
    SFTTrainer(model, config, train_dataset=packed, processing_class=tiny.tokenizer()).train()
    checked(record, sizes)
    assert len(record.batches) == math.ceil(len(packs.bins) / 2)


@pytest.mark.parametrize("column", ["completion_mask", "labels"])
def test_trl_learns_only_answers_where_they_are_marked_in_the_packs(tmp_path, tokenised, sizes, column):
    asked = [size // 3 for size in sizes]
    marks = {
        "completion_mask": [
            [0] * first + [1] * (size - first) for first, size in zip(asked, sizes, strict=True)
        ],
        "labels": [
            [-100] * first + ids[first:] for first, ids in zip(asked, tokenised["input_ids"], strict=True)
        ],
    }
    data = tokenised.select_columns(["input_ids"]).add_column(column, marks[column])
    packed = fc.pack(sizes, capacity=128).apply(data)
    assert packed.column_names == ["input_ids", column, "seq_lengths"]
    how = (
        {"dataset_kwargs": {"skip_prepare_dataset": True}}
        if column == "labels"
        else {"completion_only_loss": True}
    )
    config = SFTConfig(
        tmp_path, padding_free=True, max_length=None, per_device_train_batch_size=2, **how, **QUIET
    )
    model = tiny.model()
    record = tiny.Record(model)
    SFTTrainer(model, config, train_dataset=packed, processing_class=tiny.tokenizer()).train()
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    answers = [
        token
        for start, first, size in zip(starts, asked, sizes, strict=True)
        for token in range(
            start + max(first, 1), start + size
        )  # the first of a row is predicted from nothing
    ]
    assert sorted(record.learnt) == answers
    assert all(math.isfinite(loss) for loss in record.losses)


@pytest.mark.parametrize("seed", range(4))
def test_our_packs_are_no_more_than_trls(seed):
    from trl import pack_dataset

    draw = random.Random(seed)
    capacity = draw.choice([64, 512, 2048])
    long = [max(1, min(capacity, int(draw.lognormvariate(4, 1)))) for _ in range(draw.choice([50, 5000]))]
    tokens = Dataset.from_dict({"input_ids": [[0] * size for size in long]})
    theirs = pack_dataset(tokens, capacity, "bfd")
    ours = fc.pack(long, capacity=capacity).apply(tokens)
    assert sum(map(len, ours["input_ids"])) == sum(map(len, theirs["input_ids"])) == sum(long)
    assert len(ours) <= len(theirs)
    assert {field: str(kind) for field, kind in ours.features.items()} == {
        field: str(kind) for field, kind in theirs.features.items()
    }


def test_transformers_learns_every_token_of_our_buckets_once(tmp_path, tokenised, sizes):
    buckets = fc.bucket_by_length(tokenised["length"], buckets=4)
    batches = buckets.batches(4, seed=1)
    words = tiny.tokenizer()
    model = tiny.model()
    record = tiny.Record(model)
    data = tokenised.remove_columns("length").add_column("labels", tokenised["input_ids"][:])

    class Bucketed(Trainer):
        def get_train_dataloader(self):
            collator = DataCollatorForSeq2Seq(words, padding=True)
            return torch.utils.data.DataLoader(data, batch_sampler=batches, collate_fn=collator)

    Bucketed(model, TrainingArguments(tmp_path, **QUIET), train_dataset=data).train()
    checked(record, sizes)
    assert len(record.batches) == len(batches)
    edges = [0, *buckets.boundaries]
    for batch in record.batches:  # all rows of a batch are of one bucket
        assert len({sum(len(line) > edge for edge in edges) for line in batch}) == 1


def test_two_ranks_share_our_buckets(tmp_path):
    """Two processes, torch's own data-parallel training: no batch twice, none left out, and neither waits for ever."""
    draw = random.Random(3)
    sizes = [draw.randint(*ends) for ends in [(2, 20), (21, 40), (41, 60)] for _ in range(16)]
    draw.shuffle(
        sizes
    )  # as many batches in each bucket for one rank as for the other: none is given out twice
    rows = tiny.rows(sizes)
    words = [[int(word[1:]) for word in row.split()] for row in rows]
    (tmp_path / "rows.json").write_text(json.dumps(words))
    torch.multiprocessing.spawn(tiny.rank, (2, str(tmp_path)), nprocs=2)
    said = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)]
    assert len(said[0]["losses"]) == len(said[1]["losses"]) > 2
    assert all(math.isfinite(loss) for one in said for loss in one["losses"])
    assert said[0]["weights"] == said[1]["weights"]  # they did learn together
    assert sorted(said[0]["learnt"] + said[1]["learnt"]) == tiny.to_learn(sizes)
    for step in zip(said[0]["widths"], said[1]["widths"], strict=True):
        assert len(set(step)) == 1  # both from one bucket, so that neither waits for the other


def test_group_by_length_reads_our_lengths(tmp_path, tokenised, sizes):
    words = tiny.tokenizer()
    model = tiny.model()
    record = tiny.Record(model)
    data = tokenised.add_column("labels", tokenised["input_ids"][:])
    arguments = TrainingArguments(
        tmp_path,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        per_device_train_batch_size=5,
        remove_unused_columns=False,
        **QUIET,
    )
    pad = DataCollatorForSeq2Seq(words, padding=True)

    def collate(examples):
        return pad([{name: row[name] for name in ("input_ids", "labels")} for row in examples])

    trainer = Trainer(model, arguments, train_dataset=data, data_collator=collate, processing_class=words)
    assert list(trainer._get_train_sampler().lengths) == sizes
    trainer.train()
    checked(record, sizes)
    waste = sum(max(map(len, batch)) * len(batch) - sum(map(len, batch)) for batch in record.batches)
    plain = [sizes[start : start + 5] for start in range(0, len(sizes), 5)]
    assert waste < sum(max(batch) * len(batch) - sum(batch) for batch in plain)


def test_conversations_and_pairs_are_read_by_trl(tmp_path):
    """What `to_messages` makes goes into the trainer as it is, with a chat template."""
    words = tiny.tokenizer()
    words.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    made = fc.to_messages({"instruction": tiny.rows([3] * 6), "output": tiny.rows([4] * 6)})
    data = Dataset(made.rows)
    config = SFTConfig(tmp_path, max_length=64, per_device_train_batch_size=2, **QUIET)
    model = tiny.model()
    record = tiny.Record(model)
    SFTTrainer(model, config, train_dataset=data, processing_class=words).train()
    assert len(record.batches) == 3
    assert all(math.isfinite(loss) for loss in record.losses)
    lines = [line for batch in record.batches for line in batch]
    assert sorted(len(line) for line in lines) == [7] * 6


def test_a_trl_run_comes_to_the_verdicts_of_the_other_programs(tmp_path):
    rows, copies = near_copies(120)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = tiny.tokenizer()
    words.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    words.save_pretrained(tmp_path / "model")
    tiny.model().save_pretrained(tmp_path / "model")
    command = [
        sys.executable,
        ROOT / "tests/programs/of_trl.py",
        "rows.jsonl",
        "kept.jsonl",
        "removed.jsonl",
        "model",
    ]
    done = subprocess.run(command, cwd=tmp_path, check=True, timeout=300, stdout=subprocess.PIPE, text=True)
    removed = [json.loads(line) for line in (tmp_path / "removed.jsonl").read_text().splitlines()]
    assert [(row["id"], row["kept_row"]) for row in removed] == copies
    kept = [json.loads(line)["id"] for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert kept == sorted({row["id"] for row in rows} - {row for row, _ in copies})
    assert math.isfinite(float(re.search(r"^loss (\S+)$", done.stdout, flags=re.MULTILINE)[1]))


def test_the_page_about_trl(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/cookbook/trl.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    names = {"model": tiny.model(), "tokenizer": tiny.tokenizer()}
    names["tokenizer"].chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    record = tiny.Record(names["model"])
    for number, block in enumerate(blocks, start=1):
        exec(compile(block, f"trl.md, Python block {number}", "exec"), names)
    assert all(math.isfinite(loss) for loss in record.losses)
    assert len(record.losses) > 1
