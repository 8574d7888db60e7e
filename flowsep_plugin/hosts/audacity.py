"""Audacity 3 over mod-script-pipe: take the selection, place stems on tracks that start where it does.

Positions never pass through numbers: Audacity says them with six digits only. The selection is saved, and the stems are
aligned to it by Audacity itself, which is exact for selections between samples too (tried with 3.2.4).
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, Self

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import EngineError, SessionError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch import Runner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.timeline.names import clean

_FLOAT_EXPORT: Final = ("FileFormats/ExportFormat_SF1_Type/WAV_10000", "6")
"""Exports are dithered 16 bits otherwise."""

_FINE: Final = "BatchCommand finished: OK"


class Channel(Protocol):
    """A stream of lines to or from Audacity."""

    def write(self, text: str, /) -> object:
        """Send."""
        ...

    def flush(self) -> object:
        """Send now."""
        ...

    def readline(self) -> str:
        """Receive."""
        ...


class AudacityPipe:
    """Commands and their answers."""

    def __init__(self, to: Channel, back: Channel, newline: str = "\n") -> None:
        self._to, self._back, self._newline = to, back, newline

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Connect to the Audacity that runs. Raises SessionError where there is none, or its module is off."""
        windows = sys.platform == "win32"
        names = [r"\\.\pipe\ToSrvPipe", r"\\.\pipe\FromSrvPipe"]
        if not windows:
            names = [f"/tmp/audacity_script_pipe.{way}.{os.getuid()}" for way in ("to", "from")]
        if not windows and not Path(names[0]).exists():
            raise SessionError(
                "Audacity does not listen: start it, switch on Preferences, Modules, mod-script-pipe, and restart it"
            )
        try:
            with open(names[0], "w", encoding="utf-8") as to, open(names[1], encoding="utf-8") as back:
                yield cls(to, back, "\r\n\0" if windows else "\n")
        except OSError as error:
            raise SessionError(f"Audacity went away ({error.strerror}); start it again and repeat") from error

    def do(self, command: str) -> str:
        """Run one command and return what it says. Raises SessionError where it fails."""
        self._to.write(command + self._newline)
        self._to.flush()
        lines: list[str] = []
        while True:
            line = self._back.readline()
            if not line:
                raise SessionError(
                    f"Audacity closed its pipe during {command.split(':')[0]}; start it again and repeat"
                )
            if not line.strip() and lines:
                break
            lines.append(line.rstrip("\r\n"))
        text = [line for line in lines if line.strip()]
        if not text or text[-1].strip() != _FINE:
            raise SessionError(f"Audacity refused {command!r}: {' '.join(text) or 'no answer'}")
        return "\n".join(text[:-1])


def separate_selection(
    pipe: AudacityPipe, request: Request, runner: Runner, model: str = "default", device: str = "auto",
    *, rest: bool = True, channels: int = 2,
) -> list[str]:  # fmt: skip
    """Separate what is selected and place a track a stem; returns their names.

    The user's preferences and selection are as before, whatever happens. Raises SessionError and the job's errors.
    """
    with tempfile.TemporaryDirectory(prefix="flowsep-") as name:
        folder = Path(name)
        clip = folder / "selection.wav"
        pipe.do("SelSave:")
        with _float_exports(pipe):
            pipe.do(f"Export2: Filename={_quoted(str(clip))} NumChannels={channels}")
        files = FileRequest(folder / "stems", "wav32f", rest=rest)
        _, ended = next(iter(runner.run([JobSpec(clip, request, files, model, device)])))
        if isinstance(ended, JobError):
            raise EngineError(ended.message)
        stems = list(zip(request.queries, ended["stems"], strict=True))
        if rest and ended["rest"]:
            stems.append(("rest", ended["rest"]))
        tracks = len(json.loads(pipe.do("GetInfo: Type=Tracks Format=JSON") or "[]"))
        try:
            for number, (title, path) in enumerate(stems, tracks):
                pipe.do(f"Import2: Filename={_quoted(str(path))}")
                pipe.do("SelRestore:")
                pipe.do(f"SelectTracks: Track={number} TrackCount=1 Mode=Set")
                pipe.do("Align_StartToSelStart:")
                pipe.do(f"SetTrackStatus: Name={_quoted(clean(title))}")
        finally:
            pipe.do("SelRestore:")
    return [title for title, _ in stems]


@contextmanager
def _float_exports(pipe: AudacityPipe) -> Iterator[None]:
    """Export as 32-bit floats, then as the user likes it again."""
    name, wanted = _FLOAT_EXPORT
    before = pipe.do(f"GetPreference: Name={_quoted(name)}").strip()
    pipe.do(f"SetPreference: Name={_quoted(name)} Value={wanted}")
    try:
        yield
    finally:
        pipe.do(f"SetPreference: Name={_quoted(name)} Value={_quoted(before)}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
