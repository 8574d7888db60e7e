"""Clients of the worker: a typed one, and a single file of standard library for any DAW's Python."""

from .worker_client import EventStream, WorkerClient

__all__ = ["EventStream", "WorkerClient"]
