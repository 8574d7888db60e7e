"""`flowsep models`: bundles are added, listed, verified and removed."""

import json
import shutil


def test_an_added_model_is_listed(flowsep, own_models, pocket):
    flowsep("models", "add", pocket)
    models = json.loads(flowsep("models", "list", "--json").out)
    assert ("pocket", "1.0.0") in [(row["name"], row["version"]) for row in models]


def test_an_added_model_is_found_by_its_name(flowsep, own_models, pocket, song):
    flowsep("models", "add", pocket)
    assert flowsep("separate", song, "-q", "rain", "--model", "pocket", "--quiet").code == 0


def test_a_model_is_not_added_twice(flowsep, own_models, pocket):
    flowsep("models", "add", pocket)
    outcome = flowsep("models", "add", pocket)
    assert (outcome.code, "--replace" in outcome.err) == (2, True)


def test_replace_installs_the_new_bundle(flowsep, own_models, pocket):
    flowsep("models", "add", pocket)
    (own_models / "pocket" / "velocity.onnx").unlink()
    flowsep("models", "add", pocket, "--replace")
    assert flowsep("models", "verify", "pocket").code == 0


def test_a_damaged_model_is_not_added(flowsep, own_models, pocket, tmp_path):
    bundle = shutil.copytree(pocket, tmp_path / "bundle")
    (bundle / "decode.onnx").write_bytes(b"no")
    outcome = flowsep("models", "add", bundle)
    assert (outcome.code, "decode.onnx is damaged" in outcome.err, own_models.exists()) == (3, True, False)


def test_only_files_named_in_the_card_are_copied(flowsep, own_models, pocket, tmp_path):
    bundle = shutil.copytree(pocket, tmp_path / "bundle")
    (bundle / "holiday.jpg").write_bytes(b"sun")
    flowsep("models", "add", bundle)
    assert not (own_models / "pocket" / "holiday.jpg").exists()


def test_a_model_name_with_a_path_is_refused(flowsep, own_models, pocket, tmp_path):
    bundle = shutil.copytree(pocket, tmp_path / "bundle")
    card = bundle / "card.json"
    card.write_text(card.read_text().replace('"name": "pocket"', '"name": "../pocket"'))
    assert flowsep("models", "add", bundle).code == 2


def test_remove_deletes_the_model(flowsep, own_models, pocket):
    flowsep("models", "add", pocket)
    flowsep("models", "remove", "pocket", "--yes")
    assert not (own_models / "pocket").exists()


def test_remove_without_confirmation_removes_nothing(flowsep, own_models, pocket):
    flowsep("models", "add", pocket)
    outcome = flowsep("models", "remove", "pocket")
    assert (outcome.code, (own_models / "pocket").exists()) == (2, True)


def test_removing_an_unknown_model_ends_with_2(flowsep, own_models):
    assert flowsep("models", "remove", "nope", "--yes").code == 2


def test_echo_cannot_be_removed(flowsep, own_models):
    outcome = flowsep("models", "remove", "echo", "--yes")
    assert (outcome.code, "comes with flowsep" in outcome.err) == (2, True)


def test_verify_accepts_an_intact_model(flowsep, pocket):
    outcome = flowsep("models", "verify", pocket)
    assert (outcome.code, "valid" in outcome.out) == (0, True)


def test_verify_finds_a_flipped_byte(flowsep, pocket, tmp_path):
    bundle = shutil.copytree(pocket, tmp_path / "bundle")
    data = bytearray((bundle / "encode.onnx").read_bytes())
    data[100] ^= 1
    (bundle / "encode.onnx").write_bytes(data)
    outcome = flowsep("models", "verify", bundle)
    assert (outcome.code, "encode.onnx is damaged" in outcome.err) == (3, True)


def test_all_installed_models_are_verified_even_if_one_is_damaged(flowsep, own_models, pocket, single):
    flowsep("models", "add", pocket)
    flowsep("models", "add", single)
    (own_models / "pocket" / "encode.onnx").unlink()
    outcome = flowsep("models", "verify")
    assert (outcome.code, "pocket-single" in outcome.out) == (3, True)


def test_info_shows_licence_and_modes(flowsep, pocket):
    facts = json.loads(flowsep("models", "info", pocket, "--json").out)
    assert (facts["licence"], facts["modes"]) == ("CC0-1.0", ["mask", "generated", "hybrid"])


def test_info_on_echo_needs_no_files(flowsep):
    assert "the stem is the clip" in flowsep("models", "info", "echo").out


def test_info_on_an_unknown_model_ends_with_3(flowsep):
    assert flowsep("models", "info", "nope").code == 3


def test_a_damaged_card_is_listed_with_its_error(flowsep, own_models, pocket):
    flowsep("models", "add", pocket)
    (own_models / "pocket" / "card.json").write_text("{")
    outcome = flowsep("models", "list")
    assert (outcome.code, "cannot be read" in outcome.out) == (0, True)
