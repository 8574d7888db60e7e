"""What is listened to, as a weight a file: every choice is a sum, so changing it is a cross-fade of weights."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from flowsep_plugin.errors import UsageError

SILENCE_DB = -100.0
"""From here down a gain is silence."""


@dataclass(frozen=True, slots=True)
class LaneMix:
    """How one lane (a stem, or the rest) sounds in the sum."""

    gain_db: float = 0.0
    muted: bool = False
    solo: bool = False


def linear(gain_db: float) -> float:
    """`gain_db` as a factor."""
    return 0.0 if gain_db <= SILENCE_DB else float(10 ** (gain_db / 20))


def choices(names: Collection[str]) -> tuple[str, ...]:
    """What can be listened to where `names` are loaded, in the order of the panel."""
    stems = [name for name in names if name.startswith("stem:")]
    return ("clip", *stems, *(("rest", "sum") if stems else ()))


def file_weights(heard: str, names: Collection[str], lanes: Mapping[str, LaneMix] | None = None) -> dict[str, float]:
    """Weight of every file for `heard`: clip, stem:NAME, rest or sum. A rest without a file is the clip less all stems.

    lanes : by name ("stem:…", "rest"); solo and mute count in the sum alone.
    Raises UsageError for what is not there to be heard.
    """
    lanes = lanes or {}
    if heard not in choices(names):
        raise UsageError(f"{heard!r} cannot be heard; there is {', '.join(choices(names))}")
    if heard == "clip":
        return {"clip": 1.0}
    stems = [name for name in names if name.startswith("stem:")]
    if heard != "sum":
        parts = {heard: linear(lanes.get(heard, LaneMix()).gain_db)}
    else:
        states = {name: lanes.get(name, LaneMix()) for name in (*stems, "rest")}
        any_solo = any(state.solo for state in states.values())
        parts = {
            name: 0.0 if state.muted or (any_solo and not state.solo) else linear(state.gain_db)
            for name, state in states.items()
        }
    residual = parts.get("rest", 0.0)
    if "rest" in names or not residual:
        return {name: value for name, value in parts.items() if value and name in names}
    made = {name: parts.get(name, 0.0) - residual for name in stems}
    return {"clip": residual, **{name: value for name, value in made.items() if value}}
