"""Clients of the worker: a typed one, and a single file of standard library for any DAW's Python."""
