"""An honest post in memory: the twin of Apprise's, held to the same contract suite."""

from dataclasses import dataclass, field

from pydantic import SecretStr

from alerts.post import Letter, NotDelivered


@dataclass
class MemoryPost:
    """`trouble` is why letters to an address are not taken, by the address; one that names no way at all is bad."""

    sent: list[tuple[str, Letter]] = field(default_factory=list)
    trouble: dict[str, str] = field(default_factory=dict)

    def send(self, address: SecretStr, letter: Letter) -> None:
        where = address.get_secret_value()
        if "://" not in where:
            raise NotDelivered("bad_address")
        if where in self.trouble:
            raise NotDelivered(self.trouble[where])
        self.sent.append((where, letter))
