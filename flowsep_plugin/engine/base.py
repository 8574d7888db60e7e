"""What an engine is, and what passes between it and the renderer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Protocol, TypeAlias

from flowsep_plugin.audio.types import Floats, Samples
from flowsep_plugin.deprecated import renamed
from flowsep_plugin.errors import UsageError
from flowsep_plugin.render_settings import RenderSettings

from .card import ModelCard

MAX_QUERY_CHARACTERS = 500
MAX_QUERIES = 16


@renamed(argument=True, takes="seed_count")
@renamed(texts="all_queries")
@dataclass(frozen=True, slots=True)
class Request:
    """What to take out of a clip, and how.

    queries : the sounds wanted, one stem each.     negative : sounds that compete but stay in the rest.
    steps, solver : None takes the model's own.     draft : as few steps as the model allows.
    seed : same clip, request and model give the same bytes on one provider.
    seed_count : how many seeds (seed, seed + 1, …) are averaged.
    Raises UsageError for an empty, over-long or repeated query and for numbers out of range.
    """

    queries: Sequence[str]
    negative: Sequence[str] = ()
    steps: int | None = None
    solver: str | None = None
    draft: bool = False
    seed: int = 0
    seed_count: int = 1
    render: RenderSettings = field(default_factory=RenderSettings)

    def __post_init__(self) -> None:
        for name in ("queries", "negative"):
            queries = getattr(self, name)
            if isinstance(queries, str):
                queries = [queries]
            if not isinstance(queries, Iterable):
                raise UsageError(f"{name} must be a text or a list of texts, got {queries!r}")
            object.__setattr__(self, name, tuple(_checked(query) for query in queries))
        keys = [query_key(query) for query in self.all_queries]
        if not self.queries:
            raise UsageError('no query: say what to take out, e.g. "a dog barking"')
        if len(keys) > MAX_QUERIES:
            raise UsageError(f"{len(keys)} queries, at most {MAX_QUERIES} at once; separate in two passes")
        repeated = next((key for key in keys if keys.count(key) > 1), None)
        if repeated is not None:
            raise UsageError(f"the query {repeated!r} occurs twice; name each sound once")
        if self.steps is not None and not 1 <= self.steps <= 200:
            raise UsageError(f"steps must be in 1..200, got {self.steps}")
        if self.solver not in (None, "euler", "midpoint"):
            raise UsageError(f"solver must be 'euler' or 'midpoint', got {self.solver!r}")
        if not 1 <= self.seed_count <= 16:
            raise UsageError(f"seed_count must be in 1..16, got {self.seed_count}")

    @property
    def all_queries(self) -> tuple[str, ...]:
        """The queries that compete: those that get a stem, then the negatives."""
        return (*self.queries, *self.negative)

    def as_json(self) -> dict[str, Any]:
        """Return plain values under the names of `REQUEST_FIELDS`, as receipts, job specs and cache keys hold them."""
        plain = asdict(self)
        return {
            name: list(plain[field]) if isinstance(plain[field], tuple) else plain[field]
            for name, field in REQUEST_FIELDS.items()
        }


REQUEST_FIELDS = {"takes" if own.name == "seed_count" else own.name: own.name for own in fields(Request)}
"""Name on disk and on the wire -> field of `Request`."""


def query_key(query: str) -> str:
    """Return the form in which queries are compared: single spaces, no case."""
    return " ".join(query.split()).casefold()


def _checked(query: str) -> str:
    if not isinstance(query, str):
        raise UsageError(f"a query must be a text, got {query!r}")
    text = " ".join(query.split())
    if not text or not any(character.isalnum() for character in text):
        raise UsageError(f'the query {query!r} is empty: say what to take out, e.g. "a dog barking"')
    if len(text) > MAX_QUERY_CHARACTERS:
        raise UsageError(f"the query has {len(text)} characters, at most {MAX_QUERY_CHARACTERS}: {text[:40]!r}…")
    return text


@dataclass(frozen=True, slots=True)
class Grid:
    """Where an engine's estimates lie: frame m at m * hop / rate seconds, `bands` at `centres_hz`."""

    rate: int
    hop: int
    centres_hz: tuple[float, ...]

    @property
    def bands(self) -> int:
        """How many bands."""
        return len(self.centres_hz)


@dataclass(frozen=True, slots=True)
class VocoderFeatures:
    """What an engine's generated sound is kept as: `width` numbers a grid frame; `silence` is their value for none."""

    width: int
    silence: float


@dataclass(frozen=True, slots=True)
class WindowEstimate:
    """What an engine says about a stack of windows; Q texts.

    log_odds : (windows, Q, frames, bands), ln of the odds that the energy there is the sound's.
    energy : (windows, Q, frames) of each sound, the chance that it is there at all counted in, and `total`
    (windows, frames) of everything, at the window's own level.
    generated : (windows, Q, frames, width) vocoder features at the window's own level, which `Engine.vocode` turns
    into audio; None from an engine without a vocoder.
    """

    mask_logits: Floats
    energy: Floats
    total: Floats
    generated: Floats | None = None


@dataclass(frozen=True, slots=True)
class QueryEncoding:
    """Encoded queries: `states` (Q, tokens, width), `mask` (Q, tokens) of 1 and 0."""

    queries: tuple[str, ...]
    states: Floats
    mask: Floats


Tick: TypeAlias = Callable[[int], None]
"""Called with the number of work units (flow steps times windows times texts) just done; may raise Cancelled."""


class Engine(Protocol):
    """Turns windows and texts into estimates. Stateless between calls and deterministic."""

    @property
    def card(self) -> ModelCard:
        """The model's numbers."""
        ...

    @property
    def grid(self) -> Grid:
        """Where its estimates lie."""
        ...

    @property
    def provider(self) -> str:
        """What it runs on, in words."""
        ...

    @property
    def vocoder_features(self) -> VocoderFeatures | None:
        """What `target` holds; None where the engine generates no sound."""
        ...

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Encode queries once, for every window of the clip."""
        ...

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """How many work units `estimate` will tick for so many windows and texts."""
        ...

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Estimate each text's sound in each window.

        windows : (windows, channels, card.window_frames) float32 at the card's rate and level.
        starts : timeline frame of each window's first frame, at the card's rate.
        """
        ...

    def vocode(self, frames: Floats) -> Samples:
        """Return waveforms (Q, frames * hop) of vocoder features (Q, frames, width); frame m starts at sample m * hop.

        Raises UsageError where the model has no vocoder.
        """
        ...

    def close(self) -> None:
        """Release graphs, caches and device memory. Idempotent; the engine cannot be used afterwards."""
        ...
