"""Source and wheel of the last commit, the same bytes each time."""

import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

_WARNING = re.compile(
    r"^\s*(?:\S*\b\w*(?:Deprecation)?Warning:.*|.*is absent from the `packages` configuration.*)$", re.MULTILINE
)


def commit_time(root: Path) -> int:
    """Return the time of the last commit, in seconds since 1970. Raises CalledProcessError outside a repository."""
    return int(_git(root, "log", "-1", "--format=%ct"))


def clean_copy(root: Path, target: Path) -> None:
    """Write the files of the last commit to `target`, and nothing else that lies in the folder."""
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", "HEAD"))) as archive:
        _unpack(archive, target)


def uncommitted(root: Path) -> list[str]:
    """Return the changes that the release would not have."""
    return _git(root, "status", "--porcelain").decode().splitlines()


def build(copy: Path, out: Path, epoch: int) -> tuple[Path, Path]:
    """Build the source distribution, and the wheel from that, into the folder `out`; return both paths.

    Nothing is fetched: the build backend is that of this environment. Raises CalledProcessError, or ValueError where
    setuptools warns.
    """
    _build(copy, out, epoch, "--sdist")
    (source,) = out.glob("*.tar.gz")
    source.write_bytes(same_bytes(source.read_bytes(), epoch))
    unpacked = copy.with_name(f"{copy.name}-unpacked")
    with tarfile.open(source) as archive:
        _unpack(archive, unpacked)
    _build(next(unpacked.iterdir()), out, epoch, "--wheel")
    (wheel,) = out.glob("*.whl")
    return source, wheel


def _unpack(archive: tarfile.TarFile, target: Path) -> None:
    """Unpack an archive of our own; Python has filters since 3.11.4."""
    archive.extractall(target, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))


def same_bytes(archive: bytes, epoch: int) -> bytes:
    """Return a `.tar.gz` with the same files, sorted, without times and owners of the machine that packed it."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as old,
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=epoch) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mtime = epoch
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isreg() else None)
    return packed.getvalue()


def _build(tree: Path, out: Path, epoch: int, kind: str) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", str(out), str(tree)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    modes = {} if sys.platform == "win32" else {"umask": 0o022}  # they are in the wheel
    run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **modes)
    if run.returncode:
        print(run.stdout)
        run.check_returncode()
    if warnings := _WARNING.findall(run.stdout):
        raise ValueError("setuptools warns: " + "; ".join(dict.fromkeys(warnings)))


def _git(root: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(root), *arguments], check=True, stdout=subprocess.PIPE).stdout
