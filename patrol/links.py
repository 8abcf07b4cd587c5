"""The links of a township's service: what every desk that sends messages signs them with."""

from alerts.picture_links import PictureLinks
from storage.database import Database
from town.township import Township


def picture_links(township: Township, database: Database, base: str = "") -> PictureLinks | None:
    """None where nothing is served, no picture is kept, or the port is known to the running service alone, which gives `base`.

    Raises StorageError where the key cannot be used.
    """
    console = township.console
    if console is None or not township.storage.pictures_mb or not (base or console.base):
        return None
    return PictureLinks(base or console.base, database.link_key(), console.links_for)
