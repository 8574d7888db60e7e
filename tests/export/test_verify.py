"""Writing a bundle, verifying it, and the command line over both."""

import json
import shutil
from pathlib import Path

import pytest
from flowsep_export import audiosep, cli
from flowsep_export.bundle import write_bundle
from flowsep_export.flowsep import published as flowsep
from flowsep_export.verify import verify
from typer.testing import CliRunner

from flowsep_plugin.engine.families import parse_card
from flowsep_plugin.errors import BundleError

POCKET = Path(__file__).parents[1] / "pocket"


@pytest.fixture
def bundle(tmp_path):
    return shutil.copytree(POCKET / "bundle", tmp_path / "bundle")


def change_card(folder, change):
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    change(card)
    path.write_text(json.dumps(card), encoding="utf-8")


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments])


@pytest.mark.parametrize("name", ["bundle", "single"])
def test_a_whole_bundle_is_whole(name):
    assert len(list(verify(POCKET / name))) > 8


def test_one_changed_byte_is_found(bundle):
    path = bundle / "decode.onnx"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BundleError, match=r"decode\.onnx is damaged: sha256"):
        list(verify(bundle))


def test_a_missing_file_is_named(bundle):
    (bundle / "vocab.txt").unlink()
    with pytest.raises(BundleError, match=r"vocab\.txt is missing"):
        list(verify(bundle))


def test_a_card_that_says_other_sizes_than_its_graphs_is_refused(bundle):
    change_card(bundle, lambda card: card["flow"].update(generations=1))
    with pytest.raises(BundleError, match="'latent'"):
        list(verify(bundle))


def test_a_card_without_a_needed_graph_is_refused(bundle):
    change_card(bundle, lambda card: card["graphs"].pop("velocity"))
    with pytest.raises(BundleError, match="has no velocity graph"):
        list(verify(bundle))


def test_a_bundle_without_a_vocoder_is_whole(bundle):
    change_card(bundle, lambda card: card["graphs"].pop("vocoder"))
    assert not [line for line in verify(bundle) if line.startswith("vocoder")]


@pytest.mark.parametrize("content", ["", "[]", '{"format": 99}'])
def test_a_card_that_is_none_is_refused(bundle, content):
    (bundle / "card.json").write_text(content)
    with pytest.raises(BundleError, match=r"card\.json"):
        list(verify(bundle))


def test_a_folder_that_is_no_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="not a model bundle"):
        list(verify(tmp_path))


def test_a_written_bundle_verifies(tmp_path):
    card = json.loads((POCKET / "single" / "card.json").read_text(encoding="utf-8"))
    graphs = {name: POCKET / "single" / entry["file"] for name, entry in card.pop("graphs").items()}
    for key in ("format", "files"):
        card.pop(key)
    write_bundle(tmp_path / "new", card, graphs, [POCKET / "single" / "vocab.txt"])
    assert list(verify(tmp_path / "new"))
    assert (tmp_path / "new" / "card.json").read_bytes() == (POCKET / "single" / "card.json").read_bytes()


@pytest.mark.parametrize(("change", "entry"), [({"family": "other"}, "family"), ({"mel": None}, "mel")])
def test_a_card_that_lacks_what_its_family_needs_is_not_written(tmp_path, change, entry):
    card = {**flowsep.card("x", "1", 1.0, "here"), **change}
    card = {key: value for key, value in card.items() if value is not None}
    with pytest.raises(BundleError, match=entry):
        write_bundle(tmp_path / "new", card, {})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "card",
    [flowsep.card("flowsep-v2", "1.0.0", 0.9, "here"), audiosep.card("audiosep", "1.0.0", "here")],
    ids=["flowsep", "audiosep"],
)
def test_the_published_models_cards_are_what_the_run_time_reads(card):
    parsed = parse_card({"format": 1, **card, "graphs": {}, "files": {}})
    assert parsed.family == card["family"]
    assert parsed.window_frames % parsed.column_frames == 0


def test_the_command_says_that_a_bundle_is_whole():
    result = run("verify", POCKET / "bundle")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "the bundle is whole"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["verify", "nowhere"], 3, "no such model folder"),
        (["parity", "flowsep", "--reference", "nowhere", "--stage", "vae"], 3, "the reference folder must hold"),
        (["parity", "audiosep", "--reference", "nowhere", "--stage", "brass"], 2, "audiosep has no stage brass"),
        (["flowsep", "--checkpoint", "x.ckpt", "--tokenizer", "nowhere", "-o", "out"], 3, "no tokenizer.json"),
        (["audiosep", "--checkpoint", "x.ckpt", "--tokenizer", "nowhere", "-o", "out"], 3, "x.ckpt does not exist"),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(arguments, code, message, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["flowsep-export", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_parity_ends_with_the_worst_stage_and_fails_where_one_does_not_hold(monkeypatch):
    from flowsep_export.reference import Check, ParityStage
    from flowsep_export.reference import engine as reference_engine

    checks = [Check("near", "torch", 1e-7, 1e-5), Check("far", "ort", 2e-5, 1e-5)]
    monkeypatch.setattr(reference_engine, "AUDIOSEP", {"toy": ParityStage((), lambda _: iter(checks))})
    result = run("parity", "audiosep", "--reference", "anywhere")
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("1 of 2 hold; worst: far")


def test_a_tokenizer_for_audiosep_is_built_from_its_two_files(tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "d", "o", "g", "do", "dog", "Ġ"]
    (tmp_path / "vocab.json").write_text(json.dumps({piece: i for i, piece in enumerate(pieces)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\nd o\ndo g\n")
    (tmp_path / "out").mkdir()
    path = audiosep.tokenizer_file(tmp_path, tmp_path / "out")
    assert tokenizers.Tokenizer.from_file(str(path)).encode("dog").ids == [0, 8, 2]
