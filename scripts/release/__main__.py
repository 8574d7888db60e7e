"""Make a release of the last commit in `dist/`: `make release`.

    python -m scripts.release [--offline]

Fails where a check does, where a distribution of the locks has a known vulnerability, and, without --offline, where
that could not be looked up.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.lock.pins import Pin, read
from scripts.lock.table import LOCKS, TOOLS, TORCH_CPU, Lock

from .audit import Audit, audit
from .bill import write_bill
from .distributions import build, clean_copy, commit_time, uncommitted
from .pythons import pythons
from .smoke import try_wheel
from .variants import Variant, variants

ROOT = Path(__file__).parents[2]
PACKAGES = ("flowsep_plugin", "ui", "export", "training")
LEAST_RATING = 9
"""Lowest rating by pyroma, of 10, that a release may have."""


def main() -> int:
    """Run every step; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.release", description=__doc__.splitlines()[0])
    parser.add_argument("--offline", action="store_true", help="go on where known vulnerabilities cannot be looked up")
    offline = parser.parse_args().offline
    if changed := uncommitted(ROOT):
        print(f"The release is made of the last commit. It will not have these {len(changed)} changes:", *changed[:10])
    with TemporaryDirectory(prefix="flowsep-release-") as folder:
        try:
            return release(Path(folder), ROOT / "dist", offline=offline)
        except subprocess.CalledProcessError as error:
            print(f"NOT RELEASED: {' '.join(map(str, error.cmd))} ended with {error.returncode}", file=sys.stderr)
            return 1
        except ValueError as error:
            print(f"NOT RELEASED: {error}", file=sys.stderr)
            return 1


def release(folder: Path, out: Path, *, offline: bool) -> int:
    """Write the release to `out`; return 1 where it must not be published."""
    tree, epoch = folder / "tree", commit_time(ROOT)
    clean_copy(ROOT, tree)
    step("bandit")
    bandit = ["--quiet", "--configfile", "pyproject.toml", "--recursive", *PACKAGES]
    tool("bandit", *bandit, cwd=tree, stderr=subprocess.DEVNULL)
    step("known vulnerabilities")
    result = audited(tree)
    print("\n".join(result.lines()), flush=True)
    if not result.verdict(offline=offline):
        return 1
    empty(out)
    wheels = [(described(variant, folder, out, epoch), variant) for variant in variants(tree)]
    for version, python in pythons().items():
        for wheel, variant in wheels:
            step(f"{variant.name} in an environment of its own, Python {version}")
            try_wheel(wheel, variant, python, folder / "tried")
    step("checksums")
    files = sorted(path for path in out.iterdir() if path.is_file())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(sums, end="")
    return 0


def described(variant: Variant, folder: Path, out: Path, epoch: int) -> Path:
    """Build a distribution into `out`, check what it says of itself, write its bills of materials; return its wheel."""
    step(f"{variant.name}: source and wheel")
    built = folder / variant.name
    built.mkdir()
    source, wheel = (Path(shutil.move(path, out)) for path in build(variant.tree, built, epoch))
    tool("twine", "check", "--strict", str(source), str(wheel))
    tool("validate_pyproject", str(variant.tree / "pyproject.toml"))
    tool("pyroma", "--min", str(LEAST_RATING), "--directory", str(variant.tree))
    step(f"{variant.name}: bills of materials")
    for name, lock in variant.locks.items():
        bill = out / f"{wheel.name.split('-py3')[0]}-{name}.cdx.json"
        print(f"{bill.name}: {write_bill(variant.tree, lock, bill, epoch)} components")
    return wheel


def empty(folder: Path) -> None:
    """Make `folder`, without the files that are in it."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()


def tool(module: str, *arguments: str, **options: Any) -> None:
    """Run a tool of this environment. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, **options)


def step(title: str) -> None:
    """Print the title of a step."""
    print(f"== {title}", flush=True)


def audited(tree: Path) -> Audit:
    """Return the audit of all locks in `tree`."""

    def pins(*locks: Lock) -> list[Pin]:
        return [pin for lock in locks for pin in read((tree / lock.path).read_text(encoding="utf-8"))]

    # The tools have an environment, and so versions, of their own. torch is asked for once, under PyPI's version.
    return audit(pins(*(lock for lock in LOCKS if lock not in (TOOLS, TORCH_CPU)))) + audit(pins(TOOLS))


if __name__ == "__main__":
    sys.exit(main())
