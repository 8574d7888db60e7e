"""Version of the installed package; "0" in a source tree that was never installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("flowsep-plugin")
except PackageNotFoundError:
    __version__ = "0"
