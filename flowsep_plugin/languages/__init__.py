"""Queries in other languages: names of sounds by a table, each with the English caption that the text encoder gets."""

from .understanding import LANGUAGE_NAMES, Understood, english_of, names_in, understand

__all__ = ["LANGUAGE_NAMES", "Understood", "english_of", "names_in", "understand"]
