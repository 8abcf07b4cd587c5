"""One contract for every link: in memory, on the embedded broker, on Mosquitto with MQTT 3.1.1 and 5."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.access import Access, Verb
from alerts.link import Incoming, Link, LinkError, NotConnected, Refused, TooLarge, Word
from alerts.messages import MAX_BYTES
from alerts.topics import Topics
from tests.doubles.brokers import PATIENCE_S, BrokerUnderTest, InMemory, embedded, eventually, mosquitto, running

TOPICS = Topics("yizhuang")
ACCESS = Access(TOPICS.root, "service", frozenset({"c01", "c02"}))
PASSWORDS = {"service": "s-secret", "c01": "one-secret", "c02": "two-secret", "stranger": "no-rights"}
KINDS = ["memory", "embedded", "mosquitto-3.1.1", "mosquitto-5"]


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerUnderTest]:
    match request.param:
        case "memory":
            yield InMemory(ACCESS)
        case "embedded":
            with embedded(ACCESS, PASSWORDS) as broker:
                yield broker
        case kind:
            with mosquitto(tmp_path, ACCESS, PASSWORDS, "5" if kind == "mosquitto-5" else "3.1.1") as broker:
                yield broker


def next_of(link: Link) -> Incoming:
    return link.incoming.get(timeout=PATIENCE_S)


def waiting(link: Link) -> list[Incoming]:
    messages = []
    while True:
        try:
            messages.append(link.incoming.get_nowait())
        except queue.Empty:
            return messages


def test_a_message_that_was_acknowledged_reaches_its_reader(broker: BrokerUnderTest) -> None:
    with running(broker.link("service")) as service, running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
        service.publish(TOPICS.inbox("c01"), b"an offer", expires_in_s=60)

        assert next_of(cleaner) == Incoming(TOPICS.inbox("c01"), b"an offer")


def test_messages_arrive_in_the_order_in_which_they_were_sent(broker: BrokerUnderTest) -> None:
    sent = [str(number).encode() for number in range(50)]
    with running(broker.link("service")) as service, running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
        for payload in sent:
            service.publish(TOPICS.inbox("c01"), payload)

        assert [next_of(cleaner).payload for _ in sent] == sent


def test_position_goes_up_at_qos_0(broker: BrokerUnderTest) -> None:
    topic = f"{TOPICS.root}/cleaners/c01/position"
    with running(broker.link("service"), topic) as service, running(broker.link("c01")) as cleaner:
        cleaner.publish(topic, b"here", qos=0)

        assert next_of(service).payload == b"here"


def test_what_is_retained_comes_on_subscription(broker: BrokerUnderTest) -> None:
    with running(broker.link("service")) as service:
        service.publish(TOPICS.snapshot("c01"), b"older", retain=True)
        service.publish(TOPICS.snapshot("c01"), b"newer", retain=True)

        with running(broker.link("c01"), TOPICS.snapshot("c01")) as cleaner:
            assert next_of(cleaner) == Incoming(TOPICS.snapshot("c01"), b"newer", retained=True)


def test_a_subscription_made_while_connected_counts_at_once(broker: BrokerUnderTest) -> None:
    with running(broker.link("service")) as service, running(broker.link("c01")) as cleaner:
        service.publish(TOPICS.snapshot("c01"), b"all that is live", retain=True)
        cleaner.subscribe(TOPICS.snapshot("c01"))

        assert next_of(cleaner).payload == b"all that is live"


def test_a_denied_message_is_an_error_for_good_where_the_protocol_can_say_so(broker: BrokerUnderTest) -> None:
    with running(broker.link("c01")) as cleaner:
        if not broker.tells_denial:
            cleaner.publish(TOPICS.inbox("c02"), b"forged")
            return
        with pytest.raises(Refused) as denial:
            cleaner.publish(TOPICS.inbox("c02"), b"forged")

        assert not denial.value.retryable


def test_a_denied_message_reaches_nobody(broker: BrokerUnderTest) -> None:
    with running(broker.link("service"), f"{TOPICS.root}/#") as service, running(broker.link("c01")) as cleaner:
        try_to_publish(cleaner, TOPICS.inbox("c02"), b"forged")
        cleaner.publish(TOPICS.up("c01"), b"the next one")

        assert next_of(service).payload == b"the next one"


def test_publishing_without_a_broker_is_an_error_worth_a_retry(broker: BrokerUnderTest) -> None:
    broker.kill()
    link = broker.link("service")
    link.start()

    with pytest.raises(NotConnected) as offline:
        link.publish(TOPICS.inbox("c01"), b"an offer")

    assert offline.value.retryable
    link.stop()


def test_a_message_that_failed_offline_is_not_sent_behind_our_back(broker: BrokerUnderTest) -> None:
    with running(broker.link("service")) as service, running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
        broker.kill()
        eventually(lambda: not service.connected, "the loss")
        with pytest.raises(LinkError):
            service.publish(TOPICS.inbox("c01"), b"too early")
        broker.restart()
        eventually(lambda: service.connected and cleaner.connected, "the way back")
        service.publish(TOPICS.inbox("c01"), b"on time")

        assert next_of(cleaner).payload == b"on time"


def test_subscriptions_outlive_the_broker(broker: BrokerUnderTest) -> None:
    with running(broker.link("service")) as service, running(broker.link("c01"), TOPICS.inbox("c01")) as cleaner:
        broker.kill()
        eventually(lambda: not service.connected and not cleaner.connected, "the loss")
        broker.restart()
        eventually(lambda: service.connected and cleaner.connected, "the way back")
        service.publish(TOPICS.inbox("c01"), b"after the storm")

        assert next_of(cleaner).payload == b"after the storm"


def test_every_session_is_counted(broker: BrokerUnderTest) -> None:
    with running(broker.link("c01")) as cleaner:
        before = cleaner.session_count
        broker.kill()
        eventually(lambda: not cleaner.connected, "the loss")
        broker.restart()
        eventually(lambda: cleaner.connected, "the way back")

        assert (before, cleaner.session_count) == (1, 2)


def test_the_will_of_a_killed_client_is_said_and_retained(broker: BrokerUnderTest) -> None:
    will = Word(TOPICS.presence("c01"), b"gone")
    with running(broker.link("service"), TOPICS.every_presence) as service:
        broker.doomed("c01", will)()

        assert next_of(service) == Incoming(will.topic, b"gone")
        with running(broker.link("service", "later"), TOPICS.every_presence) as later:
            assert next_of(later) == Incoming(will.topic, b"gone", retained=True)


def test_a_client_that_leaves_politely_says_so_too(broker: BrokerUnderTest) -> None:
    birth, will = Word(TOPICS.presence("c01"), b"here"), Word(TOPICS.presence("c01"), b"gone")
    with running(broker.link("service"), TOPICS.every_presence) as service:
        with running(broker.link("c01", birth=birth, will=will)):
            assert next_of(service).payload == b"here"

        assert next_of(service).payload == b"gone"


def test_the_birth_is_said_at_every_connection(broker: BrokerUnderTest) -> None:
    birth = Word(TOPICS.presence("c01"), b"here")
    with running(broker.link("service"), TOPICS.every_presence) as service, running(broker.link("c01", birth=birth)) as cleaner:
        assert next_of(service).payload == b"here"
        broker.kill()
        eventually(lambda: not service.connected and not cleaner.connected, "the loss")
        broker.restart()

        assert next_of(service).payload == b"here"


def test_an_inbox_that_fails_does_not_end_the_link(broker: BrokerUnderTest) -> None:
    class Failing(queue.Queue[Incoming]):
        def put_nowait(self, item: Incoming) -> None:
            if item.payload == b"poison":
                raise RuntimeError("this message breaks its reader")
            super().put_nowait(item)

    cleaner = broker.link("c01")
    cleaner.incoming = Failing()
    with running(broker.link("service")) as service, running(cleaner, TOPICS.inbox("c01")):
        service.publish(TOPICS.inbox("c01"), b"poison")
        service.publish(TOPICS.inbox("c01"), b"an offer")

        assert next_of(cleaner).payload == b"an offer"
        cleaner.publish(TOPICS.up("c01"), b"still here")


def test_what_the_contract_does_not_allow_is_not_even_sent(broker: BrokerUnderTest) -> None:
    with running(broker.link("service")) as service, pytest.raises(TooLarge) as error:
        service.publish(TOPICS.inbox("c01"), b"x" * (MAX_BYTES + 1))

    assert not error.value.retryable


def test_stopping_twice_is_harmless(broker: BrokerUnderTest) -> None:
    with running(broker.link("c01")) as cleaner:
        cleaner.stop()

    assert not cleaner.connected


# The permission matrix: every user, every topic, both verbs.

USERS = ["service", "c01", "c02", "stranger"]
OWN = [f"{TOPICS.root}/cleaners/{who}/{leaf}" for who in ("c01", "c02") for leaf in ("inbox", "snapshot", "up", "presence", "position")]
COMMON = [
    TOPICS.grid_orders("g1"),
    TOPICS.grid_board("g1"),
    TOPICS.camera_status("gate-3"),
    TOPICS.service_status,
    TOPICS.dead_letter,
    f"{TOPICS.root}/cleaners/c01",
    f"{TOPICS.root}/cleaners/c01/inbox/deeper",
    f"{TOPICS.root}/cleaners/c010/inbox",
]
WILD = ["#", "weisu/#", f"{TOPICS.root}/#", f"{TOPICS.root}/cleaners/+/inbox", f"{TOPICS.root}/cleaners/+/snapshot", "+/+/+/+/+/+"]
EVERY_TOPIC = [*OWN, *COMMON]


def try_to_publish(link: Link, topic: str, payload: bytes, *, retain: bool = False) -> None:
    try:
        link.publish(topic, payload, retain=retain)
    except Refused as denial:
        assert not denial.retryable


def flush(link: Link) -> None:
    """An answered message: what the broker sent to this link before has then arrived."""
    try_to_publish(link, f"{TOPICS.root}/cleaners/nobody/up", b"flush")


@pytest.mark.parametrize("user", USERS)
def test_nobody_writes_where_the_table_does_not_let_them(broker: BrokerUnderTest, user: str) -> None:
    allowed = {topic for topic in EVERY_TOPIC if ACCESS.may(user, Verb.WRITE, topic)}
    with running(broker.link("service", "observer"), f"{TOPICS.root}/#") as observer, running(broker.link(user)) as writer:
        for topic in EVERY_TOPIC:
            try_to_publish(writer, topic, b"written")
        observer.publish(TOPICS.service_status, b"end")

        seen = [next_of(observer)]
        while seen[-1].payload != b"end":
            seen.append(next_of(observer))

    assert {message.topic for message in seen if message.payload == b"written"} == allowed


@pytest.mark.parametrize("filters", [EVERY_TOPIC, WILD], ids=["by name", "by wildcard"])
@pytest.mark.parametrize("user", USERS)
def test_nobody_reads_what_the_table_does_not_let_them(broker: BrokerUnderTest, user: str, filters: list[str]) -> None:
    allowed = {topic for topic in EVERY_TOPIC if ACCESS.may(user, Verb.READ, topic)}
    with running(broker.link("service", "writer")) as writer:
        for topic in EVERY_TOPIC:
            writer.publish(topic, b"retained", retain=True)
        with running(broker.link("c01", "other"), *OWN), running(broker.link(user), *filters) as reader:
            for topic in EVERY_TOPIC:
                writer.publish(topic, b"live")
            flush(writer)
            flush(reader)
            if filters is EVERY_TOPIC:
                expected = {(topic, payload) for topic in allowed for payload in (b"retained", b"live")}
                seen = {(message.topic, message.payload) for message in (next_of(reader) for _ in expected)}
                assert seen == expected

            assert {message.topic for message in waiting(reader) if message.payload != b"flush"} <= allowed
