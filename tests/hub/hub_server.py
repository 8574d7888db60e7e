"""A Hub on 127.0.0.1 with the calls that are used: descriptions, files with ranges, search, LFS uploads, commits."""

import base64
import hashlib
import json
import re
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

POCKET = Path(__file__).parents[1] / "pocket" / "bundle"
LARGE = (".onnx", ".npz")
TOKEN = "hf_of_a_test"


def pocket_files(folder: str = "") -> dict[str, bytes]:
    """The pocket bundle as files of a repository, with a page."""
    files = {f"{folder}{path.name}": path.read_bytes() for path in POCKET.iterdir() if path.is_file()}
    return files | {"README.md": b"---\nlicense: cc-by-4.0\n---\n# a model\n"}


@dataclass
class Repository:
    """Files by path; `commit` changes when the content does."""

    files: dict[str, bytes]
    licence: str | None = "cc-by-4.0"
    gated: bool = False
    private: bool = False
    tags: tuple[str, ...] = ("flowsep",)
    lies: dict[str, str] = field(default_factory=dict)
    """path -> SHA-256 that the description names instead of the true one."""

    @property
    def commit(self) -> str:
        return hashlib.sha1(b"".join(name.encode() + data for name, data in sorted(self.files.items()))).hexdigest()

    def description(self, name: str) -> dict:
        siblings = []
        for path, data in self.files.items():
            row = {"rfilename": path, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
            if path.endswith(LARGE):
                checksum = self.lies.get(path, hashlib.sha256(data).hexdigest())
                row["lfs"] = {"size": len(data), "sha256": checksum, "pointerSize": 130}
            siblings.append(row)
        card = {"license": self.licence} if self.licence else {}
        return {
            "id": name, "sha": self.commit, "private": self.private, "gated": "manual" if self.gated else False,
            "siblings": siblings, "cardData": card, "tags": list(self.tags), "downloads": 12,
            "usedStorage": sum(map(len, self.files.values())),
        }  # fmt: skip


class FakeHub(ThreadingHTTPServer):
    """Holds `repositories` by name.

    breaks, resets : so many downloads of large files end, or are reset, after `cut` bytes.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories: dict[str, Repository] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.uploads: dict[str, bytes] = {}
        self.breaks, self.resets, self.cut, self.status = 0, 0, 1000, 0
        self.lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def downloads(self, ending: str = "") -> list[tuple[str, str | None]]:
        """Return (path, range) of every file that was fetched."""
        return [
            (path.rpartition("/")[2], headers.get("range"))
            for verb, path, headers in self.requests
            if verb == "GET" and "/resolve/" in path and path.endswith(ending)
        ]


class Handler(BaseHTTPRequestHandler):
    """Answers as huggingface.co does, as far as the tests go."""

    protocol_version = "HTTP/1.0"  # a connection for each request, so that none outlives its test
    server: FakeHub

    def do_HEAD(self):
        self.route()

    def do_GET(self):
        self.route()

    def do_POST(self):
        self.route()

    def do_PUT(self):
        self.route()

    def log_message(self, *_):
        pass

    def route(self):
        url = urlsplit(self.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            self.server.requests.append(
                (self.command, unquote(url.path), {name.lower(): text for name, text in self.headers.items()})
            )
        if self.server.status:
            self.answer(self.server.status)
        elif match := re.fullmatch(r"/([\w.-]+/[\w.-]+)/resolve/([^/]+)/(.+)", unquote(url.path)):
            self.serve_file(*match.groups())
        elif match := re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+)(?:/revision/([^/]+))?", unquote(url.path)):
            self.describe(match[1], match[2] or "main")
        elif url.path == "/api/models":
            self.search(parse_qs(url.query))
        else:
            self.upload(unquote(url.path))

    def answer(self, status, value=None, **headers):
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def find(self, name, revision):
        """Return the repository that this user may see at the revision; None after an answer that says why not."""
        repository = self.server.repositories.get(name)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token and token != TOKEN:
            self.answer(401, X_Error_Message="Invalid credentials in Authorization header")
        elif repository is None or (repository.private and not token):
            self.answer(404 if token else 401, X_Error_Code="RepoNotFound" if token else "")
        elif revision not in ("main", repository.commit):
            self.answer(404, X_Error_Code="RevisionNotFound")
        else:
            return repository
        return None

    def describe(self, name, revision):
        if (repository := self.find(name, revision)) is not None:
            self.answer(200, repository.description(name))

    def search(self, query):
        words, tag = query.get("search", [""])[0], query.get("filter", [""])[0]
        author = query.get("author", [""])[0]
        names = [
            name
            for name, one in self.server.repositories.items()
            if words in name and name.startswith(author) and (not tag or tag in one.tags)
        ]
        self.answer(200, [self.server.repositories[name].description(name) for name in names])

    def serve_file(self, name, revision, path):
        if (repository := self.find(name, revision)) is None:
            return
        if repository.gated and not self.headers.get("Authorization"):
            self.answer(403, X_Error_Code="GatedRepo")
            return
        if path not in repository.files:
            self.answer(404, X_Error_Code="EntryNotFound", X_Repo_Commit=repository.commit)
            return
        data = repository.files[path]
        etag = hashlib.sha256(data).hexdigest() if path.endswith(LARGE) else hashlib.sha1(data).hexdigest()
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        part = data[start:]
        self.send_response(206 if start else 200)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", repository.commit)
        self.send_header("Content-Length", str(len(part)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.server.breaks and path.endswith(LARGE) and len(part) > self.server.cut:
            self.server.breaks -= 1
            self.wfile.write(part[: self.server.cut])
            self.wfile.flush()
            self.close_connection = True
            return
        if self.server.resets and path.endswith(LARGE):
            self.server.resets -= 1
            self.wfile.write(part[: self.server.cut])
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.wfile.write(part)

    def upload(self, path):
        """Answer the calls of a push: create, preupload, LFS batch and upload, commit."""
        if self.headers.get("Authorization") != f"Bearer {TOKEN}" and not path.startswith("/lfs/"):
            self.answer(401, X_Error_Message="Invalid credentials in Authorization header")
        elif path == "/api/repos/create":
            order = json.loads(self.body)
            name = f"{order['organization']}/{order['name']}" if order.get("organization") else order["name"]
            exists = name in self.server.repositories
            self.server.repositories.setdefault(name, Repository({}, private=bool(order.get("private"))))
            url = f"{self.server.endpoint}/{name}"
            self.answer(409 if exists else 200, {"url": url, "name": name})
        elif path == "/api/validate-yaml":
            self.answer(200, {"errors": [], "warnings": []})
        elif path.endswith("/preupload/main"):
            files = json.loads(self.body)["files"]
            modes = [{"path": one["path"], "uploadMode": "lfs" if one["path"].endswith(LARGE) else "regular",
                      "shouldIgnore": False, "oid": None} for one in files]  # fmt: skip
            self.answer(200, {"files": modes})
        elif path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(self.body)["objects"]
            rows = [{**one, "actions": {"upload": {"href": f"{self.server.endpoint}/lfs/{one['oid']}"}}}
                    for one in objects]  # fmt: skip
            self.answer(200, {"transfer": "basic", "objects": rows})
        elif path.startswith("/lfs/"):
            self.server.uploads[path.rpartition("/")[2]] = self.body
            self.answer(200)
        elif match := re.fullmatch(r"/api/models/([\w.-]+/[\w.-]+)/commit/main", path):
            self.commit(match[1])
        else:
            self.answer(404)

    def commit(self, name):
        repository = self.server.repositories[name]
        for line in self.body.splitlines():
            row = json.loads(line)
            if row["key"] == "file":
                repository.files[row["value"]["path"]] = base64.b64decode(row["value"]["content"])
            elif row["key"] == "lfsFile":
                repository.files[row["value"]["path"]] = self.server.uploads[row["value"]["oid"]]
        url = f"{self.server.endpoint}/{name}/commit/{repository.commit}"
        self.answer(200, {"commitUrl": url, "commitOid": repository.commit, "success": True})
