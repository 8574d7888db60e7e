"""Playback in the panel: player, transport bar and meters; silent, with a message, where no device exists."""

from .bar import TransportBar
from .meter import LevelMeter
from .player import Player

__all__ = ["LevelMeter", "Player", "TransportBar"]
