"""Deprecated module of 0.1; `flowsep_plugin.jobs.batch` has its names."""

from flowsep_plugin.deprecated import moved_module

__getattr__ = moved_module(__name__, "flowsep_plugin.jobs.batch")
