"""The product as its users run it: commands and a server, in processes of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx2

TOKEN = "open sesame"
READY_WITHIN_S = 60


def copy_of(home: Path, target: Path) -> Path:
    """Copy a home to change it. Bundles never change, so their bytes are shared; the lock of builds must not be."""
    locks = shutil.ignore_patterns(".lock")
    shutil.copytree(home / "bundles", target / "bundles", copy_function=os.link, ignore=locks)
    shutil.copytree(home, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("bundles", "exposures"))
    return target


def environment(**added: str) -> dict[str, str]:
    """The tests' environment without the settings, and the window's width, of whoever runs them."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith("CONSONANCE_") and name != "COLUMNS"
    }
    return ours | added


def start(*words: str | Path, **environ: str) -> subprocess.Popen[str]:
    """Start a command; it leads a group of processes, so that all of it can be killed."""
    return start_module("api.terminal.main", *words, **environ)


def start_module(module: str, *words: object, **environ: str) -> subprocess.Popen[str]:
    """Start a module of ours as `start` does."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**environ),
        start_new_session=True,
    )


def run(*words: str | Path, **environ: str) -> tuple[int, str, str]:
    """Run a command to its end: status, standard output, standard error."""
    process = start(*words, **environ)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def kill(process: subprocess.Popen[Any]) -> str:
    """Kill a process and all that it started, with no chance to clean up; return what it had said of errors."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    return str(err)


@dataclass(frozen=True)
class Server:
    """A running server. Its clients are made by the threads that use them."""

    process: subprocess.Popen[Any]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=60, headers={"Authorization": f"Bearer {TOKEN}"})

    def send(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """POST bytes as JSON, however odd they are."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()


def free_port() -> int:
    """Return a port on which nobody listens yet."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(home: Path, workers: int = 2, most_files: int | None = None) -> Iterator[Server]:
    """Serve a home until the block ends; nothing of the server outlives it. The log is sealed only when asked for.

    With `most_files` that is how many descriptors each of its processes may have.
    """
    port = free_port()
    log = home.parent / f"server-{port}.log"
    command = [sys.executable, "-m", "api.terminal.main", "serve", "--home", home, "--port", port, "--workers", workers]
    if most_files is not None:
        command = ["prlimit", f"--nofile={most_files}", *command]
    with log.open("w") as file:
        process = subprocess.Popen(
            list(map(str, command)),
            stdout=file,
            stderr=file,
            env=environment(
                CONSONANCE_ADMIN_TOKEN=TOKEN, CONSONANCE_SEAL_SECONDS="86400", CONSONANCE_PER_MINUTE="1000000"
            ),
            start_new_session=True,
        )
    try:
        _wait(process, port, log)
        yield Server(process, port, log)
    finally:
        kill(process)


def _wait(process: subprocess.Popen[Any], port: int, log: Path) -> None:
    patience = time.monotonic() + READY_WITHIN_S
    said = "nothing"
    while time.monotonic() < patience:
        assert process.poll() is None, log.read_text()
        try:
            response = httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=10)
            if response.status_code == 200:
                return
            said = response.text
        except httpx2.TransportError as error:
            said = str(error)
        time.sleep(0.1)
    raise AssertionError(f"the server is not ready after {READY_WITHIN_S} s; it says {said}")
