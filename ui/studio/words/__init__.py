"""Texts for the user about takes, queries and where their sounds were found."""
