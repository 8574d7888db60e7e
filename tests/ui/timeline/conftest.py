"""A timeline view with a scene, for the tests of this folder."""

from pathlib import Path

import pytest
from flowsep_ui.timeline import MarkerView, TimelineView
from flowsep_ui.timeline.sound.pool import InlinePool
from timeline_makers import SECONDS, lane_of, scene_of, span, write_burst

from flowsep_plugin.media.peak_cache import PeakCache


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return write_burst(tmp_path / "burst.wav")


@pytest.fixture
def view(qtbot, tmp_path):
    timeline = TimelineView(pool=InlinePool(), cache=PeakCache(tmp_path / "cache"))
    qtbot.addWidget(timeline, before_close_func=lambda v: v.shut_down())
    timeline.canvas.budget_seconds = float("inf")
    timeline.resize(1000, 500)
    timeline.show()
    qtbot.waitExposed(timeline)
    return timeline


@pytest.fixture
def scene_view(view, wav):
    lane = lane_of(wav, presence=tuple(float(2 <= n / 100 < 4) for n in range(100 * SECONDS)))
    view.set_scene(scene_of(wav, (lane,), (MarkerView("mark", span(6, 6)), MarkerView("part", span(2, 5)))))
    return view
