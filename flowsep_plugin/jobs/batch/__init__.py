"""Batches: a manifest of files goes in, outcomes and a report come out."""
