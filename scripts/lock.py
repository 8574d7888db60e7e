"""Print `constraints.txt`: the exact version of everything installed here that flowsep's extras name.

A local part ("2.13.0+cpu") is left out, and both ONNX Runtimes get the version of the one that is here, so that the
file serves every system.
"""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

RUNTIMES = ("onnxruntime", "onnxruntime-gpu")
OWN = "flowsep-plugin"


def canonical(name: str) -> str:
    """Return `name` as PEP 503 spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(name: str, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield `(name, version)` of all that `name` asks for, by whatever extra, and that is installed."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    if name != OWN:
        yield name, found.version.split("+")[0]
    for line in found.requires or ():
        asked = canonical(re.match(r"[\w.-]+", line)[0])
        if asked not in seen and (name == OWN or "extra ==" not in line):
            seen.add(asked)
            yield from required(asked, seen)


def main() -> None:
    """Print the pins, sorted."""
    pins = dict(required(OWN, {OWN}))
    runtime = next(pins[name] for name in RUNTIMES if name in pins)
    pins |= dict.fromkeys(RUNTIMES, runtime)
    print("# Exact versions for `pip -c`: what the demo and the tests ran with. `make lock` writes it from .venv.")
    for name, version in sorted(pins.items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
