"""Every version of a rule that was ever in force, with its settings. Read only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storage.engines import Engines
from storage.tables import rule_versions


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A version and its settings, as a file would give them; `since` is when it last came into force."""

    rule_id: str
    version: str
    since: datetime
    settings: Mapping[str, Any]


class RuleHistory:
    """Reads what is committed, and waits for no writer."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def versions(self, rule_id: str) -> list[RuleVersion]:
        """Those of one rule, the one in force first."""
        named = [column.label(column.key) for column in rule_versions.c]
        chosen = select(*named).where(rule_versions.c.rule_id == rule_id).order_by(rule_versions.c.since.desc())
        with self._engines.reading() as connection:
            return [RuleVersion(**row) for row in connection.execute(chosen).mappings()]
