"""`consonance serve`: the API and the listener's page."""

import ctypes
import fcntl
import multiprocessing
import os
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from api.experiments.files import ExperimentFiles
from api.logs import configure_logs
from api.reserve import Reserve
from catalog.settings import says_something

_APPLICATION = "api.app:create_app"

OPTIONS: dict[str, Any] = {
    "log_config": None,
    "timeout_graceful_shutdown": 10,
    "http": "api.connections:Connection",
    "ws": "none",
    "proxy_headers": False,  # `Callers` reads them, and has to know who is really at the other end
}
"""How uvicorn serves us, whatever the address."""

_MEMORY = Path("/dev/shm")  # noqa: S108
_COUNTED = "consonance-metrics-"


class Address(socket.socket):
    """A bound socket on which nobody listens; a process that it is sent to gets a socket of its own, bound to the same address.

    The kernel spreads connections evenly over such sockets (SO_REUSEPORT), but gives those of one shared socket to whoever
    takes them first: of 32, one of two processes had 30 at times. Nobody else can bind the address meanwhile.
    """

    def __reduce__(self) -> tuple[Callable[..., socket.socket], tuple[Any, ...]]:
        return _own, (self.family, self.getsockname())


def _own(family: int, address: tuple[Any, ...]) -> socket.socket:
    _end_with_parent()
    own = socket.socket(family)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind(address)
    return own


def _end_with_parent() -> None:
    """Let this worker end in order when the process that started it ends, however that happens (PR_SET_PDEATHSIG of Linux)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:  # it ended before
        sys.exit(1)


def _refuse_taken(host: str, port: int) -> None:
    """Raise RuntimeError where nobody can listen there: a worker would say so amid its log, and not what to do."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise RuntimeError(
            f"nobody can listen at {host}, port {port} ({error.strerror}); name another --port or --host, or end the server there"
        ) from error


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder as long as this process lives. Raises OSError where another one does."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)


@contextmanager
def counting_together() -> Iterator[None]:
    """Give the workers of this server an empty folder in which what they count adds up; those of killed servers are removed.

    It is in memory, where there is such a place: its files are mapped, and a full disk would end whoever writes to them.
    """
    parent = _MEMORY if _MEMORY.is_dir() else Path(gettempdir())
    for left in parent.glob(f"{_COUNTED}*"):
        with suppress(OSError), _held(left):
            rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=_COUNTED, dir=parent) as folder, _held(Path(folder)):
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


def run(arguments: Namespace) -> None:
    """Serve until stopped; SIGTERM lets requests in flight finish and ends with status 0.

    Every worker process reads its settings from the environment, so the home is put there. Raises ExperimentError here,
    once, for an experiment that no worker could start with, and RuntimeError for a port that is taken or a home that cannot be
    written.
    """
    for path in Reserve(arguments.home).written:
        if path.exists() and not os.access(path, os.W_OK):
            raise RuntimeError(
                f"{path} cannot be written, and no answer is given that is not logged; see to that, or name another --home"
            )
    ExperimentFiles.of(arguments.home, arguments.settings).read()
    os.environ["CONSONANCE_HOME"] = str(arguments.home.absolute())
    if says_something(arguments.home):
        os.environ["CONSONANCE_CONSENT_FILE"] = "true"
    _refuse_taken(arguments.host, arguments.port)
    configure_logs(prompts=arguments.settings.log_prompts)
    # A lone worker shuts down in order and then raises the signal again.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    options = {**OPTIONS, "factory": True, "host": arguments.host, "port": arguments.port, "workers": arguments.workers}
    with counting_together():
        if (
            arguments.workers == 1 or sys.platform != "linux"
        ):  # elsewhere one of several sockets would get all connections
            uvicorn.run(_APPLICATION, **options)
            return
        config = uvicorn.Config(_APPLICATION, **options)
        address = Address(fileno=config.bind_socket().detach())
        address.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # only now: another server's address is refused
        Multiprocess(config, [address]).run()
