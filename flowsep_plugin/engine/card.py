"""`card.json`: the only home of a model's numbers, as far as all families share them. See docs/bundle-format.md.

A family's own card is a subclass in the family's module; `families.load_card` reads the file into the right one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowsep_plugin.audio.prepare import Level, Padding
from flowsep_plugin.declared import declared
from flowsep_plugin.errors import BundleError

FORMAT = 1
CARD = "card.json"

MOST_VALUES = 1 << 25
"""Values of one spectrum, latent or mel of a window and channel at most: 128 MB; published models have 2^20."""

_LOUDEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text encoder's tokenizer and sizes."""

    kind: Literal["wordpiece", "tokenizers"] = field(
        metadata=declared("`wordpiece`: a plain `vocab.txt`; `tokenizers`: a Hugging Face `tokenizer.json`")
    )
    files: tuple[str, ...] = field(metadata=declared("the tokenizer's files, the one to open first", longest=16))
    length: int = field(metadata=declared("tokens of a query at most, special ones included", low=1, high=4096))
    width: int = field(metadata=declared("size of a token state, or of the condition", low=1, high=16384))


@dataclass(frozen=True, slots=True)
class MaskRule:
    """How the ratio of a sound's magnitude T to the rest's R becomes a mask: sigmoid(slope * (ln T - ln R) + bias).

    Mask logits that a network gives stand for 2 * (ln T - ln R). `shrinkage` is used where R is not generated.
    """

    slope: float = field(default=2.0, metadata=declared("steepness of the mask; 2 is Wiener's", low=0, high=100))
    bias: float = field(default=0.0, metadata=declared("added to the mask logits, ln odds", low=-100, high=100))
    shrinkage: tuple[tuple[float, float], ...] | None = field(
        default=None,
        metadata=declared(
            "pairs `[ln(T/X), mask]` measured on validation data, X the mixture; for models that generate T alone",
            low=-100,
            high=100,
            longest=1000,
        ),
    )


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """When a sound counts as present, from its share of the energy around a frame.

    The gate is closed below `threshold_db`, over `width_db`. With `peak_db` it opens only near a place where the share
    reaches that: a sound is believed once it is clear for a moment, then heard as far down as the threshold. A sound
    whose share reaches `sure_db` nowhere is reported as one that may be there.
    """

    threshold_db: float = field(
        default=-20.0,
        metadata=declared("share of the mixture's energy below which the gate is closed, dB", low=-200, high=100),
    )
    width_db: float = field(default=6.0, metadata=declared("range over which the gate opens, dB", low=0, high=200))
    peak_db: float | None = field(
        default=None,
        metadata=declared(
            "share that must be reached within a second for the gate to open at all, dB", low=-200, high=100
        ),
    )
    sure_db: float | None = field(
        default=None,
        metadata=declared("share below which a sound is reported as one that may be there, dB", low=-200, high=100),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """One ONNX file of the bundle."""

    file: str = field(metadata=declared("its file in the bundle's folder", longest=255))
    sha256: str = field(metadata=declared("checksum of the file, hexadecimal", longest=64))
    opset: int = field(metadata=declared("ONNX opset, as in the file", low=1, high=1000))
    data: tuple[str, ...] = field(
        default=(),
        metadata=declared("files with its weights, for graphs past 2 GB; listed in `files` too", longest=1000),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The entries that every family's `card.json` has.

    Raises BundleError where windows do not fit the model's grid.
    """

    name: str = field(metadata=declared("name of the model, for users and in receipts", longest=200))
    version: str = field(metadata=declared("version of the weights", longest=200))
    family: str = field(metadata=declared("the architecture: a row of `engine.families.FAMILIES`"))
    licence: str = field(metadata=declared("licence of the weights"))
    authors: tuple[str, ...] = field(default=(), metadata=declared("who made it; shown"))
    description: str = field(default="", metadata=declared("a sentence; shown"))
    trained_on: str = field(default="", metadata=declared("training data; shown"))
    source: str = field(default="", metadata=declared("where the weights come from; shown"))
    rate: int = field(
        metadata=declared("sample rate that the model works at, Hz", path="audio.rate", low=1000, high=768_000)
    )
    window_frames: int = field(
        metadata=declared(
            "frames of a window; a multiple of the family's grid", path="audio.window_frames", low=1, high=1 << 23
        )
    )
    overlap_frames: int = field(
        metadata=declared(
            "frames that two windows share, half a window at most; as `window_frames`",
            path="audio.overlap_frames",
            low=0,
        )
    )
    padding: Padding = field(
        default="silence",
        metadata=declared(
            "beyond the clip's ends: nothing, or the clip turned round at its edge", path="audio.padding"
        ),
    )
    level: Level = field(
        default_factory=lambda: Level("none"),
        metadata=declared(
            "`{kind, value}`: `rms` or `peak` that a window is brought to after its mean was taken off; `none` leaves "
            "it alone, as are windows below -80 dBFS",
            path="audio.level",
        ),
    )
    text: Text = field(metadata=declared("the text encoder"))
    mask: MaskRule = field(
        default=MaskRule(), metadata=declared("from magnitudes or logits to a mask, measured on validation data")
    )
    presence: PresenceRule = field(default=PresenceRule(), metadata=declared("when a sound counts as present"))
    graphs: Mapping[str, Graph] = field(
        default_factory=dict, metadata=declared("ONNX files by the names of the family's graphs", longest=100)
    )
    files: Mapping[str, str] = field(
        default_factory=dict, metadata=declared("every other file with its SHA-256", longest=1000)
    )
    measured: Mapping[str, Any] = field(
        default_factory=dict, metadata=declared("results and speeds that the maker measured; shown, never read")
    )

    def __post_init__(self) -> None:
        problem = self._window_problem() or self._value_problem()
        if problem:
            raise BundleError(f"card of {self.name}: {problem}; export the model again")

    def _window_problem(self) -> str | None:
        """Return what is wrong with the windows."""
        for name, frames in (("window_frames", self.window_frames), ("overlap_frames", self.overlap_frames)):
            if frames % self.column_frames:
                return f"audio.{name} is {frames}, must be a multiple of {self.column_frames}"
        if not 0 <= self.overlap_frames <= self.window_frames // 2:
            return f"audio.overlap_frames is {self.overlap_frames}, must be 0 to half of {self.window_frames}"
        return None

    def _value_problem(self) -> str | None:
        """Return what is wrong with values whose types have no declaration of their range."""
        if not 0 <= self.level.value <= _LOUDEST:
            return f"audio.level.value is {self.level.value:g}, must be 0 to {_LOUDEST}"
        ratios = [ratio for ratio, _ in self.mask.shrinkage or ()]
        if ratios != sorted(set(ratios)):
            return "mask.shrinkage has ratios that do not rise"
        return None

    @property
    def column_frames(self) -> int:
        """Frames to one column of the model's grid; windows and overlaps are multiples of it."""
        return 1

    @property
    def steps(self) -> int:
        """How often the network runs for a separation; 1 where a family has no flow."""
        return 1

    @property
    def draft_steps(self) -> int:
        """How often it runs for a draft."""
        return self.steps

    @property
    def solver(self) -> str | None:
        """The flow's solver; None where a family has no flow."""
        return None
