"""What a service threw is told by the exception that was met last, unless a fault explains it."""

from simulator.faults.reading import thrown_in

FULL_DISK = """2026-05-04 10:00:00,123 0 alerts.relay: a round of the relay failed
Traceback (most recent call last):
  File "engines.py", line 1, in writing
sqlite3.OperationalError: disk I/O error

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "relay.py", line 1, in run
storage.errors.Failed: disk I/O error
(Background on this error at: https://sqlalche.me/e/21/e3q8)
"""
A_BUG = """2026-05-04 10:00:01,456 0 simulator.faults.half: a round failed
Traceback (most recent call last):
  File "noticeboard.py", line 1, in refresh
    raise TypeError("of ours: 1")
TypeError: of ours: 1
"""
NOTHING = "2026-05-04 10:00:02,789 0 alerts.reception: c1: claim_won\n"


def test_what_a_full_disk_becomes_is_foreseen() -> None:
    assert thrown_in(FULL_DISK + NOTHING) == []


def test_a_bug_is_named_once_however_often_it_is_met() -> None:
    assert thrown_in(NOTHING + A_BUG + FULL_DISK + A_BUG) == ["TypeError"]
