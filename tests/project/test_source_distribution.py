"""The source distribution has everything that the repository has, and its tests run."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT: set[str] = set()
"""Files of the repository that the source distribution does not have."""

WRITTEN = {"PKG-INFO", "setup.cfg"}
"""Files that setuptools adds; and a folder `*.egg-info`."""

SUBSET = ["tests/project/test_packaging.py", "tests/media/test_example_clip.py", "tests/test_settings_edit.py"]
"""Tests that read documents, the model, fixtures and the example clip."""


@pytest.fixture(scope="module")
def repository():
    """Return the files of the repository, those that are not committed yet included."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no repository to compare with")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return sorted(name for name in names if name and (ROOT / name).is_file())


@pytest.fixture(scope="module")
def unpacked(repository, tmp_path_factory):
    """Return the folder of the unpacked source distribution of a copy of the repository."""
    folder = tmp_path_factory.mktemp("sdist")
    for name in repository:
        target = folder / "tree" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    # Not compressed: that is most of the time that a build takes.
    command = [sys.executable, "setup.py", "-q", "sdist", "--formats", "tar", "--dist-dir", str(folder)]
    run = subprocess.run(command, cwd=folder / "tree", capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "is absent from the `packages` configuration" not in run.stderr
    shutil.rmtree(folder / "tree")
    (archive,) = folder.glob("*.tar")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # Python 3.11.4
    archive.unlink()
    (tree,) = folder.iterdir()
    return tree


def test_it_has_every_file_of_the_repository_but_those_left_out(repository, unpacked):
    packed = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    own = {name for name in packed if name in WRITTEN or ".egg-info/" in name}
    assert sorted(set(repository) - packed) == sorted(LEFT_OUT)
    assert sorted(packed - own - set(repository)) == []


def test_its_tests_run(unpacked, tmp_path):
    for folder in ("export", "training", "ui"):  # their import names are others: an install does this
        (tmp_path / f"flowsep_{folder}").symlink_to(unpacked / folder)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(unpacked), str(tmp_path)])}
    where = [sys.executable, "-c", "import flowsep_plugin, flowsep_ui; print(flowsep_plugin.__file__)"]
    printed = subprocess.run(where, cwd=unpacked, env=environment, capture_output=True, text=True, check=True).stdout
    assert Path(printed.strip()).is_relative_to(unpacked)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *SUBSET]
    run = subprocess.run(command, cwd=unpacked, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout[-3000:]
