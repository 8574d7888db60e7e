"""Audacity 3 over mod-script-pipe: take the selection, place stems on tracks that start where it does.

Positions never pass through numbers: Audacity says them with six digits only. The selection is saved, and the stems are
aligned to it by Audacity itself, which is exact for selections between samples too (tried with 3.2.4).
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import MediaError, SessionError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.batch.run import Runner
from flowsep_plugin.jobs.job import JobError
from flowsep_plugin.jobs.spec import JobSpec
from flowsep_plugin.media import probe
from flowsep_plugin.timeline.names import clean

from .audacity_pipe import AudacityPipe, quoted

_EXPORT_KIND: Final = "FileFormats/ExportFormat_SF1_Type/WAV_10000"
_FLOATS: Final = "6"
_DEFAULT_KIND: Final = "2"
"""16 bits: what Audacity 3 exports where the user never chose, and then it does not know the preference at all."""

Stem = tuple[str, Path]


def separate_selection(
    pipe: AudacityPipe, request: Request, runner: Runner, model: str = "default", device: str = "auto",
    *, residual: bool = True,
) -> list[str]:  # fmt: skip
    """Separate what is selected and place a track a stem; returns their names.

    The user's preferences and selection are as before, whatever happens; stems are placed all or not at all.
    Raises SessionError and the job's errors.
    """
    with tempfile.TemporaryDirectory(prefix="flowsep-") as name:
        folder = Path(name)
        before = _tracks(pipe)
        clip = _selected_sound(pipe, folder, before)
        files = FileRequest(folder / "stems", "wav32f", residual=residual)
        _, ended = next(iter(runner.run([JobSpec(clip, request, files, model, device)])))
        if isinstance(ended, JobError):
            raise ended.exception()
        stems = [(title, Path(path)) for title, path in zip(request.queries, ended["stems"], strict=True)]
        if residual and ended["rest"]:
            stems.append(("rest", Path(ended["rest"])))
        _place(pipe, stems, before)
    return [title for title, _ in stems]


def _selected_sound(pipe: AudacityPipe, folder: Path, tracks: Sequence[dict[str, Any]]) -> Path:
    """Export the selection; mono where all that is selected is mono and centred."""
    sounds = [track for track in tracks if track.get("selected") and track.get("kind", "wave") == "wave"]
    if not sounds:
        raise SessionError("nothing is selected in Audacity; select some sound and try again")
    is_mono = all(track.get("channels", 2) == 1 and not track.get("pan") for track in sounds)
    clip = folder / "selection.wav"
    pipe.do("SelSave:")
    with _float_exports(pipe):
        pipe.do(f"Export2: Filename={quoted(str(clip))} NumChannels={1 if is_mono else 2}")
    with suppress(MediaError):
        if probe(clip).frames:
            return clip
    raise SessionError("the selection in Audacity is empty; drag over some sound and try again")


def _place(pipe: AudacityPipe, stems: Sequence[Stem], before: Sequence[dict[str, Any]]) -> None:
    """Put a track a stem under the others, started where the saved selection does."""
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
            _take_away(pipe, first)
        raise
    finally:
        with suppress(SessionError):
            _select(pipe, before)


def _take_away(pipe: AudacityPipe, first: int) -> None:
    """Remove the tracks from `first` on, which are ours."""
    extra = len(_tracks(pipe)) - first
    if extra > 0:
        pipe.do(f"SelectTracks: Track={first} TrackCount={extra} Mode=Set")
        pipe.do("RemoveTracks:")


def _select(pipe: AudacityPipe, before: Sequence[dict[str, Any]]) -> None:
    """Select the time that was saved, and the tracks that were."""
    pipe.do("SelRestore:")
    mode = "Set"
    for number, track in enumerate(before):
        if track.get("selected"):
            pipe.do(f"SelectTracks: Track={number} TrackCount=1 Mode={mode}")
            mode = "Add"


def _tracks(pipe: AudacityPipe) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(pipe.do("GetInfo: Type=Tracks Format=JSON") or "[]")
    return found


@contextmanager
def _float_exports(pipe: AudacityPipe) -> Iterator[None]:
    """Export as 32-bit floats, then as the user likes it again."""
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
