"""The locks cover what `pyproject.toml` asks for on every system; nothing is installed without a hash of theirs."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from scripts.lock import builds, pins  # noqa: E402
from scripts.lock.changes import changes  # noqa: E402
from scripts.lock.systems import SYSTEMS, applies  # noqa: E402
from scripts.lock.table import CUDA, GPU, LOCKS, PARTS, TORCH, TORCH_CPU, WHOLE, Lock, home  # noqa: E402
from scripts.release import gpu  # noqa: E402

TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)
if PROJECT["project"]["name"] != "flowsep-plugin":
    pytest.skip(
        "the locks are those of flowsep-plugin; this is the source of flowsep-plugin-gpu", allow_module_level=True
    )
RUNTIMES = {"onnxruntime", "onnxruntime-gpu"}
RUN, PANEL, BUILD, FREEZE = PARTS


@cache
def read(lock: Lock) -> tuple[pins.Pin, ...]:
    return pins.read((ROOT / lock.path).read_text(encoding="utf-8"))


def extra(name: str) -> Iterator[Requirement]:
    for requirement in map(Requirement, PROJECT["project"]["optional-dependencies"][name]):
        if canonicalize_name(requirement.name) == PROJECT["project"]["name"]:
            for inner in sorted(requirement.extras):
                yield from extra(inner)
        else:
            yield requirement


def asked(lock: Lock) -> Iterator[Requirement]:
    if lock.project:
        yield from map(Requirement, PROJECT["project"]["dependencies"])
    for name in lock.extras:
        yield from extra(name)
    for group in lock.groups:
        yield from map(Requirement, PROJECT["dependency-groups"][group])


def installed(lock: Lock, system: dict[str, str]) -> dict[str, str]:
    return {pin.name: pin.version for pin in read(lock) if applies(pin.marker, system)}


def unsatisfied(lock: Lock, locks: tuple[Lock, ...]) -> list[str]:
    wrong = []
    for system in SYSTEMS:
        versions = {name: version for one in locks for name, version in installed(one, system).items()}
        for requirement in asked(lock):
            if applies(str(requirement.marker or ""), system):
                version = versions.get(canonicalize_name(requirement.name))
                if version is None or version not in requirement.specifier:
                    wrong.append(f"{requirement} on {system['sys_platform']} {system['python_version']}: {version}")
    return wrong


@pytest.mark.parametrize(
    "lock", [lock for lock in LOCKS if lock not in (TORCH, TORCH_CPU, CUDA, GPU)], ids=lambda lock: lock.name
)
def test_a_lock_satisfies_pyproject_on_every_system(lock):
    assert unsatisfied(lock, (WHOLE, TORCH) if lock is WHOLE else (lock,)) == []


def test_the_cuda_build_of_the_lock_is_what_the_gpu_distribution_asks_for():
    project = tomllib.loads(gpu.pyproject(TEXT))["project"]
    (runtime,) = (line for line in project["dependencies"] if line.startswith("onnxruntime"))
    versions = {pin.name: pin.version for pin in read(GPU)}
    for requirement in (Requirement(runtime), *map(Requirement, project["optional-dependencies"]["cuda"])):
        assert requirement.name == "onnxruntime-gpu"
        assert versions["onnxruntime-gpu"] in requirement.specifier
    assert any(name.startswith("nvidia-cudnn") for name in versions)
    assert not set(versions) & {pin.name for lock in (RUN, PANEL) for pin in read(lock)}


def test_a_requirement_that_no_lock_has_is_noticed(monkeypatch):
    monkeypatch.setitem(
        PROJECT["dependency-groups"], "build", ["setuptools>=9999", "absent ; sys_platform == 'darwin'"]
    )
    lines = unsatisfied(BUILD, (BUILD,))
    assert len([line for line in lines if "setuptools" in line]) == len(SYSTEMS)
    assert len([line for line in lines if "absent" in line]) == len({system["python_version"] for system in SYSTEMS})


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_of_a_lock_is_pinned_and_has_hashes(lock):
    assert read(lock)
    assert [pin.name for pin in read(lock) if not pin.hashes] == []


def test_every_file_of_the_folder_is_a_lock_that_make_lock_writes():
    assert {path.name for path in (ROOT / "locks").iterdir()} == {
        *(f"{lock.name}.txt" for lock in LOCKS),
        Path(builds.PATH).name,
    }


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_is_as_make_lock_writes_it_and_names_no_server(lock):
    text = (ROOT / lock.path).read_text(encoding="utf-8")
    assert text == pins.write(lock.path, read(lock))
    assert "://" not in text
    sources = {source for pin in read(lock) for source in pin.sources}
    assert [source for source in sources if not re.fullmatch(r"[\w.-]+( \(pyproject\.toml(:\w+)?\))?", source)] == []


def test_the_build_backend_is_locked():
    versions = {pin.name: pin.version for pin in read(BUILD)}
    for requirement in map(Requirement, PROJECT["build-system"]["requires"]):
        assert versions[requirement.name] in requirement.specifier


def test_the_locks_of_one_environment_agree_on_versions():
    whole = {pin.name: pin.version for lock in (WHOLE, TORCH, CUDA) for pin in read(lock)}
    others = [(lock.name, pin) for lock in (*PARTS, GPU) for pin in read(lock)]
    assert [(name, str(pin)) for name, pin in others if whole.get(pin.name, pin.version) != pin.version] == []


@pytest.mark.parametrize("lock", [WHOLE, RUN, PANEL], ids=lambda lock: lock.name)
def test_exactly_one_onnx_runtime_is_installed_on_every_system(lock):
    assert [system for system in SYSTEMS if len(RUNTIMES & set(installed(lock, system))) != 1] == []


@pytest.mark.parametrize("lock", [RUN, PANEL, BUILD, FREEZE], ids=lambda lock: lock.name)
def test_what_separates_is_installed_without_torch_and_cuda(lock):
    assert [pin.name for pin in read(lock) if home(pin.name) is not WHOLE] == []


def test_torch_without_cuda_is_the_same_release_with_the_hashes_of_its_own_files():
    (torch,), (plain,) = read(TORCH), read(TORCH_CPU)
    assert plain.version == f"{torch.version}+cpu"
    wheels = builds.of_version(builds.read((ROOT / builds.PATH).read_text(encoding="utf-8")), plain.version)
    assert sorted(wheels.values()) == list(plain.hashes)
    assert not set(plain.hashes) & set(torch.hashes)


# -- what installs them --


def installers() -> list[tuple[str, str]]:
    paths = [ROOT / "Makefile", ROOT / ".ci" / "run", *(ROOT / "scripts").glob("*.sh")]
    lines = [(path.name, line.strip()) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [(name, line) for name, line in lines if re.search(r"\bpip\b.*\binstall\b", line) and line[0] != "#"]


def test_everything_that_make_and_ci_install_has_a_hash_or_is_this_tree():
    assert installers()
    for name, line in installers():
        assert name == "install.sh"
        assert "--no-deps" in line
        assert "--no-build-isolation" in line
        assert "--require-hashes" in line or line.endswith(' -e "$tree"')


def forged_wheel(folder: Path, pin: pins.Pin) -> None:
    info = f"{pin.name}-{pin.version}.dist-info"
    with zipfile.ZipFile(folder / f"{pin.name}-{pin.version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{pin.name}/__init__.py", "raise SystemExit('forged')")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {pin.name}\nVersion: {pin.version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_another_file_under_a_pinned_version_is_refused(tmp_path):
    """An index that was taken over serves its own file under the name and version that the lock pins."""
    packages = tmp_path / "index"
    packages.mkdir()
    for pin in read(BUILD):
        if applies(pin.marker, {"python_version": f"3.{sys.version_info.minor}"}):
            forged_wheel(packages, pin)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PIP_")},
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(packages),
        "PIP_TARGET": str(tmp_path / "site"),
    }
    command = ["bash", str(ROOT / "scripts" / "install.sh"), sys.executable, "run"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode != 0
    assert "DO NOT MATCH THE HASHES" in run.stderr
    assert not (tmp_path / "site").exists()


PIP = """#!/bin/bash
# Stands for Python: tells what is installed from INSTALLED, and takes down what pip is to do.
case "$*" in
"-m pip"*) echo "${@:4}" >>"$LOG" ;;
"-m scripts.release.gpu"*) exec {python} "$@" ;;
*) for name in "${@:3}"; do case " $INSTALLED " in *" $name "*) printf '%s ' "$name" ;; esac; done ;;
esac
"""


def steps(tmp_path: Path, *arguments: str, installed: str) -> list[str]:
    """Return what install.sh lets pip do in an environment where `installed` is."""
    python, log = tmp_path / "python", tmp_path / "log"
    python.write_text(PIP.replace("{python}", sys.executable), encoding="utf-8")
    python.chmod(0o755)
    log.unlink(missing_ok=True)
    environment = {**os.environ, "INSTALLED": installed, "LOG": str(log)}
    command = ["bash", str(ROOT / "scripts" / "install.sh"), str(python), *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    return log.read_text(encoding="utf-8").splitlines()


def index_of(lines: list[str], *words: str) -> int:
    return next(index for index, line in enumerate(lines) if all(word in line.split() for word in words))


def test_an_environment_with_the_cuda_build_ends_with_the_cpu_build_alone(tmp_path):
    lines = steps(tmp_path, "run", installed="numpy flowsep-plugin onnxruntime onnxruntime-gpu")
    gone = index_of(lines, "uninstall", "onnxruntime-gpu", "onnxruntime")  # both: they wrote each other's files
    assert gone < index_of(lines, "install", "locks/run.txt")
    assert not any("locks/gpu.txt" in line for line in lines)


def test_the_gpu_variant_replaces_the_cpu_build_and_the_usual_distribution(tmp_path):
    lines = steps(tmp_path, "panel", "gpu", installed="flowsep-plugin onnxruntime")
    first = index_of(lines, "install", "locks/gpu.txt")
    assert index_of(lines, "uninstall", "onnxruntime") < first
    assert index_of(lines, "uninstall", "flowsep-plugin") < first
    assert index_of(lines, "build/panel-gpu.txt") < first < index_of(lines, "-e", "build/gpu")
    names = {pin.name for pin in pins.read((ROOT / "build" / "panel-gpu.txt").read_text(encoding="utf-8"))}
    assert names == {pin.name for pin in read(PANEL)} - {"onnxruntime"}


def test_an_environment_with_the_right_runtime_keeps_it(tmp_path):
    assert not any("uninstall" in line for line in steps(tmp_path, "run", installed="flowsep-plugin onnxruntime"))


# -- what writes them --


def test_a_line_without_a_pin_or_a_hash_is_refused():
    for text in ("numpy>=2\n", "--index-url https://example.org\n", "numpy==2.4.6 \\\n    --hash=md5:00\n"):
        with pytest.raises(ValueError, match="not a"):
            pins.read(text)


def test_changes_name_what_came_went_moved_and_got_other_files():
    one, two = "1" * 64, "2" * 64
    old = [pins.Pin(name=name, version="1", hashes=(one,)) for name in ("gone", "moved", "more", "replaced", "same")]
    new = [
        pins.Pin(name="came", version="1", hashes=(one,)),
        pins.Pin(name="moved", version="2", hashes=(two,)),
        pins.Pin(name="more", version="1", hashes=(one, two)),
        pins.Pin(name="replaced", version="1", hashes=(two,)),
        pins.Pin(name="same", version="1", hashes=(one,)),
    ]
    assert list(changes(old, new)) == [
        "+ came 1",
        "- gone 1",
        "  more 1: 1 files were added",
        "  moved 1 -> 2",
        "  replaced 1: LOOK AT THIS: 1 files are gone, 1 are new",
    ]


def test_the_wheels_of_an_index_page_are_read_with_their_hashes():
    value = "ab" * 32
    page = f"""<a href="/whl/cpu/torch-2.13.0%2Bcpu-cp312-cp312-manylinux_2_28_x86_64.whl#sha256={value}">wheel</a>
    <a href="torch-2.12.0-cp312-cp312-win_amd64.whl#sha256={value}">older</a>
    <a href="torch-2.13.0.tar.gz#sha256={value}">source</a> <a href="unhashed-1-py3-none-any.whl">no hash</a>"""
    listed = dict(builds.listed(page))
    assert builds.of_version(listed, "2.13.0+cpu") == {"torch-2.13.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl": value}
    assert builds.read(builds.write("# said\n", listed)) == listed
