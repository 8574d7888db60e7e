"""The systems that the locks are for, as the markers of a requirement see them (PEP 508)."""

from itertools import product

from packaging.markers import Marker

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_MACHINES = (
    ("linux", "posix", "Linux", "x86_64"),
    ("linux", "posix", "Linux", "aarch64"),
    ("darwin", "posix", "Darwin", "arm64"),
    ("win32", "nt", "Windows", "AMD64"),
)


def _environment(python: str, machine: tuple[str, str, str, str]) -> dict[str, str]:
    platform, family, system, processor = machine
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.1",
        "platform_python_implementation": "CPython",
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": platform,
        "os_name": family,
        "platform_system": system,
        "platform_machine": processor,
    }


SYSTEMS = tuple(_environment(python, machine) for python, machine in product(PYTHONS, _MACHINES))
"""One environment of markers for each Python on each machine."""


def applies(marker: str, system: dict[str, str], extra: str = "") -> bool:
    """Return whether a distribution with that marker is installed on `system`; an empty marker always is."""
    return not marker or Marker(marker).evaluate({**system, "extra": extra})
