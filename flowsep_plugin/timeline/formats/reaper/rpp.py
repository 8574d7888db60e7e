"""Parse the text of a REAPER project: nested blocks of lines, words in REAPER's quotes; no byte is lost.

`"".join(parse_project(text).lines) == text`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from flowsep_plugin.errors import SessionError
from flowsep_plugin.timeline.names import clean
from flowsep_plugin.timeline.numbers import number

_DEEPEST = 64
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_UNDEFINED = re.compile(r"[+-]?(\d+\.#\w*|nan(\(\w*\))?|inf(inity)?)", re.IGNORECASE)
"""REAPER writes undefined numbers as C's printf does: -1.#IND00 and 1.#QNAN0 on Windows, nan and inf elsewhere."""


@dataclass(slots=True)
class RppBlock:
    """A block of a project: its lines from `start` (`<NAME …`) to `stop` (`>`).

    lines : of the whole project.   children : line numbers and blocks inside this one, in order.
    """

    lines: Sequence[str]
    start: int
    stop: int = -1
    children: list["int | RppBlock"] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """Words of the opening line, without its `<`."""
        return split_words(self.lines[self.start].strip()[1:])

    @property
    def name(self) -> str:
        """First word of the opening line, which tells the kind of block."""
        return first_word(self.lines[self.start].strip()[1:])

    @property
    def indent(self) -> str:
        """White space at the start of the opening line."""
        line = self.lines[self.start]
        return line[: len(line) - len(line.lstrip())]

    def blocks(self, *names: str) -> "Iterator[RppBlock]":
        """Yield the child blocks with one of these names."""
        return (child for child in self.children if isinstance(child, RppBlock) and child.name in names)

    def fields(self, name: str) -> Iterator[int]:
        """Yield the numbers of child lines that start with the word `name`."""
        for child in self.children:
            if isinstance(child, int) and first_word(self.lines[child]) == name:
                yield child

    def field(self, name: str) -> list[str]:
        """Return the words after `name` on the first such line; empty where there is none."""
        line = next(self.fields(name), None)
        return [] if line is None else split_words(self.lines[line])[1:]


def parse_project(text: str) -> RppBlock:
    """Return the outermost block of a project.

    Raises SessionError for text that is not a project, that ends inside a block, or whose blocks nest too deep.
    """
    lines = _LINE.findall(text)  # splitlines would break names at signs like U+2028
    if not lines or not lines[0].lstrip("\ufeff").startswith("<REAPER_PROJECT"):
        raise SessionError("this is not a REAPER project: it does not start with <REAPER_PROJECT; open another file")
    root = RppBlock(lines, 0)
    stack = [root]
    for place, line in enumerate(lines[1:], 1):
        content = line.strip()
        if not stack:
            break
        if content.startswith("<"):
            block = RppBlock(lines, place)
            stack[-1].children.append(block)
            stack.append(block)
            if len(stack) > _DEEPEST:
                raise SessionError(f"line {place + 1}: blocks nest deeper than {_DEEPEST}; open a backup instead")
        elif content == ">":
            stack.pop().stop = place
        elif content:
            stack[-1].children.append(place)
    if stack:
        raise SessionError(
            f"the project ends inside <{stack[-1].name}, so a part of it is missing; open a backup instead"
        )
    return root


def first_word(line: str) -> str:
    """Return the text before the first white space; empty for a blank line."""
    return line.split(maxsplit=1)[0] if line.strip() else ""


def split_words(line: str) -> list[str]:
    """Return the words of a line, split at white space outside "…", '…' and `…`. Inverse: `quote` for each word."""
    words, at, line = [], 0, line.strip()
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] in "\"'`":
            stop = line.find(line[at], at + 1)
            stop = len(line) if stop < 0 else stop
            words.append(line[at + 1 : stop])
            at = stop + 1
        else:
            stop = at
            while stop < len(line) and line[stop] not in " \t":
                stop += 1
            words.append(line[at:stop])
            at = stop
    return words


def stored_name(text: str) -> str:
    """Return a name as a project can hold it: on one line, and with ' for ` where it has all three kinds of quotes."""
    name = clean(text)
    return name.replace("`", "'") if all(mark in name for mark in "\"'`") else name


def finite(text: str, what: str, default: int = 0) -> Fraction:
    """Return a number, or `default` where REAPER wrote an undefined or infinite one; `what` names it in the error.

    Raises SessionError for anything else.
    """
    return Fraction(default) if _UNDEFINED.fullmatch(text) else number(text, what)


def defined(words: Sequence[str]) -> list[str]:
    """Return words to copy into new lines, with 0 for undefined numbers and quotes for empty ones."""
    return [quote(word) if not word else "0" if _UNDEFINED.fullmatch(word) else word for word in words]


def quote(text: str) -> str:
    """Return a name as one word, in the first of REAPER's three quotes that it does not contain."""
    name = stored_name(text)
    mark = next(mark for mark in "\"'`" if mark not in name)
    return f"{mark}{name}{mark}"
