"""MXF that an AAF links, as Media Composer exports it: one mono OP-Atom file for each channel."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
from aaf2.mobid import MobID
from aaf2.mxf import MXFFile, MXFSourcePackage
from aaf_makers import COMBINER, making
from test_aaf import noise

from flowsep_plugin.engine.base import Request
from flowsep_plugin.hosts.session import SessionRequest, separate_session
from flowsep_plugin.jobs.batch.runners import LocalRunner
from flowsep_plugin.media import open_media
from flowsep_plugin.timeline import read_session, save_session
from flowsep_plugin.timeline.media_finder import MediaFinder

RATE = 48_000
FRAME = 1920
START, LENGTH = 5, 15


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Path of an AAF with a stereo clip of two MXF files, which are in Media Composer's folder beside it."""
    folder = tmp_path / "Avid MediaFiles" / "MXF" / "1"
    folder.mkdir(parents=True)
    for seed, name in enumerate(("TAKE.A1.mxf", "TAKE.A2.mxf")):
        noise(tmp_path / "take.wav", 1, "PCM_24", seed)
        encode = ("-i", tmp_path / "take.wav", "-c:a", "pcm_s24le", "-f", "mxf_opatom", folder / name)
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, encode)], check=True)
    (tmp_path / "take.wav").unlink()
    path = tmp_path / "song.aaf"
    with making(path) as maker:
        urls = [f"Avid%20MediaFiles/MXF/1/TAKE.A{side}.mxf" for side in (1, 2)]
        pair = maker.master("take", urls, frames=RATE)
        sides = [maker.clip(pair, side, START, LENGTH) for side in (1, 2)]
        maker.line(maker.row(maker.filler(9), maker.effect(COMBINER, "Audio Channel Combiner", sides)))
    return path


def test_linked_mxf_is_separated_and_its_stem_placed(path: Path) -> None:
    job = SessionRequest(Request(["everything"]), model="echo", residual=False)
    separation = separate_session(read_session(path), path, job, LocalRunner(path.parent / "FlowSep"))
    assert not separation.skipped
    save_session(separation.timeline, path)
    clip, stem = (track.clips[0] for track in read_session(path).tracks)
    assert stem.why_not() is None
    assert stem.media is not None
    assert stem.media.path.suffix == ".wav"
    assert (stem.place, stem.place.frames) == (clip.place, LENGTH * FRAME)
    with open_media(stem.media.path) as source:
        sound = source.read(stem.cut.start, stem.cut.stop)
    for side, samples in enumerate(sound):
        folder = path.parent / "Avid MediaFiles" / "MXF" / "1"
        with open_media(folder / f"TAKE.A{side + 1}.mxf") as source:
            whole = source.read(START * FRAME, (START + LENGTH) * FRAME)[0]
        np.testing.assert_allclose(samples, whole, atol=1e-5)


def test_linked_mxf_is_found_by_name_and_length(path: Path) -> None:
    """A file of the same name but of another length is passed over."""
    folder = path.parent / "Avid MediaFiles"
    folder = folder.rename(path.parent / "copied")
    soundfile.write(path.parent / "copied" / "TAKE.A1.mxf", np.zeros(100), RATE, format="WAV")
    (clip,) = read_session(path).tracks[0].clips
    assert "offline" in str(clip.why_not())
    finder = MediaFinder([folder])
    (clip,) = read_session(path, finder).tracks[0].clips
    assert clip.why_not() is None
    assert {file.parent for file in finder.relinked.values()} == {folder / "MXF" / "1"}


@pytest.mark.parametrize("is_swapped", [False, True])
def test_mxf_without_a_locator_is_found_by_the_id_of_its_package(path: Path, is_swapped: bool) -> None:
    """Media Composer exports no locators with "Link to (Don't Export) Media"."""
    folder = path.parent / "Avid MediaFiles"
    files = sorted(folder.rglob("*.mxf"))
    for number, file in enumerate(files):
        file.rename(file.with_name(f"{number}.mxf"))
    with making(path) as maker:
        master = maker.master("take", ["no", "no"], frames=RATE)
        for number, slot in enumerate(master.slots):
            mob = slot.segment.mob
            mob.descriptor["Locator"].value = []
            mob.mob_id = slot.segment.mob_id = mob_id_of(folder / "MXF" / "1" / f"{number}.mxf", is_swapped)
        maker.line(maker.row(maker.clip(master, 2, START, LENGTH)))
    (clip,) = read_session(path).tracks[0].clips
    assert "take" in str(clip.why_not())
    assert "offline" in str(clip.why_not())
    (clip,) = read_session(path, MediaFinder([folder])).tracks[0].clips
    assert clip.why_not() is None
    assert clip.media is not None
    assert clip.media.path.name == "1.mxf"


def mob_id_of(file: Path, is_swapped: bool) -> MobID:
    """Return the id of the file package of an MXF file, as pyaaf2 reads it."""
    packages = [one for one in MXFFile(str(file)).objects.values() if type(one) is MXFSourcePackage]
    digits = str(packages[0].mob_id).removeprefix("urn:smpte:umid:").replace(".", "")
    return MobID("urn:smpte:umid:" + (digits[:32] + digits[48:] + digits[32:48] if is_swapped else digits))
