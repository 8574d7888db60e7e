"""Embedded sound of an AAF: written as one mono essence for each channel, read in every kind that programs embed."""

import re
import tempfile
import wave
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from flowsep_plugin.errors import SessionError, UsageError
from flowsep_plugin.media import open_media, open_writer
from flowsep_plugin.timeline.media import Media
from flowsep_plugin.timeline.names import clean, file_name

_BLOCK: Final = 1 << 18
_MOST_BITS: Final = 24
"""Bits that a 32-bit float holds without loss, so that our readers pass them on bit for bit."""

_BETWEEN: Final = "\n"
"""Separator of the parts of a joined member; no file name of any program contains it."""

_MOB_ID: Final = "urn:smpte:umid:"

_FIRST_SIDE: Final = re.compile(r"[._ -]L$")
"""The end of the name of a file of the left channel, or of the first one of more."""

_WHOLE_FILES: Final = {"WAVEDescriptor": ".wav", "AIFCDescriptor": ".aif"}
"""Descriptors of essence that is a whole audio file, with its suffix."""


def embed_sound(file: Any, media: Media) -> list[Any]:
    """Copy a sound into an open AAF; returns one source mob for each channel.

    Raises UsageError for sounds that are not PCM of at most 24 bits.
    """
    with open_media(media.path) as source:
        info = source.info
        bits = info.bits if info.subtype.startswith("PCM") else None
        if bits is None or bits > _MOST_BITS:
            raise UsageError(
                f"{media.path.name} is {info.subtype}, which an AAF cannot hold bit for bit; use wav24, or link it"
            )
        width = max(2, -(-bits // 8))
        mobs = [_mono(file, f"{media.path.name} {channel + 1}", source.rate, source.frames, width)
                for channel in range(source.channels)]  # fmt: skip
        streams = [mob.essence.open("w") for mob in mobs]
        for first in range(0, source.frames, _BLOCK):
            block = source.read(first, min(first + _BLOCK, source.frames))
            for samples, stream in zip(block, streams, strict=True):
                stream.write(_bytes(samples, width))
    return mobs


def extract_sound(file: Any, media: Media, session: Path, folder: Path) -> Path:
    """Copy an embedded sound to a file in `folder`; returns its path.

    Raises SessionError where the AAF does not have the sound, or it is of an unknown kind.
    """
    if _BETWEEN in (media.member or ""):
        return _join(file, media, session, folder)
    mobs, name = _sources(file, media.member or "")
    if not mobs or any(mob.essence is None for mob in mobs):
        raise SessionError(f"{session.name} does not have the sound {media.member}; export it with embedded audio")
    kinds = {type(mob.descriptor).__name__ for mob in mobs}
    target = folder / file_name(name or "sound")
    if kinds == {"PCMDescriptor"}:
        target = target.with_name(f"{target.name}.wav")
        _interleave(mobs, target)
        return target
    ending = _WHOLE_FILES.get(kinds.pop()) if len(kinds) == len(mobs) == 1 else None
    if ending is None:
        raise SessionError(f"{session.name}: the sound {name!r} is neither PCM, WAV nor AIFC; export it as WAV")
    target = target.with_name(f"{target.name}{ending}")
    with target.open("wb") as copy:
        stream = mobs[0].essence.open("r")
        while data := stream.read(_BLOCK):
            copy.write(data)
    return target


def join_member(parts: Sequence[tuple[Media, int]]) -> str:
    """Return the member of a media whose channels are in several files or sounds; `extract_sound` joins them.

    parts : the media of each channel, and the channel's index in it.
    """
    return _BETWEEN.join(f"{channel}:{media.member or media.path}" for media, channel in parts)


def _join(file: Any, media: Media, session: Path, folder: Path) -> Path:
    """Write the channels of a joined member to one file of 32-bit floats in `folder`; returns its path."""
    parts = [part.partition(":") for part in (media.member or "").split(_BETWEEN)]
    first = parts[0][2]
    name = _sources(file, first)[1] if first.startswith(_MOB_ID) else Path(first).stem
    target = folder / f"{file_name(_FIRST_SIDE.sub('', name) or 'sound')}.wav"
    with tempfile.TemporaryDirectory(dir=folder) as scratch, ExitStack() as stack:
        sources = []
        for number, (_, _, name) in enumerate(parts):
            own = Path(scratch) / str(number)
            own.mkdir()
            is_sound = name.startswith(_MOB_ID)
            sound = extract_sound(file, replace(media, member=name), session, own) if is_sound else Path(name)
            sources.append(stack.enter_context(open_media(sound)))
        frames = min(source.frames for source in sources)
        copy = stack.enter_context(open_writer(target, sources[0].rate, len(sources), frames, "wav32f"))
        for start in range(0, frames, _BLOCK):
            stop = min(frames, start + _BLOCK)
            rows = [source.read(start, stop)[int(c)] for source, (c, _, _) in zip(sources, parts, strict=True)]
            copy.write(np.stack(rows))
    return target


def _sources(file: Any, member: str) -> tuple[list[Any], str]:
    """Return the source mobs of a source's or a master's id, one for each channel, and a name; empty if unknown."""
    for mob in file.content.sourcemobs():
        if str(mob.mob_id) == member:
            return [mob], str(mob.name or "")
    for mob in file.content.mastermobs():
        if str(mob.mob_id) == member:
            return mono_sources(mob), str(mob.name or "")
    return [], ""


def mono_sources(master: Any) -> list[Any]:
    """Return the embedded mono source mobs of a master, slot by slot; empty where a slot leads to anything else."""
    sources, starts = [], set()
    for slot in master.slots:
        clip = slot.segment
        source: Any = clip.mob if type(clip).__name__ == "SourceClip" else None
        if type(source).__name__ != "SourceMob":
            return []
        starts.add(clip.start)
        descriptor = source.descriptor
        channels = descriptor.get("Channels")
        if type(descriptor).__name__ != "PCMDescriptor" or descriptor.get("Locator") or channels.value != 1:
            return []
        sources.append(source)
    lengths = {(source.descriptor["Length"].value, str(source.descriptor["SampleRate"].value)) for source in sources}
    return sources if len(lengths) == len(starts) == 1 else []


def _mono(file: Any, name: str, rate: int, frames: int, width: int) -> Any:
    mob = file.create.SourceMob(clean(name))
    file.content.mobs.append(mob)
    _, slot = mob.create_essence(rate, "sound")
    descriptor = file.create.PCMDescriptor()
    mob.descriptor = descriptor
    values = {
        "Channels": 1, "BlockAlign": width, "SampleRate": rate, "AverageBPS": rate * width,
        "QuantizationBits": 8 * width, "AudioSamplingRate": rate, "Length": frames,
    }  # fmt: skip
    for key, value in values.items():
        descriptor[key].value = value
    slot["PhysicalTrackNumber"].value = 1
    slot.segment.length = frames
    return mob


def _bytes(samples: np.ndarray[Any, Any], width: int) -> bytes:
    """Return samples (frames,), ±1, as little-endian integers of `width` bytes. Inverse of reading PCM."""
    whole = np.rint(samples.astype(np.float64) * 2.0 ** (8 * width - 1)).astype("<i4")
    return whole.view(np.uint8).reshape(-1, 4)[:, :width].tobytes()


def _interleave(mobs: Sequence[Any], target: Path) -> None:
    """Write mono essences as the channels of one WAV file; a single essence keeps its channels."""
    first = mobs[0].descriptor
    width = -(-int(first["QuantizationBits"].value) // 8)
    channels = int(first["Channels"].value) if len(mobs) == 1 else len(mobs)
    frame = width * channels // len(mobs)
    with wave.open(str(target), "wb") as file:
        file.setnchannels(channels)
        file.setframerate(int(float(first["SampleRate"].value)))
        file.setsampwidth(width)
        streams = [mob.essence.open("r") for mob in mobs]
        while any(parts := [stream.read(_BLOCK * frame) for stream in streams]):
            columns = [np.frombuffer(part, np.uint8).reshape(-1, frame) for part in parts]
            file.writeframesraw(np.hstack(columns).tobytes())
