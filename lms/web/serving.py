"""How gunicorn serves: its threaded worker, with connections shared out evenly over the processes.

Browsers and proxies keep their connections, so whoever accepts one has its requests from then on.
Left to themselves the processes race for new connections, and one may win nearly all of them while
a core idles beside it.
"""

import mmap
import os
import struct
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

PLACES = 64  # more than there are processes
PLACE = struct.Struct("=qq")  # process id, or 0; its open connections
PATIENCE_SECONDS = 0.02  # how long a connection waits for a process that has fewer
PAUSE_SECONDS = 0.0005
# Made before gunicorn forks, so that all processes see the same page.
_board = mmap.mmap(-1, PLACES * PLACE.size)


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """Leaves a new connection to the others while one of them has fewer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._left_since = 0.0

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One round of the loop; what it has changed is told to the others."""
        super().wait_for_and_dispatch_events(timeout)
        pid = os.getpid() if self.alive else 0
        PLACE.pack_into(_board, self.age % PLACES * PLACE.size, pid, self.nr_conns)

    def accept(self, listener: Any) -> None:
        """Take the connection that waits, unless it is rather another's."""
        now = time.monotonic()
        if any(count < self.nr_conns and is_alive(pid) for pid, count in PLACE.iter_unpack(_board)):
            self._left_since = self._left_since or now
            if now - self._left_since < PATIENCE_SECONDS:
                time.sleep(PAUSE_SECONDS)
                return
        self._left_since = 0.0
        super().accept(listener)


def is_alive(pid: int) -> bool:
    """Whether there is such a process; one that was killed leaves its place as it was."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return pid > 0
