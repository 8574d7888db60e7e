"""Files that a program writes and addresses that it talks to, as strace sees them."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_CALLS = (
    "%network,open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,unlink,unlinkat,truncate"
)
_PATH = re.compile(r'(?:<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_RESOLVER_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/gai.conf")


def why_no_strace() -> str | None:
    """Why programs cannot be watched here, with the way out; None where they can."""
    if not sys.platform.startswith("linux"):
        return f"strace is a Linux program; this is {sys.platform}"
    if shutil.which("strace") is None:
        return "strace is not installed; apt-get install strace"
    tried = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"strace may not trace here ({tried.stderr.strip()}); allow ptrace, e.g. docker run --cap-add SYS_PTRACE"
    return None


def traced(command: list[str], log: Path) -> list[str]:
    """The command line that runs `command`, and every process that it starts, under strace."""
    return ["strace", "-f", "-y", "-s", "4096", "-e", f"trace={_CALLS}", "-o", str(log), *command]


@dataclass(frozen=True)
class Trace:
    """The calls that strace wrote into `log`, of programs that were started in `folder`."""

    log: Path
    folder: Path

    @property
    def calls(self) -> list[str]:
        """One call a line, without the process id; the second halves of interrupted calls are left out."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        calls = [line.split(maxsplit=1)[-1] for line in lines]
        return [call for call in calls if not call.startswith(("<...", "---", "+++"))]

    @property
    def internet(self) -> list[str]:
        """Calls that have to do with IPv4 or IPv6, making a socket for it included."""
        return [call for call in self.calls if "AF_INET" in call]

    @property
    def addresses(self) -> set[str]:
        """IP addresses that were bound, called, or called from."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return {address for pair in _ADDRESS.findall(text) for address in pair if address}

    @property
    def look_ups(self) -> list[str]:
        """Calls by which a host name is looked up."""
        return [
            call for call in self.calls
            if "htons(53)" in call or any(f'"{name}"' in call for name in _RESOLVER_FILES)
        ]  # fmt: skip

    def written_outside(self, *folders: Path) -> set[str]:
        """Paths that were made, opened for writing, renamed or deleted, and lie neither in `folders` nor on the way."""
        ours = [folder.resolve() for folder in folders]
        outside = set()
        for call in filter(_changes, self.calls):
            for base, name in _PATH.findall(call.partition(" = ")[0]):
                path = Path(os.path.normpath(os.path.join(base or self.folder, name)))
                if path.is_relative_to("/dev") or path.is_relative_to("/proc"):
                    continue
                if not any(path.is_relative_to(folder) or folder.is_relative_to(path) for folder in ours):
                    outside.add(str(path))
        return outside


def _changes(call: str) -> bool:
    name = call.partition("(")[0]
    if " = -1 E" in call or name.startswith(("read", "send", "recv", "socket", "connect", "bind", "get", "set")):
        return False
    if name.startswith("open"):
        return any(flag in call for flag in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"))
    return name.startswith(("creat", "mk", "rename", "link", "symlink", "unlink", "truncate"))
