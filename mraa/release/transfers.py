"""Work on many files in several buckets at once: a bounded number of threads a bucket, the first error ends all."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")

# a request takes up to 150 ms between continents: enough for hundreds of files a second, and a twentieth of what one
# prefix of a bucket takes (3,500 PUTs a second)
PER_BUCKET = 32

_REPORT_S = 1.0


def in_parallel(
    work: Callable[[Item], None], queues: Iterable[Iterable[Item]], report: Callable[[], None] = lambda: None
) -> None:
    """Do ``work`` for every item. Each queue has threads of its own: a slow Region holds up no other.

    Raises the first error, once the items that were begun have ended; the others are not begun. ``report`` is called
    about once a second, in the caller's thread.
    """
    waiting = [deque(queue) for queue in queues]

    def run(queue: deque[Item]) -> None:
        while queue:
            try:
                item = queue.popleft()
            except IndexError:  # another thread was quicker
                return
            work(item)

    threads = [queue for queue in waiting for _ in range(min(PER_BUCKET, len(queue)))]
    if not threads:
        return
    with ThreadPoolExecutor(len(threads)) as pool:
        running: set[Future[None]] = {pool.submit(run, queue) for queue in threads}
        try:
            while running:
                ended, running = wait(running, _REPORT_S, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                if running:
                    report()
        finally:
            for queue in waiting:
                queue.clear()
