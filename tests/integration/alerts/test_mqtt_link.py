"""The link over paho, where the contract of all links does not reach: silent brokers, sessions, TLS."""

import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.access import Access
from alerts.link import NoAnswer, NotConnected
from alerts.mqtt import MqttLink
from alerts.topics import Topics
from tests.doubles.brokers import PATIENCE_S, eventually, mosquitto, running
from tests.doubles.certificates import Authority
from town.settings import ExternalBroker

TOPICS = Topics("yizhuang")
ACCESS = Access(TOPICS.root, "service", frozenset({"c01"}))
PASSWORDS = {"service": "s-secret", "c01": "one-secret"}


class SilentBroker:
    """Welcomes MQTT 3.1.1 clients and then says nothing; remembers what it got."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.getsockname()[1])

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        connections: list[socket.socket] = []
        while not self._over.is_set():
            try:
                connection = self._server.accept()[0]
            except TimeoutError:
                pass
            else:
                connection.settimeout(0.05)
                connections.append(connection)
            for connection in connections:
                self._listen(connection)
        for connection in connections:
            connection.close()

    def _listen(self, connection: socket.socket) -> None:
        try:
            packet = connection.recv(65536)
        except (TimeoutError, OSError):
            return
        if packet:
            self.got.append(packet)
        if packet[:1] == b"\x10":
            connection.sendall(b"\x20\x02\x00\x00")


@contextmanager
def silent_broker() -> Iterator[SilentBroker]:
    broker = SilentBroker()
    try:
        yield broker
    finally:
        broker.stop()


def test_a_broker_that_does_not_acknowledge_is_an_error_worth_a_retry_and_is_hung_up_on() -> None:
    with silent_broker() as broker, running(MqttLink(ExternalBroker(host="127.0.0.1", port=broker.port, protocol="3.1.1"), "c01")) as link:
        with pytest.raises(NoAnswer) as error:
            link.publish(TOPICS.up("c01"), b"only once", timeout_s=0.2)
        eventually(lambda: link.session_count == 2, "the second session")
        with pytest.raises(NoAnswer):
            link.publish(TOPICS.up("c01"), b"another one", timeout_s=0.2)

        assert error.value.retryable
        assert sum(b"only once" in packet for packet in broker.got) == 1


def test_losing_the_connection_ends_the_wait_for_an_acknowledgement() -> None:
    with silent_broker() as broker, running(MqttLink(ExternalBroker(host="127.0.0.1", port=broker.port, protocol="3.1.1"), "c01")) as link:
        threading.Timer(0.2, broker.stop).start()

        with pytest.raises(NotConnected):
            link.publish(TOPICS.up("c01"), b"a word", timeout_s=PATIENCE_S)


def test_a_wrong_password_is_logged_once_and_never_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mosquitto(tmp_path, ACCESS, PASSWORDS) as broker:
        address = broker.address("c01").model_copy(update={"password": SecretStr("wrong-secret")})
        link = MqttLink(address, "c01")
        link.start()
        eventually(lambda: "refuses c01" in caplog.text, "the refusal")
        link.stop()

    assert not link.connected
    assert "wrong-secret" not in caplog.text


def test_on_mqtt_5_what_came_while_a_client_was_away_is_delivered_to_its_next_process(tmp_path: Path) -> None:
    with mosquitto(tmp_path, ACCESS, PASSWORDS) as broker, running(broker.link("service")) as service:
        with running(broker.link("c01"), TOPICS.inbox("c01")):
            pass
        service.publish(TOPICS.inbox("c01"), b"while you were away", expires_in_s=600)

        with running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
            assert cleaner.incoming.get(timeout=PATIENCE_S).payload == b"while you were away"


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # paho forgets to close its old pair of wake-up sockets
def test_the_network_thread_is_started_again_when_it_dies(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mosquitto(tmp_path, ACCESS, PASSWORDS) as broker, running(broker.link("service")) as service:
        with running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
            assert isinstance(cleaner, MqttLink)
            cleaner._client.loop_stop()
            service.publish(TOPICS.inbox("c01"), b"an offer")

            assert cleaner.incoming.get(timeout=PATIENCE_S).payload == b"an offer"
    gc.collect()
    assert "runs again" in caplog.text


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # paho forgets to close a socket whose handshake failed
def test_tls_holds_the_broker_to_its_certificate(tmp_path: Path) -> None:
    ours, others = Authority(tmp_path, "ours"), Authority(tmp_path, "others")
    with mosquitto(tmp_path, ACCESS, PASSWORDS, certificate=ours.signed()) as broker:
        base = {"host": "127.0.0.1", "port": broker.port, "tls": True, "username": "c01", "password": SecretStr("one-secret")}
        with running(MqttLink(ExternalBroker(**base, ca_file=ours.root), "c01")) as link:
            link.publish(TOPICS.up("c01"), b"in private")
        deceived = MqttLink(ExternalBroker(**base, ca_file=others.root), "c01")
        handshakes = []
        deceived._client.on_connect_fail = lambda *_: handshakes.append("failed")
        deceived.start()
        eventually(lambda: handshakes, "the refusal of the wrong certificate")
        with pytest.raises(NotConnected):
            deceived.publish(TOPICS.up("c01"), b"to whom?")
        deceived.stop()
        gc.collect()

        assert deceived.session_count == 0
