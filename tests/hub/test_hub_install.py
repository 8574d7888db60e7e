"""Installing a bundle of the Hub: what is asked, what is fetched, what is left when something goes wrong."""

import json
import os
import shutil

import pytest
from hub_server import TOKEN, Repository, pocket_files

from flowsep_plugin import Separator
from flowsep_plugin import hub as api
from flowsep_plugin.errors import BundleError, Cancelled, UsageError
from flowsep_plugin.hub import HubClient, HubError, HubReference, install_model, look_up
from flowsep_plugin.library import shelf
from flowsep_plugin.models import find_model
from flowsep_plugin.models.provenance import read_provenance


def rest(folder):
    """Names in the folder of models, but for the models."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")] if folder.exists() else []


def test_an_installed_bundle_separates(hub, own_models, noise_clip):
    folder = install_model("org/pocket")
    assert folder == own_models / "pocket"
    with Separator.open("pocket", "cpu") as separator:
        assert separator.separate(noise_clip(1.0), ["rain"])["rain"].frames == 48_000


def test_only_files_of_the_card_are_fetched(hub, own_models):
    hub.repositories["org/pocket"].files |= {"pytorch_model.bin": b"pickle", "setup.py": b"import os"}
    folder = install_model("org/pocket")
    fetched = {name for name, _ in hub.downloads()}
    card = json.loads((folder / "card.json").read_text())
    assert fetched == {"card.json", *card["files"], *(graph["file"] for graph in card["graphs"].values())}
    assert {path.name for path in folder.iterdir()} == fetched | {"provenance.json"}


def test_repository_and_commit_are_recorded(hub):
    record = read_provenance(install_model("org/pocket"))
    assert (record.repository, record.revision, record.licence) == ("org/pocket", "main", "cc-by-4.0")
    assert record.commit == hub.repositories["org/pocket"].commit
    assert record.endpoint == hub.endpoint
    assert len(record.files["velocity.onnx"].sha256) == 64


def test_a_model_is_opened_by_its_repository_once_it_is_installed(hub):
    with pytest.raises(BundleError, match="flowsep models install org/pocket"):
        Separator.open("org/pocket")
    assert not hub.requests
    install_model("org/pocket")
    hub.requests.clear()
    Separator.open("org/pocket", "cpu").close()
    assert not hub.requests


def test_size_and_licence_are_agreed_to_before_the_graphs_are_fetched(hub, own_models):
    bundles = []
    with pytest.raises(Cancelled, match="only its description was read"):
        install_model("org/pocket", agree=lambda bundle: bool(bundles.append(bundle)))
    (bundle,) = bundles
    assert bundle.size == sum(len(data) for name, data in pocket_files().items() if name != "README.md")
    assert bundle.licences == f"{bundle.card.licence}; the page says cc-by-4.0"
    assert {name for name, _ in hub.downloads()} == {"card.json"}
    assert not own_models.exists()


def test_installing_again_fetches_nothing(hub):
    first = install_model("org/pocket")
    hub.requests.clear()
    assert install_model("org/pocket", agree=lambda _: pytest.fail("asked again")) == first
    assert not hub.downloads()


def test_a_pinned_commit_that_is_installed_needs_no_network(hub):
    first = install_model("org/pocket")
    hub.requests.clear()
    assert install_model(f"org/pocket@{hub.repositories['org/pocket'].commit}") == first
    assert not hub.requests


def test_a_damaged_model_is_repaired_from_the_cache(hub):
    folder = install_model("org/pocket")
    (folder / "decode.onnx").write_bytes(b"damaged")
    hub.requests.clear()
    install_model("org/pocket")
    assert not hub.downloads(".onnx")
    assert (folder / "decode.onnx").read_bytes() == pocket_files()["decode.onnx"]


def test_a_damaged_file_of_the_cache_is_fetched_again(hub, cache):
    first = install_model("org/pocket")
    shutil.rmtree(first)
    (blob,) = [path.resolve() for path in cache.rglob("snapshots/*/decode.onnx")]
    os.chmod(blob, 0o600)
    blob.write_bytes(b"damaged")
    hub.requests.clear()
    install_model("org/pocket")
    assert {name for name, _ in hub.downloads(".onnx")} == {"decode.onnx"}


def test_a_new_commit_replaces_the_old_one(hub):
    install_model("org/pocket")
    files = hub.repositories["org/pocket"].files
    card = json.loads(files["card.json"])
    files["card.json"] = json.dumps({**card, "version": "9.9.9"}).encode()
    folder = install_model("org/pocket")
    assert json.loads((folder / "card.json").read_text())["version"] == "9.9.9"


def test_a_bundle_in_a_folder_is_located(hub):
    hub.repositories["org/zoo"] = Repository(pocket_files("small/"))
    folder = install_model("org/zoo")
    assert read_provenance(folder).folder == "small"


def test_a_model_from_a_folder_is_opened_by_its_repository(hub):
    hub.repositories["org/zoo"] = Repository(pocket_files("small/"))
    folder = install_model("org/zoo")
    assert find_model("org/zoo") == folder
    hub.requests.clear()
    assert install_model(f"org/zoo@{hub.repositories['org/zoo'].commit}") == folder
    assert not hub.requests


def test_a_model_under_another_name_is_updated_there(hub, own_models):
    first = install_model("org/pocket", name="mine")
    hub.repositories["org/pocket"].files["README.md"] = b"newer"
    assert install_model("org/pocket") == first
    assert read_provenance(first).commit == hub.repositories["org/pocket"].commit
    assert [path.name for path in own_models.iterdir()] == ["mine"]


def test_of_several_bundles_one_has_to_be_named(hub):
    hub.repositories["org/zoo"] = Repository(pocket_files("a/") | pocket_files("b/"))
    with pytest.raises(HubError, match="name one of org/zoo/a, org/zoo/b"):
        install_model("org/zoo")
    assert read_provenance(install_model("org/zoo/b")).folder == "b"


def test_a_repository_that_is_no_bundle_says_what_it_lacks(hub):
    hub.repositories["org/torch"] = Repository({"model.ckpt": b"x", "README.md": b""})
    with pytest.raises(HubError, match=r"card.json and the ONNX graphs .* holds weights \(model.ckpt\)"):
        install_model("org/torch")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"../evil.txt": "0" * 64}, "outside the bundle"),
        ({"weights.pkl": "0" * 64}, "only .* files are fetched"),
        ({"missing.txt": "0" * 64}, "which the repository lacks"),
    ],
)
def test_a_card_that_names_other_files_is_refused(hub, own_models, change, reason):
    files = hub.repositories["org/pocket"].files
    card = json.loads(files["card.json"])
    files["card.json"] = json.dumps({**card, "files": {**card["files"], **change}}).encode()
    files["weights.pkl"] = b"pickle"
    with pytest.raises(HubError, match=reason):
        install_model("org/pocket")
    assert not hub.downloads(".pkl")
    assert not rest(own_models)


def test_a_checksum_that_the_server_denies_is_noticed_before_the_download(hub):
    hub.repositories["org/pocket"].lies["decode.onnx"] = "0" * 64
    with pytest.raises(HubError, match=r"decode\.onnx has sha256 000000000000"):
        install_model("org/pocket")
    assert not hub.downloads(".onnx")


def test_a_file_that_is_not_the_cards_leaves_nothing(hub, own_models):
    files = hub.repositories["org/pocket"].files
    files["vocab.txt"] = b"other words"
    with pytest.raises(HubError, match=r"vocab.txt has sha256 .*, the card says"):
        install_model("org/pocket")
    assert not own_models.exists() or not list(own_models.iterdir())


def test_a_broken_connection_is_resumed(hub, monkeypatch):
    monkeypatch.setattr("flowsep_plugin.hub.client._CHUNK_BYTES", 1000)
    hub.breaks = 2
    install_model("org/pocket")
    ranges = [part for _, part in hub.downloads(".onnx") if part]
    assert ranges[0] == "bytes=1000-"


def test_a_connection_that_is_reset_begins_its_file_again(hub):
    hub.resets, events = 2, []
    install_model("org/pocket", report=events.append)
    assert events[-1].have == events[-1].total


def test_a_connection_that_stays_broken_leaves_nothing_half_there(hub, own_models, cache):
    hub.breaks, hub.cut = 10_000, 0
    with pytest.raises(HubError, match="check the network"):
        install_model("org/pocket")
    assert not own_models.exists() or not list(own_models.iterdir())
    assert not list(cache.rglob("*.incomplete"))
    hub.breaks = 0
    install_model("org/pocket")


def test_a_stopped_download_leaves_nothing_and_goes_on_with_the_rest(hub, own_models, cache):
    def stop(progress):
        if progress.file == "velocity.onnx":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        install_model("org/pocket", report=stop)
    assert not own_models.exists() or not list(own_models.iterdir())
    assert not list(cache.rglob("*.incomplete"))
    before = {name for name, _ in hub.downloads()}
    hub.requests.clear()
    install_model("org/pocket")
    assert not ({name for name, _ in hub.downloads()} & before) - {"velocity.onnx"}


def test_progress_ends_at_all_bytes(hub):
    events = []
    install_model("org/pocket", report=events.append)
    assert events[-1].have == events[-1].total
    assert [event.have for event in events] == sorted(event.have for event in events)


def test_a_private_repository_needs_a_login(hub, monkeypatch):
    hub.repositories["org/pocket"].private = True
    with pytest.raises(HubError, match=r"there is no repository org/pocket .*HF_TOKEN"):
        install_model("org/pocket")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert install_model("org/pocket").is_dir()


def test_a_gated_repository_says_how_to_get_in(hub, monkeypatch):
    hub.repositories["org/pocket"].gated = True
    with pytest.raises(HubError, match=rf"gated: ask for access on {hub.endpoint}/org/pocket.*hf auth login"):
        install_model("org/pocket")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert install_model("org/pocket").is_dir()


def test_a_wrong_token_is_said(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(HubError, match="does not accept your token"):
        install_model("org/pocket")


def test_a_misspelt_repository_suggests_the_right_one(hub):
    with pytest.raises(HubError, match="did you mean 'org/pocket'"):
        install_model("org/pockets")


def test_an_unknown_revision_is_named(hub):
    with pytest.raises(HubError, match="org/pocket@v9 has no such branch"):
        install_model("org/pocket@v9")


def test_a_server_in_trouble_is_said(hub):
    hub.status = 500
    with pytest.raises(HubError, match="answers 500"):
        install_model("org/pocket")


def test_offline_a_model_comes_from_the_cache(hub, own_models):
    shutil.rmtree(install_model("org/pocket"))
    hub.requests.clear()
    assert install_model("org/pocket", offline=True).is_dir()
    assert not hub.requests


@pytest.mark.parametrize("variable", ["FLOWSEP_OFFLINE", "offline=True"])
def test_offline_an_unknown_model_is_not_asked_for(hub, monkeypatch, variable):
    if variable == "FLOWSEP_OFFLINE":
        monkeypatch.setenv(variable, "1")
    with pytest.raises(HubError, match="flowsep is offline"):
        install_model("org/pocket", offline=variable == "offline=True")
    assert not hub.requests


def test_a_full_disk_is_noticed_before_the_download(hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(HubError, match="free some space"):
        install_model("org/pocket", agree=lambda _: pytest.fail("asked"))


def test_the_built_in_model_is_not_hidden_by_accident(hub):
    files = hub.repositories["org/pocket"].files
    files["card.json"] = json.dumps({**json.loads(files["card.json"]), "name": "flowsep-base"}).encode()
    with pytest.raises(UsageError, match="comes with flowsep"):
        install_model("org/pocket")
    assert install_model("org/pocket", name="mine").name == "mine"


def test_a_model_of_another_repository_is_not_replaced_by_accident(hub):
    hub.repositories["other/pocket"] = Repository(pocket_files())
    install_model("org/pocket")
    with pytest.raises(UsageError, match="from org/pocket"):
        install_model("other/pocket")
    assert read_provenance(install_model("other/pocket", replace=True)).repository == "other/pocket"


def test_no_request_tells_more_than_name_and_version(hub):
    install_model("org/pocket")
    agents = {headers.get("user-agent") for _, _, headers in hub.requests}
    assert {agent.partition("/")[0] for agent in agents} == {"flowsep-plugin"}
    assert not [path for _, path, _ in hub.requests if "telemetry" in path or "harness" in path]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"repository": 3}', b'{"repository": "org/pocket", "files": {"a": 1}}']
)
def test_a_damaged_provenance_is_none(hub, content):
    folder = install_model("org/pocket")
    (folder / "provenance.json").write_bytes(content)
    assert read_provenance(folder) is None
    assert find_model("pocket") == folder
    assert read_provenance(install_model("org/pocket", replace=True)).repository == "org/pocket"


def test_an_installed_model_is_on_the_shelf(hub):
    install_model("org/pocket")
    assert "pocket" in [model.name for model in shelf()]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("org/name", ("org/name", "", "main")),
        ("org/name@v1.0", ("org/name", "", "v1.0")),
        ("org/name/a/b@main", ("org/name", "a/b", "main")),
        ("https://huggingface.co/org/name/", ("org/name", "", "main")),
        ("hf://org/name", ("org/name", "", "main")),
    ],
)
def test_references_are_read(text, parts):
    reference = HubReference.parse(text)
    assert (reference.repository, reference.folder, reference.revision) == parts


@pytest.mark.parametrize(
    "text", ["name", "org/../name", "org/name/../x", "org/name@../x", "", "/x", "org/na me", "a/b@"]
)
def test_other_texts_are_no_references(text):
    with pytest.raises(UsageError, match="write org/name"):
        HubReference.parse(text)


def test_a_search_lists_licence_and_size(hub):
    hub.repositories["org/other"] = Repository({"x": b""}, tags=("diffusers",))
    (hit,) = api.search_models("")
    assert (hit.repository, hit.licence, hit.is_gated) == ("org/pocket", "cc-by-4.0", False)
    assert hit.size == sum(map(len, pocket_files().values()))


def test_looking_up_names_every_file_with_its_size(hub):
    bundle = look_up(HubReference.parse("org/pocket"), HubClient())
    assert bundle.sizes["vocab.txt"] == len(pocket_files()["vocab.txt"])
    assert bundle.reference.is_pinned
