"""Waiting for a condition, with a limit; never for a time."""
import time

PATIENCE = 60  # seconds that a busy machine may need for what a quiet one does in one


def wait_for(condition, seconds=PATIENCE, what="a condition", every=0.05, patience=PATIENCE):
    """The first true value of condition(); fails when none came in time. The limit ends a wait that is in vain and promises nothing, so
    it is never below `patience`: what has to be quick is measured by who says so."""
    seconds = max(seconds, patience)
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}; last: {value!r}"
        time.sleep(every)
