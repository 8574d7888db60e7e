"""The engine protocol, and the requests and estimates that pass through it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from numbers import Integral
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats, Mel, Samples
from flowsep_plugin.declared import check_declared, declared
from flowsep_plugin.deprecated import renamed
from flowsep_plugin.edits import MaskEdit, check_stem_edits, edits_from_json
from flowsep_plugin.errors import UsageError
from flowsep_plugin.languages import Understood, english_of, understand
from flowsep_plugin.queries import Hints, Query, checked_text, query_key
from flowsep_plugin.render_settings import RenderSettings
from flowsep_plugin.suggest import suggest_fields

from .card import ModelCard

MAX_QUERIES = 16

_T = TypeVar("_T")


@renamed(argument=True, takes="seed_count")
@renamed(texts="all_queries")
@suggest_fields
@dataclass(frozen=True, slots=True)
class Request:
    """Queries and inference settings.

    >>> Request("a dog barking", negative=["speech"], steps=4).all_queries
    ('a dog barking', 'speech')

    queries : texts or `Query` values that name the sounds to extract, one stem each; here they are texts.
    negative : queries that compete but get no stem.
    edits : mask edits of each query's stem, one tuple a query; () for none. Those of a `Query` come with it.
    hints : where each query's sound is and is not, one entry a query, None for one without; () for none. Those of a
    `Query` come with it.
    steps, solver : of the flow, 1..200 and "euler" or "midpoint"; None for the model's own.
    draft : as few steps as the model allows.
    seed : of the noise; the same clip, request, model and provider give the same bytes.
    seed_count : 1..16, how many seeds (seed, seed + 1, …) are averaged.
    render : settings of the second pass.     stem_render : settings of single queries, one entry a query, None for
    `render`; () where all use `render`. `render_by_query` makes it from a mapping, and a `Query` adds its own.
    understood_as : query -> text that the encoder gets instead, where that is not what `languages.understand` says; the
    query itself for one that is to be encoded as it is typed.
    Raises UsageError for a query that is empty, too long or repeated, and for a number out of range.
    """

    queries: Sequence[str] = field(metadata=declared("sounds to extract, one stem each"))
    negative: Sequence[str] = field(default=(), metadata=declared("sounds that compete but stay in the rest"))
    steps: int | None = field(default=None, metadata=declared("flow steps; null: the model's own", low=1, high=200))
    solver: str | None = field(
        default=None, metadata=declared("solver of the flow; null: the model's own", choices=("euler", "midpoint"))
    )
    draft: bool = field(default=False, metadata=declared("as few steps as the model allows"))
    seed: int = field(default=0, metadata=declared("start of the noise: equal seeds give equal stems"))
    seed_count: int = field(default=1, metadata=declared("consecutive seeds that are averaged", low=1, high=16))
    render: RenderSettings = field(default_factory=RenderSettings, metadata=declared("render settings, see below"))
    stem_render: Sequence[RenderSettings | None] = field(
        default=(), metadata=declared("render settings of single queries, in their order; null: `render`")
    )
    hints: Sequence[Hints | None] = field(
        default=(), metadata=declared("where the sound of each query is and is not, in their order; null: not known")
    )
    edits: Sequence[Sequence[MaskEdit]] = field(
        default=(), metadata=declared("edits by hand of the stem of each query, in their order; []: none")
    )
    understood_as: Mapping[str, str] = field(
        default_factory=dict, hash=False,
        metadata=declared("texts that the model gets instead of queries, by query; left out: by the table of names"),
    )  # fmt: skip

    def __post_init__(self) -> None:
        values = _listed("queries", self.queries)
        object.__setattr__(self, "queries", tuple(map(_text_of, values)))
        object.__setattr__(self, "negative", tuple(map(checked_text, _listed("negative", self.negative))))
        keys = [query_key(query) for query in self.all_queries]
        if not self.queries:
            raise UsageError(
                'there are no queries; name a sound to extract, such as "a dog barking"', setting="queries"
            )
        if len(keys) > MAX_QUERIES:
            raise UsageError(f"{len(keys)} queries, but a separation takes at most {MAX_QUERIES}; separate twice")
        repeated = next((key for key in keys if keys.count(key) > 1), None)
        if repeated is not None:
            raise UsageError(f"the query {repeated!r} occurs twice; name each sound once")
        for name in ("steps", "seed", "seed_count"):
            object.__setattr__(self, name, _whole(name, getattr(self, name)))
        own_render = _for_each("stem_render", RenderSettings, self.stem_render, len(values))
        object.__setattr__(self, "stem_render", _with_render_of(values, own_render, self.render))
        object.__setattr__(self, "edits", check_stem_edits(_with_edits_of(values, self.edits), len(values)))
        hints = _for_each("hints", Hints, self.hints, len(values))
        object.__setattr__(self, "hints", _with_hints_of(values, hints))
        object.__setattr__(self, "understood_as", _own_texts(self.understood_as, self.all_queries))
        check_declared(self)

    @property
    def all_queries(self) -> tuple[str, ...]:
        """The queries that compete: those that get a stem, then the negatives."""
        return (*self.queries, *self.negative)

    @property
    def encoder_texts(self) -> tuple[str, ...]:
        """The texts that the encoder gets for `all_queries`: captions of names in other languages, else the query."""
        return tuple(self.understood_as.get(query, english_of(query)) for query in self.all_queries)

    def understood(self, index: int) -> Understood | None:
        """Return what `all_queries[index]` is understood as; None where the encoder gets it as it is."""
        query, text = self.all_queries[index], self.encoder_texts[index]
        if text == query:
            return None
        understood = understand(query)
        return understood if understood is not None and understood.caption == text else Understood(text)

    def render_of(self, index: int) -> RenderSettings:
        """Return the render settings of `all_queries[index]`; those of a negative are `render`."""
        own = self.stem_render[index] if index < len(self.stem_render) else None
        return own or self.render

    @property
    def all_render(self) -> tuple[RenderSettings, ...]:
        """The render settings of `all_queries`, in their order."""
        return tuple(self.render_of(index) for index in range(len(self.all_queries)))

    def check_hints(self, clip: Span) -> None:
        """Raise UsageError where a hint lies outside `clip`."""
        for hints in filter(None, self.hints):
            hints.check_within(clip)

    def with_queries(self, queries: Sequence[str]) -> "Request":
        """Return the request for other queries; those that it has already keep what is their own."""
        keys = [query_key(query) for query in self.queries]
        new_keys = [query_key(query) for query in queries]
        own = dict(zip(keys, self.stem_render, strict=False))
        hints = dict(zip(keys, self.hints, strict=False))
        edits = dict(zip(keys, self.edits, strict=False))
        competing = {*new_keys, *(query_key(query) for query in self.negative)}
        texts = {query: text for query, text in self.understood_as.items() if query_key(query) in competing}
        return replace(
            self, queries=queries, stem_render=[own.get(key) for key in new_keys],
            hints=[hints.get(key) for key in new_keys], edits=[edits.get(key, ()) for key in new_keys],
            understood_as=texts,
        )  # fmt: skip

    @property
    def needs_vocoder(self) -> bool:
        """Whether a stem is generated: the estimate then holds vocoder features."""
        return any(self.render_of(index).mode != "mask" for index in range(len(self.queries)))

    def as_json(self) -> dict[str, Any]:
        """Return plain values under the names of `REQUEST_FIELDS`, as receipts, job specs and cache keys hold them.

        `stem_render` is left out where all queries are rendered alike, `hints` and `edits` where there are none, and
        `understood_as` where no query is a name in another language: so older jobs keep their address. Where it is
        there, a table of names that has changed since changes nothing.
        """
        plain = asdict(replace(self, stem_render=(), hints=(), edits=()))
        own = [None if one in (None, self.render) else asdict(cast(Any, one)) for one in self.stem_render]
        hints = [one and one.as_json() for one in self.hints]
        edits = [[edit.as_json() for edit in one] for one in self.edits]
        texts = zip(self.all_queries, self.encoder_texts, strict=True)
        encoded = {query: text for query, text in texts if text != query or understand(query) is not None}
        plain |= {"stem_render": own if any(own) else None, "hints": hints or None, "edits": edits or None}
        plain["understood_as"] = encoded
        return {
            name: list(plain[field]) if isinstance(plain[field], tuple) else plain[field]
            for name, field in REQUEST_FIELDS.items()
            if field not in ("stem_render", "hints", "edits", "understood_as") or plain[field]
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Request":
        """Return the request in plain values; the inverse of `as_json`. Raises UsageError, KeyError for other names."""
        settings = {REQUEST_FIELDS[name]: value for name, value in record.items()}
        settings["render"] = RenderSettings(**(settings.get("render") or {}))
        own = settings.get("stem_render") or ()
        settings["stem_render"] = tuple(None if one is None else RenderSettings(**one) for one in own)
        hints = settings.get("hints") or ()
        settings["hints"] = tuple(None if one is None else Hints.from_json(one) for one in hints)
        settings["edits"] = tuple(map(edits_from_json, settings.get("edits") or ()))
        return cls(**settings)


REQUEST_FIELDS = {"takes" if own.name == "seed_count" else own.name: own.name for own in fields(Request)}
"""Name on disk and on the wire -> field of `Request`."""


def render_by_query(
    settings: Mapping[str, RenderSettings], queries: Sequence[str]
) -> tuple[RenderSettings | None, ...]:
    """Return `Request.stem_render` for `queries`: each query's `settings`, None for one without.

    Raises UsageError for settings of something that is not a query.
    """
    by_key = {query_key(query): own for query, own in settings.items()}
    keys = [query_key(query) for query in queries]
    unknown = next((query for query in settings if query_key(query) not in keys), None)
    if unknown is not None:
        raise UsageError(
            f"there are render settings for {unknown!r}, which is not one of the queries "
            f"{', '.join(map(repr, queries))}; name one of them"
        )
    return tuple(by_key.get(key) for key in keys)


def _listed(name: str, queries: Any) -> tuple[Any, ...]:
    """Return one query or several as a tuple. Raises UsageError for anything else."""
    if isinstance(queries, (str, Query)):
        return (queries,)
    if not isinstance(queries, Iterable):
        raise UsageError(f"{name} must be a text or a list of texts, got {queries!r}")
    return tuple(queries)


def _text_of(query: Any) -> str:
    return query.text if isinstance(query, Query) else checked_text(query)


def _for_each(name: str, kind: type[_T], values: Any, count: int) -> tuple[_T | None, ...]:
    """Return checked `values`, one for each of `count` queries, () where there are none. Raises UsageError."""
    if isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise UsageError(f"{name} must be a list of {kind.__name__} and None; got {values!r}")
    own = tuple(values)
    if own and len(own) != count:
        raise UsageError(f"{name} has {len(own)} entries for {count} queries; give one for each query")
    wrong = next((one for one in own if not (one is None or isinstance(one, kind))), None)
    if wrong is not None:
        raise UsageError(f"an entry of {name} must be {kind.__name__} or None; got {wrong!r}")
    return own if any(own) else ()


def _with_render_of(
    values: Sequence[Any], own: tuple[RenderSettings | None, ...], common: RenderSettings
) -> tuple[RenderSettings | None, ...]:
    """Return `own`, the render settings of the queries `values`, with those that a `Query` sets itself."""
    if not any(isinstance(query, Query) and query.has_own_render for query in values):
        return own
    before = own or (None,) * len(values)
    return tuple(
        query.render_over(one or common) if isinstance(query, Query) and query.has_own_render else one
        for query, one in zip(values, before, strict=True)
    )


def _with_edits_of(values: Sequence[Any], edits: Any) -> Any:
    """Return `edits` with those of each `Query` in `values` in their place."""
    own = [query.edits if isinstance(query, Query) else () for query in values]
    if not any(own) or (edits and len(edits) != len(values)):
        return edits
    return [one or other for one, other in zip(own, edits or [()] * len(values), strict=True)]


def _with_hints_of(values: Sequence[Any], hints: tuple[Hints | None, ...]) -> tuple[Hints | None, ...]:
    """Return `hints` with those of each `Query` in `values` in their place."""
    before = hints or (None,) * len(values)
    own = [query.hints if isinstance(query, Query) else None for query in values]
    together = tuple(one or other for one, other in zip(own, before, strict=True))
    return together if any(together) else ()


def _own_texts(texts: Any, queries: Sequence[str]) -> dict[str, str]:
    """Return checked `texts` by query, without those that the table of names gives. Raises UsageError."""
    if texts is None:
        return {}
    if not isinstance(texts, Mapping):
        raise UsageError(f"understood_as must map queries to texts; got {texts!r}")
    by_key = {query_key(query): query for query in queries}
    unknown = next((query for query in texts if not isinstance(query, str) or query_key(query) not in by_key), None)
    if unknown is not None:
        raise UsageError(
            f"understood_as has {unknown!r}, which is not one of the queries {', '.join(map(repr, queries))}; "
            "name one of them"
        )
    own = {by_key[query_key(query)]: checked_text(text) for query, text in texts.items()}
    return {query: text for query, text in own.items() if text != english_of(query)}


def _whole(name: str, value: Any) -> int | None:
    if value is None and name == "steps":
        return None
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UsageError(f"{name} must be a whole number; got {value!r}")
    return int(value)


@dataclass(frozen=True, slots=True)
class Grid:
    """Time-frequency raster of an engine: frame m is at m * hop / rate seconds, band b at `centres_hz[b]`."""

    rate: int
    hop: int
    centres_hz: tuple[float, ...]

    @property
    def bands(self) -> int:
        """Number of frequency bands per frame."""
        return len(self.centres_hz)


@dataclass(frozen=True, slots=True)
class VocoderFeatures:
    """Format of an engine's vocoder features: `width` numbers per grid frame, all `silence` for silence."""

    width: int
    silence: float


@dataclass(frozen=True, slots=True)
class WindowEstimate:
    """Estimate of a stack of windows for Q queries, at the level of the windows.

    mask_logits : (windows, Q, frames, bands), log-odds that the energy belongs to the query.
    energy : (windows, Q, frames) of each query's sound, weighted by the chance that it is present.
    total : (windows, frames), energy of the mixture.
    generated : (windows, Q, frames, width) vocoder features, which `Engine.vocode` turns into audio; None from an
    engine without a vocoder.
    """

    mask_logits: Floats
    energy: Floats
    total: Floats
    generated: Floats | None = None


@dataclass(frozen=True, slots=True)
class QueryEncoding:
    """Encoded queries: token `states` (Q, tokens, width) and `mask` (Q, tokens), 1 for tokens and 0 for padding."""

    queries: tuple[str, ...]
    states: Floats
    mask: Floats


@dataclass(frozen=True, slots=True)
class NearestLabels:
    """The model's own labels that are nearest to a query, the nearest first.

    is_far : the query is far from all of them: likely no English name of a sound, or a sound without a label.
    """

    labels: tuple[str, ...]
    is_far: bool


Tick: TypeAlias = Callable[[int], None]
"""Called with the number of work units just done (flow steps times windows times queries); may raise Cancelled."""


class Engine(Protocol):
    """Turns windows and queries into estimates. Deterministic; calls do not depend on each other."""

    @property
    def card(self) -> ModelCard:
        """Card of the model: its name, rate, window and flow."""
        ...

    @property
    def grid(self) -> Grid:
        """Time-frequency raster of its estimates."""
        ...

    @property
    def provider(self) -> str:
        """Execution provider in words, with the reason why not a faster one."""
        ...

    @property
    def vocoder_features(self) -> VocoderFeatures | None:
        """Format of `WindowEstimate.generated`; None for an engine without a vocoder."""
        ...

    def log_spectrum(self, windows: Samples) -> Mel:
        """Return natural log-magnitudes of windows on the grid, (windows, frames, bands), channels by their RMS.

        windows : as for `estimate`.
        """
        ...

    def encode_queries(self, queries: Sequence[str]) -> QueryEncoding:
        """Return token states (Q, tokens, width) of Q queries, for all windows of a clip. Raises EngineError."""
        ...

    def nearest_labels(self, queries: Sequence[str]) -> tuple[NearestLabels, ...]:
        """Return the model's labels nearest to each query; empty for a model without labels. Raises EngineError."""
        ...

    def units(self, windows: int, query_count: int, request: Request) -> int:
        """Return the number of work units that `estimate` ticks for so many windows and queries."""
        ...

    def estimate(
        self, windows: Samples, starts: Sequence[int], query: QueryEncoding, request: Request, tick: Tick
    ) -> WindowEstimate:
        """Estimate the sound of each query in each window; calls `tick` after every unit of work.

        windows : (windows, channels, card.window_frames) float32 at the card's rate and level.
        starts : timeline frame of each window's first frame, at the card's rate.
        Raises EngineError where inference fails, and what `tick` raises.
        """
        ...

    def vocode(self, frames: Floats) -> Samples:
        """Return waveforms (Q, frames * hop) of vocoder features (Q, frames, width).

        Raises UsageError where the model has no vocoder.
        """
        ...

    def close(self) -> None:
        """Release graphs, caches and device memory. Idempotent; the engine cannot be used afterwards."""
        ...
