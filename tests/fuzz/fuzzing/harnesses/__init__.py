"""A harness for each reader, in modules by what they read; a row here is a module with its `HARNESSES`."""

from importlib import import_module

from fuzzing.harness import Harness

MODULES = ("audio", "metadata", "sessions", "models", "results", "stores", "choices", "panel", "exchanges", "http")


def every_harness() -> dict[str, Harness]:
    """Return all harnesses by `MODULE:NAME`, as `fuzzing.harness.load` takes it."""
    modules = [f"{__name__}.{name}" for name in MODULES]
    return {f"{module}:{one.name}": one for module in modules for one in import_module(module).HARNESSES}
