"""Effects of lanes, without Qt: edits of chains, presets, names for people."""

from .edits import (
    all_bypassed,
    chain_of,
    chain_text,
    lacks_file,
    new_slot,
    with_chain,
    with_lane_slot,
    with_parameter,
    with_slot_at,
    with_value,
    without_slot,
)
from .labels import by_category, category_label, effect_label, parameter_label, summary_of
from .presets import delivered_presets, find_effect_preset, with_effect_preset, without_effect_preset

__all__ = [
    "all_bypassed",
    "by_category",
    "category_label",
    "chain_of",
    "chain_text",
    "delivered_presets",
    "effect_label",
    "find_effect_preset",
    "lacks_file",
    "new_slot",
    "parameter_label",
    "summary_of",
    "with_chain",
    "with_effect_preset",
    "with_lane_slot",
    "with_parameter",
    "with_slot_at",
    "with_value",
    "without_effect_preset",
    "without_slot",
]
