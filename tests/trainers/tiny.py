"""A language model of a few thousand weights, its tokenizer, and a record of what it was given to learn."""

import json
from pathlib import Path

import pytest

HOW = "needs torch, transformers and trl: make test-trainers installs them"
torch = pytest.importorskip("torch", reason=HOW)
transformers = pytest.importorskip("transformers", reason=HOW)
trl = pytest.importorskip("trl", reason=HOW)

WORDS = 2000


def tokenizer():
    """Words `w0` to `w1999`, one token each."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {f"w{number}": number for number in range(WORDS)} | {"<pad>": WORDS, "<eos>": WORDS + 1}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", unk_token="<pad>"
    )


def model():
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=WORDS + 2,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        pad_token_id=WORDS,
        eos_token_id=WORDS + 1,
    )
    return transformers.LlamaForCausalLM(config)


class Record:
    """What a model was given: tokens that count in the loss, the batches they came in, and the losses."""

    def __init__(self, model):
        self.learnt, self.batches, self.losses = [], [], []
        model.register_forward_pre_hook(self.before, with_kwargs=True)
        model.register_forward_hook(self.after)

    def before(self, _model, _arguments, given):
        ids, labels = given["input_ids"], given["labels"]
        assert torch.all((labels == ids) | (labels == -100))
        # the first token of a line is predicted from nothing: the shift of causal models leaves it out
        counted = labels[:, 1:] != -100
        self.learnt += ids[:, 1:][counted].tolist()
        self.batches.append([[token for token in line if token != WORDS] for line in ids.tolist()])

    def after(self, _model, _arguments, output):
        self.losses.append(output.loss.item())


def rank(number, replicas, folder):
    """One of several processes that train one model on the rows of `rows.json`; says what it learnt in a file."""
    import fastcurate as fc

    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=number, world_size=replicas
    )
    torch.set_num_threads(1)
    ids = json.loads((Path(folder) / "rows.json").read_text())
    buckets = fc.bucket_by_length([len(row) for row in ids], edges=[20, 40, 60])
    batches = buckets.batches(4, seed=1, drop_last=False, rank=number, num_replicas=replicas)
    bucket = buckets.bucket.to_pylist()
    data = [{"input_ids": row, "labels": row, "bucket": bucket[place]} for place, row in enumerate(ids)]
    pad = transformers.DataCollatorForSeq2Seq(tokenizer(), padding=True)

    def collate(examples):
        kinds = {row["bucket"] for row in examples}
        return kinds, pad([{name: row[name] for name in ("input_ids", "labels")} for row in examples])

    plain = model()
    record = Record(plain)
    trained = torch.nn.parallel.DistributedDataParallel(plain)
    steps = torch.optim.SGD(trained.parameters(), lr=0.1)
    widths = []
    for kinds, batch in torch.utils.data.DataLoader(data, batch_sampler=batches, collate_fn=collate):
        widths.append(sorted(kinds))
        steps.zero_grad()
        trained(**batch).loss.backward()
        steps.step()
    said = {
        "learnt": record.learnt,
        "losses": record.losses,
        "widths": [kinds for (kinds,) in widths],
        "weights": sum(float(each.double().sum()) for each in plain.parameters()),
    }
    (Path(folder) / f"{number}.json").write_text(json.dumps(said))
    torch.distributed.destroy_process_group()


def rows(sizes):
    """Rows of these lengths in which every word is another one, so that each can be followed through a run."""
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    assert sum(sizes) <= WORDS
    return [
        " ".join(f"w{start + word}" for word in range(size))
        for start, size in zip(starts, sizes, strict=True)
    ]


def to_learn(sizes):
    """The tokens that can be learnt of such rows: all but the first of each."""
    starts = {sum(sizes[:place]) for place in range(len(sizes))}
    return [token for token in range(sum(sizes)) if token not in starts]
