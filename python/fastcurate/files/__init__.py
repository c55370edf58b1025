"""Data files in and out: JSONL (plain, .gz, .zst), Parquet, CSV and Arrow, each whole or not at all."""

from fastcurate.files.atomic import new_file, new_folder
from fastcurate.files.opening import FileFrame, open_files
from fastcurate.files.write import write_rows

__all__ = ["FileFrame", "new_file", "new_folder", "open_files", "write_rows"]
