"""The mix as a weight per file: every choice is a weighted sum, so switching is a cross-fade of weights."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flowsep_plugin.errors import UsageError

SILENCE_DB = -100.0
"""A gain of this or less is silence."""


@dataclass(frozen=True, slots=True)
class LaneMix:
    """Solo, mute and gain (dB) of a track or a lane (a stem, or the rest) in the mix."""

    solo: bool = False
    mute: bool = False
    gain_db: float = 0.0


def linear(gain_db: float) -> float:
    """Convert dB to a factor; SILENCE_DB and less give 0."""
    return 0.0 if gain_db <= SILENCE_DB else float(10 ** (gain_db / 20))


def choices(names: Collection[str]) -> tuple[str, ...]:
    """Return what can be listened to where files of these `names` are loaded, in the order of the panel."""
    stems = [name for name in names if name.startswith("stem:")]
    return ("clip", *stems, *(("rest", "sum") if stems else ()))


def file_weights(choice: str, names: Collection[str], lanes: Mapping[str, LaneMix] | None = None) -> dict[str, float]:
    """Return the weight of every file for `choice`: clip, stem:NAME, rest or sum; files without weight are omitted.

    Without a file for the rest, the rest is the clip minus all stems.
    lanes : by name ("stem:…", "rest"); solo and mute apply to the sum only, gains to all but the clip.
    Raises UsageError where `choice` is not one of `choices(names)`.
    """
    lanes = lanes or {}
    if choice not in choices(names):
        raise UsageError(f"{choice!r} is not loaded; choose one of {', '.join(choices(names))}")
    if choice == "clip":
        return {"clip": 1.0}
    stems = [name for name in names if name.startswith("stem:")]
    if choice == "sum":
        gains = _sum_gains({name: lanes.get(name, LaneMix()) for name in (*stems, "rest")})
    else:
        gains = {choice: linear(lanes.get(choice, LaneMix()).gain_db)}
    residual = gains.get("rest", 0.0)
    if "rest" in names or not residual:
        return {name: gain for name, gain in gains.items() if gain and name in names}
    from_stems = {name: gains.get(name, 0.0) - residual for name in stems}
    return {"clip": residual, **{name: gain for name, gain in from_stems.items() if gain}}


def _sum_gains(lanes: Mapping[str, LaneMix]) -> dict[str, float]:
    any_solo = any(lane.solo for lane in lanes.values())
    return {
        name: 0.0 if lane.mute or (any_solo and not lane.solo) else linear(lane.gain_db) for name, lane in lanes.items()
    }
