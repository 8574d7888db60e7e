"""Fetching a model over a line that breaks, lies or is not there."""

import errno
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flowsep_export import install as installer
from flowsep_export.install import MODELS, Download, InstallError, PublishedModel, fetch, find, install

from flowsep_plugin.errors import BundleError, Cancelled, UsageError
from flowsep_plugin.models.provenance import read_provenance

CONTENT = bytes(range(256)) * 40
COMMIT = "0123456789abcdef" * 2 + "01234567"
POCKET = Path(__file__).parents[1] / "pocket" / "bundle"


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT as the server's `mode` says; writes down the ranges it was asked for."""

    def do_GET(self):
        server = self.server
        requested = self.headers.get("Range")
        server.requested.append(requested)
        server.paths.append(self.path)
        if server.mode == "missing":
            self.send_error(404)
            return
        if requested and int(requested.removeprefix("bytes=").removesuffix("-")) >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = (
            int(requested.removeprefix("bytes=").removesuffix("-")) if requested and server.mode != "no ranges" else 0
        )
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if "/resolve/" in self.path:
            self.send_header("X-Repo-Commit", COMMIT)
        if server.mode == "names a wrong sum":
            self.send_header("X-Linked-Etag", '"' + "0" * 64 + '"')
        self.end_headers()
        breaks = server.mode in ("breaks once", "no ranges") and len(server.requested) == 1
        self.wfile.write(body[:1000] if breaks or server.mode == "always breaks" else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.mode, server.requested, server.paths, server.content = "whole", [], [], CONTENT
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def file(server):
    url = f"http://127.0.0.1:{server.server_address[1]}/model.ckpt"
    return Download("model.ckpt", url, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def model(file):
    return PublishedModel("toy", "flowsep", "CC0-1.0", (file,))


def copy_pocket(_, __, target, ___):
    target.mkdir()
    for path in POCKET.iterdir():
        (target / path.name).write_bytes(path.read_bytes())


def test_a_file_arrives_whole(file, tmp_path):
    assert fetch(file, tmp_path).read_bytes() == CONTENT


def test_progress_ends_at_the_files_size(file, tmp_path):
    events = []
    fetch(file, tmp_path, lambda *event: events.append(event))
    assert events[-1] == ("model.ckpt", len(CONTENT), len(CONTENT))


def test_a_file_that_is_there_is_not_fetched_again(server, file, tmp_path):
    fetch(file, tmp_path)
    fetch(file, tmp_path)
    assert len(server.requested) == 1


def test_a_broken_transfer_goes_on_where_it_stopped(server, file, tmp_path):
    server.mode = "breaks once"
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert server.requested == [None, "bytes=1000-"]


def test_the_next_run_goes_on_where_this_one_stopped(server, file, tmp_path):
    (tmp_path / "model.ckpt.part").write_bytes(CONTENT[:1500])
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert server.requested == ["bytes=1500-"]


def test_a_part_that_was_whole_already_is_taken_as_it_is(server, file, tmp_path):
    (tmp_path / "model.ckpt.part").write_bytes(CONTENT)
    assert fetch(Download(file.name, file.url), tmp_path).read_bytes() == CONTENT
    assert server.requested == [f"bytes={len(CONTENT)}-"]


def test_a_part_longer_than_the_file_is_thrown_away(server, file, tmp_path):
    (tmp_path / "model.ckpt.part").write_bytes(CONTENT + b"more")
    assert fetch(Download(file.name, file.url), tmp_path).read_bytes() == CONTENT
    assert server.requested == [f"bytes={len(CONTENT) + 4}-", None]


def test_a_server_without_ranges_starts_over(server, file, tmp_path):
    server.mode = "no ranges"
    assert fetch(file, tmp_path).read_bytes() == CONTENT


def test_a_line_that_always_breaks_still_gets_there_piece_by_piece(server, file, tmp_path):
    server.mode = "always breaks"
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert len(server.requested) == len(CONTENT) // 1000 + 1


def test_a_wrong_checksum_deletes_the_file(file, tmp_path):
    wrong = Download(file.name, file.url, file.size, "f" * 64)
    with pytest.raises(InstallError, match="must be ffffffffffff"):
        fetch(wrong, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_servers_own_checksum_counts_where_none_is_pinned(server, file, tmp_path):
    server.mode = "names a wrong sum"
    with pytest.raises(InstallError, match="must be 000000000000"):
        fetch(Download(file.name, file.url), tmp_path)


def test_a_file_that_has_moved_is_said_at_once(server, file, tmp_path):
    server.mode = "missing"
    with pytest.raises(InstallError, match="404"):
        fetch(file, tmp_path)
    assert len(server.requested) == 1


def test_without_a_network_what_is_there_is_kept(tmp_path):
    (tmp_path / "model.ckpt.part").write_bytes(b"1234")
    with pytest.raises(InstallError, match="4 bytes are kept"):
        fetch(Download("model.ckpt", "http://127.0.0.1:9/model.ckpt"), tmp_path, tries=2)
    assert (tmp_path / "model.ckpt.part").read_bytes() == b"1234"


def test_a_full_disk_is_said_before_anything_is_fetched(server, file, tmp_path):
    huge = Download(file.name, file.url, 10**18, file.sha256)
    with pytest.raises(InstallError, match="free some disk space"):
        fetch(huge, tmp_path)
    assert not server.requested


def test_a_disk_that_fills_up_while_fetching_is_said_at_once(server, file, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(installer, "_transfer", full)
    with pytest.raises(InstallError, match="No space left"):
        fetch(file, tmp_path)


def test_an_installed_model_is_a_verified_bundle_and_leaves_no_checkpoint(model, tmp_path):
    folder = install(model, tmp_path, lambda _: True, convert=copy_pocket)
    assert (folder / "card.json").is_file()
    assert not list(tmp_path.rglob("*.ckpt"))


def test_nothing_is_fetched_before_size_and_licence_are_agreed_to(server, model, tmp_path):
    with pytest.raises(Cancelled):
        install(model, tmp_path, lambda requested: requested.licence != "CC0-1.0")
    assert not server.requested


def test_a_conversion_that_fails_leaves_no_bundle_but_keeps_the_checkpoint(model, tmp_path):
    def fails(*_):
        raise BundleError("not the model")

    with pytest.raises(BundleError, match="not the model"):
        install(model, tmp_path, lambda _: True, convert=fails)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["model.ckpt"]


def test_a_failed_update_leaves_the_installed_bundle_as_it_was(model, tmp_path):
    install(model, tmp_path, lambda _: True, convert=copy_pocket)

    def half(_, __, target, ___):
        target.mkdir()

    with pytest.raises(BundleError, match="not a model bundle"):
        install(model, tmp_path, lambda _: True, convert=half)
    assert (tmp_path / "toy" / "card.json").is_file()


@pytest.fixture
def of_a_branch(server):
    """Two models that need the same tokenizer of a branch, whose commit and checksum nobody wrote down."""
    address = f"http://127.0.0.1:{server.server_address[1]}/org/t5/resolve/main/tokenizer.json"
    file = Download("tokenizer.json", address)
    return [PublishedModel(name, "flowsep", "CC0-1.0", (file,)) for name in ("first", "second")]


def test_commit_and_checksum_of_a_branchs_file_are_recorded(of_a_branch, tmp_path):
    folder = install(of_a_branch[0], tmp_path, lambda _: True, convert=copy_pocket)
    origin = read_provenance(folder).files["tokenizer.json"]
    assert (origin.commit, origin.url) == (COMMIT, of_a_branch[0].files[0].url)
    assert (origin.sha256, origin.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_the_next_model_takes_the_same_commit_of_the_branch(server, of_a_branch, tmp_path):
    for model in of_a_branch:
        install(model, tmp_path, lambda _: True, convert=copy_pocket)
    assert server.paths == ["/org/t5/resolve/main/tokenizer.json", f"/org/t5/resolve/{COMMIT}/tokenizer.json"]
    assert read_provenance(tmp_path / "second").files["tokenizer.json"].commit == COMMIT


def test_files_of_the_hub_come_from_its_mirror(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_address[1]}")
    fetch(Download("tokenizer.json", "https://huggingface.co/org/t5/resolve/main/tokenizer.json"), tmp_path)
    assert server.paths == ["/org/t5/resolve/main/tokenizer.json"]


def test_another_file_under_the_same_commit_is_refused(server, of_a_branch, tmp_path):
    install(of_a_branch[0], tmp_path, lambda _: True, convert=copy_pocket)
    server.content = b"something else"
    with pytest.raises(InstallError, match=r"tokenizer\.json has sha256"):
        install(of_a_branch[1], tmp_path, lambda _: True, convert=copy_pocket)
    assert not (tmp_path / "second").exists()


def test_an_unknown_model_names_the_known_ones():
    with pytest.raises(UsageError, match="audiosep, audiosep-hive, flowsep-hive, flowsep-v2"):
        find("flowsep-v9")


@pytest.mark.parametrize("name", MODELS)
def test_every_installable_model_names_its_licence_and_secure_sources(name):
    model = MODELS[name]
    assert model.licence
    assert all(file.url.startswith("https://") for file in model.files)
    assert model.files[-1].name == "tokenizer.json"


def test_installing_needs_no_torch_before_the_conversion():
    assert "torch" not in vars(installer)
