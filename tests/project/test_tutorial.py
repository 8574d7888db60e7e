"""The tutorial notebook runs from its first cell to its last, in a kernel of its own, without a network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands.marks import REASONS

nbformat = pytest.importorskip("nbformat", reason="pip install 'flowsep-plugin[dev]'")
nbclient = pytest.importorskip("nbclient", reason="pip install 'flowsep-plugin[dev]'")
pytest.importorskip("ipykernel", reason="pip install 'flowsep-plugin[dev]'")

PATH = Path(__file__).parents[2] / "examples/tutorial.ipynb"
MARK = "not run: "


def marks(cell):
    return [tag.removeprefix(MARK) for tag in cell.metadata.get("tags", ()) if tag.startswith(MARK)]


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(PATH, as_version=4)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The notebook with the outputs of a run."""
    ran = nbformat.read(PATH, as_version=4)
    ran.cells = [cell for cell in ran.cells if not marks(cell)]
    client = nbclient.NotebookClient(ran, timeout=120, resources={"metadata": {"path": str(PATH.parent)}})
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"):
            patch.setenv(name, str(home))
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        client.execute()
    return ran


def outputs(ran, kind):
    return [
        output["data"][kind]
        for cell in ran.cells
        for output in cell.get("outputs", ())
        if kind in output.get("data", {})
    ]


def printed(ran):
    return "".join(o["text"] for cell in ran.cells for o in cell.get("outputs", ()) if o["output_type"] == "stream")


def test_it_is_committed_without_outputs(notebook):
    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_cells_that_are_not_run_say_why(notebook):
    assert [reason for cell in notebook.cells for reason in marks(cell)] == ["installs packages"]
    assert "installs packages" in REASONS


def test_clips_show_players(ran):
    assert len([html for html in outputs(ran, "text/html") if "<audio" in html]) >= 5


def test_the_plot_is_a_picture(ran):
    assert len(outputs(ran, "image/png")) == 1


def test_the_stems_and_the_residual_null(ran):
    assert "largest difference: 0.0" in printed(ran)


def test_the_dog_is_heard_and_rain_is_not(ran):
    assert re.search(r"a dog barking .* heard at: \d", printed(ran))
    assert re.search(r"rain .* heard at: nowhere", printed(ran))


def test_a_higher_strength_takes_less(ran):
    levels = [float(text) for text in re.findall(r"stem at (\S+) dB", printed(ran))]
    assert levels == sorted(levels, reverse=True)
    assert len(levels) == 3


def test_the_batch_reports_every_file(ran):
    assert re.findall(r"part \d\.wav", printed(ran)) == ["part 1.wav", "part 2.wav", "part 3.wav"]


def test_nothing_is_printed_as_an_error(ran):
    streams = [o for cell in ran.cells for o in cell.get("outputs", ()) if o.get("name") == "stderr"]
    assert streams == []
