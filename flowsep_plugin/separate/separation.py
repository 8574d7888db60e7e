"""The result of a separation: a mapping from query to stem, with the residual and the measurements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from flowsep_plugin.audio.clip import AudioClip
from flowsep_plugin.audio.span import Span
from flowsep_plugin.audio.types import Floats
from flowsep_plugin.deprecated import renamed
from flowsep_plugin.picture import Panel, draw, stem_panel
from flowsep_plugin.presence import regions
from flowsep_plugin.queries import query_key

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class UnknownStemError(KeyError):
    """A KeyError whose text is its message, unquoted."""

    def __str__(self) -> str:
        return str(self.args[0])


@renamed(rest="residual")
@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Separation(Mapping[str, AudioClip]):
    """Stems by query, in the order of the queries, and the residual; together they sum to the clip.

    >>> import numpy as np
    >>> from flowsep_plugin import Separator
    >>> noise = np.random.default_rng(0).uniform(-0.1, 0.1, (2, 48_000))
    >>> separation = Separator.open("echo").separate((noise, 48_000), ["a dog barking", "rain"])
    >>> separation["Rain "]
    AudioClip(2 ch, 48000 Hz, 1.000 s)
    >>> "cat" in separation, list(separation)
    (False, ['a dog barking', 'rain'])

    A query is looked up as `Request` compares queries: white space and case make no difference.

    presence : (queries, grid frames) in 0..1, one value every `presence_step_seconds`; 0 where the stem cannot be
    heard.
    level_db : energy of each stem relative to the clip, dB.     null_db : peak of clip - stems - residual, dBFS.
    """

    queries: tuple[str, ...]
    stems: tuple[AudioClip, ...]
    residual: AudioClip
    presence: Floats
    presence_step_seconds: float
    level_db: tuple[float, ...]
    null_db: float

    def __getitem__(self, query: str) -> AudioClip:
        """Return the stem of `query`. Raises KeyError, which lists the stems, for any other."""
        keys = [query_key(own) for own in self.queries]
        if isinstance(query, str) and query_key(query) in keys:
            return self.stems[keys.index(query_key(query))]
        raise UnknownStemError(f"no stem {query!r}; stems: {', '.join(map(repr, self.queries))}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.queries)

    def __len__(self) -> int:
        return len(self.queries)

    def __repr__(self) -> str:
        return f"Separation({', '.join(map(repr, self.queries))}; {self.residual.summary}; null {self.null_db:g} dBFS)"

    def plot(self, path: str | Path | None = None, *, title: str = "clip") -> "Figure":
        """Draw spectrograms of the clip (the sum of all parts), each stem with its presence, and the residual.

        path : PNG to write, if any.     Returns the `matplotlib.figure.Figure`, which notebooks display.
        Raises UsageError without matplotlib or for another suffix, MediaError where the PNG cannot be written.
        """
        whole = Span(0, self.residual.frames, self.residual.rate)
        samples = np.sum([clip.samples for clip in (*self.stems, self.residual)], axis=0)
        stems = [
            stem_panel(query, stem, whole, level_db=level, presence=row, is_found=bool(regions(row)))
            for query, stem, level, row in zip(self.queries, self.stems, self.level_db, self.presence, strict=True)
        ]
        panels = [
            Panel(title, AudioClip(samples, self.residual.rate), whole),
            *stems,
            Panel("rest", self.residual, whole),
        ]
        return draw(
            panels, None if path is None else Path(path), start_seconds=self.residual.start / self.residual.rate
        )


def decibels(amplitude: float) -> float:
    """Return 20 log10 of an amplitude, rounded to 0.1 and at least -200."""
    return round(float(20 * np.log10(max(amplitude, 1e-10))), 1)
