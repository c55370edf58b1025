"""A language model of a few thousand weights, its tokenizer, and a record of what it was given to learn."""

import pytest

HOW = "needs torch, transformers and trl: .venv/bin/python -m pip install --group trainers"
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
