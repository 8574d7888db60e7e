"""The fuzzer notices what it is there for: each bad reader of `planted` is reported as what it is, and it goes on."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import planted
import pytest
from fuzzing.case import Outcome
from fuzzing.harness import case_files, load
from fuzzing.harnesses import every_harness
from fuzzing.mutators import mutate
from fuzzing.report import ReaderReport, table
from fuzzing.runner import BrokenReader, ReaderRun


def run_of(name: str, folder: Path, kept: Path | None = None) -> ReaderRun:
    return ReaderRun(f"planted:{name}", load(f"planted:{name}"), 1, folder / "run", kept)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    """Two cases of every planted reader. Most of their time is waiting, so they run side by side."""
    folder = tmp_path_factory.mktemp("planted")
    with ThreadPoolExecutor(6) as pool:
        runs = {name: pool.submit(list, run_of(name, folder / name).outcomes(range(2))) for name in planted.READERS}
        return {name: run.result() for name, run in runs.items()}


@pytest.mark.parametrize("name", planted.READERS)
def test_a_bad_reader_is_reported_as_what_it_is_and_the_next_case_runs(
    name: str, outcomes: dict[str, list[Outcome]]
) -> None:
    assert [(outcome.case, outcome.kind) for outcome in outcomes[name]] == [
        (case, planted.READERS[name][1]) for case in range(2)
    ]


def test_a_reader_that_refuses_its_seeds_is_not_counted_as_safe(tmp_path: Path) -> None:
    with pytest.raises(BrokenReader, match="refuses all: whole: refused MediaError: damaged"):
        list(run_of("refuses all", tmp_path).outcomes(range(1)))


def test_the_input_of_a_failing_case_is_kept_and_can_be_made_again(tmp_path: Path) -> None:
    (outcome,) = run_of("uncaught", tmp_path, tmp_path / "kept").outcomes([7])
    kept = tmp_path / "kept" / "uncaught-1-7"
    harness = load("planted:uncaught")
    assert (kept / "input" / "a.bin").read_bytes() == case_files(harness, harness.seeds(tmp_path), 1, 7)["a.bin"]
    assert json.loads((kept / "report.json").read_text())["detail"] == outcome.detail == "KeyError: 'a'"


def test_the_table_names_reader_kind_place_and_case(tmp_path: Path) -> None:
    report = ReaderReport("uncaught")
    for outcome in run_of("uncaught", tmp_path).outcomes(range(3)):
        report.add(outcome)
    assert report.failed
    assert "| uncaught | 3 | 0 | 0 | 3 |" in table([report])
    assert "uncaught: 3 x uncaught KeyError at planted.py" in table([report])


def test_a_case_is_the_same_each_time() -> None:
    for name, data in (
        ("a.json", b'{"a": [1, 2, {"b": "c"}]}'),
        ("a.csv", b"a,b\n1,2\n"),
        ("a.bin", bytes(range(200))),
    ):
        once, again = ([mutate(name, data, random.Random(number)) for number in range(50)] for _ in range(2))
        assert once == again
        assert sum(one != data for one in once) > 40


@pytest.mark.parametrize("where", every_harness())
def test_every_harness_has_a_name_of_its_own_that_a_command_line_can_hold(where: str) -> None:
    names = [harness.name for harness in every_harness().values()]
    assert names.count(load(where).name) == 1
    assert "," not in where
