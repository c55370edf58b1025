"""A TRL run: near-duplicates out, conversations made, tokens packed, a few steps of training."""

import sys

import fastcurate as fc
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

source, kept, removed, folder = sys.argv[1:]
rows = load_dataset("json", data_files=source, split="train")
for column in ("prompt", "answer"):
    rows = rows.map(fc.datasets.normalize(column), batched=True)
d = fc.deduplicate(rows, on=["prompt", "answer"], threshold=0.8)
d.kept.map(fc.datasets.count_tokens("answer", tokenizer="gpt2", output="tokens"), batched=True).to_json(kept)
d.removed.select_columns(["id", "kept_row", "similarity", "reason"]).to_json(removed)

tokenizer = AutoTokenizer.from_pretrained(folder)
made = fc.to_messages(d.kept.rename_column("answer", "completion"))
chats = made.rows.map(
    lambda batch: {
        "input_ids": [tokenizer.apply_chat_template(chat)["input_ids"] for chat in batch["messages"]]
    },
    batched=True,
    remove_columns=made.rows.column_names,
)
packs = fc.pack([len(ids) for ids in chats["input_ids"]], capacity=256, overflow="truncate")
config = SFTConfig("run", padding_free=True, max_length=None, max_steps=3, report_to="none", use_cpu=True)
model = AutoModelForCausalLM.from_pretrained(folder)
trainer = SFTTrainer(model, config, train_dataset=packs.apply(chats), processing_class=tokenizer)
print("loss", trainer.train().training_loss)
