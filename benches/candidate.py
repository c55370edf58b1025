"""Token counts beside the release candidate of `tokenizers`, in an environment of its own (`make .venvs/candidate`).

The tests need the release, so that both cannot be in one process: the candidate gets the rows and says what it counted
and how long it took. Its own best way from texts to ids, one thread; each tokenizer is new, so that the first round is
that of somebody who counts a set once, and the best of the others that of somebody who counts the same rows again.
"""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import fastcurate as fc
from fastcurate.tokenizer import load_tokenizer

from benches.corpora import ROOT, Corpora, size

PYTHON = ROOT / ".venvs" / "candidate" / "bin" / "python"
ROUNDS = 4
SCRIPT = """
import json, sys, time
import tokenizers
tokenizer, rows, times = tokenizers.Tokenizer.from_file(sys.argv[1]), json.load(sys.stdin), []
tokenizer.encode_batch(["warm"])
for _ in range(int(sys.argv[2])):
    started = time.process_time()
    encoded = tokenizer.encode_batch(rows, add_special_tokens=False)
    times.append(time.process_time() - started)
    counts = [len(row.ids_array) for row in encoded]
    del encoded
print(json.dumps({"version": tokenizers.__version__, "times": times, "counts": counts}))
"""


def theirs(path: Path, rows: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, path, str(ROUNDS)],
        input=json.dumps(rows),
        capture_output=True,
        check=True,
        text=True,
        env=os.environ | {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def lines(corpora: Corpora, files: dict[str, str], names: tuple[str, ...]) -> list[str]:
    if not PYTHON.exists():
        return ["tokens: not compared with the release candidate of tokenizers (make .venvs/candidate)"]
    found = ["tokens: beside the candidate of tokenizers, one thread, MB/s of processor time, first and best"]
    for tokenizer, file in files.items():
        path = corpora.file(f"tokenizers/{file}")
        if path is None or path.suffix != ".json":
            continue
        for corpus in corpora.named(*names):
            text = corpora.text(corpus)
            rival = theirs(path, text.to_pylist())
            # Another spelling of the same file is another tokenizer, which remembers nothing yet.
            loaded = load_tokenizer(path.read_text() + " " * (1 + len(found)))
            counts, times = text, []
            for _ in range(ROUNDS):
                started = time.process_time()
                counts = fc.count_tokens(text, tokenizer=loaded, threads=1)
                times.append(time.process_time() - started)
            differ = sum(one != two for one, two in zip(counts.to_pylist(), rival["counts"], strict=True))
            assert differ == 0, f"{tokenizer}, {corpus}: {differ} rows differ"
            rates = [size(text) / 1e6 / took for took in (times[0], min(times))]
            others = [size(text) / 1e6 / took for took in (rival["times"][0], min(rival["times"]))]
            found.append(
                f"  {tokenizer:<8} {corpus:<18} {rates[0]:5.0f} {rates[1]:5.0f}, {rival['version']} "
                f"{others[0]:5.0f} {others[1]:5.0f}: {rates[0] / others[0]:.1f} and {rates[1] / others[1]:.1f} times"
            )
    return found
