"""Estimate to stems at the clip's own rate, width and level: `Renderer` yields them block by block."""

from .blocks import CONTEXT_SECONDS, Block, Renderer

__all__ = ["CONTEXT_SECONDS", "Block", "Renderer"]
