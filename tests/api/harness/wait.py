"""Waiting for a condition, with a limit; never for a time."""
import time


def wait_for(condition, seconds=10, what="a condition", every=0.05):
    """The first true value of condition(); fails when none came in time."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}; last: {value!r}"
        time.sleep(every)
