"""Reference arrays: any folder, any salt, and a plain word where something is missing."""

import numpy as np
import pytest
import torch
from flowsep_export import cli
from flowsep_export.reference import ReferenceArrays, number_tokenizer, numbered
from flowsep_export.reference.audiosep import AudiosepReference, spectrum
from flowsep_export.reference.engine import AUDIOSEP, FLOWSEP
from flowsep_export.reference.flowsep import FlowsepReference
from flowsep_export.rules import audiosep_tensor, flowsep_tensor
from tokenizers import Tokenizer
from typer.testing import CliRunner

from flowsep_plugin.errors import BundleError, UsageError

WAVES = ("L9920", "L40123", "L1025", "L6400zero")


def parity(*arguments):
    return CliRunner().invoke(cli.app, ["parity", *map(str, arguments)])


def write_stft(folder, salt, wrong=0.0):
    """AudioSep's front end for a salt, from torch's STFT; `wrong` is added to every number."""
    folder.mkdir(exist_ok=True)
    with AudiosepReference(folder, salt) as ref:
        spectra = {name: spectrum(ref.wave(name)).T[::3, ::8] + wrong for name in WAVES}
        arrays = {f"{name}_{part}_s3x8": getattr(x, axis) for name, x in spectra.items() for part, axis in PARTS}
        np.savez(ref.path("stft"), **{name: np.asarray(array) for name, array in arrays.items()})


PARTS = (("re", "real"), ("im", "imag"))


@pytest.mark.parametrize("salt", ["A", "", "Ü 7#%", "two words", "0", "'quoted'"])
def test_any_salt_finds_its_files_and_holds(tmp_path, salt):
    write_stft(tmp_path / "arrays", salt)
    ran = parity("audiosep", "--rule-salt", salt, "--reference", tmp_path / "arrays", "--stage", "stft")
    assert ran.exit_code == 0, ran.output
    assert ran.output.splitlines()[-1].startswith("8 of 8 hold; worst: stft/")


@pytest.mark.parametrize("way", ["{}", "{}/", "{}/../arrays", "./arrays/"])
def test_a_folder_may_be_written_in_any_way(tmp_path, monkeypatch, way):
    monkeypatch.chdir(tmp_path)
    write_stft(tmp_path / "arrays", "B")
    folder = way.format(tmp_path / "arrays")
    assert parity("audiosep", "--rule-salt", "B", "--reference", folder, "--stage", "stft").exit_code == 0


def test_another_salts_arrays_do_not_hold(tmp_path):
    write_stft(tmp_path, "B")
    (tmp_path / "B_stft.npz").rename(tmp_path / "C_stft.npz")
    ran = parity("audiosep", "--rule-salt", "C", "--reference", tmp_path, "--stage", "stft")
    assert ran.exit_code == 1
    assert "TOO FAR" in ran.output.splitlines()[-1]


def test_numbers_that_are_a_little_wrong_do_not_hold(tmp_path):
    write_stft(tmp_path, "A", wrong=1e-3)
    assert parity("audiosep", "--reference", tmp_path, "--stage", "stft").exit_code == 1


def test_a_salt_reaches_weights_and_inputs(tmp_path):
    with FlowsepReference(tmp_path, "A") as first, FlowsepReference(tmp_path, "B") as second:
        assert not np.array_equal(first.noise("x", (4,)), second.noise("x", (4,)))
        assert first.scale != second.scale
    with AudiosepReference(tmp_path, "A") as first, AudiosepReference(tmp_path, "B") as second:
        assert not np.array_equal(first.wave("L9920"), second.wave("L9920"))
    for rule in (flowsep_tensor, audiosep_tensor):
        assert not np.array_equal(rule("A", "conv.weight", (2, 3)), rule("B", "conv.weight", (2, 3)))


def test_all_missing_files_are_named_before_anything_is_made(tmp_path):
    (tmp_path / "unet.npz").touch()
    ran = parity("flowsep", "--reference", tmp_path)
    assert isinstance(ran.exception, BundleError)
    assert "lacks e2e.npz, euler.npz, mel.npz, text.npz, vae_dec.npz, vae_enc.npz, vocoder.npz" in str(ran.exception)
    assert "stages that can run: unet" in str(ran.exception)


def test_a_folder_without_any_of_them_says_so(tmp_path):
    ran = parity("audiosep", "--rule-salt", "Z", "--reference", tmp_path / "nowhere")
    assert "Z_e2e.npz" in str(ran.exception)
    assert "none of the stages can run" in str(ran.exception)


def test_a_stage_needs_its_own_files_only(tmp_path):
    ran = parity("flowsep", "--reference", tmp_path, "--stage", "vocoder")
    assert "lacks vocoder.npz;" in str(ran.exception)


@pytest.mark.parametrize("salt", ["tab\there", "\x00"])
def test_a_salt_that_cannot_be_printed_is_refused(tmp_path, salt):
    ran = parity("flowsep", "--rule-salt", salt, "--reference", tmp_path)
    assert isinstance(ran.exception, UsageError)


def test_an_unknown_stage_names_the_known_ones(tmp_path):
    ran = parity("flowsep", "--reference", tmp_path, "--stage", "sampler")
    assert isinstance(ran.exception, UsageError)
    assert all(stage in str(ran.exception) for stage in FLOWSEP)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"<html>"])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "unet.npz").write_bytes(content)
    with pytest.raises(BundleError, match=r"unet\.npz cannot be read"):
        ReferenceArrays(tmp_path / "unet.npz")


def test_an_array_that_is_not_there_is_named_with_its_file(tmp_path):
    np.savez(tmp_path / "unet.npz", mask=np.ones(3))
    with pytest.raises(BundleError, match=r"unet\.npz has no array 't0\.5/out16'"):
        ReferenceArrays(tmp_path / "unet.npz")["t0.5/out16"]


def test_every_stage_reads_the_files_that_it_names(tmp_path):
    for family, stages in ((FlowsepReference, FLOWSEP), (AudiosepReference, AUDIOSEP)):
        with family(tmp_path, "A") as ref:
            for stage in stages.values():
                with pytest.raises(BundleError, match=rf"{ref.path(stage.files[0]).name}"):
                    ref.require({"this": stage.files})


@pytest.mark.parametrize("pad", [0, 1])
def test_ids_written_as_text_are_read_back(tmp_path, pad):
    path = number_tokenizer(tmp_path / "tokenizer.json", 50, "<pad>", pad)
    tokenizer = Tokenizer.from_file(str(path))
    assert tokenizer.encode(numbered([7, 49, 2, 7])).ids == [7, 49, 2, 7]
    assert tokenizer.token_to_id("<pad>") == pad


def test_the_front_end_of_the_checks_is_a_stft_of_2048(tmp_path):
    with AudiosepReference(tmp_path, "A") as reference:
        wave = reference.wave("L9920")
    assert spectrum(wave).shape == (1025, 9920 // 320 + 1)
    assert spectrum(wave).dtype == torch.complex64
