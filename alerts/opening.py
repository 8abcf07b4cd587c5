"""Opens the way to cleaners: a session with the broker of the configuration, or with weisu's own, which is started first."""

import secrets
from contextlib import AsyncExitStack
from datetime import datetime
from importlib.metadata import version

from pydantic import SecretStr

from alerts.access import Access, client_id
from alerts.broker import EmbeddedBroker as BrokerProcess
from alerts.mqtt import MqttLink
from alerts.presence import service_words
from alerts.topics import Topics
from town.settings import EmbeddedBroker, ExternalBroker
from town.township import Township

SERVICE_USER = "weisu-service"


def open_link(township: Township, topics: Topics, stack: AsyncExitStack, now: datetime) -> tuple[MqttLink, ExternalBroker]:
    """A session with the broker of the configuration; the embedded one is started first. `stack` ends both."""
    settings = township.mqtt
    if isinstance(settings, EmbeddedBroker):
        service_password = secrets.token_urlsafe(24)
        passwords = {c.id: c.password.get_secret_value() for c in township.cleaners if c.password}
        access = Access(topics.root, SERVICE_USER, frozenset(township.cleaner_by_id))
        broker = BrokerProcess(settings.host, settings.port, {**passwords, SERVICE_USER: service_password}, access)
        broker.start()
        stack.callback(broker.stop)
        password = SecretStr(service_password)
        settings = ExternalBroker(host=settings.host, port=broker.port, username=SERVICE_USER, password=password, protocol="3.1.1")
    birth, will = service_words(topics, version("weisu"), now)
    name = f"weisu-{township.town.id}"
    name = client_id(name, settings.password.get_secret_value()) if settings.password else name
    link = MqttLink(settings, name, birth=birth, will=will)
    link.subscribe(topics.every_up)  # before it connects: what cleaners say between the two would be lost on a broker without memory
    link.start()
    stack.callback(link.stop)
    return link, settings
