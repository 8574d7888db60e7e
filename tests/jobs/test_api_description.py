"""The OpenAPI description is true: schemathesis calls a worker by it, with the token and without, and checks answers.

Bounded: some 300 calls. More: FLOWSEP_API_EXAMPLES=50 pytest tests/jobs/test_api_description.py
"""

import http.client
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_makers import RealWorker, spec, tone

from flowsep_plugin.jobs.directory import Address
from flowsep_plugin.jobs.worker.openapi import STATUSES, description

EXAMPLES = os.environ.get("FLOWSEP_API_EXAMPLES", "2")
HERE = str(Path(__file__).parent)
FEWER = [part for path in ("/v1/jobs/{id}", "/v1/jobs/{id}/move", "/v1/status") for part in ("--include-path", path)]
"""Paths that are called without the token: what refuses them is the same for all."""

ENDLESS = ("/v1/shutdown", "/v1/events")
"""Paths that end the worker, or do not end themselves."""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path_factory.mktemp("home") / "worker")
    started_worker.start().pause()
    yield started_worker
    started_worker.stop()


@pytest.mark.parametrize("has_token", [True, False])
@pytest.mark.skipif(
    importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed; it is in the extra dev"
)
def test_answers_are_as_described(worker: RealWorker, tmp_path: Path, has_token: bool) -> None:
    address = worker.directory.read_address()
    assert address is not None
    job = worker.client().submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out"))
    (tmp_path / "openapi.json").write_text(json.dumps(description()))
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\n"path.id" = "{job.id}"\n')
    ran = subprocess.run(
        [*arguments(address), *(["-H", f"Authorization: Bearer {address.token}"] if has_token else FEWER)],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "SCHEMATHESIS_HOOKS": "description_hooks",
             "PYTHONPATH": os.pathsep.join([HERE, *filter(None, [os.environ.get("PYTHONPATH")])]),
             "FLOWSEP_TEST_CLIP": str(job.spec.input), "FLOWSEP_TEST_OUT": str(tmp_path / "out")},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert worker.client().status()["paused"] in (True, False)


def arguments(address: Address) -> list[str]:
    """The command line of schemathesis, the same cases every time."""
    program = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
    excluded = [part for path in ENDLESS for part in ("--exclude-path", path)]
    return [
        sys.executable, "-c", program, "run", "openapi.json", "--url", address.url, "--checks", "all", "--seed", "1",
        "--max-examples", EXAMPLES, "--phases", "coverage,fuzzing", "--generation-database", "none",
        "--request-timeout", "30", "--suppress-health-check", "all", "--no-color", *excluded,
    ]  # fmt: skip


def test_every_call_says_with_which_statuses_it_answers() -> None:
    for path, calls in description()["paths"].items():
        for method, call in calls.items():
            answers = call["responses"]
            assert set(answers) - {"200"} <= {str(status) for status in STATUSES}
            assert {"401", "403", "405", "413", "421", "422", "500", "503"} <= set(answers)
            assert ("404" in answers) == ("{id}" in path)
            assert ("507" in answers) == (method != "get")
            for status in set(answers) - {"200"}:
                schema = answers[status]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}


@pytest.mark.parametrize("path", ENDLESS)
def test_the_calls_that_are_left_out_above_refuse_as_described(worker: RealWorker, path: str) -> None:
    address = worker.directory.read_address()
    assert address is not None
    connection = http.client.HTTPConnection(address.url.removeprefix("http://"), timeout=30)
    for method, headers, status in (("GET", {}, 401), ("PUT", {"Authorization": f"Bearer {address.token}"}, 405)):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert (answer.status, set(content)) == (status, {"error"})
    connection.close()
