"""Nothing leaves the computer, and nothing is written but where docs/privacy.md says."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from syscalls import Trace, traced, why_no_strace

from flowsep_plugin.engine.base import Request
from flowsep_plugin.files import FileRequest
from flowsep_plugin.jobs.client.worker_client import WorkerClient
from flowsep_plugin.jobs.directory import WorkerDirectory
from flowsep_plugin.jobs.spec import JobSpec

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "examples" / "clips" / "courtyard.flac"
POCKET = ROOT / "tests" / "pocket" / "bundle"
FOLDERS = ("benchmarks", "examples", "export", "flowsep_plugin", "packaging", "scripts", "tests", "training", "ui")
LINGER_SECONDS = 13
"""ONNX Runtime looks its telemetry host up 9 s after it is loaded (measured)."""

SEPARATE = f"""
import sys, time
from flowsep_plugin.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
time.sleep({LINGER_SECONDS})
sys.exit(code)
"""


class Computer:
    """An empty home folder, a temporary one, and programs that are watched in them."""

    def __init__(self, folder: Path) -> None:
        self.directory, self.temporary, self.log = folder / "home", folder / "temporary", folder / "strace.log"
        self.directory.mkdir()
        self.temporary.mkdir()
        self.own = [
            self.temporary,
            *(self.directory / name / "flowsep" for name in (".local/share", ".cache", ".config")),
        ]

    def start(self, *arguments: object, **variables: str) -> "subprocess.Popen[str]":
        """Start Python. No variable of this process gets there that turns telemetry off (CI does, too)."""
        environment = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ
        }
        environment |= {"HOME": str(self.directory), "TMPDIR": str(self.temporary), "LANG": "C.UTF-8"}
        environment |= {"PYTHONDONTWRITEBYTECODE": "1", **variables}
        return subprocess.Popen(
            traced([sys.executable, *map(str, arguments)], self.log),
            env=environment, cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, *arguments: object) -> Trace:
        """Run Python to its end."""
        process = self.start(*arguments)
        printed, _ = process.communicate(timeout=300)
        assert process.returncode == 0, printed
        return Trace(self.log, self.directory)


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    if (reason := why_no_strace()) is not None:
        pytest.skip(f"what flowsep writes and sends was NOT checked: {reason}")
    return Computer(tmp_path)


def environment_after(code: str, **variables: str) -> str:
    """What a fresh Python's ORT_DISABLE_TELEMETRY is after `code`."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"} | variables
    code += "\nimport os; print(os.environ.get('ORT_DISABLE_TELEMETRY'))"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.split()[-1]


def imports_of(path: Path) -> set[str]:
    """Top-level names that a Python file imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module or "")
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            if ast.unparse(node.func).endswith(("import_module", "__import__", "importorskip")):
                names.add(str(node.args[0].value))
    return {name.partition(".")[0] for name in names}


def test_a_separation_talks_to_nobody_and_writes_only_into_its_own_folders(computer: Computer) -> None:
    stems = computer.directory / "stems"
    trace = computer.run("-c", SEPARATE, "separate", CLIP, "-q", "a dog barking", "--out", stems, "--quiet")
    assert len(list(stems.iterdir())) == 3
    assert not trace.internet
    assert not trace.look_ups
    assert not trace.written_outside(stems, *computer.own)


def test_a_job_talks_to_the_workers_loopback_alone_and_writes_only_into_its_own_folders(computer: Computer) -> None:
    directory, stems = WorkerDirectory(computer.directory / ".local/share/flowsep/worker"), computer.directory / "stems"
    clip = Path(shutil.copy(CLIP, computer.directory))
    process = computer.start("-m", "flowsep_plugin.jobs.worker")
    try:
        while (client := WorkerClient.running(directory)) is None:
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
        job = client.submit(JobSpec(clip, Request(["a dog barking"]), FileRequest(stems), model=str(POCKET)))
        assert client.wait(job.id).state == "done"
        time.sleep(LINGER_SECONDS)
    finally:
        if (address := directory.read_address()) is not None:
            os.kill(address.pid, signal.SIGTERM)
        process.communicate(timeout=60)
    trace = Trace(computer.log, computer.directory)
    assert trace.addresses == {"127.0.0.1"}
    assert not [call for call in trace.internet if call.startswith("connect")]
    assert not trace.look_ups
    assert not trace.written_outside(stems, *computer.own)


def test_the_watch_sees_calls_look_ups_and_files_in_foreign_folders(computer: Computer) -> None:
    code = (
        "import os, pathlib, socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 53))\n"
        "pathlib.Path('.cache/Vendor').mkdir(parents=True)\n"
        "folder = os.open('.cache/Vendor', os.O_RDONLY)\n"
        "os.open('deviceid', os.O_WRONLY | os.O_CREAT, dir_fd=folder)\n"
    )
    trace = computer.run("-c", code)
    assert trace.addresses == {"127.0.0.1"}
    assert trace.look_ups
    vendor = computer.directory / ".cache" / "Vendor"
    assert trace.written_outside(*computer.own) == {str(vendor), str(vendor / "deviceid")}


def test_onnx_runtime_is_imported_in_one_module_alone() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    importing = {path.relative_to(ROOT).as_posix() for path in files if "onnxruntime" in imports_of(path)}
    assert importing == {"flowsep_plugin/onnx_runtime.py"}


def test_the_hubs_library_is_imported_in_one_module_alone() -> None:
    files = [path for folder in FOLDERS if folder != "tests" for path in (ROOT / folder).rglob("*.py")]
    importing = {path.relative_to(ROOT).as_posix() for path in files if "huggingface_hub" in imports_of(path)}
    assert importing == {"flowsep_plugin/hub/client.py"}


def test_the_hubs_telemetry_is_off_even_where_its_library_was_loaded_before() -> None:
    pytest.importorskip("huggingface_hub")
    code = (
        "import huggingface_hub.constants as constants\n"
        "assert not constants.HF_HUB_DISABLE_TELEMETRY\n"
        "from flowsep_plugin.hub.client import load_library\n"
        "load_library()\n"
        "from huggingface_hub.utils import build_hf_headers\n"
        "assert constants.HF_HUB_DISABLE_TELEMETRY\n"
        "assert 'torch' not in build_hf_headers(token=False)['user-agent']\n"
        "import os; assert os.environ['HF_HUB_DISABLE_TELEMETRY'] == '1'"
    )
    off = ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_TELEMETRY", "DO_NOT_TRACK")
    environment = {name: value for name, value in os.environ.items() if name not in off}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


@pytest.mark.parametrize("package", ["flowsep_plugin", "flowsep_export", "flowsep_training", "flowsep_ui.app"])
@pytest.mark.parametrize("before", [{}, {"ORT_DISABLE_TELEMETRY": "0"}], ids=["unset", "set to 0"])
def test_importing_a_package_of_ours_turns_telemetry_off(package: str, before: dict[str, str]) -> None:
    pytest.importorskip("PyQt6" if package == "flowsep_ui.app" else "flowsep_plugin")
    assert environment_after(f"import {package}", **before) == "1"


def test_telemetry_is_off_again_where_a_host_changed_its_environment_in_between() -> None:
    code = "import os, flowsep_plugin\ndel os.environ['ORT_DISABLE_TELEMETRY']\nimport flowsep_plugin.engine.providers"
    assert environment_after(code) == "1"


@pytest.mark.parametrize(("switch", "is_on"), [("0", True), ("1", False)])
def test_onnx_runtime_loaded_before_flowsep_is_noticed(switch: str, is_on: bool) -> None:
    code = (
        "import sys, types\n"
        "sys.modules['onnxruntime'] = types.ModuleType('onnxruntime')\n"
        "from flowsep_plugin.telemetry import telemetry_is_on\n"
        f"assert telemetry_is_on() is {is_on}"
    )
    assert environment_after(code, ORT_DISABLE_TELEMETRY=switch) == "1"
