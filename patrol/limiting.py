"""The limiter at work: holds back what a paused rule would open, within the look's own transaction, until an engineer ends the pause."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from alerts.desk import OrderDesk, standing_order
from alerts.lifecycle import Action
from alerts.notifying import Happening, heal, notify, of_rule
from patrol.links import picture_links
from rules.judgement import ChangeKind, Decision, IncidentChange
from rules.limiter import Fate, HeldOpening, Pause, PauseEnd, Room, limited, sift
from storage.book import Book
from storage.database import Database
from town.durations import show_duration
from town.evidence import Purpose
from town.recipients import Matter
from town.rule_settings import Priority
from town.township import Township
from town.work import Incident

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Held openings that a release reads at a time."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What of a look reaches the desk, what is held instead, and the rules that it paused."""

    changes: tuple[IncidentChange, ...]
    decisions: tuple[Decision, ...]
    held: tuple[Incident, ...] = ()
    paused: tuple[Pause, ...] = ()


def hold_back(book: Book, township: Township, changes: Sequence[IncidentChange], decisions: Sequence[Decision], now: datetime) -> HeldBack:
    """Keep from the desk what a paused rule would open, and what becomes of that. All of one camera's look.

    An opening whose order lives (the same problem again) opens none: it passes.
    """
    if not any(decision.incident_id for decision in decisions):
        return HeldBack(tuple(changes), tuple(decisions))
    followed, pauses = book.followed(decisions[0].camera_id), dict(book.standing_pauses())
    theirs, new = _sorted_out(book, followed, changes)
    sifted = sift(new, partial(_room, book, township, pauses, now))
    for rule_id in sifted.paused:
        pauses[rule_id] = _pause(book, township, rule_id, now)
    for incident in sifted.held:
        book.hold(HeldOpening(incident, pauses[incident.key.rule_id].number, now))
    kept = {incident.id for incident in sifted.held} | theirs
    held = {incident.id for incident in sifted.held} | {one.incident.id for one in followed.values() if one.fate is Fate.HELD}
    return HeldBack(
        tuple(change for change in changes if change.incident.id not in kept),
        limited(decisions, held, pauses),
        sifted.held,
        tuple(pauses[rule_id] for rule_id in sifted.paused),
    )


def _sorted_out(book: Book, followed: Mapping[str, HeldOpening], changes: Sequence[IncidentChange]) -> tuple[set[str], list[Incident]]:
    """The ids of changes that concern only what is held, settled; and the openings that would open an order."""
    theirs: set[str] = set()
    new: list[Incident] = []
    for incident in (change.incident for change in changes if change.kind is ChangeKind.OPENED):
        if incident.id in followed:
            theirs.add(incident.id)
            continue
        for rival in (one for one in followed.values() if one.incident.key == incident.key):
            _settle(book, rival, replace(rival.incident, closed_at=incident.opened_at, closed_reason="replaced"), Fate.REPLACED)
        if standing_order(book, incident) is None:
            new.append(incident)
    for incident in (change.incident for change in changes if change.kind is ChangeKind.CLEARED):
        if incident.id in followed:
            theirs.add(incident.id)
            _settle(book, followed[incident.id], incident, Fate.CLEARED)
    return theirs, new


def _settle(book: Book, held: HeldOpening, ended: Incident, fate: Fate) -> None:
    """What was discarded stays so; that its problem ended is noted all the same."""
    book.settle(ended, fate if held.fate is Fate.HELD else held.fate)


def _room(book: Book, township: Township, pauses: Mapping[str, Pause], now: datetime, rule_id: str) -> Room:
    """Orders count from the end of the rule's last pause at the earliest: those it released must not pause it again."""
    limit = township.limit_of(rule_id)
    ended_at = book.last_pause_end(rule_id)
    since = max(now - limit.within, ended_at) if ended_at else now - limit.within
    return Room(limit.orders, limit.within, book.opened_since(rule_id, since), rule_id in pauses)


def _pause(book: Book, township: Township, rule_id: str, now: datetime) -> Pause:
    limit = township.limit_of(rule_id)
    pause = Pause(rule_id, now, limit.orders, limit.within)
    rule = township.rule_by_id[rule_id]
    detail = {"rule": rule_id, "name": rule.name, "orders": limit.orders, "within_s": limit.within.total_seconds()}
    urgent = rule.priority is Priority.TOP
    notify(book, township.notices, Happening(Matter.RULE_PAUSED, of_rule(rule_id), detail, urgent=urgent), now)
    return replace(pause, number=book.pause(pause))


def tell_engineers(pause: Pause, township: Township) -> None:
    """The one notice of a pause, once it is committed."""
    rule = township.rule_by_id.get(pause.rule_id)
    urgent = " It has top priority: nobody is sent until then." if rule and rule.priority is Priority.TOP else ""
    log.warning(
        "limiter: rule %s is paused, for it would have opened more than %d orders within %s. What it would open is held: "
        "see `weisu limiter list`, then release or discard it.%s",
        *(pause.rule_id, pause.orders, show_duration(pause.within), urgent),
    )


class NotPaused(Exception):
    """Nothing is held for the rule that was named."""


def release(database: Database, township: Township, rule_id: str, by: str, now: datetime) -> Mapping[Fate, int]:
    """End a rule's pause and open what still holds, oldest first. Returns how many were released and how many are gone.

    A camera's openings are a transaction; the last one ends the pause, so that what a kill leaves is still held, and released by
    the next call. Raises NotPaused.
    """
    desk, counts = OrderDesk(database, township, picture_links(township, database)), {Fate.RELEASED: 0, Fate.GONE: 0}
    while True:
        with database.transaction() as book:
            pause = _standing(book, rule_id)
            waiting = book.held(pause.number, AT_ONCE)
            camera_id = waiting[0].incident.key.camera_id if waiting else ""
            for held in (one for one in waiting if one.incident.key.camera_id == camera_id):
                fate = _open(book, desk, township, held, now)
                book.settle(held.incident, fate)
                counts[fate] += 1
            if len(waiting) < AT_ONCE and all(one.incident.key.camera_id == camera_id for one in waiting):
                _end(book, pause, PauseEnd.RELEASED, by, now)
                return counts


def discard(database: Database, rule_id: str, by: str, now: datetime) -> int:
    """End a rule's pause and open none of what it holds, not even once it fires on: a new problem opens. Raises NotPaused."""
    with database.transaction() as book:
        pause = _standing(book, rule_id)
        _end(book, pause, PauseEnd.DISCARDED, by, now)
        return book.discard_held(pause.number)


def _end(book: Book, pause: Pause, how: PauseEnd, by: str, now: datetime) -> None:
    book.end_pause(pause.number, how, by, now)
    heal(book, of_rule(pause.rule_id), now)


def _standing(book: Book, rule_id: str) -> Pause:
    pause = book.standing_pauses().get(rule_id)
    if pause is None:
        raise NotPaused(rule_id)
    return pause


def _open(book: Book, desk: OrderDesk, township: Township, held: HeldOpening, now: datetime) -> Fate:
    key = held.incident.key
    camera, zone = township.camera_by_id.get(key.camera_id), township.zone_at(key.camera_id, key.zone_id)
    if camera is None or zone is None or key.rule_id not in {rule.id for rule in township.rules_for(zone)}:
        return Fate.GONE
    events = desk.take_in(book, camera, [IncidentChange(ChangeKind.OPENED, held.incident)], (), now)
    opened = [event.order_id for event in events if event.action in {Action.OPEN, Action.RECUR}]
    if opened and book.has_picture(held.picture_id):
        book.show_order(held.picture_id, opened[0], Purpose.OPENED)
    return Fate.RELEASED
