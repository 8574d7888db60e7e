"""Sounds of an Ardour session: their folder, and sounds that are split into one file for each channel.

Ardour splits every stereo file that it imports or records into `take%L.wav` and `take%R.wav`. Such a pair is one
`Media` whose member names its files; `extract` joins them into one file without changing a bit.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np

from flowsep_plugin.errors import MediaError, SessionError
from flowsep_plugin.media import open_media, open_writer
from flowsep_plugin.timeline.media import Media, Probe

_BETWEEN: Final = "/"
"""Separator of file names in a member; no file name can contain it."""

_CHANNEL: Final = re.compile(r"%\w{1,2}$")
_BLOCK_FRAMES: Final = 1 << 18


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


def join_media(session: Path, files: Sequence[Path], probe: Probe) -> Media | None:
    """Return one media for files of one channel each.

    The media of the first missing file where there is one; None where rates differ, or a file is not mono.
    """
    parts = [probe(file) for file in files]
    missing = [part for part in parts if not part.is_online]
    if missing:
        return missing[0]
    kinds = {(part.rate, part.channels) for part in parts}
    if kinds != {(parts[0].rate, 1)} or parts[0].rate is None:
        return None
    frames = min(part.frames or 0 for part in parts)
    return Media(session, parts[0].rate, len(parts), frames, _BETWEEN.join(file.name for file in files))


def extract(session: Path, media: Media, folder: Path) -> Path:
    """Join a media's files into one in `folder`, as 32-bit floats, which hold all that Ardour writes; returns its path.

    Raises SessionError where a file is missing or cannot be read.
    """
    names = (media.member or "").split(_BETWEEN)
    target = folder / f"{_CHANNEL.sub('', Path(names[0]).stem)}.wav"
    try:
        with ExitStack() as stack:
            sources = [stack.enter_context(open_media(audio_folder(session) / name)) for name in names]
            frames = min(source.frames for source in sources)
            file = stack.enter_context(open_writer(target, sources[0].rate, len(sources), frames, "wav32f"))
            for start in range(0, frames, _BLOCK_FRAMES):
                stop = min(frames, start + _BLOCK_FRAMES)
                file.write(np.concatenate([source.read(start, stop) for source in sources]))
    except MediaError as error:
        raise SessionError(f"{session.name}: the channels of {names[0]} cannot be joined: {error}") from error
    return target
