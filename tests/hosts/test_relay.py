"""Orders in files: what is asked, how far it is, and what went wrong."""

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flowsep_plugin.cli import main
from flowsep_plugin.engine.base import Request
from flowsep_plugin.errors import WorkerError
from flowsep_plugin.files import FileRequest
from flowsep_plugin.hosts.relay import OrderState, relay, state_text
from flowsep_plugin.jobs.job import Job, JobError
from flowsep_plugin.jobs.spec import JobSpec


class Bench:
    """A worker's client whose jobs go through `states`, one a look; a number is progress."""

    def __init__(self, states: Sequence[Any], result: Any = None) -> None:
        self._states, self._result, self.cancelled = list(states), result, []
        self._state: Any = "queued"

    def submit_all(self, specs: Sequence[JobSpec]) -> list[Job | JobError]:
        return [Job(f"id{n}", "queued", spec, n) for n, spec in enumerate(specs)]

    def job(self, name: str) -> Job:
        self._state = self._states.pop(0) if self._states else self._state
        if isinstance(self._state, Exception):
            raise self._state
        state = "running" if isinstance(self._state, float) else self._state
        error = JobError("EngineError", "the card is on fire") if state == "failed" else None
        return Job(name, state, SPEC, 0, error=error, result=self._result if state == "done" else None)

    def status(self) -> dict[str, Any]:
        if not isinstance(self._state, float):
            return {"progress": {}}
        return {"progress": {"id": "id0", "stage": "separate", "fraction": self._state}}

    def change(self, name: str, verb: str) -> None:
        self.cancelled.append((name, verb))


SPEC = JobSpec(Path("/a.wav"), Request(["x"]), FileRequest(Path("/out")), model="echo")
RESULT = {"stems": ["/out/a\n [x].wav"], "rest": "/out/a\t [rest].wav"}


@pytest.fixture
def order(tmp_path: Path) -> Path:
    path = tmp_path / "order [1].json"
    path.write_text(json.dumps({"jobs": [SPEC.as_json()]}))
    return path


def told(order: Path) -> list[list[str]]:
    return [line.split("\t") for line in Path(f"{order}.state").read_text("utf-8").splitlines()]


def test_what_is_written_is_told_in_words_without_breaks(order: Path) -> None:
    state = relay(order, lambda: Bench([0.5, "done"], RESULT))  # type: ignore[arg-type,return-value]
    assert state.files == [(1, "/out/a\n [x].wav"), (1, "/out/a\t [rest].wav")]
    assert told(order) == [
        ["progress", "1.0000", "separate"],
        ["file", "1", "/out/a%0A [x].wav"],
        ["file", "1", "/out/a%09 [rest].wav"],
        ["end", "done", ""],
    ]


def test_remarks_of_the_receipts_are_told_at_the_end(order: Path) -> None:
    result = {**RESULT, "record": {"notes": ["the files are 32-bit float", "and more"]}}
    assert relay(order, lambda: Bench(["done"], result)).end == "done"  # type: ignore[arg-type,return-value]
    assert told(order)[-1] == ["end", "done", "a.wav: the files are 32-bit float%0Aa.wav: and more"]


def test_a_worker_that_is_gone_is_asked_again(order: Path) -> None:
    benches = [Bench([WorkerError("gone")]), Bench(["done"], RESULT)]
    assert relay(order, lambda: benches.pop(0)).end == "done"  # type: ignore[arg-type,return-value]


def test_a_worker_that_never_comes_is_said(order: Path) -> None:
    def gone() -> Any:
        raise WorkerError("the worker did not start")

    assert relay(order, gone).message == "the worker did not start"
    assert told(order)[-1] == ["end", "failed", "the worker did not start"]


def test_a_failed_job_ends_the_order_and_cancels_the_others(order: Path) -> None:
    order.write_text(json.dumps({"jobs": [SPEC.as_json(), SPEC.as_json() | {"input": "/b.wav"}]}))
    bench = Bench(["failed", "running"])
    assert relay(order, lambda: bench).message == "the card is on fire"  # type: ignore[arg-type,return-value]
    assert bench.cancelled == [("id0", "cancel"), ("id1", "cancel")]


def test_a_cancel_file_cancels_and_leaves_nothing(order: Path) -> None:
    Path(f"{order}.cancel").touch()
    Path(f"{order}.sh").touch()
    bench = Bench(["running"])
    assert relay(order, lambda: bench).end == "cancelled"  # type: ignore[arg-type,return-value]
    assert bench.cancelled == [("id0", "cancel")]
    assert not list(order.parent.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "run the script again"), ("[]", "holds no jobs"), ('{"jobs": []}', "holds no jobs"),
     ('{"jobs": [{"input": "a"}]}', "'out'")],
)  # fmt: skip
def test_an_order_that_is_none_is_said_in_its_state_file(order: Path, text: str, message: str) -> None:
    order.write_text(text)
    with pytest.raises(SystemExit):
        main(["hosts", "relay", str(order)])
    assert told(order)[-1][:2] == ["end", "failed"]
    assert message in relay(order).message


def test_states_are_renewed_whole(order: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that holds the file, as on Windows, costs one state and never the last."""
    import os

    real, refusals = os.replace, [2]

    def replace(old: Any, new: Any) -> None:
        if refusals[0]:
            refusals[0] -= 1
            raise PermissionError(13, "held")
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    relay(order, lambda: SimpleNamespace(submit_all=lambda specs: [JobError("UsageError", "no")]))  # type: ignore[arg-type,return-value]
    assert told(order)[-1] == ["end", "failed", "no"]


def test_an_unended_state_has_no_end() -> None:
    assert state_text(OrderState(0.25, "render")) == "progress\t0.2500\trender\n"


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"jobs": 1e999}', '{"jobs": []}', '{"jobs": [[]]}'])
def test_a_damaged_order_fails_in_its_state_file(order: Path, text: str) -> None:
    order.write_text(text)
    assert relay(order, lambda: Bench([], {})).end == "failed"  # type: ignore[arg-type,return-value]
    assert told(order)[-1][:2] == ["end", "failed"]
