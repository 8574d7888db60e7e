"""The content of an open document as read from disk: timeline, audio files, folder for stems."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from flowsep_plugin.audio.span import Span
from flowsep_plugin.errors import FlowsepError, MediaError, SessionError
from flowsep_plugin.media import probe, truncated_frames
from flowsep_plugin.media.container import AudioStream, is_container
from flowsep_plugin.media.container.picture import PictureFile
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
    finder : with which a session's media were found.     pictures : audio file -> its picture, where it is a video.
    streams : audio file of a document of files -> its sound streams, where it has several.
    """

    timeline: Timeline
    audio_files: Mapping[str, Path] = field(default_factory=dict)
    out: Path = field(default_factory=Path)
    problem: str | None = None
    unreadable: tuple[Path, ...] = ()
    finder: MediaFinder | None = None
    pictures: Mapping[Path, PictureFile] = field(default_factory=dict)
    streams: Mapping[Path, tuple[AudioStream, ...]] = field(default_factory=dict)

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
        return _with_pictures(_files_content(document))
    path = document.paths[0]
    finder = MediaFinder(document.media_folders)
    rate = None if document.frame_rate is None else parse_rate(document.frame_rate)
    timeline = read_session(path, finder, rate)
    audio_files, problems = _audio_files(timeline, path, scratch / document.id)
    content = DocumentContent(
        timeline=timeline, audio_files=audio_files, out=by_suffix(path).media_folder(path), finder=finder
    )
    return _with_pictures(replace(content, problem=_session_problem(path, content, problems)))


def _with_pictures(content: DocumentContent) -> DocumentContent:
    """Return the content with pictures and sound streams of those of its audio files that are videos."""
    pictures, streams = {}, {}
    for _, clip in content.timeline.clips():
        path = content.audio_files.get(clip.id)
        if path is None or path in streams or clip.media is None or not is_container(path):
            continue
        with contextlib.suppress(FlowsepError, OSError):  # its sound tells what is wrong
            info = probe(path, stream=clip.media.stream)
            streams[path] = info.streams
            if info.has_picture and info.stream is not None:
                pictures[path] = PictureFile(path, info.stream.start)
    several = {path: of_file for path, of_file in streams.items() if len(of_file) > 1}
    return replace(content, pictures=pictures, streams=several)


def media_of_file(path: Path, stream: str | None = None) -> Media:
    """Return the media of an audio file, of a video with the sound stream that was chosen, where it has that.

    A document of files counts from the first frame of their sound.
    """
    media = probe_media(path)
    media = replace(media, frames=media.file_frames, lead=0)
    if stream is None or media.rate is None:
        return media
    try:
        other, default = probe(path, stream=stream), probe(path)
    except (FlowsepError, OSError):  # another file by now: its default stream
        return media
    if other.stream == default.stream or other.stream is None:
        return media
    return Media(path, other.rate, other.channels, other.frames, stream=other.stream.choice)


def _files_content(document: Document) -> DocumentContent:
    media = [media_of_file(path, document.streams.get(str(path))) for path in document.paths]
    readable = [file for file in media if file.rate and file.frames is not None]
    unreadable = tuple(file.path for file in media if file not in readable)
    faults_of_videos = [why for path in unreadable if (why := _fault_of_container(path)) is not None]
    names = ", ".join(path.name for path in unreadable)
    if not readable:
        text = translate("Studio", "{0}: cannot be read as audio; open WAV, FLAC, AIFF, OGG, Opus, MP3 or a video")
        raise MediaError("; ".join(faults_of_videos) or text.format(names))
    rate = readable[0].rate
    assert rate is not None
    faults = {file.path: _truncation(file) for file in readable}
    tracks = tuple(_file_track(file, rate, faults[file.path]) for file in readable)
    text = translate("Studio", "{0}: cannot be read as audio and is left out")
    problems = faults_of_videos or ([text.format(names)] if unreadable else [])
    problems += [f"{path.name} {fault}" for path, fault in faults.items() if fault is not None]
    return DocumentContent(
        timeline=Timeline(document.paths[0].stem if len(document.paths) == 1 else document.name, rate, tracks),
        audio_files={file_clip_id(file.path, file.stream): file.path for file in readable},
        out=document.paths[0].parent / STEM_FOLDER,
        problem="; ".join(problems) or None,
        unreadable=unreadable,
    )


def _fault_of_container(path: Path) -> str | None:
    """Return why a video cannot be read, such as a library that is not installed; None for other files."""
    try:
        if is_container(path):
            probe(path)
    except (FlowsepError, OSError) as error:
        return str(error)
    return None


def _file_track(media: Media, rate: int, fault: str | None) -> Track:
    assert media.rate is not None
    assert media.frames is not None
    cut = Span(0, media.frames, media.rate)
    clip = ClipRef(file_clip_id(media.path, media.stream), media.path.name, media, cut, cut.at(rate), obstacle=fault)
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
