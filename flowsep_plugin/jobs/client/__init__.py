"""Clients of the worker: a typed one, and one file of standard library for any DAW's Python."""
