"""`python -m fastcurate` is the command `fastcurate`."""

from fastcurate.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
