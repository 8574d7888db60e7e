"""One query as a value: what to extract, where it is and is not, and how its stem is rendered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowsep_plugin.audio.span import Span
from flowsep_plugin.edits import MaskEdit, check_edits
from flowsep_plugin.errors import UsageError
from flowsep_plugin.render_settings import RENDER_SETTINGS, Mode, RenderSettings
from flowsep_plugin.suggest import suggest_fields

from .hints import Hints

MAX_QUERY_CHARACTERS = 500


@suggest_fields
@dataclass(frozen=True, slots=True)
class Query:
    """A sound to extract. Wherever queries are taken, a text is one too.

    >>> Query("a dog barking", not_here=[Span(0, 1, 1)], strength=1.5).text
    'a dog barking'

    text : names the sound, 1 to 500 characters.
    here, not_here : spans of the clip's timeline, at any rate, in which the sound is, or is not; see `Hints`.
    edits : by hand, of its stem; see `MaskEdit`.
    mode, strength, reduce_db, gate : render settings of this query's stem; None for those of the request.
    Raises UsageError for a text that is empty or too long, for spans that are empty or contradict each other, and for a
    render setting out of range.
    """

    text: str
    here: Sequence[Span] = ()
    not_here: Sequence[Span] = ()
    edits: Sequence[MaskEdit] = ()
    mode: Mode | None = None
    strength: float | None = None
    reduce_db: float | None = None
    gate: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", checked_text(self.text))
        hints = Hints(self.here, self.not_here)
        object.__setattr__(self, "here", hints.here)
        object.__setattr__(self, "not_here", hints.not_here)
        object.__setattr__(self, "edits", check_edits(self.edits))
        self.render_over(RenderSettings())

    @property
    def hints(self) -> Hints | None:
        """The spans that were pointed at; None where there are none."""
        return Hints(self.here, self.not_here) or None

    def render_over(self, common: RenderSettings) -> RenderSettings:
        """Return `common` with the render settings that this query sets itself. Raises UsageError."""
        return replace(common, **self._own_render())

    @property
    def has_own_render(self) -> bool:
        """Whether it sets a render setting itself."""
        return bool(self._own_render())

    def _own_render(self) -> dict[str, Any]:
        own = {setting.name: getattr(self, setting.name) for setting in RENDER_SETTINGS}
        return {name: value for name, value in own.items() if value is not None}


def query_key(query: str) -> str:
    """Return the form in which queries are compared: single spaces, no case."""
    return " ".join(query.split()).casefold()


def query_named(name: str, queries: Sequence[str]) -> str | None:
    """Return the one of `queries` that `name` means: itself, or else the only one with all its words; None for none.

    >>> query_named("Dog", ["a dog barking", "rain on a roof"])
    'a dog barking'
    """
    key = query_key(name)
    words = set(key.split())
    same = [query for query in queries if query_key(query) == key]
    containing = [query for query in queries if words and words <= set(query_key(query).split())]
    matches = same or containing
    return matches[0] if len(matches) == 1 else None


def checked_text(query: Any) -> str:
    """Return the text of a query with single spaces. Raises UsageError where it is empty, too long, or no text."""
    if not isinstance(query, str):
        raise UsageError(f"a query must be a text, got {query!r}")
    text = " ".join(query.split())
    if not text or not any(character.isalnum() for character in text):
        raise UsageError(f'the query {query!r} is empty; name a sound to extract, such as "a dog barking"')
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(f"the query {text[:40]!r} is not text; type it in Unicode")
    if len(text) > MAX_QUERY_CHARACTERS:
        raise UsageError(
            f"the query {text[:40]!r}… has {len(text)} characters, at most {MAX_QUERY_CHARACTERS} are allowed"
        )
    return text
