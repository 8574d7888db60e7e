"""Which picture belongs to a moment of the document in front: the clip, and the time in its file."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from flowsep_ui.studio.document_content import DocumentContent
from flowsep_ui.studio.focus import focused_clip
from flowsep_ui.studio.workspace import Workspace

from flowsep_plugin.media.container.picture import PictureFile
from flowsep_plugin.timeline import ClipRef
from flowsep_plugin.timeline.media import media_read


@dataclass(frozen=True, slots=True)
class ClipPicture:
    """The picture of one clip. Times of the file are seconds of its sound."""

    file: PictureFile
    clip: ClipRef

    @property
    def _cut(self) -> tuple[Fraction, Fraction]:
        cut = media_read(self.clip.media, self.file.path).file_span(self.clip.cut)
        return Fraction(cut.start, cut.rate), Fraction(cut.stop, cut.rate)

    def file_seconds(self, seconds: float) -> Fraction:
        """Return the time of the file that is played at `seconds` of the document. Inverse: `document_seconds`."""
        clip = self.clip
        played = (Fraction(seconds) - Fraction(clip.place.start, clip.place.rate)) * clip.play_rate
        start, stop = self._cut
        return stop - played if clip.reverse else start + played

    def document_seconds(self, seconds: Fraction) -> float:
        """Return when the document plays `seconds` of the file: its first frame at or after that moment."""
        clip = self.clip
        start, stop = self._cut
        played = (stop - seconds if clip.reverse else seconds - start) / clip.play_rate
        rate = clip.place.rate
        return (clip.place.start + math.ceil(played * rate)) / rate


def clip_pictures(workspace: Workspace, content: DocumentContent | None) -> tuple[ClipPicture, ...]:
    """Return the pictures of the document in front, those first that are shown where clips lie on each other.

    First comes that of the clip that actions refer to, then those of clips that are played, in the tracks' order.
    """
    if content is None or not content.pictures:
        return ()
    focused = focused_clip(workspace, content)
    ranked = [
        (focused is None or clip.id != focused.id, track.why_silent(clip) is not None, clip)
        for track, clip in content.timeline.clips()
        if content.audio_files.get(clip.id) in content.pictures
    ]
    ranked.sort(key=lambda row: row[:2])
    return tuple(ClipPicture(content.pictures[content.audio_files[clip.id]], clip) for _, _, clip in ranked)


def picture_at(pictures: Sequence[ClipPicture], seconds: float) -> ClipPicture | None:
    """Return the first of `pictures` whose clip lies at `seconds` of the document; None where there is none."""
    for picture in pictures:
        place = picture.clip.place
        if place.start <= math.floor(seconds * place.rate + 0.5) < place.stop:
            return picture
    return None


def focused_picture(workspace: Workspace, content: DocumentContent | None) -> Path | None:
    """Return the video file of the clip that actions refer to; None where that has no picture."""
    clip = focused_clip(workspace, content)
    path = None if clip is None or content is None else content.audio_files.get(clip.id)
    return path if content is not None and path in content.pictures else None
