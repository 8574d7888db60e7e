"""Damage that files come with: bytes, texts and structures, each a function of (content, random) to new content."""

from .choice import mutate

__all__ = ["mutate"]
