"""Dialogs: settings with shortcuts, export of stems, placement in a session."""
