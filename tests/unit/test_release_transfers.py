"""Work in parallel: bounded, no Region waits for another, the first error ends it."""

import threading

import pytest

from mraa.release import transfers

WAIT_S = 60


def test_every_item_of_every_queue_is_done_once() -> None:
    done: list[int] = []
    transfers.in_parallel(done.append, [range(500), range(500, 700), []])
    assert sorted(done) == list(range(700))


def test_nothing_to_do_starts_no_thread() -> None:
    before = threading.active_count()
    transfers.in_parallel(lambda _: pytest.fail("nothing was asked for"), [[], []])
    assert threading.active_count() == before


def test_a_queue_has_no_more_threads_than_its_bound() -> None:
    all_there, lock, threads = threading.Barrier(transfers.PER_BUCKET), threading.Lock(), set()

    def work(_: int) -> None:
        with lock:
            threads.add(threading.get_ident())
        all_there.wait(WAIT_S)  # breaks unless exactly so many are at work at once

    transfers.in_parallel(work, [range(4 * transfers.PER_BUCKET)])
    assert len(threads) == transfers.PER_BUCKET


def test_a_slow_region_holds_up_no_other() -> None:
    last_is_done = threading.Event()

    def work(item: tuple[str, int]) -> None:
        if item == ("quick", 99):
            last_is_done.set()
        elif item[0] == "slow":
            assert last_is_done.wait(WAIT_S)

    slow = [("slow", number) for number in range(3 * transfers.PER_BUCKET)]
    transfers.in_parallel(work, [slow, [("quick", number) for number in range(100)]])


def test_the_first_error_is_raised_and_what_has_not_begun_is_left() -> None:
    begun: list[int] = []
    never = threading.Event()

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise ValueError("refused")
        never.wait(0.001)  # with all items it would be half a minute

    with pytest.raises(ValueError, match="refused"):
        transfers.in_parallel(work, [range(1_000_000)])
    assert len(begun) < 1_000_000
