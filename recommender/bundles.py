"""A built model as a folder that never changes: its files, a manifest with their sums, and an atomic switch.

<home>/bundles/<version>/manifest.json ...     <home>/current     the version in use

Files of equal sums are one file on the disk, in as many bundles as hold it.
"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any

from catalog.durable import to_disk

Needed = Callable[[Sequence[str]], Iterable[str]]
"""Picks from versions of bundles, the one built last first, those that are still needed."""

FORMAT = 2
_UNFINISHED = ".unfinished"


class BundleError(RuntimeError):
    """A bundle that is missing, unfinished or damaged; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A built model on disk. `about` is what the builder wrote of it."""

    version: str
    folder: Path
    about: Mapping[str, Any]


def current_version(home: Path) -> str | None:
    """Return the version in use; None before the first build, and "unreadable: ..." where the pointer cannot be read."""
    current = home / "current"
    try:
        if current.exists() and not current.is_file():  # a pipe would be waited for
            return "unreadable: no file"
        return current.read_text("utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"unreadable: {error.strerror}"


def open_bundle(home: Path, version: str | None = None) -> Bundle:
    """Return the bundle of a version, or the one in use, after checking every byte: a version is the sum of its manifest.

    Raises BundleError when there is none, or a file differs from its sum (both sums are named). No build brings back another
    than the one in use.
    """
    remedy = "restore this bundle" if version else "run `consonance build`"
    version = version or current_version(home)
    if version is None:
        raise BundleError(f"nothing is built in {home}; run `consonance build --home {home}`")
    folder = home / "bundles" / version
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{folder}: its manifest cannot be read ({error}); {remedy}") from error
    if not (isinstance(manifest, dict) and all(isinstance(manifest.get(part), dict) for part in ("files", "about"))):
        raise BundleError(f"{folder / 'manifest.json'} is no manifest of a bundle; {remedy}")
    if (found := _version(manifest)) != version:
        raise BundleError(
            f"{folder / 'manifest.json'} has the sum {found}, its folder's name says {version}; it is refused; {remedy}"
        )
    if manifest.get("format") != FORMAT:
        raise BundleError(f"{folder} has format {manifest.get('format')!r}, this reads {FORMAT}; {remedy}")
    files: dict[str, str] = manifest["files"]
    with ThreadPoolExecutor(2) as pool:
        for name, found in zip(files, pool.map(lambda name: _sum(folder / name), files), strict=True):
            if found != files[name]:
                raise BundleError(
                    f"{folder / name} has SHA-256 {found or '(missing)'}, its manifest says {files[name]}; "
                    f"it is refused; {remedy}"
                )
    return Bundle(version, folder, manifest["about"])


def age_s(home: Path, version: str) -> float:
    """Return how many seconds ago a bundle was built. Raises OSError where it is gone."""
    return max(0.0, time() - (home / "bundles" / version / "manifest.json").stat().st_mtime)


def intact_bundle(home: Path) -> Bundle | None:
    """Return the bundle in use after checking every byte of it; None where there is none or it is damaged."""
    try:
        return open_bundle(home)
    except BundleError:
        return None


@contextmanager
def building(home: Path) -> Iterator[Path]:
    """Lock the home for one build and yield an empty folder for it; remains of a killed build are removed first.

    Raises BundleError when another process is building in this home.
    """
    bundles = home / "bundles"
    bundles.mkdir(parents=True, exist_ok=True)
    with (bundles / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BundleError(f"another process is building in {home}; wait for it, or stop it") from error
        folder = bundles / _UNFINISHED
        _remove(folder)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def disk_use(home: Path) -> tuple[int, int]:
    """Return how many bundles a home keeps, and how many bytes they take, what several hold counted once."""
    bundles = [path.parent for path in (home / "bundles").glob("*/manifest.json")]
    sizes = {one.st_ino: one.st_size for folder in bundles for one in map(Path.stat, folder.iterdir())}
    return len(bundles), sum(sizes.values())


def switch(home: Path, folder: Path, about: Mapping[str, Any], needed: Needed = lambda _: ()) -> Bundle:
    """Write the manifest of a finished folder and make it the bundle in use; equal content has an equal version.

    The one that was in use stays, for servers that have not noticed, and of those before it what is `needed`.
    """
    files = {path.name: _sum(path) for path in sorted(folder.iterdir())}
    content: dict[str, Any] = {"format": FORMAT, "files": files, "about": dict(about)}
    version = _version(content)
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", "utf-8")
    target = home / "bundles" / version
    previous = current_version(home)
    if previous != version or intact_bundle(home) is None:
        _share(home, folder, files)
        for path in (*folder.iterdir(), folder):
            to_disk(path)
        _remove(target)
        folder.rename(target)
        to_disk(target.parent)
        pointer, current = home / ".current", home / "current"
        _remove(pointer)
        if current.is_dir():
            _remove(current)
        pointer.write_text(version + "\n", "utf-8")
        to_disk(pointer)
        pointer.replace(current)
        to_disk(home)
        before = [path for path in (home / "bundles").iterdir() if path.name not in (version, previous, _UNFINISHED)]
        before = sorted(filter(Path.is_dir, before), key=lambda path: -_built_at(path))
        kept = frozenset(needed([path.name for path in before]))
        for path in before:
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
    return Bundle(version, target, content["about"])


def _share(home: Path, folder: Path, files: Mapping[str, str]) -> None:
    """Replace files of a new bundle by hard links to equal files of other bundles, where the file system can: none ever changes."""
    held: dict[str, Path] = {}
    for manifest in (home / "bundles").glob("*/manifest.json"):
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):  # a damaged one shares nothing
            held |= {
                found: manifest.parent / name for name, found in json.loads(manifest.read_bytes())["files"].items()
            }
    for name, found in files.items():
        same, link = held.get(found), folder / ".link"
        with suppress(OSError):
            if same is not None and not same.samefile(folder / name) and _sum(same) == found:
                link.hardlink_to(same)
                link.replace(folder / name)


def _built_at(folder: Path) -> float:
    try:
        return (folder / "manifest.json").stat().st_mtime
    except OSError:
        return 0.0


def _version(manifest: Any) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]


def _sum(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _remove(path: Path) -> None:
    """Remove whatever is at a path, if anything is: a folder with all that it holds, a link alone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
