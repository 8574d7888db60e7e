"""Readers of what comes from outside: files that may be no files, names that are no text, records of any content."""
