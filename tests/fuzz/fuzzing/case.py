"""One case: the files in a folder of their own, the reader on them, and a judgement."""

import os
import resource
import shutil
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .guards import Guard, Holdings, left_behind, memory_in_chain
from .harness import Files, Harness

Kind: TypeAlias = Literal[
    "read", "refused", "uncaught", "slow", "memory", "left", "changed", "outside", "crash", "hang"
]
GOOD = ("read", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Outcome of a case: its kind, details in words, the seconds of processors that it took."""

    case: int
    kind: Kind
    detail: str = ""
    place: str = ""
    seconds: float = 0.0

    @property
    def is_failure(self) -> bool:
        """Whether the reader did what it must not."""
        return self.kind not in GOOD

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a line between processes."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Folders of a child process: of the case, and for temporary files."""

    case: Path
    temporary: Path


def run_case(harness: Harness, files: Files, number: int, around: Surroundings, guard: Guard) -> Outcome:
    """Run the reader on `files` and judge what it does; what it leaves is removed."""
    empty(around.case)
    empty(around.temporary)
    write(files, around.case)
    harness.before()
    before, start = Holdings.now(), _processor_seconds()
    guard.notes.clear()
    kind, detail, place = "read", "", ""
    guard.is_on = True
    try:
        harness.read(around.case)
    except MemoryError as error:
        kind, detail, place = "memory", "MemoryError", _place(error)
    except harness.errors as error:
        kind, detail = "refused", f"{type(error).__name__}: {error!s}"
        if (cause := memory_in_chain(error)) is not None:
            kind, detail, place = "memory", f"MemoryError behind {type(error).__name__}", _place(cause)
    except BaseException as error:
        kind, detail, place = "uncaught", f"{type(error).__name__}: {error!s}"[:300], _place(error)
    finally:
        guard.is_on = False
    seconds = _processor_seconds() - start
    if kind in GOOD:
        kind, detail = _surroundings(harness, files, around, guard, before, (kind, detail))
    if kind in GOOD and seconds > harness.seconds:
        kind, detail = "slow", f"{seconds:.1f} s of a processor"
    return Outcome(case=number, kind=kind, detail=_printable(detail), place=place, seconds=round(seconds, 3))  # type: ignore[arg-type]


def write(files: Files, folder: Path) -> None:
    """Write the files of a case."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def empty(folder: Path) -> None:
    """Remove what is in a folder, which need not exist."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _surroundings(
    harness: Harness, files: Files, around: Surroundings, guard: Guard, before: Holdings, outcome: tuple[str, str]
) -> tuple[str, str]:
    """Return the kind and detail of a trespass, or `outcome` where there is none."""
    if guard.notes:
        return "outside", "; ".join(dict.fromkeys(guard.notes))[:400]
    if leftover := left_behind(before):
        return "left", leftover
    if remains := sorted(str(path) for path in _names(around.temporary)):
        return "left", f"temporary files: {', '.join(remains)}"
    names = set(_names(around.case))
    if new := sorted(name for name in names - files.keys() if not _fits(name, harness.writes)):
        return "left", f"files: {', '.join(new)}"
    for name, content in files.items():
        if _fits(name, harness.changes):
            continue
        if name not in names or (around.case / name).read_bytes() != content:
            return "changed", f"{name} is not as it was"
    return outcome


def _names(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if not path.is_dir():
            yield path.relative_to(folder).as_posix()


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _place(error: BaseException) -> str:
    """Return file and line of the innermost frame that is the product's, and the innermost of all."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "flowsep_" in frame.filename.replace(f"{os.sep}ui{os.sep}", "flowsep_ui")]
    words = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in [*ours[-1:], *frames[-1:]]]
    return " > ".join(dict.fromkeys(words))


def _processor_seconds() -> float:
    """Return the seconds of processors that this process and its ended children took."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()[:500]
