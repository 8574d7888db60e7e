"""Docks and dialogs, one module each."""
