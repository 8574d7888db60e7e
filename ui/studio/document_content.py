"""The content of an open document as read from disk: timeline, audio files, folder for stems."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError, MediaError, SessionError
from flowsep_plugin.media import truncated_frames
from flowsep_plugin.timeline import ClipRef, Media, Timeline, Track, by_suffix, parse_rate, read_session
from flowsep_plugin.timeline.media import probe_media
from flowsep_plugin.timeline.media_finder import MediaFinder

from .documents import file_clip_id
from .texts import ErrorText, number, translate
from .workspace import Document

STEM_FOLDER = "FlowSep"


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """Content of a document, as read from disk.

    audio_files : clip id -> audio file; embedded audio is copied out.     out : default folder for final stems.
    problem : why some of the audio could not be read, as `ErrorText` where a setting helps.
    unreadable : audio files of a document of files that are not audio or no longer there.
    finder : with which a session's media were found.
    """

    timeline: Timeline
    audio_files: Mapping[str, Path] = field(default_factory=dict)
    out: Path = field(default_factory=Path)
    problem: str | None = None
    unreadable: tuple[Path, ...] = ()
    finder: MediaFinder | None = None

    @property
    def missing(self) -> tuple[Path, ...]:
        """The media of a session that are not where it says, and were not found elsewhere."""
        clips = (clip for _, clip in self.timeline.clips() if clip.media is not None and clip.media.member is None)
        return tuple(dict.fromkeys(clip.media.path for clip in clips if clip.media and not clip.media.is_online))

    @property
    def frames(self) -> int:
        """Length to the end of the last clip, in frames of the timeline."""
        return max((clip.place.stop for _, clip in self.timeline.clips()), default=0)


def title_of(document: Document, content: DocumentContent | None) -> str:
    """Return the title of a document's tab: its first file, and how many more of its files can be read."""
    if document.kind == "session" or content is None:
        return document.name
    readable = [path for path in document.paths if path in content.audio_files.values()]
    return document.name if not readable else replace(document, paths=tuple(readable)).name


def read_document(document: Document, scratch: Path) -> DocumentContent:
    """Read a document; embedded audio is copied into `scratch`. Raises FlowsepError where nothing can be shown."""
    if document.kind == "files":
        return _files_content(document)
    path = document.paths[0]
    finder = MediaFinder(document.media_folders)
    rate = None if document.frame_rate is None else parse_rate(document.frame_rate)
    timeline = read_session(path, finder, rate)
    audio_files, problems = _audio_files(timeline, path, scratch / document.id)
    content = DocumentContent(
        timeline=timeline, audio_files=audio_files, out=by_suffix(path).media_folder(path), finder=finder
    )
    return replace(content, problem=_session_problem(path, content, problems))


def _files_content(document: Document) -> DocumentContent:
    media = [probe_media(path) for path in document.paths]
    readable = [file for file in media if file.rate and file.frames is not None]
    unreadable = tuple(file.path for file in media if file not in readable)
    names = ", ".join(path.name for path in unreadable)
    if not readable:
        text = translate("Studio", "{0}: cannot be read as audio; open WAV, FLAC, AIFF, OGG, Opus or MP3")
        raise MediaError(text.format(names))
    rate = readable[0].rate
    assert rate is not None
    faults = {file.path: _truncation(file) for file in readable}
    tracks = tuple(_file_track(file, rate, faults[file.path]) for file in readable)
    text = translate("Studio", "{0}: cannot be read as audio and is left out")
    problems = [text.format(names)] if unreadable else []
    problems += [f"{path.name} {fault}" for path, fault in faults.items() if fault is not None]
    return DocumentContent(
        timeline=Timeline(document.paths[0].stem if len(document.paths) == 1 else document.name, rate, tracks),
        audio_files={file_clip_id(file.path): file.path for file in readable},
        out=document.paths[0].parent / STEM_FOLDER,
        problem="; ".join(problems) or None,
        unreadable=unreadable,
    )


def _file_track(media: Media, rate: int, fault: str | None) -> Track:
    assert media.rate is not None
    assert media.frames is not None
    cut = Span(0, media.frames, media.rate)
    clip = ClipRef(file_clip_id(media.path), media.path.name, media, cut, cut.at(rate), obstacle=fault)
    return Track(f"track {media.path}", media.path.stem, (clip,), media.channels)


def _truncation(media: Media) -> str | None:
    """Return what to say of a truncated file, after its name; None for a whole one."""
    assert media.rate is not None
    assert media.frames is not None
    try:
        frames = truncated_frames(media.path)
    except MediaError as error:
        return str(error)
    if frames is None:
        return None
    text = translate("Studio", "is cut off: {0} of {1} s are there; copy or export it again")
    return text.format(number(frames / media.rate, 1), number(media.frames / media.rate, 1))


def _session_problem(path: Path, content: DocumentContent, problems: list[str]) -> str | None:
    """Return what the user must know about a session, with the setting that helps; None where it is whole."""
    rates, missing = content.timeline.possible_rates, content.missing
    if rates:
        text = translate(
            "Studio", "{0} does not say its frame rate, which can be {1}; choose it to separate its clips."
        )
        return ErrorText(text.format(path.name, ", ".join(map(str, rates))), "frame_rate")
    if missing:
        text = translate("Studio", "{0} media files of {1} are missing, such as {2}.")
        return ErrorText(text.format(len(missing), path.name, missing[0].name), "media")
    return "; ".join(problems) or None


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
