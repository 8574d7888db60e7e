"""The content of an open document as read from disk: timeline, audio files, folder for stems."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError, MediaError, SessionError
from flowsep_plugin.timeline import ClipRef, Media, Timeline, Track, by_suffix, read_session
from flowsep_plugin.timeline.media import probe_media

from .documents import file_clip_id
from .texts import translate
from .workspace import Document

STEM_FOLDER = "FlowSep"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """Content of a document, as read from disk.

    audio_files : clip id -> audio file; embedded audio is copied out.     out : default folder for final stems.
    problem : why some of the audio could not be read.
    """

    timeline: Timeline
    audio_files: Mapping[str, Path] = field(default_factory=dict)
    out: Path = field(default_factory=Path)
    problem: str | None = None

    @property
    def frames(self) -> int:
        """Length to the end of the last clip, in frames of the timeline."""
        return max((clip.place.stop for _, clip in self.timeline.clips()), default=0)


def read_document(document: Document, scratch: Path) -> DocumentContent:
    """Read a document; embedded audio is copied into `scratch`. Raises FlowsepError where nothing can be shown."""
    if document.kind == "files":
        return _files_content(document)
    path = document.paths[0]
    timeline = read_session(path)
    audio_files, problems = _audio_files(timeline, path, scratch / document.id)
    return DocumentContent(
        timeline=timeline,
        audio_files=audio_files,
        out=by_suffix(path).media_folder(path),
        problem="; ".join(problems) or None,
    )


def _files_content(document: Document) -> DocumentContent:
    media = [probe_media(path) for path in document.paths]
    readable = [file for file in media if file.rate and file.frames is not None]
    unreadable = ", ".join(file.path.name for file in media if file not in readable)
    if not readable:
        text = translate("Studio", "{0}: cannot be read as audio; open WAV, FLAC, AIFF, OGG, Opus or MP3")
        raise MediaError(text.format(unreadable))
    rate = readable[0].rate
    assert rate is not None
    tracks = tuple(_file_track(file, rate) for file in readable)
    name = document.paths[0].stem if len(document.paths) == 1 else document.name
    audio_files = {file_clip_id(file.path): file.path for file in readable}
    text = translate("Studio", "{0}: cannot be read as audio and is left out")
    problem = text.format(unreadable) if unreadable else None
    return DocumentContent(
        timeline=Timeline(name, rate, tracks),
        audio_files=audio_files,
        out=document.paths[0].parent / STEM_FOLDER,
        problem=problem,
    )


def _file_track(media: Media, rate: int) -> Track:
    assert media.rate is not None
    assert media.frames is not None
    cut = Span(0, media.frames, media.rate)
    clip = ClipRef(file_clip_id(media.path), media.path.name, media, cut, cut.at(rate))
    return Track(f"track {media.path}", media.path.stem, (clip,), media.channels)


def _audio_files(timeline: Timeline, session: Path, scratch: Path) -> tuple[dict[str, Path], list[str]]:
    audio_files: dict[str, Path] = {}
    copied: dict[str, Path] = {}
    problems: list[str] = []
    for _, clip in timeline.clips():
        media = clip.media
        if media is None or (media.member is None and not media.is_online):
            continue
        if media.member is None:
            audio_files[clip.id] = media.path
            continue
        try:
            if media.member not in copied:
                copied[media.member] = _extract(session, media, scratch / str(len(copied)))
            audio_files[clip.id] = copied[media.member]
        except (FlowsepError, OSError) as error:
            problems.append(f"{clip.name}: {error}")
    return audio_files, problems


def _extract(session: Path, media: Media, folder: Path) -> Path:
    extract = by_suffix(session).extract
    if extract is None:
        text = translate("Studio", "{0}: embedded audio {1} cannot be read")
        raise SessionError(text.format(session.name, media.member))
    folder.mkdir(parents=True, exist_ok=True)
    return extract(session, media, folder)
