"""Queries: words for a sound, and what a person points at on the timeline.

Query ──► text ────────────► Request.queries
      ──► here, not_here ──► Request.hints
      ──► edits ───────────► Request.edits
      ──► strength, … ─────► Request.stem_render
"""

from .hints import HERE, MOST_SPANS, NOT_HERE, Hints
from .query import MAX_QUERY_CHARACTERS, Query, checked_text, query_key, query_named

__all__ = [
    "HERE",
    "MAX_QUERY_CHARACTERS",
    "MOST_SPANS",
    "NOT_HERE",
    "Hints",
    "Query",
    "checked_text",
    "query_key",
    "query_named",
]
