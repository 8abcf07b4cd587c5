"""A link over MQTT 3.1.1 or 5: the only place that knows paho."""

import logging
import queue
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from alerts.link import Incoming, NoAnswer, NotConnected, Refused, TooLarge, Word
from alerts.messages import MAX_BYTES
from town.settings import ExternalBroker

logger = logging.getLogger(__name__)

_P = ParamSpec("_P")

_BACKOFF_S = (1, 15)
_IN_FLIGHT = 20
_PACKET_BYTES = 4 * MAX_BYTES
_WATCH_S = 1.0
_GOODBYE_S = 2.0
_BAD = 0x80


def _never_raises(callback: Callable[_P, None]) -> Callable[_P, None]:
    """An exception in a callback ends paho's network thread while the client still says that it is connected."""

    @wraps(callback)
    def safe(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            logger.exception("%s failed", callback.__name__)

    return safe


class MqttLink:
    """A session with the broker that `broker` describes; see `Link` for its promises.

    On MQTT 5 a denied message raises Refused. MQTT 3.1.1 has no word for that: brokers acknowledge what they deny.
    A broker that leaves a message unacknowledged is hung up on, so that nothing of the message stays in paho.
    With a `session_expiry` of 0 the broker keeps nothing of a session that ended; on 3.1.1 it otherwise keeps it for good.
    """

    def __init__(
        self,
        broker: ExternalBroker,
        client_id: str,
        *,
        birth: Word | None = None,
        will: Word | None = None,
        keep_alive: timedelta = timedelta(seconds=20),
        session_expiry: timedelta = timedelta(hours=1),
    ) -> None:
        self.incoming: queue.Queue[Incoming] = queue.Queue()
        self._broker = broker
        self._birth = birth
        self._will = will
        self._speaks_5 = broker.protocol == "5"
        self._keep_alive_s = int(keep_alive.total_seconds())
        self._session_expiry_s = int(session_expiry.total_seconds())
        self._filters: list[str] = []
        self._news = threading.Condition()
        self._connected = False
        self._session_count = 0
        self._answers: dict[int, ReasonCode] = {}
        self._resubscribing: int | None = None
        self._birth_mid: int | None = None
        self._last_refusal = ""
        self._stopping = threading.Event()
        self._watchdog: threading.Thread | None = None
        self._client = self._make_client(client_id)

    @property
    def connected(self) -> bool:
        return self._connected

    @property
    def session_count(self) -> int:
        return self._session_count

    @property
    def refusal(self) -> str:
        """Why the broker last refused the connection; empty where it did not, or has let us in since."""
        return self._last_refusal

    def start(self) -> None:
        if self._speaks_5:
            properties = _properties(PacketTypes.CONNECT, SessionExpiryInterval=self._session_expiry_s, MaximumPacketSize=_PACKET_BYTES)
            self._client.connect_async(self._broker.host, self._broker.port, self._keep_alive_s, clean_start=False, properties=properties)
        else:
            self._client.connect_async(self._broker.host, self._broker.port, self._keep_alive_s)
        self._client.loop_start()
        self._watchdog = threading.Thread(target=self._watch, name="mqtt-watchdog", daemon=True)
        self._watchdog.start()

    def stop(self) -> None:
        """A polite end sends no will, so say it here."""
        if self._stopping.is_set():
            return
        self._say_goodbye()
        self._stopping.set()
        if self._watchdog is not None:
            self._watchdog.join()
        self._client.disconnect()
        self._client.drop_out_messages()
        self._client.loop_stop()
        self._lost("stopped")

    def subscribe(self, topic_filter: str) -> None:
        with self._news:
            if topic_filter in self._filters:
                return
            self._filters.append(topic_filter)
        if self._connected:
            self._ask_for([topic_filter])

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expires_in_s: int | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        if len(payload) > MAX_BYTES:
            raise TooLarge(f"{len(payload)} bytes for {topic}; the contract allows {MAX_BYTES}")
        session = self._session_count
        if not self._connected:
            raise NotConnected(f"no session with {self._broker.host}:{self._broker.port}")
        info = self._client.publish(topic, payload, qos, retain, self._publish_properties(expires_in_s))
        if info.rc != paho.MQTT_ERR_SUCCESS:
            self._client.drop_out_messages()
            raise NotConnected(f"the connection was lost: {paho.error_string(info.rc)}")
        self._await_answer(info.mid, session, timeout_s)

    def _await_answer(self, mid: int, session: int, timeout_s: float) -> None:
        """Only the reason code tells a good acknowledgement from a bad one. At QoS 0 it is paho's own word that the bytes left."""
        with self._news:
            self._news.wait_for(lambda: mid in self._answers or not self._in_session(session), timeout_s)
            answer = self._answers.pop(mid, None)
            lost = not self._in_session(session)
        if answer is not None:
            if answer.value >= _BAD:
                raise Refused(answer.value, str(answer))
        elif lost:
            raise NotConnected("the connection was lost before the broker answered")
        else:
            self._hang_up()
            raise NoAnswer(f"no acknowledgement within {timeout_s:g} s")

    def _in_session(self, session: int) -> bool:
        return self._connected and self._session_count == session

    def _publish_properties(self, expires_in_s: int | None) -> Properties | None:
        if not self._speaks_5:
            return None
        expiry = {} if expires_in_s is None else {"MessageExpiryInterval": max(1, expires_in_s)}
        return _properties(PacketTypes.PUBLISH, ContentType="application/json", **expiry)

    def _make_client(self, client_id: str) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if self._speaks_5 else self._session_expiry_s == 0,
            protocol=paho.MQTTv5 if self._speaks_5 else paho.MQTTv311,
        )
        if self._broker.username is not None:
            password = self._broker.password
            client.username_pw_set(self._broker.username, password.get_secret_value() if password else None)
        if self._broker.tls:
            client.tls_set(ca_certs=str(self._broker.ca_file) if self._broker.ca_file else None)
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=True)
        client.reconnect_delay_set(*_BACKOFF_S)
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.on_socket_open = self._on_socket_open
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    @_never_raises
    def _on_socket_open(self, _client: Any, _data: Any, connection: Any) -> None:
        """An acknowledgement and an answer that follow each other would otherwise wait 40 ms for the broker's TCP."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @_never_raises
    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            self._note_refusal(str(reason))
            return
        self._last_refusal = ""
        with self._news:
            filters = list(self._filters)
        self._resubscribing = self._ask_for(filters) if filters else None
        if self._birth is not None:
            self._birth_mid = self._client.publish(self._birth.topic, self._birth.payload, qos=1, retain=True).mid
        if self._resubscribing is None:
            self._begun()

    @_never_raises
    def _on_subscribe(self, _client: Any, _data: Any, mid: int, reasons: list[ReasonCode], _properties: Any) -> None:
        for reason in reasons:
            if reason.is_failure:
                logger.warning("the broker refused a subscription: %s", reason)
        if mid == self._resubscribing:
            self._resubscribing = None
            self._begun()

    @_never_raises
    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        self._client.drop_out_messages()
        self._lost(str(reason))

    @_never_raises
    def _on_publish(self, _client: Any, _data: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        if reason.value >= _BAD:
            logger.warning("the broker refused a message: %s", reason)
        if mid == self._birth_mid:
            self._birth_mid = None
            return
        with self._news:
            self._answers[mid] = reason
            self._news.notify_all()

    @_never_raises
    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        # Too long a message is cut to one byte more than the contract allows: the reader still sees who sent it, and that it is too long.
        payload = bytes(message.payload[: MAX_BYTES + 1])
        self.incoming.put_nowait(Incoming(message.topic, payload, bool(message.retain)))

    def _ask_for(self, filters: list[str]) -> int | None:
        asked: Any = [(one, SubscribeOptions(qos=1) if self._speaks_5 else 1) for one in filters]
        return self._client.subscribe(asked)[1]

    def _begun(self) -> None:
        with self._news:
            self._connected = True
            self._session_count += 1
            self._news.notify_all()
        logger.info("connected to %s:%d", self._broker.host, self._broker.port)

    def _lost(self, reason: str) -> None:
        with self._news:
            was_connected, self._connected = self._connected, False
            self._resubscribing = None
            self._answers.clear()
            self._news.notify_all()
        if was_connected and not self._stopping.is_set():
            logger.warning("lost %s:%d (%s); connecting again", self._broker.host, self._broker.port, reason)

    def _note_refusal(self, reason: str) -> None:
        """Say it once, not at every attempt."""
        if reason != self._last_refusal:
            logger.warning("%s:%d refuses %s: %s", self._broker.host, self._broker.port, self._broker.username, reason)
        self._last_refusal = reason

    def _hang_up(self) -> None:
        """Close the socket only: paho's thread sees it, forgets what was in flight, and connects again."""
        connection = self._client.socket()
        if isinstance(connection, socket.socket):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                logger.debug("the socket was closed already")

    def _say_goodbye(self) -> None:
        if self._will is None or not self._connected:
            return
        try:
            self.publish(self._will.topic, self._will.payload, retain=True, timeout_s=_GOODBYE_S)
        except (NotConnected, NoAnswer, Refused) as error:
            logger.debug("no goodbye: %s", error)

    def _watch(self) -> None:
        """Start paho's thread again should it have died: a no-op while it lives."""
        while not self._stopping.wait(_WATCH_S):
            if self._client.loop_start() == paho.MQTT_ERR_SUCCESS:
                logger.error("the MQTT network thread had died; it runs again")


def _properties(packet: int, **values: Any) -> Properties:
    properties = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(properties, name, value)
    return properties
