"""A real worker process, over its API."""

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from job_makers import POCKET, RealWorker, spec, tone, wait_until

from flowsep_plugin.errors import Conflict, MediaError, NotFound, UsageError, WorkerError
from flowsep_plugin.jobs.client import stdlib_client
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import Address
from flowsep_plugin.jobs.worker.api import OPERATIONS
from flowsep_plugin.jobs.worker.auth import MOST_BYTES


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorker]:
    started_worker = RealWorker(tmp_path_factory.mktemp("home") / "worker")
    started_worker.start()
    yield started_worker
    started_worker.stop()


@pytest.fixture
def client(worker: RealWorker) -> WorkerClient:
    return worker.client()


@pytest.fixture
def address(worker: RealWorker) -> Address:
    address = worker.directory.read_address()
    assert address is not None
    return address


def ask(address: Address, path: str = "/v1/status", method: str = "GET", body: bytes = b"", **headers: str) -> int:
    host = address.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    headers = {"Host": host, "Authorization": f"Bearer {address.token}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        if value:
            connection.putheader(name, value)
    connection.endheaders(body)
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_right_call_is_let_through(address: Address) -> None:
    assert ask(address) == 200
    assert ask(address, Host=f"localhost:{address.url.rpartition(':')[2]}") == 200


@pytest.mark.parametrize(
    ("forged", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 401),
        ({"Host": "evil.example"}, 421),
        ({"Host": ""}, 400),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Length": str(MOST_BYTES + 1)}, 413),
        ({"Content_Length": "-1"}, 400),
    ],
)
def test_a_forged_call_is_refused(address: Address, forged: dict[str, str], status: int) -> None:
    assert ask(address, **forged) == status


def test_a_preflight_gets_no_permission(address: Address) -> None:
    host = address.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=30)
    connection.request("OPTIONS", "/v1/jobs", headers={"Origin": "http://evil.example"})
    answer = connection.getresponse()
    connection.close()
    assert answer.status == 403
    assert not [name for name, _ in answer.getheaders() if name.lower().startswith("access-control")]


def test_a_body_without_a_length_that_grows_too_large_is_cut_off(address: Address) -> None:
    host, port = address.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST /v1/jobs HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {address.token}\r\n"
        connection.sendall((head + "Transfer-Encoding: chunked\r\n\r\n").encode())
        piece = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
        try:
            for _ in range(6):
                connection.sendall(piece)
        except OSError:
            pass
        assert b" 413 " in connection.recv(100)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/jobs", b"{", 422),
        ("POST", "/v1/jobs", b"[1]", 422),
        ("POST", "/v1/jobs", b'{"jobs": []}', 422),
        ("POST", "/v1/jobs", b"[" * 100_000, 422),
        ("GET", "/v1/jobs/ffffffff", b"", 404),
        ("GET", "/v1/jobs/..%2f..%2fetc", b"", 404),
        ("GET", "/v1/jobs?states=lost", b"", 422),
        ("GET", "/v1/jobs?limit=-1", b"", 422),
        ("GET", "/v1/jobs?colour=red", b"", 422),
        ("PUT", "/v1/jobs", b"", 405),
        ("GET", "/etc/passwd", b"", 404),
    ],
)
def test_a_wrong_call_is_answered_with_what_is_wrong(
    address: Address, method: str, path: str, body: bytes, status: int
) -> None:
    assert ask(address, path, method, body, Content_Type="application/json") == status


def test_only_the_user_can_read_the_token(worker: RealWorker) -> None:
    assert stat.S_IMODE(worker.directory.address_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(worker.directory.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(worker.directory.database.stat().st_mode) == 0o600


def test_it_listens_on_the_loopback_only(address: Address) -> None:
    port = int(address.url.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        other.bind(("127.0.0.2", port))  # free, as it would not be beside 0.0.0.0


@pytest.mark.parametrize("where", ["/etc/hosts", "/proc/self/environ", "relative.wav", "/tmp/../etc/hosts"])
def test_a_path_outside_the_roots_is_refused(client: WorkerClient, tmp_path: Path, where: str) -> None:
    with pytest.raises(UsageError, match=r"outside the folders|not an absolute path"):
        client.submit(spec(Path(where), tmp_path / "out"))
    with pytest.raises(UsageError, match=r"outside the folders|not an absolute path"):
        client.submit(spec(tone(tmp_path / "a.wav"), Path(where)))


def test_a_link_out_of_the_roots_and_the_workers_own_folder_are_refused(
    client: WorkerClient, worker: RealWorker, tmp_path: Path
) -> None:
    (tmp_path / "way out").symlink_to("/etc")
    for out, message in ((tmp_path / "way out", "outside"), (worker.directory.cache, "worker's own folder")):
        with pytest.raises(UsageError, match=message):
            client.submit(spec(tone(tmp_path / "a.wav"), out))


def test_the_description_names_every_call_and_every_schema(client: WorkerClient) -> None:
    page = client._call("GET", "/v1/openapi.json")
    assert page["openapi"].startswith("3.1")
    calls = {(method.upper(), path) for path, methods in page["paths"].items() for method in methods}
    assert calls >= {(operation.method, operation.path) for operation in OPERATIONS}
    text = json.dumps(page)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(page["components"]["schemas"])


def test_a_job_is_told_step_by_step(client: WorkerClient, tmp_path: Path) -> None:
    job_spec = spec(tone(tmp_path / "a.wav", 2.0, rate=44_100), tmp_path / "out", model=str(POCKET), steps=8)
    client.pause()
    job = client.submit(job_spec)
    kinds: list[str] = []
    states: list[str] = []
    for kind, data in client.events(job.id):
        if not kinds:
            client.pause(False)
        kinds.append(kind)
        if kind == "job":
            states.append(data["state"])
        if kind == "heard":
            assert len(data["presence"]["values"]) == 1
        if kind == "progress":
            assert data["done"] <= data["total"]
    assert states[-2:] == ["running", "done"]
    assert {"progress", "heard", "queue"} <= set(kinds)
    assert client.submit(job_spec).state == "done"
    assert any("job " + job.id in line for line in client.log(job.id))


def test_the_queue_obeys(client: WorkerClient, tmp_path: Path) -> None:
    client.pause()
    clip = tone(tmp_path / "a.wav")
    a, b, c = (client.submit(spec(clip, tmp_path / "out", seed=seed)) for seed in range(3))
    assert client.change(c.id, "move").state == "queued"
    assert [job.id for job in client.jobs("queued")] == [c.id, a.id, b.id]
    client.change(b.id, "move", {"before": a.id})
    client.change(a.id, "pause")
    assert client.change(c.id, "cancel").state == "cancelled"
    client.forget(c.id)
    client.pause(False)
    assert client.wait(b.id).state == "done"
    assert client.job(a.id).state == "queued"
    client.change(a.id, "resume")
    assert client.wait(a.id).state == "done"
    assert client.change(a.id, "retry").state in ("queued", "running")
    client.wait(a.id)
    with pytest.raises(NotFound, match="no job has the id"):
        client.job(c.id)


def test_an_error_keeps_its_class_and_status_from_the_worker_to_the_client(
    client: WorkerClient, worker: RealWorker, tmp_path: Path
) -> None:
    job = client.submit(spec(tone(tmp_path / "a.wav"), tmp_path / "out"))
    client.wait(job.id)
    for error, call in (
        (NotFound, lambda: client.job("ffffffff")),
        (Conflict, lambda: client.change(job.id, "pause")),
        (MediaError, lambda: client.submit(spec(tmp_path / "missing.wav", tmp_path / "out"))),
    ):
        with pytest.raises(error) as raised:
            call()
        assert type(raised.value) is error
    assert ask(worker.directory.read_address(), f"/v1/jobs/{job.id}/pause", "POST") == Conflict.http_status


def test_one_bad_job_of_many_does_not_keep_the_others(client: WorkerClient, tmp_path: Path) -> None:
    good, missing, outside = client.submit_all(
        [
            spec(tone(tmp_path / "a.wav"), tmp_path / "out"),
            spec(tmp_path / "missing.wav", tmp_path / "out"),
            spec(tone(tmp_path / "b.wav"), Path("/etc/out")),
        ]
    )
    assert [type(answer).__name__ for answer in (good, missing, outside)] == ["Job", "JobError", "JobError"]


def test_two_clients_that_ask_for_the_same_share_the_work(client: WorkerClient, tmp_path: Path) -> None:
    specs = [spec(tone(tmp_path / f"{seed}.wav", seed=seed), tmp_path / "out") for seed in range(8)]
    ids: list[list[str]] = []

    def ask_for_all() -> None:
        ids.append([client.submit(one).id for one in specs])

    threads = [threading.Thread(target=ask_for_all) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids[0] == ids[1]
    for name in ids[0]:
        assert client.wait(name).state == "done"
    assert len(list((tmp_path / "out").iterdir())) == 3 * 8


def test_a_bare_python_can_use_the_copied_client(worker: RealWorker, tmp_path: Path) -> None:
    (tmp_path / "stdlib_client.py").write_text(Path(stdlib_client.__file__).read_text())
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from stdlib_client import Refused, Worker\n"
        "worker = Worker.running()\n"
        "job = worker.submit(input=sys.argv[2], out=sys.argv[1] + '/out', model='echo', request={'queries': ['dog']})\n"
        "kinds = [kind for kind, data in worker.events(job['id'])]\n"
        "try: worker.job('nowhere')\n"
        "except Refused as error: print(error.status, worker.job(job['id'])['state'])\n"
    )
    command = [sys.executable, "-I", "-S", "-c", script, str(tmp_path), str(tone(tmp_path / "a.wav"))]
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(worker.directory.folder)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "404 done", ran.stderr


def test_the_bare_client_looks_where_the_worker_writes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from flowsep_plugin.jobs.directory import HOME_VARIABLE, WorkerDirectory

    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    assert stdlib_client.address_file() == str(WorkerDirectory.default().address_file)
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    assert stdlib_client.address_file() == str(WorkerDirectory.default().address_file)


def test_a_second_worker_does_not_start(worker: RealWorker) -> None:
    second = RealWorker(worker.directory.folder)
    environment = {**os.environ, "FLOWSEP_WORKER_HOME": str(second.directory.folder)}
    ran = subprocess.run(
        [sys.executable, "-m", "flowsep_plugin.jobs.worker"], env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == WorkerError.exit_code
    assert "a worker runs already" in ran.stderr
    assert worker.client().status()["counts"] is not None


def test_a_thousand_jobs_can_wait(client: WorkerClient, tmp_path: Path) -> None:
    client.pause()
    try:
        job_spec = spec(tone(tmp_path / "a.wav"), tmp_path / "out")
        specs = [replace(job_spec, request=replace(job_spec.request, seed=seed)) for seed in range(1000)]
        jobs = client.submit_all(specs)
        assert [job.id for job in client.jobs("queued")] == [job.id for job in jobs]  # type: ignore[union-attr]
        assert client.status()["counts"]["queued"] == 1000
        client.cancel_all()
        wait_until(lambda: client.jobs("queued", "running") == [])
    finally:
        client.pause(False)
