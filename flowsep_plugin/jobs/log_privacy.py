"""Log lines that say which of their words are private, so that a support archive can leave those out.

    log.info("job %s: %s", Public(job.id), clip.name)    ─►    job 1f0c…: ⟦field.wav⟧

The sentence of a log call is part of the code and public. What is filled in is private, unless it is a number or
marked `Public`; so are the messages of exceptions, whatever another library logs, and what it prints.
"""

import copy
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, TypeAlias

LAYOUT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
LEFT_OUT = "[left out]"

_OPEN, _CLOSE = "⟦", "⟧"
_PRIVATE = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_RELAYED = "\x1e"
"""Begins every line of an engine process that was formatted here, to tell it from what libraries print."""
_STACK = re.compile(
    r"Traceback \(most recent call last\):|Fatal Python error: [\w ]+"
    r"|(Current t|T)hread 0x\w+ .*\(most recent call first\):"
    r'|  File "[^"]+", line \d+,? in [\w<>.]+'
)
"""Lines of a stack that Python prints itself when it crashes: places in the code, no values."""

_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Public(str):
    """Text that may leave the computer in a support archive: an id, a version, a device, never a clip's name."""

    __slots__ = ()


class PrivacyFormatter(logging.Formatter):
    """Formats records of flowsep with everything private between ⟦ and ⟧."""

    def __init__(self, layout: str = LAYOUT) -> None:
        super().__init__(layout)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, its exception included."""
        marked = copy.copy(record)
        marked.exc_text = None
        if record.name.partition(".")[0] == "flowsep_plugin":
            marked.args = _marked(record.args)
        else:
            marked.msg, marked.args = "%s", (mark(record.getMessage()),)
        return super().format(marked)

    def formatException(self, ei: _ExcInfo) -> str:
        """Return the traceback; places in the code are public, messages private."""
        return "" if ei[1] is None else "".join(_traceback(ei[1])).rstrip("\n")


class RelayFormatter(PrivacyFormatter):
    """Formats for the engine process's stderr, whose lines the worker takes in with `received`."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as lines that `received` recognises."""
        return "\n".join(_RELAYED + line for line in super().format(record).split("\n"))


def received(line: str) -> str:
    """Return a line of the engine process as an argument for the log: Public where its private words are marked."""
    if line.startswith(_RELAYED):
        return Public(line[1:])
    return Public(line) if _STACK.fullmatch(line) else line


def mark(text: str) -> str:
    """Return `text` as one private stretch on one line."""
    inside = text.replace(_OPEN, "[").replace(_CLOSE, "]").replace("\n", "\\n")
    return f"{_OPEN}{inside}{_CLOSE}"


def strike(text: str) -> str:
    """Return logged `text` with every private stretch left out."""
    return _PRIVATE.sub(LEFT_OUT, text)


def unmark(text: str) -> str:
    """Return logged `text` for its owner to read: whole, without the marks."""
    return _PRIVATE.sub(r"\1", text)


def _marked(arguments: Any) -> Any:
    if isinstance(arguments, Mapping):
        return {name: _argument(value) for name, value in arguments.items()}
    return tuple(map(_argument, arguments or ()))


def _argument(value: object) -> object:
    return value if value is None or isinstance(value, (Public, int, float)) else mark(str(value))


def _traceback(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _traceback(earlier)
        yield "\nThen, because of it or while it was handled:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__name__}: {mark(str(error))}\n"
