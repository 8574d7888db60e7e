"""Progress of downloads: a bar on a terminal, lines elsewhere, JSON for programs; Ctrl-C stops them."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from flowsep_plugin.cli.reporters import clock
from flowsep_plugin.cli.stopping import stoppable
from flowsep_plugin.cli.terminal import echo

_LINE_EVERY_SECONDS, _JSON_EVERY_SECONDS = 5.0, 0.2


class DownloadDisplay(Protocol):
    """A callback that shows the progress of a download."""

    def __call__(self, file: str, have: int, whole: int | None, eta_seconds: float | None = None) -> None:
        """Show `have` of `whole` bytes, and the seconds left; None where not known."""


@contextmanager
def download_report(*, as_json: bool) -> Iterator[DownloadDisplay]:
    """Return a callback that shows the progress of a download, and raises Cancelled after Ctrl-C."""
    with stoppable(lambda line: echo(line, err=True)) as stop, _display(as_json=as_json) as show:

        def report(file: str, have: int, whole: int | None, eta_seconds: float | None = None) -> None:
            stop.check()
            show(file, have, whole, eta_seconds)

        yield report


def size_text(size: int) -> str:
    """Return a size in bytes in kB, MB or GB, in powers of ten."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size / 1e3:.1f} kB"


@contextmanager
def _display(*, as_json: bool) -> Iterator[DownloadDisplay]:
    """Return the callback for the place that the output goes to."""
    if as_json or not sys.stderr.isatty():
        yield _Lines(as_json=as_json)
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bars:
        task = bars.add_task("", total=None)

        def show(file: str, have: int, whole: int | None, eta_seconds: float | None = None) -> None:
            bars.update(task, description=file, completed=have, total=whole)

        yield show


class _Lines:
    """Prints a line every few seconds, and one at the end: JSON on stdout, plain text on stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json, self._printed_s = as_json, 0.0

    def __call__(self, file: str, have: int, whole: int | None, eta_seconds: float | None = None) -> None:
        now_s, pause_s = time.monotonic(), _JSON_EVERY_SECONDS if self._as_json else _LINE_EVERY_SECONDS
        if now_s - self._printed_s < pause_s and have != whole:
            return
        self._printed_s = now_s
        if self._as_json:
            left = {} if eta_seconds is None else {"eta_seconds": round(eta_seconds, 1)}
            echo(json.dumps({"file": file, "have": have, "whole": whole, **left}))
            sys.stdout.flush()
            return
        total = "" if whole is None else f" of {size_text(whole)}"
        left_text = "" if eta_seconds is None or have == whole else f", {clock(eta_seconds)} left"
        echo(f"{file}: {size_text(have)}{total}{left_text}", err=True)
