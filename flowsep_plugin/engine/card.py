"""`card.json`: the only home of a model's numbers, as far as all families share them. See docs/bundle-format.md.

A family's own card is a subclass in the family's module; `families.load_card` reads the file into the right one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from flowsep_plugin.audio.prepare import Level, Padding
from flowsep_plugin.errors import BundleError

from .schema import Entry

FORMAT = 1
CARD = "card.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """The text encoder's tokenizer and sizes."""

    kind: Annotated[
        Literal["wordpiece", "tokenizers"],
        Entry("`wordpiece`: a plain `vocab.txt`; `tokenizers`: a Hugging Face `tokenizer.json`"),
    ]
    files: Annotated[tuple[str, ...], Entry("the tokenizer's files, the one to open first")]
    length: Annotated[int, Entry("tokens of a query at most, special ones included", low=1)]
    width: Annotated[int, Entry("size of a token state, or of the condition", low=1)]


@dataclass(frozen=True, slots=True)
class MaskRule:
    """How the ratio of a sound's magnitude T to the rest's R becomes a mask: sigmoid(slope * (ln T - ln R) + bias).

    Mask logits that a network gives stand for 2 * (ln T - ln R). `shrinkage` is used where R is not generated.
    """

    slope: Annotated[float, Entry("steepness of the mask; 2 is Wiener's")] = 2.0
    bias: Annotated[float, Entry("added to the mask logits, ln odds")] = 0.0
    shrinkage: Annotated[
        tuple[tuple[float, float], ...] | None,
        Entry("pairs `[ln(T/X), mask]` measured on validation data, X the mixture; for models that generate T alone"),
    ] = None


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """When a sound counts as present, from its share of the energy around a frame.

    The gate is closed below `threshold_db`, over `width_db`. With `peak_db` it opens only near a place where the share
    reaches that: a sound is believed once it is clear for a moment, then heard as far down as the threshold. A sound
    whose share reaches `sure_db` nowhere is reported as one that may be there.
    """

    threshold_db: Annotated[float, Entry("share of the mixture's energy below which the gate is closed, dB")] = -20.0
    width_db: Annotated[float, Entry("range over which the gate opens, dB")] = 6.0
    peak_db: Annotated[
        float | None, Entry("share that must be reached within a second for the gate to open at all, dB")
    ] = None
    sure_db: Annotated[float | None, Entry("share below which a sound is reported as one that may be there, dB")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """One ONNX file of the bundle."""

    file: Annotated[str, Entry("its file in the bundle's folder")]
    sha256: Annotated[str, Entry("checksum of the file, hexadecimal")]
    opset: Annotated[int, Entry("ONNX opset, as in the file")]
    data: Annotated[tuple[str, ...], Entry("files with its weights, for graphs past 2 GB; listed in `files` too")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """The entries that every family's `card.json` has.

    Raises BundleError where windows do not fit the model's grid.
    """

    name: Annotated[str, Entry("name of the model, for users and in receipts")]
    version: Annotated[str, Entry("version of the weights")]
    family: Annotated[str, Entry("the architecture: a row of `engine.families.FAMILIES`")]
    licence: Annotated[str, Entry("licence of the weights")]
    authors: Annotated[tuple[str, ...], Entry("who made it; shown")] = ()
    description: Annotated[str, Entry("a sentence; shown")] = ""
    trained_on: Annotated[str, Entry("training data; shown")] = ""
    source: Annotated[str, Entry("where the weights come from; shown")] = ""
    rate: Annotated[int, Entry("sample rate that the model works at, Hz", at="audio.rate", low=1)]
    window_frames: Annotated[
        int, Entry("frames of a window; a multiple of the family's grid", at="audio.window_frames", low=1)
    ]
    overlap_frames: Annotated[
        int,
        Entry("frames that two windows share, half a window at most; as `window_frames`", at="audio.overlap_frames"),
    ]
    padding: Annotated[
        Padding,
        Entry("beyond the clip's ends: nothing, or the clip turned round at its edge", at="audio.padding"),
    ] = "silence"
    level: Annotated[
        Level,
        Entry(
            "`{kind, value}`: `rms` or `peak` that a window is brought to after its mean was taken off; `none` leaves "
            "it alone, as are windows below -80 dBFS",
            at="audio.level",
        ),
    ] = field(default_factory=lambda: Level("none"))
    text: Annotated[Text, Entry("the text encoder")]
    mask: Annotated[MaskRule, Entry("from magnitudes or logits to a mask, measured on validation data")] = MaskRule()
    presence: Annotated[PresenceRule, Entry("when a sound counts as present")] = PresenceRule()
    graphs: Annotated[Mapping[str, Graph], Entry("ONNX files by the names of the family's graphs")] = field(
        default_factory=dict
    )
    files: Annotated[Mapping[str, str], Entry("every other file with its SHA-256")] = field(default_factory=dict)
    measured: Annotated[Mapping[str, Any], Entry("results and speeds that the maker measured; shown, never read")] = (
        field(default_factory=dict)
    )

    def __post_init__(self) -> None:
        for name, frames in (("window_frames", self.window_frames), ("overlap_frames", self.overlap_frames)):
            if frames % self.column_frames:
                raise BundleError(
                    f"card of {self.name}: audio.{name} is {frames}, must be a multiple of {self.column_frames}; "
                    "export the model again"
                )
        if not 0 <= self.overlap_frames <= self.window_frames // 2:
            raise BundleError(
                f"card of {self.name}: audio.overlap_frames is {self.overlap_frames}, must be 0 to half of "
                f"{self.window_frames}; export the model again"
            )

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
