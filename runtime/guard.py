"""Nothing that a supervisor started outlives it: the guard is a process that sees to it.

The guard reads on its stdin which process groups there are, a line each (`+123`, and `-123` when one
is over). The supervisor holds the other end of that pipe: when it dies, by `kill -9` too, the reading
ends, and the groups that are left get SIGTERM, then SIGKILL. That works wherever pipes do.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_CLONE = Path(__file__).resolve().parent.parent


class Guard:
    """The supervisor's end: names the process groups that must not outlive us.

    Parameters
    ----------
    grace
        Seconds from SIGTERM to SIGKILL, once we are gone.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._groups: set[int] = set()
        self._lock = threading.Lock()
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The guard's process number."""
        return self._process.pid

    def add(self, group: int) -> None:
        """Have this process group ended after our death."""
        with self._lock:
            self._groups.add(group)
            self._tell([f"+{group}"])

    def discard(self, group: int) -> None:
        """Forget a group that is over: its number may be another's soon."""
        with self._lock:
            self._groups.discard(group)
            self._tell([f"-{group}"])

    def close(self) -> None:
        """Let the guard end; groups not discarded end now."""
        with self._lock:
            self._process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "runtime.guard", str(self._grace)],
            stdin=subprocess.PIPE,
            bufsize=0,  # a line is told at once, or known not to be
            start_new_session=True,
            cwd=_CLONE,
        )

    def _tell(self, lines: list[str]) -> None:
        try:
            self._write(lines)
        except BrokenPipeError:  # somebody killed it: another one takes over
            self._process.communicate()
            self._process = self._start()
            self._write([f"+{group}" for group in self._groups])

    def _write(self, lines: list[str]) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            pipe.write("".join(f"{line}\n" for line in lines).encode())


def end_groups(groups: set[int], grace: float) -> None:
    """Send SIGTERM to every process of these groups, and SIGKILL to what is left after `grace` seconds."""
    left = {group for group in groups if signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = {group for group in left if signal_group(group, 0)}
    for group in left:
        signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a process group (0: only ask); False when it has no process any more."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS answers the latter for zombies
        return False
    return True


def main(grace: str) -> None:
    """Watch until the supervisor is gone, then end what it left."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends with its supervisor, not before
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups, float(grace))


if __name__ == "__main__":
    main(sys.argv[1])
