"""A program on PATH that has `served` run it: sends arguments, folder, environment and the three streams, and waits."""

import json
import os
import signal
import socket
import sys


def main() -> int:
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(os.environ["COMMANDS_SOCKET"])
        name = os.path.basename(sys.argv[0])
        call = {"name": name, "arguments": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}
        data = json.dumps(call).encode()
        socket.send_fds(server, [len(data).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(data)
        answer = server.makefile()
        pid = int(answer.readline())
        signal.signal(signal.SIGINT, lambda *_: os.kill(pid, signal.SIGINT))
        return int(answer.readline() or 1)


if __name__ == "__main__":
    sys.exit(main())
