"""Calls in a child process: answers cross, and crashes, hangs and bombs become one clear error."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from flowsep_plugin.errors import Cancelled, SessionError
from flowsep_plugin.untrusted.isolated import IsolatedError, call, cancelled_by, end_helpers, start_helper
from flowsep_plugin.untrusted.packing import Packer


@dataclass(frozen=True)
class Shelf:
    name: str
    books: tuple[Fraction, ...]
    place: Path


def double(value: int) -> int:
    return 2 * value


ALLOWED: Final = {"Shelf": Shelf, "double": double}
_MB = 1 << 20


def same(*values: Any) -> tuple[Any, ...]:
    return values


def pid() -> int:
    return os.getpid()


def crash() -> None:
    ctypes.string_at(0)


def hang() -> None:
    while True:
        pass


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def fill(count: int) -> int:
    return len(bytearray(count))


def fail(kind: str) -> None:
    raise {"session": SessionError("is damaged", setting="media"), "value": ValueError("odd"),
           "file": FileNotFoundError(2, "no such file", "song.rpp")}[kind]  # fmt: skip


def apply(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def secret() -> Any:
    return object()


def folders() -> list[str]:
    return sys.path


@pytest.fixture(scope="module", autouse=True)
def _children_find_this_module() -> Iterator[None]:
    end_helpers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]))
        yield
    end_helpers()


def isolated(
    function: Callable[..., Any], *arguments: Any, seconds: float = 20, megabytes: int = 256, **options: Any
) -> Any:
    return call(
        f"{__name__}:{function.__name__}", *arguments, seconds=seconds, memory_bytes=megabytes * _MB,
        allowed=f"{__name__}:ALLOWED", **options,
    )  # fmt: skip


def test_values_cross_as_they_are() -> None:
    shelf = Shelf("é\udcff", (Fraction(1, 3), Fraction(10**30)), Path("/a/b"))
    values = (None, True, 3, 0.1, float("inf"), "text", b"\0\xff", [1, (2, 3)], {"a": (1,), 2: []}, shelf)
    assert isolated(same, *values) == values


def test_the_child_is_another_process_and_serves_several_calls() -> None:
    first = isolated(pid)
    assert first != os.getpid()
    assert isolated(pid) == first


def test_a_callable_runs_in_the_program() -> None:
    numbers: list[int] = []

    def note(number: int) -> int:
        numbers.append(number)
        return os.getpid()

    assert isolated(apply, note, 7) == os.getpid()
    assert numbers == [7]


def test_an_allowed_function_runs_in_the_child() -> None:
    assert isolated(apply, double, 7) == 14


def test_an_error_of_a_callable_comes_out_as_it_is() -> None:
    def refuse() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        isolated(apply, refuse)


def test_the_time_of_a_callable_does_not_count() -> None:
    assert isolated(apply, lambda: time.sleep(1.5), seconds=1) is None


def test_a_crash_is_named_by_its_signal() -> None:
    with pytest.raises(IsolatedError, match=r"^crashed \(SIGSEGV\)$"):
        isolated(crash)
    assert isolated(double, 2) == 4


@pytest.mark.parametrize(("function", "arguments"), [(hang, ()), (sleep, (60,))])
def test_a_hang_ends_in_time(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    start = time.monotonic()
    with pytest.raises(IsolatedError, match=r"^did not finish within 0.5 s$"):
        isolated(function, *arguments, seconds=0.5)
    assert time.monotonic() - start < 10


@pytest.mark.skipif(sys.platform != "linux", reason="the system sets no limit")
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_a_limit_that_the_user_has_set_is_no_failure() -> None:
    program = (
        "import resource\n"
        "from flowsep_plugin.untrusted.isolated import call\n"
        "resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n"
        "print(call('math:hypot', 3, 4, seconds=60, memory_bytes=1 << 28), end=' ')\n"
        "print(call('math:hypot', 3, 4, seconds=60, memory_bytes=1 << 40), end='')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == "5.0 5.0"


def test_memory_is_limited() -> None:
    assert isolated(fill, 100 * _MB) == 100 * _MB
    with pytest.raises(IsolatedError, match=r"^needs more than 256 MB$"):
        isolated(fill, 1000 * _MB)


def test_errors_keep_their_class() -> None:
    with pytest.raises(SessionError, match=r"^is damaged$") as error:
        isolated(fail, "session")
    assert error.value.setting == "media"
    with pytest.raises(FileNotFoundError) as missing:
        isolated(fail, "file")
    assert missing.value.filename == "song.rpp"
    with pytest.raises(IsolatedError, match=r"^failed \(ValueError: odd\)$"):
        isolated(fail, "value")


def test_an_answer_of_a_type_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(IsolatedError, match="object cannot be sent"):
        isolated(secret)
    with pytest.raises(ValueError, match="not allowed"):
        Packer({}).unpack(["Shelf", "a", ["tuple"], ["Path", "b"]])
    with pytest.raises(ValueError, match="not allowed"):
        Packer({}).unpack(["callback", 0])


def test_a_call_can_be_cancelled() -> None:
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(Cancelled), cancelled_by(stop.is_set):
        isolated(hang)


def test_a_child_that_died_while_idle_is_replaced() -> None:
    first = isolated(pid)
    os.kill(first, signal.SIGKILL)
    assert isolated(pid) != first


def test_calls_from_several_threads_have_a_child_each() -> None:
    pids: list[int] = []
    barrier = threading.Barrier(3, timeout=20)

    def meet() -> None:
        barrier.wait()

    threads = [threading.Thread(target=lambda: pids.append(isolated(apply, meet) or isolated(pid))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 3


def test_a_module_in_the_current_folder_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('hostile')")
    end_helpers()
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path) not in isolated(folders)
    assert "" not in isolated(folders)


def test_the_child_ends_with_its_program() -> None:
    program = (
        "import os, sys; from flowsep_plugin.untrusted.isolated import call\n"
        "def show(pid): print(pid, flush=True); os._exit(1)\n"
        f"call('{__name__}:tell_and_hang', show, seconds=60, memory_bytes=1 << 28)\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    child = int(json.loads(run.stdout))
    until = time.monotonic() + 10
    while _lives(child):
        assert time.monotonic() < until
        time.sleep(0.05)


def tell_and_hang(show: Callable[[int], Any]) -> None:
    show(os.getpid())
    hang()


def _lives(process: int) -> bool:
    try:
        return (
            " Z" not in Path(f"/proc/{process}/stat").read_text() if Path("/proc").is_dir() else not os.kill(process, 0)
        )
    except OSError:
        return False


def test_a_child_can_be_started_before_it_is_needed() -> None:
    end_helpers()
    start_helper()
    assert isolated(double, 21) == 42
