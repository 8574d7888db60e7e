"""Save sessions without loss: lock check, change check, timestamped backup, then one atomic move.

A dry run does all but the move, in a temporary folder, and returns what would change.
"""

import datetime
import difflib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.checksum import sha256
from flowsep_plugin.errors import FlowsepError, SessionError, UsageError
from flowsep_plugin.media import Format, write_clip
from flowsep_plugin.timeline.formats.table import SessionFormat
from flowsep_plugin.untrusted.isolated import IsolatedError
from flowsep_plugin.untrusted.printable import printable

from .changes import Changes, compare, describe
from .clip import ClipRef
from .formats import by_suffix, read_session, session_suffixes
from .media import Media
from .timeline import SessionDocument, Timeline
from .track import Track

_MOST_LINES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveResult:
    """Outcome of a save or a dry run.

    backup : copy of the session before the save; None where there was none, or nothing changed.
    summary : the changes in words, one line each.   diff : of the file, by a dry run of a text format.
    """

    path: Path
    backup: Path | None = None
    changes: Changes
    summary: tuple[str, ...]
    diff: str = ""


def save_session(timeline: Timeline, path: Path, *, replace_locked: bool = False, embed: bool = False) -> SaveResult:
    """Write `timeline` to `path`: over the session it was read from, or as a new one.

    replace_locked : write although a lock file exists.   embed : put the sound of new clips into the file.
    Raises SessionError where a program has the session open, it has changed since it was read, another file is in the
    way, or the folder cannot be written; UsageError for what the format cannot hold. All files are then unchanged.
    """
    form = by_suffix(path)
    check_writable(timeline, path, replace_locked=replace_locked)
    real = path.resolve()  # a link stays one
    temporary = real.with_name(f".flowsep-{os.getpid()}-{secrets.token_hex(4)}{path.suffix}")
    try:
        changes, summary = _write(timeline, temporary, destination=path, form=form, embed=embed)
        if path.exists() and not changes:  # nothing to write over itself
            return SaveResult(path=path, changes=changes, summary=summary)
        backup = _back_up(path) if path.exists() else None
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, real)
    except OSError as error:
        raise SessionError(
            f"{path} cannot be written ({error.strerror or error}) and is unchanged; "
            "free some room in its folder and check its permissions, or save elsewhere",
            setting="save_as",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return SaveResult(path=path, backup=backup, changes=changes, summary=summary)


def dry_run(
    timeline: Timeline, path: Path, *, embed: bool = False, diff: bool = True, stems: Format = "wav24"
) -> SaveResult:
    """Return what `save_session` would change, and a diff where the file is text; writes only to a temporary folder.

    stems : format of stem files that do not exist yet.
    Raises SessionError and UsageError where the session's format cannot hold the change, SessionError where a sound
    that it embeds cannot be read.
    """
    form = by_suffix(path)
    try:
        with tempfile.TemporaryDirectory(prefix="flowsep-") as folder:
            target = Path(folder) / f"session{path.suffix}"
            readable = form.is_text(path)
            drawable = timeline if readable else _with_stand_ins(timeline, Path(folder), stems)
            changes, summary = _write(drawable, target, destination=path, form=form, embed=embed)
            text = _diff(path, target) if readable and diff else ""
    except OSError as error:
        raise SessionError(
            f"{path} cannot be written anew ({error.filename or 'a sound'}: {error.strerror or error}); "
            "check the files of its stems, and free some room in the temporary folder"
        ) from error
    return SaveResult(path=path, changes=changes, summary=summary, diff=text)


def _with_stand_ins(timeline: Timeline, folder: Path, form: Format) -> Timeline:
    """Return the timeline with files of one frame for stems that do not exist yet, for formats that embed them."""
    stand_ins: dict[Path, Media] = {}

    def silent(clip: ClipRef) -> ClipRef:
        media = clip.media
        if clip.like is None or media is None or media.member is not None or media.is_online:
            return clip
        if media.path not in stand_ins:
            own_folder = folder / str(len(stand_ins))
            own_folder.mkdir()
            stand_ins[media.path] = replace(media, path=own_folder / media.path.name)
            frame = AudioClip(np.zeros((media.channels or 1, 1), np.float32), clip.cut.rate)
            write_clip(stand_ins[media.path].path, frame, form)
        return replace(clip, media=stand_ins[media.path])

    tracks = (replace(track, clips=tuple(silent(clip) for clip in track.clips)) for track in timeline.tracks)
    return replace(timeline, tracks=tuple(tracks))


def backup_name(path: Path, time: datetime.datetime) -> Path:
    """Return the first path that does not exist, of the form `song (flowsep backup 2026-11-21 04-30-05).rpp`."""
    stamp = time.strftime("%Y-%m-%d %H-%M-%S")
    number, name = 1, path.with_name(f"{path.stem} (flowsep backup {stamp}){path.suffix}")
    while name.exists():
        number += 1
        name = path.with_name(f"{path.stem} (flowsep backup {stamp} {number}){path.suffix}")
    return name


def _write(
    timeline: Timeline, target: Path, *, destination: Path, form: SessionFormat, embed: bool
) -> tuple[Changes, tuple[str, ...]]:
    """Write the file `target` as it will be at `destination`; returns the changes, and a summary of them in lines."""
    document, destination = timeline.document, destination.absolute()
    timeline = _with_absolute_media(timeline)
    if embed and not form.can_embed(destination):
        raise UsageError(
            f"{destination.name} refers to sound files and cannot embed them; "
            f"save it without embedding, or as {', '.join(session_suffixes(embedding=True))}",
            setting="embed",
        )
    write = form.embed if embed and form.embed is not None else form.write
    clip = next((clip for _, clip in timeline.clips() if clip.takes), None)
    if clip is not None and not form.capabilities.takes:
        raise UsageError(f"clip {clip.name!r}: {form.name} sessions have no takes; place the stems on tracks")
    if document is None or document.format != form.name:
        _check_sounds(timeline)
        _check_gains([clip for _, clip in timeline.clips()], form)
        timeline = replace(timeline, document=None)
        _guarded(write, timeline, target, destination, form)
        return Changes(), (f"+ new {form.name} session {destination.name} with {len(timeline.tracks)} tracks",)
    changes = compare(read_session(document.path, document.probe, document.frame_rate), timeline)
    _check_gains(changes.clips, form)
    if changes or destination != document.path:
        _guarded(write, timeline, target, destination, form)
    else:
        shutil.copyfile(document.path, target)
    return changes, tuple(describe(changes, timeline))


def _guarded(
    write: Callable[[Timeline, Path, Path], None], timeline: Timeline, target: Path, destination: Path,
    form: SessionFormat,
) -> None:  # fmt: skip
    """Call a writer. Raises its FlowsepError or OSError, and SessionError for whatever else stops it."""
    try:
        write(timeline, target, destination)
    except (FlowsepError, OSError):
        raise
    except Exception as error:  # the session lacks something that writers rely on
        for _, clip in timeline.clips():
            if clip.media is not None and printable(clip.media.path) != str(clip.media.path):
                raise SessionError(
                    f"clip {clip.name!r}: the name of its file {printable(clip.media.path)} is not text, which "
                    f"{form.name} sessions cannot hold; rename the file"
                ) from error
        reason = f"its writer {error}" if isinstance(error, IsolatedError) else f"{type(error).__name__}: {error}"
        raise SessionError(
            f"{destination.name} is not built as {form.name} sessions are ({reason}), so nothing was added; "
            "save it again in its program, or write the stems as a stem set",
            setting="stem_set",
        ) from error


def _with_absolute_media(timeline: Timeline) -> Timeline:
    """Return the timeline with absolute paths of media, which writers compare with the session's folders."""

    def absolute(clip: ClipRef) -> ClipRef:
        if clip.media is None or clip.media.path.is_absolute():
            return clip
        return replace(clip, media=replace(clip.media, path=clip.media.path.absolute()))

    def of_track(track: Track) -> Track:
        clips = (replace(absolute(clip), takes=tuple(map(absolute, clip.takes))) for clip in track.clips)
        return replace(track, clips=tuple(clips))

    return replace(timeline, tracks=tuple(map(of_track, timeline.tracks)))


def check_writable(timeline: Timeline, path: Path, *, replace_locked: bool = False) -> None:
    """Raise the SessionError that `save_session` would raise for `path`, before any work is done."""
    lock = next((lock for lock in by_suffix(path).locks(path) if lock.exists()), None)
    if lock is not None and not replace_locked:
        raise SessionError(
            f"{path.name} is open in its program ({lock.name} exists); close it there, or save under another name",
            setting="save_as",
        )
    document: SessionDocument | None = timeline.document
    if document is not None and not document.path.exists():
        raise SessionError(
            f"{document.path} was moved or deleted after it was read; put it back, or open it where it is now"
        )
    if document is not None and _digest(document.path) != document.digest:
        raise SessionError(f"{document.path.name} was saved by another program since it was read; read it again")
    if path.exists() and (document is None or path.resolve() != document.path.resolve()):
        raise SessionError(f"{path} already exists; choose another name", setting="save_as")


def _check_sounds(timeline: Timeline) -> None:
    """Raise SessionError for a clip whose sound is inside another session: a new one cannot refer to it."""
    for _, clip in timeline.clips():
        if clip.media is not None and clip.media.member is not None:
            raise SessionError(
                f"the sound of clip {clip.name!r} is inside {clip.media.path.name}; export its audio, then convert it"
            )


def _check_gains(clips: Iterable[ClipRef], form: SessionFormat) -> None:
    """Raise UsageError for a clip with a gain curve that `form` would drop."""
    clip = next((clip for clip in clips if clip.gain_curve is not None), None)
    if clip is not None and not form.capabilities.gain_curves:
        raise UsageError(
            f"the gain of clip {clip.name!r} moves, which {form.name} sessions cannot hold; "
            "glue the clip in its program first, or save the session in its own format"
        )


def _digest(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None


def _back_up(path: Path) -> Path:
    name = backup_name(path, datetime.datetime.now())
    try:
        shutil.copy2(path, name)
    except OSError:
        name.unlink(missing_ok=True)  # half a backup is worse than none
        raise
    return name


def _diff(path: Path, target: Path) -> str:
    before = path.read_text("utf-8", "replace").splitlines() if path.exists() else []
    after = target.read_text("utf-8", "replace").splitlines()
    lines = list(difflib.unified_diff(before, after, path.name, f"{path.name} (new)", lineterm="", n=1))
    hidden = len(lines) - _MOST_LINES
    return "\n".join(lines[:_MOST_LINES] + ([f"… and {hidden} more lines"] if hidden > 0 else []))
