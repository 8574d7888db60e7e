"""`card.json`: the only home of a model's numbers. See docs/bundle-format.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from flowsep_plugin.audio.mel import MelSpec
from flowsep_plugin.audio.prepare import Level, Padding
from flowsep_plugin.errors import BundleError

FORMAT = 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Latent:
    """The VAE's grid: `channels` values for every `time_stride` mel frames by `band_stride` bands, times `scale`."""

    channels: int
    time_stride: int
    band_stride: int
    scale: float


@dataclass(frozen=True, slots=True)
class Text:
    """The text encoder: `kind` of tokenizer, its `files`, at most `length` tokens, states of `width`."""

    kind: Literal["wordpiece", "tokenizers"]
    files: tuple[str, ...]
    length: int
    width: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How the flow is run. `generations` 2: target and complement in one call.

    `complement`: the text that asks for the complement where generations is 1, e.g. "everything except {}".
    """

    steps: int
    draft_steps: int
    solver: str
    generations: int = 1
    complement: str | None = None


@dataclass(frozen=True, slots=True)
class MaskRule:
    """mask = sigmoid(slope * (ln T - ln R) + bias); `shrinkage` pairs (ln(T/X), mask) where R is not generated.

    Where the network says the log-odds itself they stand for 2 * (ln T - ln R).
    """

    slope: float = 2.0
    bias: float = 0.0
    shrinkage: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class PresenceRule:
    """The gate closes where the target's share of the energy is under `threshold_db`, over `width_db`.

    It opens only near a place where the share reaches `peak_db`, if that is given: a sound is believed to be there once
    it is clear for a moment, and then heard as far down as the threshold. A sound whose share reaches `sure_db` nowhere
    is said to be there perhaps.
    """

    threshold_db: float = -20.0
    width_db: float = 6.0
    peak_db: float | None = None
    sure_db: float | None = None


@dataclass(frozen=True, slots=True)
class Components:
    """The component separator, which a listener goes with: how many masks it makes, 2..6."""

    count: int


@dataclass(frozen=True, slots=True)
class Graph:
    """One ONNX file of the bundle."""

    file: str
    sha256: str
    opset: int
    data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything that is known of a model. Construct with `ModelCard.load`."""

    name: str
    version: str
    family: Literal["flowsep", "audiosep", "echo"]
    licence: str
    rate: int
    window_frames: int
    overlap_frames: int
    level: Level
    mel: MelSpec
    latent: Latent
    text: Text
    flow: Flow
    mask: MaskRule = MaskRule()
    presence: PresenceRule = PresenceRule()
    padding: Padding = "silence"
    components: Components | None = None
    authors: tuple[str, ...] = ()
    description: str = ""
    trained_on: str = ""
    source: str = ""
    graphs: Mapping[str, Graph] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        column = self.column_frames
        for name, frames in (("window_frames", self.window_frames), ("overlap_frames", self.overlap_frames)):
            if frames % column:
                raise BundleError(
                    f"card: audio.{name} is {frames}, no whole number of latent columns of {column} frames"
                )
        if not 0 <= self.overlap_frames <= self.window_frames // 2 or self.window_frames <= 0:
            raise BundleError(
                f"card: audio.overlap_frames {self.overlap_frames} must lie in 0..half of {self.window_frames}"
            )
        if self.mel.bands % self.latent.band_stride:
            raise BundleError(
                f"card: {self.mel.bands} mel bands are no multiple of band_stride {self.latent.band_stride}"
            )
        if self.flow.generations not in (1, 2):
            raise BundleError(f"card: flow.generations must be 1 or 2, got {self.flow.generations}")
        if self.flow.complement is not None and "{}" not in self.flow.complement:
            raise BundleError(f"card: flow.complement {self.flow.complement!r} has no {{}} for the query")

    @property
    def column_frames(self) -> int:
        """Audio frames to one latent column."""
        return self.mel.hop * self.latent.time_stride

    @property
    def window_columns(self) -> int:
        """Latent columns to a window."""
        return self.window_frames // self.column_frames

    @property
    def window_mel_frames(self) -> int:
        """Mel frames to a window."""
        return self.window_frames // self.mel.hop

    @property
    def rows(self) -> int:
        """Latent rows."""
        return self.mel.bands // self.latent.band_stride

    @classmethod
    def load(cls, path: Path) -> "ModelCard":
        """Read and check `card.json`. Raises BundleError that names the field."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BundleError(
                f"{path.parent}: no card.json in it, so this is no model bundle; see `flowsep models list`"
            ) from None
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BundleError(f"{path}: cannot be read ({error}); install the model again") from error
        return cls.parse(raw, str(path))

    @classmethod
    def parse(cls, raw: Any, where: str = "card.json") -> "ModelCard":
        """Build a card from the decoded JSON; `where` names it in errors."""
        top = _Section(raw, where, "")
        version = top.get("format", int)
        if version != FORMAT:
            raise BundleError(
                f"{where}: format {version}, this flowsep reads {FORMAT}; update flowsep or export the model again"
            )
        family = top.get("family", str)
        if family not in ("flowsep", "audiosep", "echo"):
            raise BundleError(f"{where}: family {family!r} is none of flowsep, audiosep")
        audio, text = top.section("audio"), top.section("text")
        rate, tokenizer = audio.get("rate", int), text.get("kind", str)
        if tokenizer not in ("wordpiece", "tokenizers"):
            raise BundleError(f"{where}: text.kind {tokenizer!r} is neither wordpiece nor tokenizers")
        front = _mask_front(top, rate) if family == "audiosep" else _flow_front(top, rate)
        padding = audio.get("padding", str) if "padding" in audio.raw else "silence"
        if padding not in ("silence", "mirror"):
            raise BundleError(f"{where}: audio.padding {padding!r} is neither silence nor mirror")
        mask, presence = raw.get("mask") or {}, raw.get("presence") or {}
        shrinkage = mask.get("shrinkage")
        return cls(
            name=top.get("name", str),
            version=top.get("version", str),
            family=family,  # type: ignore[arg-type]
            licence=top.get("licence", str),
            rate=rate,
            window_frames=audio.get("window_frames", int),
            overlap_frames=audio.get("overlap_frames", int),
            level=front[0],
            mel=front[1],
            latent=front[2],
            flow=front[3],
            text=Text(
                tokenizer,  # type: ignore[arg-type]
                tuple(text.get("files", list)),
                text.get("length", int),
                text.get("width", int),
            ),
            mask=MaskRule(
                float(mask.get("slope", 2.0)),
                float(mask.get("bias", 0.0)),
                tuple((float(a), float(b)) for a, b in shrinkage) if shrinkage else None,
            ),
            presence=PresenceRule(
                float(presence.get("threshold_db", -20.0)),
                float(presence.get("width_db", 6.0)),
                *(None if presence.get(name) is None else float(presence[name]) for name in ("peak_db", "sure_db")),
            ),
            padding=padding,  # type: ignore[arg-type]
            components=_components(top),
            authors=tuple(raw.get("authors", ())),
            description=str(raw.get("description", "")),
            trained_on=str(raw.get("trained_on", "")),
            source=str(raw.get("source", "")),
            graphs={
                name: Graph(g.get("file", str), g.get("sha256", str), g.get("opset", int), tuple(g.raw.get("data", ())))
                for name in top.get("graphs", dict)
                for g in [top.section("graphs").section(name)]
            },
            files=dict(raw.get("files", {})),
            measured=dict(raw.get("measured", {})),
        )


@dataclass(frozen=True, slots=True)
class _Section:
    """A JSON object that knows its place, so that an error can name the field."""

    raw: Any
    where: str
    path: str

    def __post_init__(self) -> None:
        if not isinstance(self.raw, dict):
            raise BundleError(f"{self.where}: {self.path or 'the top level'} is no JSON object")

    def get(self, name: str, kind: type[_T]) -> _T:
        """The field, of type `kind` (an int is a float too)."""
        if name not in self.raw:
            raise BundleError(f"{self.where}: {self.path}{name} is missing; export the model again")
        value = self.raw[name]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise BundleError(f"{self.where}: {self.path}{name} is {value!r}, not of type {kind.__name__}")
        return value

    def section(self, name: str) -> "_Section":
        """The object under `name`."""
        return _Section(self.get(name, dict), self.where, f"{self.path}{name}.")


def _components(top: _Section) -> Components | None:
    """Parse the section `components`; None where the card has none."""
    if "components" not in top.raw:
        return None
    components = Components(top.section("components").get("count", int))
    if not 2 <= components.count <= 6:
        raise BundleError(f"{top.where}: components.count is {components.count}, it must lie in 2..6")
    return components


def _flow_front(top: _Section, rate: int) -> tuple[Level, MelSpec, Latent, Flow]:
    """What a card of the `flowsep` family says about level, mel, latent grid and flow."""
    mel, latent, flow = top.section("mel"), top.section("latent"), top.section("flow")
    level = top.section("audio").section("level")
    kind = level.get("kind", str)
    if kind not in ("rms", "peak"):
        raise BundleError(f"{top.where}: audio.level.kind {kind!r} is neither rms nor peak")
    return (
        Level(kind, level.get("value", float)),  # type: ignore[arg-type]
        MelSpec(
            rate,
            mel.get("n_fft", int),
            mel.get("hop", int),
            mel.get("bands", int),
            mel.get("low_hz", float),
            mel.get("high_hz", float),
            mel.get("floor", float),
        ),
        Latent(
            latent.get("channels", int),
            latent.get("time_stride", int),
            latent.get("band_stride", int),
            latent.get("scale", float),
        ),
        Flow(
            flow.get("steps", int),
            flow.get("draft_steps", int),
            flow.get("solver", str),
            flow.get("generations", int),
            flow.raw.get("complement"),
        ),
    )


def _mask_front(top: _Section, rate: int) -> tuple[Level, MelSpec, Latent, Flow]:
    """The same for the `audiosep` family: no level, one band a bin of its STFT, no latent grid, one step."""
    stft = top.section("stft")
    bins, size = stft.get("bins", int), stft.get("n_fft", int)
    if bins != size // 2 + 1:
        raise BundleError(f"{top.where}: stft.bins is {bins}, an n_fft of {size} has {size // 2 + 1}")
    spec = MelSpec(rate, size, stft.get("hop", int), bins, 0.0, rate / 2, stft.get("floor", float))
    return Level("none"), spec, Latent(1, 1, 1, 1.0), Flow(steps=1, draft_steps=1, solver="euler")
