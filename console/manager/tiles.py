"""The figures of a day in words: a tile each, with what it was a week before. Pure."""

from collections.abc import Iterator
from datetime import datetime

from console.manager.day import Day, Held, counts_held, looks_held, times_held
from console.wording import Words

_GOOD, _BAD = "good", "bad"
Tile = dict[str, str]


class Tiles:
    """`day` names the weekday of a week before. A tile is a name, a value, how that stands, and whether that is good or bad."""

    def __init__(self, words: Words, before_at: datetime) -> None:
        self._words = words
        self._day = words("today", f"day_{before_at.weekday()}")

    def of(self, today: Day, before: Day) -> list[Tile]:
        return [*self._counts(today, before), self._median(today, before), self._looks(today, before)]

    def _counts(self, today: Day, before: Day) -> Iterator[Tile]:
        pairs: tuple[tuple[str, int, int, dict[Held, str]], ...] = (
            ("opened", today.opened, before.opened, {}),
            ("solved", today.solved, before.solved, {Held.MORE: _GOOD, Held.LESS: _BAD}),
            ("self_cleared", today.self_cleared, before.self_cleared, {}),
            ("late", today.late, before.late, {Held.MORE: _BAD, Held.LESS: _GOOD}),
        )
        for name, now, then, means in pairs:
            held = counts_held(now, then, before.opened)
            yield self._tile(name, str(now), self._said(held, before=then, by=abs(now - then)), means.get(held, ""))

    def _median(self, today: Day, before: Day) -> Tile:
        held = times_held(today.solving_s, before.solving_s)
        value = self.lasting(today.solving.p50) if today.solving else self._words("today", "none_yet")
        then, now = before.solving.p50 if before.solving else 0.0, today.solving.p50 if today.solving else 0.0
        compared = {Held.MORE: ("slower", _BAD), Held.LESS: ("faster", _GOOD)}.get(held)
        said = self._said(held, compared[0] if compared else "", before=self.lasting(then), by=self.lasting(abs(now - then)))
        return self._tile("median", value, said, compared[1] if compared else "")

    def _looks(self, today: Day, before: Day) -> Tile:
        if today.looks is None:
            return self._tile("looks", "…", self._words("today", "counting"), "")
        if not today.looks.planned:
            return self._tile("looks", self._words("today", "none_yet"), "", "")
        held = looks_held(today.looks, before.looks)
        compared = {Held.MORE: ("higher", _GOOD), Held.LESS: ("lower", _BAD)}.get(held)
        then = _share(before.looks.done, before.looks.planned) if before.looks and before.looks.planned else ""
        said = self._said(held, compared[0] if compared else "", before=then)
        tile = self._tile("looks", _share(today.looks.done, today.looks.planned), said, compared[1] if compared else "")
        return tile | {"more": self._words("today", "of_planned", planned=f"{today.looks.planned:,}")}

    def lasting(self, span_s: float) -> str:
        """As the page says how long something took: to the minute."""
        minutes = int(span_s // 60)
        hours, days = minutes // 60, minutes // 1440
        if days >= 2:
            return self._words("today", "days", d=days, h=hours % 24)
        if hours:
            return self._words("today", "hours", h=hours, m=minutes % 60)
        return self._words("today", "minutes", m=minutes) if minutes else self._words("today", "moment")

    def _said(self, held: Held, name: str = "", **facts: object) -> str:
        return self._words("today", name or held.value, day=self._day, **facts)

    def _tile(self, name: str, value: str, beside: str, tone: str) -> Tile:
        return {"id": name, "name": self._words("today", name), "value": value, "beside": beside, "tone": tone}


def _share(done: int, planned: int) -> str:
    return f"{done / planned:.1%}"
