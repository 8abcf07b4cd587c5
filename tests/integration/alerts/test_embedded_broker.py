"""The embedded broker as a process: who gets in, what it survives, and that it never outlives its parent."""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from alerts.access import Access
from alerts.broker import BrokerError, EmbeddedBroker
from alerts.topics import Topics
from tests.doubles.brokers import PATIENCE_S, Embedded, embedded, eventually, running

TOPICS = Topics("yizhuang")
ACCESS = Access(TOPICS.root, "service", frozenset({"c01", "c02"}))
PASSWORDS = {"service": "s-secret", "c01": "one-secret", "c02": "two-secret"}
ACCEPTED, NOT_AUTHORISED = 0, 5

_PARENT = """
import sys
from alerts.access import Access
from alerts.broker import EmbeddedBroker
broker = EmbeddedBroker("127.0.0.1", int(sys.argv[1]), {}, Access("weisu/v1/yizhuang", "service", frozenset()))
broker.start()
print(broker.port, broker.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def broker() -> Iterator[Embedded]:
    with embedded(ACCESS, PASSWORDS) as broker:
        yield broker


def text(value: str) -> bytes:
    return struct.pack("!H", len(value.encode())) + value.encode()


def connect_packet(
    client_id: str, user: str | None = None, password: str | None = None, will: str | None = None, keep_alive_s: int = 60
) -> bytes:
    flags = 0x02 | (0x80 if user else 0) | (0x40 if password else 0) | (0x2C if will else 0)
    body = text("MQTT") + bytes([4, flags]) + struct.pack("!H", keep_alive_s) + text(client_id)
    body += (text(will) + text("gone") if will else b"") + (text(user) if user else b"") + (text(password) if password else b"")
    return bytes([0x10, len(body)]) + body


def dial(broker: Embedded, packet: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", broker.port), PATIENCE_S)
    connection.sendall(packet)
    return connection


def answer_to(broker: Embedded, packet: bytes) -> int:
    with closing(dial(broker, packet)) as connection:
        return connection.recv(4)[3]


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    ("packet", "answer"),
    [
        pytest.param(connect_packet("c01", "c01", "one-secret"), ACCEPTED, id="right"),
        pytest.param(connect_packet("c01.phone", "c01", "one-secret"), ACCEPTED, id="second device"),
        pytest.param(connect_packet("c01", "c01", "wrong"), NOT_AUTHORISED, id="wrong password"),
        pytest.param(connect_packet("c01", "c01"), NOT_AUTHORISED, id="no password"),
        pytest.param(connect_packet("c01"), NOT_AUTHORISED, id="anonymous"),
        pytest.param(connect_packet("c03", "c03", "one-secret"), NOT_AUTHORISED, id="unknown"),
        pytest.param(connect_packet("c01", "c02", "two-secret"), NOT_AUTHORISED, id="other's id"),
        pytest.param(connect_packet("weisu-yizhuang", "service", "s-secret"), ACCEPTED, id="service"),
        pytest.param(connect_packet("weisu-yizhuang", "c01", "one-secret"), NOT_AUTHORISED, id="service's id"),
        pytest.param(connect_packet("c02", "c02", "two-secret", will=TOPICS.inbox("c01")), NOT_AUTHORISED, id="forged will"),
        pytest.param(connect_packet("c02", "c02", "two-secret", will=TOPICS.presence("c02")), ACCEPTED, id="own will"),
    ],
)
def test_only_known_users_under_their_own_names_get_in(broker: Embedded, packet: bytes, answer: int) -> None:
    assert answer_to(broker, packet) == answer


def test_a_stranger_cannot_end_anothers_session(broker: Embedded) -> None:
    with running(broker.link("service")) as service, running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
        answer_to(broker, connect_packet("c01", "c01", "wrong"))
        answer_to(broker, connect_packet("c01", "c02", "two-secret"))
        service.publish(TOPICS.inbox("c01"), b"an offer")

        assert cleaner.incoming.get(timeout=PATIENCE_S).payload == b"an offer"
        assert cleaner.session_count == 1


def test_a_second_connection_of_the_same_client_takes_over(broker: Embedded) -> None:
    with closing(dial(broker, connect_packet("c01", "c01", "one-secret"))) as first:
        first.recv(4)
        with closing(dial(broker, connect_packet("c01", "c01", "one-secret"))) as second:
            assert second.recv(4)[3] == ACCEPTED
            assert hung_up(first)


def test_the_will_of_a_client_that_went_silent_is_said(broker: Embedded) -> None:
    with running(broker.link("service"), TOPICS.every_presence) as service:
        packet = connect_packet("c01", "c01", "one-secret", will=TOPICS.presence("c01"), keep_alive_s=1)
        with closing(dial(broker, packet)):
            assert service.incoming.get(timeout=PATIENCE_S).payload == b"gone"


def test_a_packet_too_large_for_the_contract_ends_the_connection(broker: Embedded) -> None:
    with closing(dial(broker, connect_packet("c01", "c01", "one-secret"))) as connection:
        connection.recv(4)
        topic = text(TOPICS.up("c01"))
        connection.sendall(bytes([0x30, 0xFF, 0xFF, 0xFF, 0x7F]) + topic)

        assert hung_up(connection)


def test_garbage_does_not_harm_the_others(broker: Embedded) -> None:
    with running(broker.link("service"), TOPICS.every_up) as service, running(broker.link("c01")) as cleaner:
        for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00", b"\x10\xff\xff\xff\xff\xff", b"\x10\xff\xff\xff\x7f", b"\xf0\x00"):
            dial(broker, rubbish).close()
        cleaner.publish(TOPICS.up("c01"), b"hello")

        assert service.incoming.get(timeout=PATIENCE_S).payload == b"hello"


def test_it_comes_back_on_the_same_port_when_it_is_killed(broker: Embedded) -> None:
    with running(broker.link("service"), TOPICS.every_up) as service, running(broker.link("c01")) as cleaner:
        port, pid = broker.port, broker.broker.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: service.session_count > 1 and cleaner.session_count > 1, "the way back")
        cleaner.publish(TOPICS.up("c01"), b"hello again")

        assert service.incoming.get(timeout=PATIENCE_S).payload == b"hello again"
        assert broker.port == port
        assert broker.broker.pid != pid


def parent_of_a_broker(port: int) -> tuple["subprocess.Popen[str]", int, int]:
    root = Path(__file__).parents[3]
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert parent.stdout
    told_port, pid = map(int, parent.stdout.readline().split())
    return parent, told_port, pid


def put_away(parent: "subprocess.Popen[str]") -> None:
    parent.kill()
    parent.wait()
    assert parent.stdin and parent.stdout
    parent.stdin.close()
    parent.stdout.close()


def test_it_dies_with_its_parent_and_the_next_service_has_the_port_at_once() -> None:
    parent, port, pid = parent_of_a_broker(0)
    put_away(parent)

    heir, same_port, heirs_pid = parent_of_a_broker(port)
    put_away(heir)

    assert same_port == port
    assert heirs_pid != pid
    eventually(lambda: not lives(pid) and not lives(heirs_pid), "the end of both brokers")


def lives(pid: int) -> bool:
    """Whether a process runs (a zombie nobody has waited for does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_ends_when_it_is_told_to() -> None:
    with embedded(ACCESS, PASSWORDS) as broker:
        pid = broker.broker.pid
        assert pid and lives(pid)

    assert not lives(pid)


def test_no_password_shows_in_its_command_line_or_environment(broker: Embedded) -> None:
    process = Path(f"/proc/{broker.broker.pid}")
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()

    assert not any(password.encode() in shown for password in PASSWORDS.values())


def test_an_address_that_is_not_ours_is_an_error_with_its_reason() -> None:
    broker = EmbeddedBroker("192.0.2.1", 18830, PASSWORDS, ACCESS)

    with pytest.raises(BrokerError, match=r"cannot listen on 192\.0\.2\.1:18830"):
        broker.start()

    broker.stop()
