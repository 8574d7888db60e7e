"""Estimate to stems at the clip's own rate, width and level: `Renderer` yields them block by block."""

from .blocks import Block, Renderer

__all__ = ["Block", "Renderer"]
