"""Sounds that were heard in a clip, with captions, places, level and certainty."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from flowsep_plugin.audio.span import Span

Certainty: TypeAlias = Literal["sure", "likely", "maybe"]

CERTAINTIES: dict[Certainty, float] = {"sure": 0.6, "likely": 0.35, "maybe": 0.0}
"""Least `HeardSound.sure` of each word, the surest first; docs/using/listen.md says how often each is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSound:
    """A sound that was heard in a clip.

    caption : what to type to separate it, "a dog barking".     chip : the same in one or two words, "dog".
    class_name : AudioSet's name of the class, "Bark".     spans : where, on the clip's timeline at its rate, in order
    and apart; to 0.24 s.     level_db : RMS of the clip in these spans, dBFS, with all that sounds there.
    sure : estimated chance that the sound is in the clip, 0..1.
    """

    caption: str
    chip: str
    class_name: str
    spans: tuple[Span, ...]
    level_db: float
    sure: float

    @property
    def certainty(self) -> Certainty:
        """Return `sure` as one of the words of `CERTAINTIES`."""
        return next(word for word, least in CERTAINTIES.items() if self.sure >= least)

    @property
    def seconds(self) -> float:
        """How long it sounds, all spans together."""
        return sum(span.seconds for span in self.spans)

    def as_json(self) -> dict[str, Any]:
        """Return plain values; spans are [start, frames, rate]."""
        return {
            "caption": self.caption,
            "chip": self.chip,
            "class": self.class_name,
            "sure": round(self.sure, 3),
            "certainty": self.certainty,
            "level_db": round(self.level_db, 1),
            "seconds": round(self.seconds, 3),
            "spans": [[span.start, span.frames, span.rate] for span in self.spans],
        }


@dataclass(frozen=True, slots=True)
class Heard:  # language: the word that users read, "what was heard"
    """All sounds that were heard in a clip, the surest first.

    seconds : length of the clip.     is_silent : nothing in it is above -80 dBFS.
    """

    sounds: tuple[HeardSound, ...]
    seconds: float
    is_silent: bool = False

    def __iter__(self) -> Iterator[HeardSound]:
        return iter(self.sounds)

    def __len__(self) -> int:
        return len(self.sounds)

    @property
    def captions(self) -> tuple[str, ...]:
        """The captions, the surest first."""
        return tuple(sound.caption for sound in self.sounds)

    def queries(self, count: int) -> tuple[str, ...]:
        """Return the captions of the first `count` sounds that are sure or likely, to separate them by."""
        return tuple(sound.caption for sound in self.sounds if sound.certainty != "maybe")[:count]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, for JSON; sounds as in `HeardSound.as_json`."""
        return {
            "seconds": round(self.seconds, 3),
            "silent": self.is_silent,
            "sounds": [sound.as_json() for sound in self.sounds],
        }
