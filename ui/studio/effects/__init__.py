"""Effects of lanes, without Qt: edits of chains, presets, and chain files."""

from .chain_files import read_chain, write_chain
from .edits import (
    all_bypassed,
    chain_of,
    chain_text,
    with_chain,
    with_parameter,
    with_slot_at,
    without_slot,
)
from .presets import (
    delivered_presets,
    find_effect_preset,
    with_effect_preset,
    without_effect_preset,
)

__all__ = [
    "all_bypassed",
    "chain_of",
    "chain_text",
    "delivered_presets",
    "find_effect_preset",
    "read_chain",
    "with_chain",
    "with_effect_preset",
    "with_parameter",
    "with_slot_at",
    "without_effect_preset",
    "without_slot",
    "write_chain",
]
