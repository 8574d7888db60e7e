"""What an open document holds, as facts from disk: its timeline, where its sounds are read and its stems go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError, MediaError, SessionError
from flowsep_plugin.timeline import ClipRef, Media, Timeline, Track, by_suffix, read_session
from flowsep_plugin.timeline.media import probe_media

from .documents import file_clip_id
from .workspace import Document

STEM_FOLDER = "FlowSep"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A document as it was read.

    sounds : clip id -> the file that its sound can be read from; embedded ones are copied out.
    out : where finals go by default.     trouble : why nothing, or not everything, could be read.
    """

    timeline: Timeline
    sounds: Mapping[str, Path] = field(default_factory=dict)
    out: Path = field(default_factory=Path)
    trouble: str | None = None

    @property
    def frames(self) -> int:
        """Length, to the end of the last clip."""
        return max((clip.place.stop for _, clip in self.timeline.clips()), default=0)


def read_document(document: Document, scratch: Path) -> DocumentContent:
    """Read a document; embedded sounds are copied into `scratch`. Raises FlowsepError where nothing can be shown."""
    if document.kind == "files":
        return _files_content(document)
    path = document.paths[0]
    timeline = read_session(path)
    sounds, troubles = _sounds(timeline, path, scratch / document.id)
    return DocumentContent(timeline, sounds, by_suffix(path).media_folder(path), "; ".join(troubles) or None)


def _files_content(document: Document) -> DocumentContent:
    media = [probe_media(path) for path in document.paths]
    read = [one for one in media if one.rate and one.frames is not None]
    lost = [one.path for one in media if one not in read]
    if not read:
        raise MediaError(f"{_names(lost)}: cannot be read as audio; open WAV, FLAC, AIFF, OGG, Opus or MP3")
    rate = read[0].rate
    assert rate is not None
    tracks = tuple(_file_track(one, rate) for one in read)
    name = document.paths[0].stem if len(document.paths) == 1 else document.name
    sounds = {file_clip_id(one.path): one.path for one in read}
    trouble = f"{_names(lost)}: cannot be read as audio and is left out" if lost else None
    return DocumentContent(Timeline(name, rate, tracks), sounds, document.paths[0].parent / STEM_FOLDER, trouble)


def _file_track(media: Media, rate: int) -> Track:
    assert media.rate is not None
    assert media.frames is not None
    cut = Span(0, media.frames, media.rate)
    clip = ClipRef(file_clip_id(media.path), media.path.name, media, cut, cut.at(rate))
    return Track(f"track {media.path}", media.path.stem, (clip,), media.channels)


def _sounds(timeline: Timeline, session: Path, scratch: Path) -> tuple[dict[str, Path], list[str]]:
    sounds: dict[str, Path] = {}
    copied: dict[str, Path] = {}
    troubles: list[str] = []
    for _, clip in timeline.clips():
        media = clip.media
        if media is None or (media.member is None and not media.is_online):
            continue
        if media.member is None:
            sounds[clip.id] = media.path
            continue
        try:
            if media.member not in copied:
                copied[media.member] = _extract(session, media, scratch / str(len(copied)))
            sounds[clip.id] = copied[media.member]
        except (FlowsepError, OSError) as error:
            troubles.append(f"{clip.name}: {error}")
    return sounds, troubles


def _extract(session: Path, media: Media, folder: Path) -> Path:
    extract = by_suffix(session).extract
    if extract is None:
        raise SessionError(f"{session.name}: embedded sound {media.member} cannot be read")
    folder.mkdir(parents=True, exist_ok=True)
    return extract(session, media, folder)


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)
