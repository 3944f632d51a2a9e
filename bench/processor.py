"""PostgreSQL's processor time, which tells less of what else the machine does than the clock."""

from contextlib import suppress

import psutil

from models.database import Connection


class Server:
    """The server that we are connected to, all its processes together but the backends that only watch."""

    def __init__(self, db: Connection) -> None:
        self._watching = db.info.backend_pid
        self._postmaster = psutil.Process(psutil.Process(self._watching).ppid())

    def cpu(self, *without: int) -> float:
        """Give its seconds until now, those of backends that have left among them.

        `without`: backends that watch, besides the one that we were made with.
        """
        while True:
            with suppress(psutil.NoSuchProcess):  # a backend left meanwhile: its parent has its time now
                times = self._postmaster.cpu_times()
                total = times.user + times.system + times.children_user + times.children_system
                for child in self._postmaster.children():
                    if child.pid not in {self._watching, *without}:
                        spent = child.cpu_times()
                        total += spent.user + spent.system
                return total
