"""Reports of running and finished jobs: a bar on a terminal, plain lines elsewhere, JSON for programs."""

# ruff: noqa: D102  the methods of every reporter are described in `Reporter`

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from flowsep_plugin.errors import FlowsepError
from flowsep_plugin.languages import LANGUAGE_NAMES
from flowsep_plugin.progress import Progress
from flowsep_plugin.untrusted.printable import one_line

from .terminal import echo
from .ways_out import message_of

_STAGES = {
    "listen": "listening", "separate": "listening", "render": "writing", "effects": "applying effects",
    "mux": "writing the video",
}  # fmt: skip
_ABSENT, _SILENT = "not found: it gets no file", "not found: its stem is silent"
_LINE_EVERY_SECONDS = 5.0
_JSON_EVERY_SECONDS = 0.2


class Reporter(Protocol):
    """Reports one job after the other. A context manager, so that a bar is removed whatever happens."""

    def begin(self, path: Path, number: int, count: int) -> None:
        """Report the start of input `number` (from 1) of `count`."""
        ...

    def progress(self, progress: Progress) -> None:
        """Report the progress of the running job."""
        ...

    def done(self, path: Path, record: Mapping[str, Any], folder: Path, picture: Path | None) -> None:
        """Report that the input's stems are in `folder`; `record` is their receipt."""
        ...

    def failed(self, path: Path | None, error: Exception, code: int) -> None:
        """Report that the input could not be separated or, for None, that the command failed."""
        ...

    def note(self, line: str) -> None:
        """Report a line of text for the user."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class QuietReporter:
    """A reporter that prints nothing; errors are printed by `app.fail`."""

    def begin(self, path: Path, number: int, count: int) -> None:
        pass

    def progress(self, progress: Progress) -> None:
        pass

    def done(self, path: Path, record: Mapping[str, Any], folder: Path, picture: Path | None) -> None:
        pass

    def failed(self, path: Path | None, error: Exception, code: int) -> None:
        pass

    def note(self, line: str) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class LineReporter(QuietReporter):
    """Plain lines on stderr every few seconds, the summary on stdout."""

    def __init__(self) -> None:
        self._printed_s, self._stage = 0.0, ""

    def begin(self, path: Path, number: int, count: int) -> None:
        self._stage = ""
        self.note(f"{path.name} ({number} of {count})" if count > 1 else path.name)

    def progress(self, progress: Progress) -> None:
        now_s = time.monotonic()
        if progress.stage == self._stage and now_s - self._printed_s < _LINE_EVERY_SECONDS:
            return
        self._printed_s, self._stage = now_s, progress.stage
        left = "" if progress.eta_seconds is None else f", {clock(progress.eta_seconds)} left"
        self.note(f"{_STAGES[progress.stage]} {progress.fraction:4.0%}{left}")

    def done(self, path: Path, record: Mapping[str, Any], folder: Path, picture: Path | None) -> None:
        echo("\n".join(summary(record, folder, picture)))

    def note(self, line: str) -> None:
        echo(line, err=True)


class BarReporter(LineReporter):
    """A rich progress bar on stderr."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bars.add_task("", total=None, left="", visible=False)
        self._title = ""

    def begin(self, path: Path, number: int, count: int) -> None:
        from rich.markup import escape

        self._title = escape(one_line(f"{path.name} ({number}/{count})" if count > 1 else path.name))
        self._bars.reset(self._task, description=self._title, left="", visible=True)
        self._bars.start()

    def progress(self, progress: Progress) -> None:
        left = "" if progress.eta_seconds is None else f"{clock(progress.eta_seconds)} left"
        text = f"{self._title}: {_STAGES[progress.stage]}"
        self._bars.update(self._task, description=text, completed=progress.fraction, total=1.0, left=left)

    def done(self, path: Path, record: Mapping[str, Any], folder: Path, picture: Path | None) -> None:
        self._bars.stop()
        super().done(path, record, folder, picture)

    def failed(self, path: Path | None, error: Exception, code: int) -> None:
        self._bars.stop()

    def note(self, line: str) -> None:
        self._bars.console.print(one_line(line), markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class EventReporter(QuietReporter):
    """One JSON object a line on stdout: begin, progress, done, failed, note."""

    def __init__(self) -> None:
        self._printed_s, self._stage = 0.0, ""

    def begin(self, path: Path, number: int, count: int) -> None:
        self._stage = ""
        self._event("begin", input=str(path), number=number, count=count)

    def progress(self, progress: Progress) -> None:
        now_s = time.monotonic()
        last = progress.done >= progress.total
        if progress.stage == self._stage and not last and now_s - self._printed_s < _JSON_EVERY_SECONDS:
            return
        self._printed_s, self._stage = now_s, progress.stage
        self._event(
            "progress",
            stage=progress.stage,
            done=progress.done,
            total=progress.total,
            fraction=round(progress.fraction, 4),
            eta_seconds=None if progress.eta_seconds is None else round(progress.eta_seconds, 1),
        )

    def done(self, path: Path, record: Mapping[str, Any], folder: Path, picture: Path | None) -> None:
        self._event(
            "done", input=str(path), folder=str(folder), plot=None if picture is None else str(picture), receipt=record
        )

    def failed(self, path: Path | None, error: Exception, code: int) -> None:
        self._event(
            "failed",
            input=None if path is None else str(path),
            error=type(error).__name__,
            message=message_of(error) if isinstance(error, FlowsepError) else str(error),
            exit_code=code,
        )

    def note(self, line: str) -> None:
        self._event("note", text=line)

    def _event(self, event: str, **fields: Any) -> None:
        echo(json.dumps({"event": event, **fields}, ensure_ascii=True))
        sys.stdout.flush()


def choose_reporter(*, as_json: bool, quiet: bool) -> Reporter:
    """Return the reporter for the options and for the place that stderr goes to."""
    if as_json:
        return EventReporter()
    if quiet:
        return QuietReporter()
    return BarReporter() if sys.stderr.isatty() else LineReporter()


def summary(record: Mapping[str, Any], folder: Path, picture: Path | None) -> list[str]:
    """Return lines for people from a receipt: sounds with level and places, files, null depth, model, duration."""
    lines = [f"{Path(record['input']['path']).name} -> {folder}"]
    width = max(len(stem["query"]) for stem in record["stems"])
    for stem in record["stems"]:
        answer = "may be there" if stem.get("unsure") else "found"
        answer = f"{answer}, {stem['share_db']:.1f} dB of the clip, {_places(stem['present'])}"
        if not stem["found"]:
            answer = _ABSENT if stem["file"] is None else _SILENT if stem["peak_db"] < -90 else "not found"
        lines.append(f"  {stem['query']:<{width}}  {answer}")
        lines += [f"  {'':<{width}}  {_understood(stem['understood_as'])}"] if stem.get("understood_as") else []
        lines += [f"  {'':<{width}}  {stem[name]}" for name in ("file", "wet") if stem.get(name)]
    if record["rest"]:
        lines += [f"  {'rest':<{width}}  {record['rest']}"]
    if video := record.get("video"):
        quality = "lossless" if video["lossless"] else f"{video['codec']}, not lossless"
        lines += [f"  {'video':<{width}}  {video['file']} ({quality})"]
    null, model = record["null_db"], record["model"]
    exact = "exactly" if null <= -199 else f"to {null:.1f} dBFS"
    sums = "stems and rest sum to the clip" if record["rest"] else "stems and what is left sum to the clip"
    lines.append(f"  {sums} {exact}")
    lines += [f"  {note}" for note in record.get("notes", ())]
    spent = record["seconds"]["separate"] + record["seconds"]["render"]
    lines.append(f"  {model['name']} {model['version']} ({model['licence']}) on {record['provider']}, {clock(spent)}")
    lines += [f"  picture: {picture}"] if picture else []
    return lines


def _understood(meaning: Mapping[str, Any]) -> str:
    """Write what a query in another language is understood as, such as 'understood as "a dog" (German)'."""
    language = LANGUAGE_NAMES.get(meaning["language"] or "")
    name = f' (nearest: {language} "{meaning["name"]}")' if meaning["near"] else f" ({language})"
    return f'understood as "{meaning["caption"]}"{name if language else ""}'


def clock(seconds: float) -> str:
    """Write a duration as "9.9 s", "42 s", "3:07" or "1:02:03"."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, residual = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{residual:02d}" if hours else f"{minutes}:{residual:02d}"


def _places(present: list[list[float]]) -> str:
    """Write the first regions, such as "1.2-3.4 s, 7.0-9.1 s and 4 more"."""
    first = ", ".join(f"{max(0.0, start):.1f}-{stop:.1f} s" for start, stop, _ in present[:4])
    return first + (f" and {len(present) - 4} more" if len(present) > 4 else "")
