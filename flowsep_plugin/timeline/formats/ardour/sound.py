"""Sounds of an Ardour session: their folders, and sounds whose channels are in several files or at several levels.

Ardour splits every stereo file that it imports or records into `take%L.wav` and `take%R.wav`, and where it makes a FLAC
of floats it divides each file by its peak and notes that as the gain of its source. Such a sound is one `Media` whose
member names file, channel and gain of each of its channels; `extract` joins them into one file.
"""

import json
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from flowsep_plugin.errors import MediaError, SessionError
from flowsep_plugin.media import open_media, open_writer
from flowsep_plugin.timeline.media import Media

_CHANNEL: Final = re.compile(r"%\w{1,2}$")
_BLOCK_FRAMES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class SoundChannel:
    """One channel of a region: a channel of a file, counted from 0, and the linear gain at which Ardour reads it."""

    path: Path
    channel: int
    gain: float


def audio_folder(path: Path) -> Path:
    """Return the folder of a session's sounds; Ardour opens a session with sounds from elsewhere only once.

    Chosen as Ardour does: the only folder under `interchange`, else the one named like the session's folder or file. A
    snapshot shares it with its session.
    """
    root = path.parent / "interchange"
    names = [folder.name for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
    if len(names) == 1:
        return root / names[0] / "audiofiles"
    own = next((name for name in (path.parent.name, path.stem) if name in names), path.stem)
    return root / own / "audiofiles"


def joined_media(session: Path, channels: Sequence[SoundChannel], *, rate: int, frames: int) -> Media:
    """Return the one media of several channels; `frames` is the length of the shortest."""
    member = json.dumps([[str(one.path), one.channel, one.gain] for one in channels], ensure_ascii=False)
    return Media(session, rate, len(channels), frames, member)


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Join a media's channels into one file in `folder`, as 32-bit floats; returns its path.

    Raises SessionError where a file is missing or cannot be read.
    """
    channels = [SoundChannel(Path(path), channel, gain) for path, channel, gain in json.loads(media.member or "[]")]
    target = folder / f"{_CHANNEL.sub('', channels[0].path.stem)}.wav"
    try:
        with ExitStack() as stack:
            sources = {path: stack.enter_context(open_media(path)) for path in {one.path for one in channels}}
            frames = min(source.frames for source in sources.values())
            rate = sources[channels[0].path].rate
            file = stack.enter_context(open_writer(target, rate, len(channels), frames, "wav32f"))
            for start in range(0, frames, _BLOCK_FRAMES):
                stop = min(frames, start + _BLOCK_FRAMES)
                blocks = {path: source.read(start, stop) for path, source in sources.items()}
                file.write(np.stack([blocks[one.path][one.channel] * np.float32(one.gain) for one in channels]))
    except MediaError as error:
        name = channels[0].path.name
        raise SessionError(f"{session.name}: the channels of {name} cannot be joined: {error}") from error
    return target
