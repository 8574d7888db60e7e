"""`make release`: what the audit says, the graph of the bill of materials, and archives that come out the same."""

import gzip
import io
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))

from scripts.lock import pins  # noqa: E402
from scripts.release import gpu  # noqa: E402
from scripts.release.audit import Audit, judged  # noqa: E402
from scripts.release.distributions import same_bytes  # noqa: E402
from scripts.release.graph import dependencies  # noqa: E402
from scripts.release.pythons import on_this_machine, pythons  # noqa: E402
from scripts.release.variants import exchanged  # noqa: E402

FLAW = {"id": "PYSEC-2099-1", "fix_versions": ["2.0"], "aliases": [], "description": ""}


def test_a_distribution_that_the_service_does_not_know_is_not_taken_for_sound():
    """pip-audit prints "No known vulnerabilities found" and exits with 0 where it could look up nothing at all."""
    report = {"dependencies": [{"name": "six", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}
    result = judged(report, [("six", "1.17.0"), ("absent", "1")])
    assert result.unknown == ("six 1.17.0: Dependency not found on PyPI", "absent 1: not in the report")


def test_an_answer_for_another_version_does_not_count():
    report = {"dependencies": [{"name": "six", "version": "1.16.0", "vulns": []}], "fixes": []}
    assert judged(report, [("six", "1.17.0")]).unknown == ("six 1.17.0: not in the report",)


def test_known_vulnerabilities_are_named_with_the_version_that_mends_them():
    report = {"dependencies": [{"name": "six", "version": "1.17.0", "vulns": [FLAW]}], "fixes": []}
    assert judged(report, [("six", "1.17.0")]) == Audit(("six 1.17.0: PYSEC-2099-1, mended in 2.0",), ())


@pytest.mark.parametrize(
    ("result", "offline", "is_released"),
    [
        (Audit(), False, True),
        (Audit(unknown=("a 1: no answer",)), False, False),
        (Audit(unknown=("a 1: no answer",)), True, True),
        (Audit(vulnerable=("a 1: X",)), False, False),
        (Audit(vulnerable=("a 1: X",)), True, False),
    ],
)
def test_offline_lets_pass_what_nobody_could_look_up_and_no_known_vulnerability(result, offline, is_released):
    assert result.verdict(offline=offline) == is_released
    said = "\n".join(result.lines())
    assert ("COULD NOT BE AUDITED" in said) == bool(result.unknown)
    assert ("VULNERABLE" in said) == bool(result.vulnerable)
    assert ("No distribution of the locks has a known vulnerability" in said) == (result == Audit())


def test_the_bill_says_who_needs_what():
    bill = {
        "metadata": {"component": {"bom-ref": "root"}},
        "components": [{"name": "rich", "bom-ref": "L1"}, {"name": "pygments", "bom-ref": "L2"}],
    }
    lock = (
        pins.Pin(name="rich", version="15", sources=("flowsep-plugin (pyproject.toml)",)),
        pins.Pin(name="pygments", version="2", sources=("rich",)),
    )
    assert dependencies(bill, lock) == [
        {"ref": "L1", "dependsOn": ["L2"]},
        {"ref": "L2", "dependsOn": []},
        {"ref": "root", "dependsOn": ["L1"]},
    ]


# -- flowsep-plugin-gpu --


def test_the_gpu_distribution_differs_in_name_runtime_and_extras_alone():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    if 'name = "flowsep-plugin-gpu"' in text:
        pytest.skip("this is the source of flowsep-plugin-gpu already")
    usual, other = tomllib.loads(text), tomllib.loads(gpu.pyproject(text))
    (runtime,) = (line for line in usual["project"]["dependencies"] if line.startswith("onnxruntime"))
    pinned = runtime.removeprefix("onnxruntime")
    assert set(other["project"]["dependencies"]) - set(usual["project"]["dependencies"]) == {f"onnxruntime-gpu{pinned}"}
    assert set(usual["project"]["dependencies"]) - set(other["project"]["dependencies"]) == {runtime}
    extras = other["project"]["optional-dependencies"]
    assert extras.pop("cuda") == [f"onnxruntime-gpu[cuda,cudnn]{pinned}"]
    assert extras.keys() == usual["project"]["optional-dependencies"].keys()
    assert not any(line.startswith("flowsep-plugin[") for lines in extras.values() for line in lines)
    assert other["project"]["name"] == "flowsep-plugin-gpu"
    for same in ("version", "license", "scripts", "gui-scripts", "urls", "requires-python"):
        assert other["project"][same] == usual["project"][same]
    assert other["tool"] == usual["tool"]


def test_a_pyproject_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="with one onnxruntime"):
        gpu.pyproject('[project]\nname = "flowsep-plugin"\n')


def test_links_to_the_tree_are_made_anew(tmp_path):
    tree = tmp_path / "tree"
    (tree / "ui").mkdir(parents=True)
    (tree / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    for _ in range(2):
        gpu.link(tree, tree / "build" / "gpu")
    assert (tree / "build" / "gpu" / "ui").resolve() == tree / "ui"
    assert 'name = "flowsep-plugin-gpu"' in (tree / "build" / "gpu" / "pyproject.toml").read_text(encoding="utf-8")
    assert 'name = "flowsep-plugin"' in (tree / "pyproject.toml").read_text(encoding="utf-8")


def test_its_locks_have_the_cuda_build_in_place_of_the_other():
    lock = [pins.Pin(name=name, version="1") for name in ("numpy", "onnxruntime", "scipy")]
    lock.append(pins.Pin(name="protobuf", version="1", sources=("onnxruntime",)))
    other = exchanged(lock, [pins.Pin(name="onnxruntime-gpu", version="1")])
    assert [pin.name for pin in other] == ["numpy", "onnxruntime-gpu", "protobuf", "scipy"]
    assert other[2].sources == ("onnxruntime-gpu",)


# -- what wheels are tried with --


def test_this_python_is_among_those_that_wheels_are_tried_with():
    assert next(on_this_machine()) == Path(sys.executable)
    assert pythons([Path(sys.executable)]) == {".".join(map(str, sys.version_info[:3])): Path(sys.executable)}


def test_pythons_that_are_too_old_broken_or_none_are_left_out(tmp_path):
    for name, line in (("python3", "exit 1"), ("python3.12", "echo 3.10.4"), ("python3.13", "echo 3.13.99")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    assert pythons([*sorted(tmp_path.iterdir()), tmp_path / "absent"]) == {"3.13.99": tmp_path / "python3.13"}


def packed(names: list[str], time: int, owner: str) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.uid = len(name), time, owner, time
            archive.addfile(member, io.BytesIO(name.encode()))
    return raw.getvalue()


def test_a_source_archive_does_not_depend_on_who_packed_it_and_when():
    one = same_bytes(packed(["p/b", "p/a"], 1_000_000_000, "alice"), 1_700_000_000)
    assert one == same_bytes(packed(["p/a", "p/b"], 1_600_000_000, "bob"), 1_700_000_000)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(one))) as archive:
        assert {member.name: archive.extractfile(member).read() for member in archive} == {"p/a": b"p/a", "p/b": b"p/b"}
