"""A Hub on 127.0.0.1, an empty cache, and an empty folder of models."""

import importlib
import threading

import pytest
from hub_server import FakeHub, Repository, pocket_files

from flowsep_plugin import models


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    monkeypatch.setattr(models, "models_folder", lambda: folder)
    monkeypatch.setattr("flowsep_plugin.library.models_folder", lambda: folder)
    return folder


@pytest.fixture(scope="session")
def library():
    """The library, whose connections are closed once: a new pool reads all certificates of the system."""
    library = pytest.importorskip("huggingface_hub", reason="the extra hub: pip install 'flowsep-plugin[hub]'")
    yield library
    library.close_session()


@pytest.fixture
def hub(library, tmp_path, monkeypatch, own_models):
    """The server, with the pocket bundle as org/pocket; `huggingface_hub` of this process is turned to it."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "FLOWSEP_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    constants = importlib.import_module("huggingface_hub.constants")
    server = FakeHub()
    server.repositories["org/pocket"] = Repository(pocket_files())
    monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
    address = server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(tmp_path / "stored_tokens"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the pauses between tries
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"
