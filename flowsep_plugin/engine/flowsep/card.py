"""The entries that a FlowSep card has besides those of every card: mel, latent, flow, components."""

from dataclasses import dataclass, field
from typing import Literal

from flowsep_plugin.audio.mel import MelSpec
from flowsep_plugin.declared import declared
from flowsep_plugin.engine.card import MOST_VALUES, ModelCard
from flowsep_plugin.errors import BundleError

from .graphs import FlowSepSizes


@dataclass(frozen=True, slots=True, kw_only=True)
class MelEntries:
    """The log-mel front end; its rate is the card's. `audio.mel.MelSpec` has the formula."""

    n_fft: int = field(metadata=declared("frames of a transform, and of its Hann window", low=2, high=32768))
    hop: int = field(metadata=declared("frames between two mel frames", low=1, high=32768))
    bands: int = field(metadata=declared("mel bands", low=1, high=1024))
    low_hz: float = field(metadata=declared("lower edge of the lowest band, Hz", low=0, high=384_000))
    high_hz: float = field(metadata=declared("upper edge of the highest band, Hz", low=1, high=384_000))
    floor: float = field(metadata=declared("magnitude at which the logarithm is cut off", low=1e-12, high=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """The VAE's grid: `channels` values for every `time_stride` mel frames by `band_stride` bands."""

    channels: int = field(metadata=declared("values a position", low=1, high=1024))
    time_stride: int = field(metadata=declared("mel frames to a column", low=1, high=1024))
    band_stride: int = field(metadata=declared("mel bands to a row", low=1, high=1024))
    scale: float = field(
        metadata=declared("factor on the encoder's means, divided out again before decoding", low=1e-6, high=1e6)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How the flow is solved, and what it generates."""

    steps: int = field(metadata=declared("steps of a separation", low=1, high=200))
    draft_steps: int = field(metadata=declared("steps of a draft", low=1, high=200))
    solver: Literal["euler", "midpoint"] = field(metadata=declared("how a step is taken"))
    generations: int = field(
        default=1, metadata=declared("1: the target; 2: target and complement in one call", low=1, high=2)
    )
    complement: str | None = field(
        default=None,
        metadata=declared(
            "with one generation, the text that asks for the complement, e.g. `everything except {}`", longest=500
        ),
    )


@dataclass(frozen=True, slots=True)
class Components:
    """The component separator, which comes with a listener."""

    count: int = field(metadata=declared("masks that it makes", low=2, high=6))


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSepCard(ModelCard):
    """The card of a FlowSep bundle. Raises BundleError where its numbers do not fit each other."""

    front_end: MelEntries = field(metadata=declared("the log-mel front end", path="mel"))
    latent: Latent = field(metadata=declared("the VAE's grid"))
    flow: Flow = field(metadata=declared("the flow"))
    components: Components | None = field(
        default=None, metadata=declared("the component separator, where the bundle has one")
    )

    def __post_init__(self) -> None:
        ModelCard.__post_init__(self)
        problem = self._problem()
        if problem:
            raise BundleError(f"card of {self.name}: {problem}; export the model again")

    def _problem(self) -> str | None:
        bands, stride, complement = self.front_end.bands, self.latent.band_stride, self.flow.complement
        if self.level.kind == "none" or self.level.value <= 0:
            return f"audio.level is {self.level.kind} {self.level.value:g}, must be an rms or peak above 0"
        if bands % stride:
            return f"mel.bands is {bands}, must be a multiple of latent.band_stride, {stride}"
        if not self.front_end.low_hz < self.front_end.high_hz:
            return f"mel.low_hz is {self.front_end.low_hz:g}, must be below mel.high_hz, {self.front_end.high_hz:g}"
        if self._most_values > MOST_VALUES:
            return f"a window has {self._most_values} values, must have at most {MOST_VALUES}"
        if complement is not None and "{}" not in complement:
            return f"flow.complement is {complement!r}, must have {{}} in the place of the query"
        return None

    @property
    def _most_values(self) -> int:
        """Values of a window in the largest of its spectrum, its mel and its latent state."""
        front, latent = self.front_end, self.latent
        state = self.window_columns * self.rows * latent.channels * self.flow.generations
        filters = front.bands * (front.n_fft // 2 + 1)
        return max(self.window_mel_frames * max(front.n_fft, front.bands), filters, state)

    @property
    def mel(self) -> MelSpec:
        """How a window's log-mel is taken."""
        front = self.front_end
        return MelSpec(self.rate, front.n_fft, front.hop, front.bands, front.low_hz, front.high_hz, front.floor)

    @property
    def column_frames(self) -> int:
        """Audio frames to one latent column."""
        return self.front_end.hop * self.latent.time_stride

    @property
    def window_columns(self) -> int:
        """Latent columns to a window."""
        return self.window_frames // self.column_frames

    @property
    def window_mel_frames(self) -> int:
        """Mel frames to a window."""
        return self.window_frames // self.front_end.hop

    @property
    def rows(self) -> int:
        """Latent rows: mel bands over the band stride."""
        return self.front_end.bands // self.latent.band_stride

    @property
    def steps(self) -> int:
        """Flow steps of a separation."""
        return self.flow.steps

    @property
    def draft_steps(self) -> int:
        """Flow steps of a draft."""
        return self.flow.draft_steps

    @property
    def solver(self) -> str:
        """The flow's solver, "euler" or "midpoint"."""
        return self.flow.solver

    @property
    def sizes(self) -> FlowSepSizes:
        """The sizes that its graphs agree on."""
        return FlowSepSizes(
            channels=self.latent.channels,
            rows=self.rows,
            bands=self.front_end.bands,
            time_stride=self.latent.time_stride,
            generations=self.flow.generations,
            text_width=self.text.width,
            components=None if self.components is None else self.components.count,
        )
