"""Waiting for something that happens soon, with a deadline and without guessing how long it takes."""

import time

INTERVAL = 0.02


class NotYet(AssertionError):
    """The condition did not hold before the deadline."""


def eventually(probe, what, timeout=20.0):
    """Calls `probe` until it returns something true, and returns that.

    Fails after `timeout` seconds with `what` and the last value seen. An AssertionError of the probe counts as "not
    yet"; any other error is passed on.
    """
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            last = probe()
            if last:
                return last
        except AssertionError as error:
            last = error
        if time.monotonic() > deadline:
            raise NotYet(f"not within {timeout:g} s: {what}; last seen: {last!r}")
        time.sleep(INTERVAL)
