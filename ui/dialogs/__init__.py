"""Dialogs: settings, shortcuts, export, placement."""
