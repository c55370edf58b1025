"""What the command `fastcurate` understands: its subcommands, their options, examples and help."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from fastcurate import _core
from fastcurate.cleaning import ORDER, PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Command = Callable[..., argparse.ArgumentParser]
    Runs = Mapping[str, Callable[[argparse.Namespace], None]]

FILES = "JSONL (also .gz, .zst), Parquet, CSV or Arrow files, globs or folders; a glob in quotes works too"
ON = """column to compare; give it again for each further column, all of which have to be alike, and join
columns with + to one text: --on instruction+input --on output; of a column `messages`, prompt and response
are the parts (default: the first that is there of messages; text; instruction+input and output; prompt and
completion or response; question and answer)"""
TOKENIZER = "a tokenizer.json or .tiktoken file, the folder of a model, or gpt2, cl100k_base, o200k_base"
SHOW = "print N of the rows that went for others beside these (default: 0)"
CHAT_TEMPLATE = "a .jinja file that conversations are rendered with (default: that of the tokenizer's folder)"


def parser_of(run: Runs) -> argparse.ArgumentParser:
    """The parser of the whole command; `run` has the function of every subcommand."""
    parser = argparse.ArgumentParser(
        prog="fastcurate",
        description="Raw text in, a set worth fine-tuning on out.",
        epilog="fastcurate COMMAND --help shows the options of a command, with examples.",
    )
    parser.add_argument("--version", action="version", version=f"fastcurate {_core.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(
        name: str, run: Callable[[argparse.Namespace], None], about: str, *examples: str
    ) -> argparse.ArgumentParser:
        shown = "\n".join(f"  fastcurate {name} {example}" for example in examples)
        made = commands.add_parser(
            name,
            help=about,
            description=about[0].upper() + about[1:] + ".",
            epilog=f"examples:\n{shown}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    curate = command(
        "curate",
        run["curate"],
        "the whole job: clean, remove, count, plan, by a recipe",
        "raw.jsonl -o out/",
        "raw.jsonl -o out/ --tokenizer tokenizer.json --on-error skip",
        "'parts/*.parquet' -o out/ --on instruction+input --on output --recipe mine.toml",
    )
    curate.add_argument("--recipe", default="sft", help="a built-in recipe or a TOML file (default: sft)")
    curate.add_argument(
        "--recipe-folder",
        action="append",
        default=[],
        metavar="FOLDER",
        help="a folder that the files named in a TOML file may be in, beside its own; again for more",
    )
    _data(curate, needs_out=True)
    curate.add_argument("--show", type=int, default=0, metavar="N", help=SHOW)
    curate.add_argument("--chat-template", help=CHAT_TEMPLATE)
    curate.add_argument(
        "--tokenizer", help=TOKENIZER + "; without it the steps that need lengths are skipped"
    )

    _dedup_command(command, run)

    tokens = command(
        "tokens",
        run["tokens"],
        "count the tokens of every row",
        "raw.jsonl --tokenizer gpt2",
        "raw.jsonl --tokenizer tokenizer.json -o out/",
        "chats.jsonl --tokenizer model/ -o out/ --length-column length",
    )
    _data(tokens)
    tokens.add_argument("--tokenizer", required=True, help=TOKENIZER)
    tokens.add_argument("--chat-template", help=CHAT_TEMPLATE)
    tokens.add_argument(
        "--length-column",
        metavar="NAME",
        help="write the counts beside each row, as trainers that group by length read them (column `length`)",
    )
    tokens.add_argument(
        "--add-special-tokens", action="store_true", help="add what the tokenizer puts around each text"
    )

    _lengths_command(command, run)
    _pack_command(command, run)

    normalize = command(
        "normalize",
        run["normalize"],
        "clean the text, remove nothing",
        "raw.jsonl -o out/",
        "raw.jsonl -o out/ --preset sft",
        "pages.parquet -o out/ --preset web --set entities=keep --on text",
        "raw.jsonl -o out/ --set form=NFKC --set whitespace=keep --set max_blank_lines=1",
        "raw.jsonl -o out/ --set mojibake=repair --set quotes=ascii",
    )
    _data(normalize, needs_out=True)
    normalize.add_argument(
        "--preset",
        choices=sorted(PRESETS),
        help="sft: answers and code, nothing that changes what they say; web: pages and posts, mojibake repaired; "
        "match: for comparing (default: Unicode form NFC, whitespace collapsed, controls removed)",
    )
    normalize.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="OPTION=VALUE",
        type=_setting,
        help=f"an option of fastcurate.normalize, also beside a preset: {', '.join(ORDER)}, code",
    )

    redact = command(
        "redact",
        run["redact"],
        "replace personal data and secrets, remove nothing",
        "raw.jsonl -o out/",
        "raw.jsonl -o out/ --kind email --kind phone --replace pseudonym --seed 7",
    )
    _data(redact, needs_out=True)
    redact.add_argument(
        "--kind",
        dest="kinds",
        action="append",
        choices=("email", "url", "ip", "private_ip", "phone", "iban", "card", "secret"),
        help="what to look for; give it again for more (default: all but url and private_ip)",
    )
    redact.add_argument(
        "--replace", choices=("label", "pseudonym"), help="[EMAIL], or [EMAIL_1f0c9a52] (default: label)"
    )
    redact.add_argument("--seed", type=int, help="of pseudonyms (default: 0)")

    quality = command(
        "quality",
        run["quality"],
        "remove the rows that break a rule about a quality signal",
        "raw.jsonl --plan",
        "raw.jsonl -o out/",
        "pages.parquet -o out/ --on text --rules gopher --rules c4 --rules 'digit_fraction <= 0.5'",
    )
    _data(quality)
    quality.add_argument(
        "--rules",
        action="append",
        help="sft, gopher, c4, fineweb, a TOML file, or what stays: 'words >= 3'; again for more (default: sft)",
    )
    quality.add_argument(
        "--plan",
        action="store_true",
        help="show what each rule would take, with examples, and remove nothing",
    )

    recipe = command(
        "recipe", run["recipe"], "print a recipe with its comments, to copy and change", "sft > mine.toml"
    )
    recipe.add_argument("name", help="a built-in recipe: sft; or a TOML file")
    return parser


def _dedup_command(command: Command, run: Runs) -> None:
    dedup = command(
        "dedup",
        run["dedup"],
        "remove rows that repeat others, exactly or nearly",
        "raw.jsonl -o out/",
        "raw.parquet -o out/ --threshold 0.9 --keep longest",
        "raw.jsonl -o out/ --method exact --on text --show 5",
        "raw.jsonl -o out/ --within language --target-rows 10000",
        "new.jsonl -o out/ --against old.jsonl",
        "raw.jsonl -o out/ --measure containment --keep longest",
    )
    _data(dedup, needs_out=True)
    dedup.add_argument("--show", type=int, default=0, metavar="N", help=SHOW)
    dedup.add_argument("--method", choices=("similar", "exact"), default="similar", help="default: similar")
    dedup.add_argument(
        "--threshold", type=float, help="similarity from which a row goes, 0 to 1 (default: 0.8)"
    )
    dedup.add_argument(
        "--target-rows",
        type=int,
        metavar="N",
        help="instead of a threshold: the highest of .50, .51 ... 1.00 that leaves N rows or fewer",
    )
    dedup.add_argument(
        "--within", metavar="COLUMN", help="compare only rows with the same value there, such as language"
    )
    dedup.add_argument(
        "--against",
        action="append",
        metavar="FILE",
        help="rows that are there already, which all stay: rows like one of them go too; again for more files",
    )
    dedup.add_argument(
        "--measure",
        choices=("jaccard", "containment", "hamming"),
        help="what similarity means: shared shingles of all; of the row's own, so that a part goes for the whole; "
        "equal bits of SimHash (default: jaccard)",
    )
    dedup.add_argument("--idf", action="store_true", help="shingles that are rare in these rows weigh more")
    dedup.add_argument(
        "--signatures", metavar="COLUMN", help="compare signatures made earlier, in the place of texts"
    )
    dedup.add_argument("--system-turns", action="store_true", help="compare the system turns of chats too")
    dedup.add_argument("--shingle", help="word:N or char:N (default: word:3)")
    dedup.add_argument(
        "--keep",
        help="first, last, longest, shortest, best:COLUMN, prefer:COLUMN=VALUE or none (default: first)",
    )
    dedup.add_argument(
        "--distinct-numbers",
        action="store_true",
        help="rows whose numbers differ are different, whatever their words",
    )


def _lengths_command(command: Command, run: Runs) -> None:
    lengths = command(
        "lengths",
        run["lengths"],
        "say how long the rows are and what a maximum length costs",
        "raw.jsonl --tokenizer gpt2",
        "'parts/*.parquet' --tokenizer tokenizer.json --source dataset --max-length 1024 --max-length 2048",
    )
    lengths.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    lengths.add_argument("--on", action="append", metavar="COLUMN", help=ON)
    lengths.add_argument("--tokenizer", help=TOKENIZER + "; without it the files need a column `length`")
    lengths.add_argument("--chat-template", help=CHAT_TEMPLATE)
    lengths.add_argument("--source", metavar="COLUMN", help="count rows and tokens by the values of a column")
    lengths.add_argument(
        "--max-length", type=int, action="append", help="give it again for each (default: 512 to 4096)"
    )
    lengths.add_argument("--json", action="store_true", help="the report as JSON")
    lengths.add_argument("--threads", type=int, help="default: all cores")


def _pack_command(command: Command, run: Runs) -> None:
    pack = command(
        "pack",
        run["pack"],
        "plan length buckets and packs of one capacity",
        "raw.jsonl --tokenizer gpt2 --capacity 2048",
        "raw.jsonl --tokenizer tokenizer.json --capacity 4096 --overflow drop -o out/",
        "raw.jsonl --tokenizer gpt2 --capacity 4096 --apart document --max-rows 16 -o out/",
    )
    _data(pack)
    pack.add_argument("--tokenizer", required=True, help=TOKENIZER)
    pack.add_argument("--capacity", type=int, required=True, help="tokens that a pack can hold")
    pack.add_argument("--buckets", type=int, default=8, help="length buckets at most (default: 8)")
    pack.add_argument(
        "--overflow",
        choices=("error", "truncate", "drop"),
        default="error",
        help="rows over the capacity; drop leaves them in the data, in no pack (default: error)",
    )

    pack.add_argument("--max-rows", type=int, help="rows that a pack can hold at most")
    pack.add_argument("--together", metavar="COLUMN", help="rows with one value here share a pack")
    pack.add_argument("--apart", metavar="COLUMN", help="rows with one value here never share a pack")
    pack.add_argument("--chat-template", help=CHAT_TEMPLATE)


def _data(parser: argparse.ArgumentParser, *, needs_out: bool = False) -> None:
    """The arguments of every command that reads rows."""
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    parser.add_argument("-o", "--out", required=needs_out, help="the folder to write")
    parser.add_argument("--on", action="append", metavar="COLUMN", help=ON)
    parser.add_argument(
        "--format", help="of the data: jsonl, parquet, csv, arrow (default: that of the input)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the folder if it is not empty")
    parser.add_argument(
        "--on-error",
        choices=("raise", "skip"),
        default="raise",
        help="a line that cannot be parsed: stop, or move it to the removed rows (default: raise)",
    )
    parser.add_argument(
        "--threads", type=int, help="default: all cores; the result is the same for any number"
    )
    parser.add_argument(
        "--memory",
        help="about how much to use, such as 2GiB: files that need more are read piece by piece, with the same "
        "verdicts (default: half of what is free)",
    )
    parser.add_argument(
        "--work",
        help="the folder where a job that is done piece by piece leaves what it needs to go on after it was stopped "
        "(default: beside the output; gone when the job is done)",
    )
    parser.add_argument("--shard-size", help="the data in files of about this size, such as 1GiB")
    parser.add_argument(
        "--log", choices=("json", "text"), help="lines about the progress on standard error, one a second"
    )
    parser.set_defaults(tokenizer=None, chat_template=None, show=0)


def _setting(text: str) -> str:
    if "=" not in text:
        raise argparse.ArgumentTypeError(f"{text!r} must be OPTION=VALUE, as in form=NFKC")
    return text
