"""What a bad wire does to a stream of MQTT packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.faults.wire import packets_of, repeated

PUBLISH = b"\x32\x07\x00\x01t\x00\x05hi"
AT_QOS_0 = b"\x30\x05\x00\x01thi"
LONG = b"\x32\xc8\x01" + bytes(200)
PING = b"\xc0\x00"


@given(st.lists(st.sampled_from([PUBLISH, AT_QOS_0, LONG, PING])), st.integers(min_value=1, max_value=50))
def test_packets_are_told_apart_however_the_stream_is_cut(sent: list[bytes], piece: int) -> None:
    stream, rest, seen = b"".join(sent), b"", []
    for start in range(0, len(stream), piece):
        packets, rest = packets_of(rest + stream[start : start + piece])
        seen += packets

    assert (seen, rest) == (sent, b"")


def test_a_stream_that_is_not_mqtt_is_refused() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        packets_of(b"\x32\xff\xff\xff\xff\xff")


def test_only_a_publish_at_qos_1_is_repeated_and_marked_as_such() -> None:
    assert packets_of(repeated(PUBLISH))[0] == [PUBLISH, b"\x3a" + PUBLISH[1:]]
    assert [repeated(other) for other in (AT_QOS_0, PING)] == [AT_QOS_0, PING]
