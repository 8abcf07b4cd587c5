"""What links say of themselves: the births and wills of the service and of a cleaner's client."""

from datetime import datetime

from alerts.link import Word
from alerts.messages import Presence, ServiceStatus, encode
from alerts.topics import Topics


def service_words(topics: Topics, version: str, since: datetime) -> tuple[Word, Word]:
    """The birth and the will of the service's link."""
    here, gone = (encode(ServiceStatus(online=online, version=version, since=since)) for online in (True, False))
    return Word(topics.service_status, here), Word(topics.service_status, gone)


def presence_words(topics: Topics, cleaner_id: str, boot_id: str) -> tuple[Word, Word]:
    """The birth and the will of a cleaner's link. A will with another `boot_id` than the latest birth is old."""
    here, gone = (encode(Presence(online=online, boot_id=boot_id)) for online in (True, False))
    return Word(topics.presence(cleaner_id), here), Word(topics.presence(cleaner_id), gone)
