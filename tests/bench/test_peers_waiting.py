"""Waiting on a Unix socket: answers, patience, and a watch that goes when nothing is left."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from bench.engines import waiting
from bench.engines.waiting import Wait


@pytest.fixture
def pair():
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "storefit-patience"]


def gone_within(seconds):
    until = time.monotonic() + seconds
    while threads() and time.monotonic() < until:
        time.sleep(0.01)
    return not threads()


def test_an_answer_ends_the_wait(pair):
    near, far = pair
    wait = Wait(near, patience_s=60)
    for _ in range(3):
        threading.Timer(0.01, far.send, [b"x"]).start()
        wait.until_readable()
        assert near.recv(10) == b"x"
    wait.close()


def test_a_wait_that_takes_too_long_is_a_timeout(pair):
    near, _ = pair
    wait = Wait(near, patience_s=0.1)
    start = time.monotonic()
    with pytest.raises(TimeoutError):
        wait.until_readable()
    assert time.monotonic() - start >= 0.1
    wait.close()


def test_a_closed_other_side_ends_the_wait(pair):
    near, far = pair
    wait = Wait(near, patience_s=60)
    far.close()
    wait.until_readable()
    assert near.recv(10) == b""
    wait.close()


def test_idle_time_is_no_wait(pair):
    """However long nothing is asked, and however short the waits before were."""
    near, far = pair
    wait = Wait(near, patience_s=1.0)
    for now_s in range(100):
        wait.look(float(now_s))
    far.send(b"x")
    wait.until_readable()
    for now_s in range(100, 200):
        wait.look(float(now_s))
    far.send(b"x")
    wait.until_readable()
    wait.close()


def test_each_wait_has_the_whole_patience(pair):
    """What the watch noted of a wait is not held against the next one."""
    near, far = pair
    wait = Wait(near, patience_s=1_000.0)
    waits = threading.Thread(target=wait.until_readable)
    waits.start()
    while wait._state[0] is None:
        time.sleep(0.001)
    wait.look(0.0)
    far.send(b"x")
    waits.join()
    waits = threading.Thread(target=wait.until_readable)
    near.recv(1)
    waits.start()
    while wait._state[0] is None:
        time.sleep(0.001)
    wait.look(2_000.0)
    wait.look(2_999.0)
    assert wait._state[2] is None
    far.send(b"x")
    waits.join()
    wait.close()


def test_the_watch_goes_with_the_last_wait(pair):
    near, far = pair
    first, second = Wait(near, patience_s=60), Wait(far, patience_s=60)
    assert len(threads()) == 1
    first.close()
    second.close()
    assert gone_within(2.0)
    third = Wait(near, patience_s=60)
    assert len(threads()) == 1
    third.close()
    assert gone_within(2.0)


def test_a_socket_that_was_closed_meanwhile_is_left_alone(pair):
    near, _ = pair
    wait = Wait(near, patience_s=1.0)
    wait._state[0] = True
    near.close()
    wait.look(0.0)
    wait.look(5.0)
    assert wait._state[2] is True
    wait.close()


def test_the_watch_looks_often_enough():
    assert waiting._LOOKS >= 4
