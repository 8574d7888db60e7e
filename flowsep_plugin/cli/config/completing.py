"""Completion of values in the shell: models, devices, jobs, and every option with a fixed list of values.

A completion runs at every TAB, so nothing here loads numpy or ONNX Runtime; what fails completes nothing.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence

Completer = Callable[[str], list[tuple[str, str]]]
"""Function of the beginning of a word that returns pairs of a value and its description."""

_MOST_JOBS = 50


def one_of(values: Sequence[str]) -> Completer:
    """Return the completer of an option that takes one of `values`."""

    def complete(incomplete: str) -> list[tuple[str, str]]:
        return [(value, "") for value in values if value.startswith(incomplete)]

    return complete


def devices(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a device."""
    from flowsep_plugin.settings.devices import DEVICES

    return one_of(DEVICES)(incomplete)


def models(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of an installed model."""
    from flowsep_plugin.models import installed

    with contextlib.suppress(Exception):
        return one_of(["default", "echo", *sorted(installed())])(incomplete)
    return []


def settings(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a setting."""
    from flowsep_plugin.settings.resolving import setting_names

    return one_of(setting_names())(incomplete)


def jobs(incomplete: str) -> list[tuple[str, str]]:
    """Complete the id of a job, the newest first, from the worker's queue; the worker need not run."""
    with contextlib.suppress(Exception):
        return [(name, text) for name, text in _jobs() if name.startswith(incomplete)]
    return []


def _jobs() -> Iterator[tuple[str, str]]:
    """Yield short id and state of the newest jobs. Raises sqlite3.Error where the queue cannot be read."""
    import json
    import sqlite3
    from pathlib import PurePath

    from flowsep_plugin.jobs.directory import WorkerDirectory

    address = WorkerDirectory.default().database.absolute().as_uri()
    with contextlib.closing(sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=0.2)) as queue:
        newest = queue.execute("SELECT id, state, spec FROM jobs ORDER BY created DESC LIMIT ?", (_MOST_JOBS,))
        for name, state, spec in newest:
            yield str(name)[:8], f"{state} {PurePath(json.loads(spec)['input']).name}"
