"""Hearing: gapless play, A/B, loop, meters; silent, and saying so, where there is no sound device."""

from .bar import TransportBar, clock
from .meter import LevelMeter
from .player import Player

__all__ = ["LevelMeter", "Player", "TransportBar", "clock"]
