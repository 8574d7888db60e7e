"""The mix as a weight per voice: every choice is a weighted sum, so switching is a cross-fade of weights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from flowsep_plugin.errors import UsageError

from .program import VoiceSpec

SILENCE_DB: Final = -100.0
"""A gain of this or less is silence."""

ORIGINAL: Final = "original"
LANES: Final = "lanes"
_LANE: Final = "lane:"


@dataclass(frozen=True, slots=True)
class LaneMix:
    """Solo, mute and gain (dB) of a track or a lane (a stem, or the rest) in the mix."""

    solo: bool = False
    mute: bool = False
    gain_db: float = 0.0


def linear(gain_db: float) -> float:
    """Convert dB to a factor; SILENCE_DB and less give 0."""
    return 0.0 if gain_db <= SILENCE_DB else float(10 ** (gain_db / 20))


def lane_choice(lane: str) -> str:
    """Return the choice of a lane alone. Inverse: `chosen_lane`."""
    return f"{_LANE}{lane}"


def chosen_lane(choice: str) -> str | None:
    """Return the lane that is played alone in `choice`; None in other choices. Inverse: `lane_choice`."""
    return choice.removeprefix(_LANE) if choice.startswith(_LANE) else None


def choices(voices: Iterable[VoiceSpec]) -> tuple[str, ...]:
    """Return what can be listened to, in the order of the voices: "original", "lanes", then "lane:ID" of every lane."""
    return (ORIGINAL, LANES, *dict.fromkeys(lane_choice(voice.lane) for voice in voices if voice.lane))


def voice_weights(choice: str, voices: Iterable[VoiceSpec], mixes: Mapping[str, LaneMix]) -> dict[str, float]:
    """Return the weight of every voice by name for `choice`; voices without weight are omitted.

    mixes : by `VoiceSpec.track` and `VoiceSpec.lane`. Solo and mute apply to "lanes" only, gains to all but "original":
    mute wins over solo, a soloed lane is heard on a track that is not soloed, a soloed track with all of its lanes.
    Raises UsageError where `choice` is not one of `choices(voices)`.
    """
    voices = tuple(voices)
    if choice not in choices(voices):
        raise UsageError(f"{choice!r} is not loaded; choose one of {', '.join(choices(voices))}")
    if choice == ORIGINAL:
        return {voice.name: 1.0 for voice in voices if voice.kind in ("track", "original")}
    if choice == LANES:
        audible = _audible(voices, mixes)
    else:
        audible = [voice for voice in voices if voice.lane == chosen_lane(choice)]
    gains = {voice.name: linear(_mix(mixes, voice.track).gain_db + _lane(mixes, voice).gain_db) for voice in audible}
    return {name: gain for name, gain in gains.items() if gain}


def _audible(voices: tuple[VoiceSpec, ...], mixes: Mapping[str, LaneMix]) -> list[VoiceSpec]:
    """Return the voices of "lanes" under solo and mute."""
    tracks = {voice.track for voice in voices if _mix(mixes, voice.track).solo}
    any_solo = bool(tracks) or any(_lane(mixes, voice).solo for voice in voices)

    def passes(voice: VoiceSpec) -> bool:
        if voice.kind == "original" or _mix(mixes, voice.track).mute or _lane(mixes, voice).mute:
            return False
        if _lane(mixes, voice).solo:
            return True
        if voice.kind in ("draft", "silent"):
            return False
        return not any_solo or voice.track in tracks

    return [voice for voice in voices if passes(voice)]


def _mix(mixes: Mapping[str, LaneMix], name: str) -> LaneMix:
    return mixes.get(name, LaneMix())


def _lane(mixes: Mapping[str, LaneMix], voice: VoiceSpec) -> LaneMix:
    return _mix(mixes, voice.lane) if voice.lane else LaneMix()
