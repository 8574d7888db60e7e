"""The version, from the installed package."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("flowsep-plugin")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0"
