"""Commands in sentences and tables: `flowsep …` in backticks has options that exist, `make …` has targets."""

import re
from collections.abc import Iterator
from functools import partial

from .blocks import outside_blocks
from .parsing import CHECKS, option_names, quietly

_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_PROGRAM = re.compile(r"^(?:[\w./~-]*/bin/)?(flowsep(?:-export|-train)?|make|pip|pipx|uv|python -m [\w.]+)(?: |$)(.*)")
_OPTION = re.compile(r"(?<=\s)--?[a-z][\w-]*")


def commands(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line number, program and the rest of each command in backticks outside the blocks of a page."""
    for number, line in outside_blocks(text):
        for code in _CODE.findall(line):
            if match := _PROGRAM.match(code.replace("\\|", "|")):
                yield number, match[1], match[2]


def problem(program: str, rest: str) -> str:
    """Return what is wrong with a command in a sentence; texts in capitals and `…` stand for anything."""
    words = rest.split("#")[0].replace("…", " ").replace("'", "").replace('"', "").split()
    if program.startswith("python -m "):
        return _python_problem(program.removeprefix("python -m "), words)
    if program in {"flowsep", "flowsep-export"}:
        return quietly(partial(_check_options, program), rest)
    placeholders = [word for word in words if not (word.isupper() and "=" not in word)]
    return quietly(CHECKS[program], placeholders) if words and program != "flowsep-train" else ""


def _check_options(program: str, rest: str) -> None:
    for part in rest.split("|") if " | " in rest else [rest]:
        bare = part.split("--")[0].split(" -")[0].replace("…", " ")
        known = option_names(program, bare.split() if part == rest else [])
        unknown = [name for name in _OPTION.findall(f" {part}") if name not in known]
        if unknown and part == rest:
            raise SystemExit(f"{program} {rest}: there is no option {', '.join(unknown)}")


def _python_problem(module: str, words: list[str]) -> str:
    if module.startswith("flowsep_"):
        return ""
    return quietly(CHECKS["python"], ["-m", module, *words])
