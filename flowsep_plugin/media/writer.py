"""Writing audio files: a stem block by block, or a clip at once. Files appear under their names only when complete."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.errors import MediaError, UsageError

from .atomic import AtomicFile
from .encoders import BITS, SUFFIXES, FlacEncoder, Format, StemEncoder, WaveEncoder
from .inspect import MOST_CHANNELS, MOST_RATE
from .metadata.adm import RawChunk
from .metadata.bext import Bext
from .metadata.markers import FileMarker
from .wave import RF64_FROM, WaveSpec, wave_head, wave_tail

_LEAST_FLAC_SHARE: Final = 4
"""Writing FLAC needs a quarter of the uncompressed size to be free at the start; dense music takes about half."""


class StemWriter:
    """Writes `spec.frames` frames to `path` inside a `with`.

    On a clean exit the file is complete under its name; on any error, Ctrl-C included, nothing is written and an older
    file stays. `clipped` counts the samples outside the range of 24 bits.
    """

    def __init__(self, path: Path, spec: WaveSpec, format: Format, rf64_from: int = RF64_FROM) -> None:
        self.path, self.spec, self.format = path, spec, format
        self.written_frames = 0
        self.clipped = 0
        self._rf64_from = rf64_from
        self._file: AtomicFile | None = None
        self._encoder: StemEncoder | None = None

    def __enter__(self) -> Self:
        head = wave_head(self.spec, self._rf64_from)
        size = sum(map(len, [*head, *wave_tail(self.spec)])) + self.spec.data_bytes + 1
        need = size // _LEAST_FLAC_SHARE if self.format == "flac24" else size
        self._file = AtomicFile(self.path, need, setting="out")
        try:
            encoder = FlacEncoder if self.format == "flac24" else WaveEncoder
            self._encoder = encoder(self._file.file, head, self.spec)
        except BaseException as error:
            self._file.discard()
            if isinstance(error, OSError):
                raise self._file.explain(error) from error
            raise
        return self

    def write(self, block: Samples) -> None:
        """Append `block`, (channels, n) float32 with finite values.

        Raises MediaError where the disk is full or a sample is NaN or Inf, ValueError for another shape, too many
        frames, or outside a `with`.
        """
        if self._encoder is None or self._file is None:
            raise ValueError("the writer is not open; write inside `with open_writer(…) as stem:`")
        if block.ndim != 2 or block.shape[0] != self.spec.channels:
            raise ValueError(f"a block must be ({self.spec.channels}, n), got {block.shape}")
        if self.written_frames + block.shape[1] > self.spec.frames:
            raise ValueError(
                f"{self.written_frames + block.shape[1]} frames do not fit in a file of {self.spec.frames}"
            )
        self._check_finite(block)
        if self.format != "wav32f":
            self.clipped += int(np.count_nonzero((block > 1 - 2.0**-24) | (block < -1 - 2.0**-24)))
        try:
            self._encoder.write(block.astype(np.float32, copy=False))
        except OSError as error:
            raise self._file.explain(error) from error
        self.written_frames += block.shape[1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        file, encoder = self._file, self._encoder
        self._file = self._encoder = None
        if file is None or encoder is None:
            return
        try:
            if error is None:
                if self.written_frames != self.spec.frames:
                    raise ValueError(f"{self.path}: {self.written_frames} of {self.spec.frames} frames were written")
                encoder.finish()
                file.commit()
        except OSError as refused:
            raise file.explain(refused) from refused
        finally:
            encoder.abandon()
            file.discard()

    def _check_finite(self, block: Samples) -> None:
        if np.isfinite(block).all():
            return
        frame = self.written_frames + int(np.flatnonzero(~np.isfinite(block).all(axis=0))[0])
        raise MediaError(f"{self.path}: frame {frame} is NaN or Inf; nothing was written")


def open_writer(
    path: str | Path,
    rate: int,
    channels: int,
    frames: int,
    format: Format = "wav24",
    *,
    bext: Bext | None = None,
    ixml: bytes | None = None,
    markers: Sequence[FileMarker] = (),
    channel_mask: int | None = None,
    tail: Sequence[RawChunk] = (),
    rf64_from: int = RF64_FROM,
) -> StemWriter:
    """Return a writer of `frames` frames, to be used in a `with`; the file is created on entering it.

    channel_mask : the source's (`MediaInfo.channel_mask`); None takes the common layout of that channel count.
    tail : chunks after the audio, such as `stem_adm` returns.
    rf64_from : RIFF size from which the file becomes RF64.
    Raises UsageError for an unknown format, MediaError for an unsupported channel count, rate or length.
    """
    if format not in SUFFIXES:
        raise UsageError(f"unknown format {format!r}; choose one of {', '.join(SUFFIXES)}")
    if not 1 <= channels <= MOST_CHANNELS or not 1 <= rate <= MOST_RATE:
        raise MediaError(
            f"{path}: a file can have 1 to {MOST_CHANNELS} channels at 1 to {MOST_RATE} Hz, not {channels} at {rate} Hz"
        )
    if frames < 1:
        raise MediaError(f"{path}: a file needs at least one frame, not {frames}")
    spec = WaveSpec(
        rate=rate,
        channels=channels,
        frames=frames,
        bits=BITS[format],
        bext=bext,
        ixml=ixml,
        markers=tuple(markers),
        channel_mask=channel_mask,
        tail=tuple(tail),
    )
    return StemWriter(Path(path), spec, format, rf64_from=rf64_from)


def write_clip(
    path: str | Path, clip: AudioClip, format: Format = "wav24", *, bext: Bext | None = None, ixml: bytes | None = None
) -> None:
    """Write `clip` to `path`, replacing an existing file. Raises as `open_writer` and `StemWriter.write` do."""
    with open_writer(
        path, rate=clip.rate, channels=clip.channels, frames=clip.frames, format=format, bext=bext, ixml=ixml
    ) as stem:
        stem.write(clip.samples)
