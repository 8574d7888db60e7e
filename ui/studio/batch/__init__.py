"""Batches in the panel: many files or clips separated as one set, with a table of results."""
