"""A plug-in that crashes as it is loaded, in the panel: its slot is switched off, and everything else goes on."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flowsep_ui.studio.effects import chain_of, with_chain
from flowsep_ui.studio.lanes import track_lane_id
from panel_makers import FakeLink, sound, until, window

from flowsep_plugin.effects import EffectChain, EffectSlot

pytest.importorskip("pedalboard")

SOURCE = Path(__file__).parents[1] / "effects" / "plugins" / "crash.c"
GAIN = EffectSlot(effect="Gain", parameters={"gain_db": -6.0})


@pytest.fixture(scope="module")
def crashing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .vst3 that calls abort() as it is loaded."""
    if platform.system() != "Linux" or shutil.which("cc") is None:
        pytest.skip("a plug-in that crashes is built with cc, on Linux")
    bundle = tmp_path_factory.mktemp("plug-ins") / "Crash.vst3"
    library = bundle / "Contents" / f"{platform.machine()}-linux" / "Crash.so"
    library.parent.mkdir(parents=True)
    command = ["cc", "-shared", "-fPIC", "-DSECONDS=0", str(SOURCE), "-o", str(library)]
    subprocess.run(command, check=True, capture_output=True)
    return bundle


@pytest.fixture
def main(qtbot: Any, tmp_path: Path, crashing: Path) -> Iterator[Any]:
    """A window with stems of "a dog"."""
    link = FakeLink()
    main = window(tmp_path, link)
    qtbot.addWidget(main)
    main.open_paths([sound(tmp_path / "take.wav")])
    main.sounds.line.setText("a dog")
    main.sounds.separate_now()
    until(qtbot, lambda: bool(link.submissions))
    link.finish(link.take())
    yield main
    main.leave()


def dog(main: Any) -> str:
    return track_lane_id(main.model.workspace.front_id, main.model.front.timeline.tracks[0].id, "a dog")


def slots(main: Any) -> tuple[EffectSlot, ...]:
    return chain_of(main.model.workspace, dog(main)).slots


def give(main: Any, crashing: Path) -> None:
    chain = EffectChain((GAIN, EffectSlot(effect="Crash", path=crashing)))
    main.model.do("Effects", lambda workspace: with_chain(workspace, dog(main), chain))


def test_while_playing(qtbot: Any, main: Any, crashing: Path) -> None:
    main.effects.prints._settle.blockSignals(True)
    give(main, crashing)
    until(qtbot, lambda: main.parts.player.seconds > 0)
    main.parts.player.play()
    until(qtbot, lambda: not slots(main)[1].enabled)
    assert slots(main)[0] == GAIN
    assert "SIGABRT" in main.effects.rack.fault_of(dog(main), slots(main)[1])
    until(qtbot, lambda: main.parts.player.position > 0.2)


def test_while_a_stem_is_printed(qtbot: Any, main: Any, crashing: Path) -> None:
    give(main, crashing)
    main.effects.prints.print_settled()
    assert [slot.enabled for slot in slots(main)] == [True, False]
    prints = main.effects.prints
    until(qtbot, lambda: prints.missing(prints.current_prints()) == ())


def test_while_it_is_added_from_its_file(qtbot: Any, main: Any, crashing: Path) -> None:
    failures: list[str] = []
    main.effects.rack.failed.connect(failures.append)
    added: list[Any] = []
    main.effects.rack.describe_file(crashing, added.append)
    until(qtbot, lambda: bool(failures))
    assert "Crash.vst3" in failures[0]
    assert added == []
