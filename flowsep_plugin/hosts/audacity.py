"""Audacity 3 over mod-script-pipe: export the selection, place the stems on tracks that start where it starts.

Positions never pass through numbers, as Audacity prints them with six digits only. The selection is saved, and Audacity
itself aligns the stems to it, which is exact for selections between samples too (tested with 3.2.4).
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError, SessionError
from flowsep_plugin.files import AbsentPolicy, FileRequest
from flowsep_plugin.jobs.batch.run import BatchRunner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe
from flowsep_plugin.timeline.names import clean

from .audacity_pipe import AudacityPipe, quoted

_EXPORT_KIND: Final = "FileFormats/ExportFormat_SF1_Type/WAV_10000"
_FLOATS: Final = "6"
_DEFAULT_KIND: Final = "2"
"""16 bits: the export format of Audacity 3 until the user chooses one; before that the preference does not exist."""

NamedStem = tuple[str, Path]
"""Track name and audio file of a stem."""


def separate_selection(
    pipe: AudacityPipe,
    request: Request,
    runner: BatchRunner,
    *,
    model: str = "default",
    device: str = "auto",
    residual: bool = True,
    absent: AbsentPolicy = "leave_out",
) -> list[str]:
    """Separate the selection and place one track per stem; returns the names of the tracks.

    absent : "leave_out" places no track for a sound that is not found, and none at all where no sound is.
    The user's preferences and selection are restored in any case; either all stems are placed or none.
    Raises SessionError where Audacity refuses a command or nothing is selected, and the job's error where it failed.
    """
    with tempfile.TemporaryDirectory(prefix="flowsep-") as name:
        folder = Path(name)
        before = _tracks(pipe)
        clip = _export_selection(pipe, folder, before)
        files = FileRequest(folder / "stems", "wav32f", residual=residual, absent=absent)
        _, result = next(iter(runner.run([JobSpec(clip, request, files, model=model, device=device)])))
        if isinstance(result, JobError):
            raise result.exception()
        stems = [(title, Path(path)) for title, path in zip(request.queries, result["stems"], strict=True) if path]
        if stems and residual and result["rest"]:
            stems.append(("rest", Path(result["rest"])))
        _place(pipe, stems, before)
    return [title for title, _ in stems]


def _export_selection(pipe: AudacityPipe, folder: Path, tracks: Sequence[dict[str, Any]]) -> Path:
    """Export the selection and return its file; mono where all selected tracks are mono and centred."""
    audio = [track for track in tracks if track.get("selected") and track.get("kind", "wave") == "wave"]
    if not audio:
        raise SessionError("nothing is selected in Audacity; select some audio and try again")
    is_mono = all(track.get("channels", 2) == 1 and not track.get("pan") for track in audio)
    clip = folder / "selection.wav"
    pipe.do("SelSave:")
    with _float_exports(pipe):
        pipe.do(f"Export2: Filename={quoted(str(clip))} NumChannels={1 if is_mono else 2}")
    with suppress(MediaError):
        if probe(clip).frames:
            return clip
    raise SessionError("the selection in Audacity is empty; drag over some audio and try again")


def _place(pipe: AudacityPipe, stems: Sequence[NamedStem], before: Sequence[dict[str, Any]]) -> None:
    """Add one track per stem below the others, starting where the saved selection starts."""
    first = len(_tracks(pipe))
    try:
        for number, (title, path) in enumerate(stems, first):
            pipe.do(f"Import2: Filename={quoted(str(path))}")
            pipe.do("SelRestore:")
            pipe.do(f"SelectTracks: Track={number} TrackCount=1 Mode=Set")
            pipe.do("Align_StartToSelStart:")
            pipe.do(f"SetTrackStatus: Name={quoted(clean(title))}")
    except SessionError:
        with suppress(SessionError):
            _remove_tracks(pipe, first)
        raise
    finally:
        with suppress(SessionError):
            _restore_selection(pipe, before)


def _remove_tracks(pipe: AudacityPipe, first: int) -> None:
    """Remove the tracks from number `first` on, which are the stems."""
    extra = len(_tracks(pipe)) - first
    if extra > 0:
        pipe.do(f"SelectTracks: Track={first} TrackCount={extra} Mode=Set")
        pipe.do("RemoveTracks:")


def _restore_selection(pipe: AudacityPipe, before: Sequence[dict[str, Any]]) -> None:
    """Select the saved time range, and the tracks that were selected before."""
    pipe.do("SelRestore:")
    mode = "Set"
    for number, track in enumerate(before):
        if track.get("selected"):
            pipe.do(f"SelectTracks: Track={number} TrackCount=1 Mode={mode}")
            mode = "Add"


def _tracks(pipe: AudacityPipe) -> list[dict[str, Any]]:
    tracks: list[dict[str, Any]] = json.loads(pipe.do("GetInfo: Type=Tracks Format=JSON") or "[]")
    return tracks


@contextmanager
def _float_exports(pipe: AudacityPipe) -> Iterator[None]:
    """Set the export format to 32-bit float for the duration of the context."""
    try:
        before = pipe.do(f"GetPreference: Name={quoted(_EXPORT_KIND)}").strip()
    except SessionError:
        pipe.check()
        before = _DEFAULT_KIND
    pipe.do(f"SetPreference: Name={quoted(_EXPORT_KIND)} Value={_FLOATS}")
    try:
        yield
    finally:
        pipe.do(f"SetPreference: Name={quoted(_EXPORT_KIND)} Value={quoted(before)}")
