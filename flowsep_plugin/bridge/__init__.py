"""Pedalboard bridge: separation as a function of audio and sample rate, like a Pedalboard.

>>> from flowsep_plugin.bridge import FlowSep
>>> stem = FlowSep("a dog barking")(audio, sample_rate)                  # doctest: +SKIP
>>> dog, rain = FlowSep("a dog barking", "rain")(audio, sample_rate)     # doctest: +SKIP

`FlowSep` is not a `pedalboard.Plugin` and cannot be part of a `Pedalboard([...])`: that list accepts only Pedalboard's
own C++ plugins, which run in blocks of a few thousand frames, while a separation needs the whole clip. Boards go before
and after it, with `pre=` and `post=`. Pedalboard (`pip install 'flowsep-plugin[bridge]'`) is imported for files only.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.types import Samples
from flowsep_plugin.deprecated import renamed, renamed_argument
from flowsep_plugin.effects import EffectChain
from flowsep_plugin.errors import UsageError
from flowsep_plugin.progress import ProgressCallback, ignore
from flowsep_plugin.queries import Query
from flowsep_plugin.separate import Separation, Separator
from flowsep_plugin.separate.arguments import as_request, whole_rate

from .chains import Chain
from .file_separation import FileRun, NamedFiles
from .files import pedalboard_io
from .hosted import as_effects


@renamed(rest="residual")
class FlowSep:
    """Extracts the sounds of `queries`, texts or `Query` values, from audio.

    pre : effects before the separation; stems and residual sum to their output.
    post : effects on every stem, not on the residual. Both: a board, a plugin, a function, a list of them; or an
    `EffectChain` or the path of its file, which runs in a process of its own.
    compensate : whether the delay of the effects is measured (with an impulse) and removed.
    separator : an open Separator to share; without one, `model` is opened on `device` at the first call.
    settings : fields of `Request` and `RenderSettings`, such as `negative=["speech"]`, `steps=4`, `strength=1.5`.
    Raises UsageError for queries, settings or effects that cannot be used.
    """

    def __init__(
        self,
        *queries: str | Query,
        pre: Chain | EffectChain | str | Path | None = None,
        post: Chain | EffectChain | str | Path | None = None,
        compensate: bool = True,
        model: str | Path = "default",
        device: str = "auto",
        separator: Separator | None = None,
        **settings: Any,
    ) -> None:
        self.request = as_request(queries, settings)
        self._pre, self._post = as_effects(pre, compensate=compensate), as_effects(post, compensate=compensate)
        self._separator = separator
        self._model, self._device = model, device
        self._residual: Samples | None = None

    @property
    def separator(self) -> Separator:
        """The Separator, opened at first use. Raises BundleError, ProviderError."""
        if self._separator is None:
            self._separator = Separator.open(self._model, self._device)
        return self._separator

    @property
    def residual(self) -> Samples:
        """Residual of the last call, (channels, frames) or (frames,) like its audio. Raises UsageError before it."""
        if self._residual is None:
            raise UsageError("there is no residual yet; call FlowSep with audio first")
        return self._residual

    @renamed_argument(report="progress")
    def __call__(self, audio: Any, sample_rate: float, progress: ProgressCallback = ignore) -> Any:
        """Return the stem of one query, or a tuple of stems for several, float32 in the shape of `audio`.

        audio : (channels, frames) or (frames,) floats in ±1.     progress : called with `Progress`.
        Raises MediaError for an array that is not audio, Cancelled where `progress` does, EngineError.
        """
        samples = np.asarray(audio)
        separation = self.separate(samples, sample_rate, progress)
        clips = (*separation.stems, separation.residual)
        *stems, self._residual = [clip.samples if samples.ndim == 2 else clip.samples[0] for clip in clips]
        return stems[0] if len(stems) == 1 else tuple(stems)

    @renamed_argument(report="progress")
    def separate(self, audio: Any, sample_rate: float, progress: ProgressCallback = ignore) -> Separation:
        """Return the whole result for `audio` (channels, frames): stems after `post`, residual, presence and levels.

        Raises as a call does; does not change `residual`.
        """
        clip = AudioClip(np.asarray(audio), whole_rate(sample_rate))
        if self._pre:
            clip = AudioClip(self._pre(clip.samples, clip.rate), clip.rate)
        separation = self.separator.separate(clip, self.request, progress)
        if not self._post:
            return separation
        stems = tuple(AudioClip(self._post(stem.samples, stem.rate), stem.rate) for stem in separation.stems)
        return replace(separation, stems=stems)

    @renamed_argument(report="progress", rest="residual")
    def process_file(
        self,
        source: str | Path,
        *targets: str | Path,
        residual: str | Path | None = None,
        bit_depth: int | None = None,
        progress: ProgressCallback = ignore,
    ) -> tuple[str, ...]:
        """Separate a file to files, in blocks: memory does not depend on the length. Returns remarks, mostly none.

        targets : one file per query; suffixes choose the formats.     residual : file of the residual, if any.
        bit_depth : of the files; None is 24, or 32-bit float where the audio passes full scale, which a remark says.
        Another one is kept: 24 bits are clipped then, which a remark and a logged warning say.
        Files appear when all of them are complete. WAV and FLAC are exact; Pedalboard writes other formats.
        Functions in `pre` and `post` without Pedalboard's `reset` get the whole file at once.
        Raises MediaError for files that cannot be read or written, UsageError for a wrong number of targets, without
        Pedalboard, and for a FLAC target where the audio passes full scale and `bit_depth` is None.
        """
        if len(targets) != len(self.request.queries):
            raise UsageError(
                f"there are {len(self.request.queries)} queries but {len(targets)} target files; give one per query"
            )
        names = NamedFiles(
            stems=[Path(name) for name in targets],
            residual=None if residual is None else Path(residual),
            bit_depth=bit_depth,
        )
        run = FileRun(
            io=pedalboard_io(), separator=self.separator, request=self.request, pre=self._pre, post=self._post,
            names=names,
        )  # fmt: skip
        return run.run(Path(source), progress)
