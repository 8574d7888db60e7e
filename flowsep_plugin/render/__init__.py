"""Rendering: from an estimate and its clip to stems at the clip's rate, channels and level, block by block."""

from .blocks import CONTEXT_SECONDS, Block, Renderer

__all__ = ["CONTEXT_SECONDS", "Block", "Renderer"]
