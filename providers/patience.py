"""How long we wait for a partner, with the heart beating meanwhile.

Every wait of the polite client goes through here: for a name, for an answer, for the next bytes of
a body, for our turn. None of them lasts longer than a step without the heart being asked, and none
outlives the deadline, not even with a partner that sends one byte every few seconds.
"""

import io
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from math import inf
from threading import Thread
from time import monotonic
from typing import Any, Final, TypeVar

STEP: Final = 0.5
"""Seconds between two beats at most."""

T = TypeVar("T")


class Patience:
    """The deadline of what is under way, and the heart.

    Parameters
    ----------
    heart
        Called at least every `STEP` seconds while we wait; what it raises stops us. It is kept in
        `stopped`, since the layers below would take an `OSError` of its for the network's.
    sleep
        Waits that many seconds.
    """

    def __init__(self, heart: Callable[[], None], sleep: Callable[[float], None]) -> None:
        self._heart = heart
        self._sleep = sleep
        self._until = inf
        self.stopped: BaseException | None = None
        self.expired = False

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Set the deadline of what is done inside."""
        self._until = monotonic() + seconds
        self.expired = False
        try:
            yield
        finally:
            self._until = inf

    def left(self) -> float:
        """Give the seconds until the deadline, 0 when it has passed."""
        return max(0.0, self._until - monotonic())

    def beat(self) -> None:
        """Let the heart beat, and look at the deadline.

        Raises
        ------
        TimeoutError
            The deadline has passed; `expired` is set.
        """
        self._ask_the_heart()
        if monotonic() > self._until:
            self.expired = True
            raise TimeoutError("the deadline has passed")

    def _ask_the_heart(self) -> None:
        try:
            self._heart()
        except BaseException as error:
            self.stopped = error
            raise

    def wait(self, seconds: float) -> None:
        """Wait of our own will; that time is not held against the partner's deadline."""
        while seconds > 0:
            step = min(STEP, seconds)
            self._until += step
            self._sleep(step)
            self._ask_the_heart()
            seconds -= step

    def during(self, call: Callable[[], T], seconds: float) -> T:
        """Give what a call gives that cannot be interrupted (a name's resolution, say).

        Raises
        ------
        TimeoutError
            It took longer than `seconds`, and is left to itself.
        """
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(call())
            except BaseException as error:  # noqa: BLE001 - raised again below, where it is waited for
                result.set_exception(error)

        Thread(target=run, daemon=True).start()
        until = monotonic() + seconds
        while not wait([result], timeout=STEP).done:
            self.beat()
            if monotonic() > until:
                raise TimeoutError(f"no result after {seconds} s")
        return result.result()


class PatientSocket:
    """A connected socket whose reader waits in steps; all else is the socket's own."""

    def __init__(self, sock: Any, patience: Patience) -> None:
        self._sock = sock
        self._patience = patience

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_PatientReader(self._sock, self._patience))


class _PatientReader(io.RawIOBase):
    """Reads a socket in steps; the socket's own timeout bounds a silence, the deadline everything."""

    def __init__(self, sock: Any, patience: Patience) -> None:
        self._sock = sock
        self._patience = patience
        self._silence: float = inf if sock.gettimeout() is None else sock.gettimeout()
        # http.client closes the socket before the body is read: an open file keeps it alive
        self._keeper: socket.SocketIO = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        silent_since = monotonic()
        while True:
            self._sock.settimeout(max(0.01, min(STEP, self._patience.left())))
            try:
                received: int = self._sock.recv_into(buffer)
            except TimeoutError:
                self._patience.beat()
                if monotonic() - silent_since >= self._silence:
                    raise
            else:
                # a drip never is silent long enough for the timeout above
                self._patience.beat()
                return received

    def close(self) -> None:
        if not self.closed:
            self._keeper.close()
        super().close()
