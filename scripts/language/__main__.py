"""Count what is hard to read, or refuse what the rules have ruled out.

    python -m scripts.language counts [--list KIND]
    python -m scripts.language check [--kind KIND]... [PATH]...

`check` prints `file:line: kind: text` and exits with 1 where a rule is broken. A line that breaks a rule for a good
reason says so in a comment, `# language: the host's own name`. For docstrings the comment stands on the line of the
`def`, or behind the docstring; for messages, on any line of the `raise`.
"""

import argparse
import sys
from pathlib import Path

from .report import CHECKED, KINDS, PACKAGES, TESTS, broken, listing, table
from .source import load

ROOT = Path(__file__).parents[2]


def parser() -> argparse.ArgumentParser:
    """Return the parser of both commands."""
    parser = argparse.ArgumentParser(prog="python -m scripts.language", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    counts = commands.add_parser("counts", help="print a table by kind and package")
    counts.add_argument("--list", choices=KINDS, metavar="KIND", help=f"print the places instead: {', '.join(KINDS)}")
    check = commands.add_parser("check", help="fail where a rule is broken")
    check.add_argument("--kind", choices=KINDS, action="append", help=f"default: {', '.join(CHECKED)}")
    check.add_argument(
        "paths", nargs="*", metavar="PATH", type=existing, help="report these files and folders only; default: all"
    )
    return parser


def existing(path: str) -> str:
    """Return `path` relative to the repository, empty for all of it. Raises ArgumentTypeError."""
    absolute = Path(path).resolve()
    if not absolute.exists() or not absolute.is_relative_to(ROOT):
        raise argparse.ArgumentTypeError(f"{path} does not exist in {ROOT}")
    return absolute.relative_to(ROOT).as_posix().removeprefix(".")


def main() -> int:
    """Run one of the commands; return the exit code."""
    options = parser().parse_args()
    if options.command == "counts":
        modules = load(ROOT, (*PACKAGES, TESTS))
        print("\n".join(listing(modules, options.list) if options.list else table(modules)))
        return 0
    lines = broken(load(ROOT, PACKAGES), options.kind or CHECKED, options.paths)
    print("\n".join(lines), end="\n" * bool(lines))
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
