"""An explanation in plain words, or as plain values for programs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.lifecycle import Action
from patrol.explaining import Answer, Explanation, OrderStory, ZoneAnswers
from patrol.order_text import UNTOLD
from patrol.wording import Wording
from rules.judgement import Verdict
from town.looks import Look
from town.township import Township
from town.work import OrderEvent


class Story:
    """The lines that tell an explanation in one language."""

    def __init__(self, explanation: Explanation, township: Township, wording: Wording) -> None:
        self._explanation = explanation
        self._township = township
        self._words = wording

    def lines(self) -> Iterator[str]:
        told, say = self._explanation, self._words.line
        yield say(
            "head", camera=told.camera.name, id=told.camera.id, at=f"{told.at.astimezone(self._township.town.zone):%Y-%m-%d %H:%M:%S}"
        )
        yield self._look("last", told.look) if told.look else say("none_before")
        if told.clear_look is None:
            yield say("no_clear")
        elif told.clear_look != told.look:
            yield say("changes_nothing")
            yield say("clear", ended=self._clock(told.clear_look.ended_at))
        for zone in told.zones:
            yield from self._zone(zone)
        yield self._look("next", told.next_look) if told.next_look else say("none_after")

    def judged(self, rule_id: str, incident_id: str) -> Iterator[str]:
        """What was looked at and seen, and what one rule made of it for one incident; not what came of it. Nothing where none is kept."""
        for zone in self._explanation.zones:
            answers = [one for one in zone.answers if one.run.decision.rule_id == rule_id]
            chosen = [one for one in answers if one.run.decision.incident_id == incident_id] or answers[:1]
            if chosen and self._explanation.clear_look:
                yield self._look("last", self._explanation.clear_look)
                yield self._words.line("seen", metrics=self._words.metrics(zone.seen)) if zone.seen else self._words.line("not_kept")
            for answer in chosen:
                yield from self._judgement(answer)

    def _look(self, name: str, look: Look) -> str:
        why = look.reason if look.reason and look.reason != "fit" else ""
        word, *measured = why.split(" ")  # such as "shifted +0.012 -0.004"
        return self._words.line(
            f"{name}_why" if why else name,
            ended=self._clock(look.ended_at),
            outcome=self._words.of("outcomes", look.outcome),
            reason=" ".join([self._words.of("reasons", word), *measured]),
            cadence=self._words.of("cadences", look.cadence),
            seen_by=self._words.of("seen_by", look.seen_by),
        )

    def _zone(self, told: ZoneAnswers) -> Iterator[str]:
        say = self._words.line
        yield say("zone", zone=told.zone.name or told.zone.id, id=told.zone.id)
        yield "  " + (say("seen", metrics=self._words.metrics(told.seen)) if told.seen else say("not_kept"))
        if not told.answers:
            yield "  " + say("no_decision")
        for answer in told.answers:
            yield from (f"  {line}" for line in self._answer(answer))

    def _answer(self, answer: Answer) -> Iterator[str]:
        yield from self._judgement(answer)
        if answer.held:
            yield "  " + self._words.of("fates", answer.held.fate)
        for story in answer.orders:
            yield from (f"  {line}" for line in self._order(story))
        if not answer.orders and answer.run.decision.verdict in _WANTS_ORDER:
            yield "  " + self._words.line("no_order")
        if answer.followed_by:
            yield "  " + self._followed(answer)

    def _judgement(self, answer: Answer) -> Iterator[str]:
        decision, say = answer.run.decision, self._words.line
        rule, version = self._township.rule_by_id.get(decision.rule_id), decision.rule_version
        yield say(
            "answer",
            rule=rule.name if rule else decision.rule_id,
            version=say("version", version=version) if version else "",
            object=self._object(answer),
            sentence=self._words.sentence(decision.verdict, self._facts(answer)),
        )
        if answer.run.look_count > 1:
            span = {"since": self._clock(answer.run.began_at), "until": self._clock(answer.run_until)}
            yield "  " + say("same_since", **span, count=answer.run.look_count)
        if "memory" in answer.detail:
            yield "  " + say("memory", memory=answer.detail["memory"])

    def _followed(self, answer: Answer) -> str:
        """What the rule said next of the same place; when, and its first words only, since its numbers are those of its last look."""
        assert answer.followed_by is not None
        after = answer.followed_by
        return self._words.line("followed", at=self._clock(after.began_at), sentence=self._words.sentence(after.decision.verdict, {}))

    def _object(self, answer: Answer) -> str:
        if not answer.run.decision.object_id:
            return ""
        if answer.object_since is None:
            return self._words.line("named_object", object=answer.run.decision.object_id)
        return self._words.line("object", since=self._clock(answer.object_since))

    def _facts(self, answer: Answer) -> dict[str, str]:
        """What the clauses of a sentence may fill in."""
        detail = answer.detail
        facts = {name: f"{detail[name]:g}" for name in _NUMBERS if name in detail}
        facts |= {name: self._words.duration(detail[key]) for name, key in _DURATIONS.items() if key in detail}
        if "certain" in facts and detail.get("possible_dwell_s", 0.0) <= detail["certain_dwell_s"]:
            facts["certain_only"] = facts.pop("certain")
        facts |= {
            name: self._words.of("reasons", str(detail[name]))
            for name in ("reason", "permit", "silence", "silence_reason")
            if name in detail
        }
        return facts | ({"proven_at": self._clock(answer.provable_at)} if answer.provable_at else {})

    def _order(self, story: OrderStory) -> Iterator[str]:
        yield self._words.line("order", id=story.order.id, state=self._words.of("states", story.order.state))
        for event in story.events:
            if event.action in UNTOLD:
                continue
            yield f"  {self._event(event)}"

    def _event(self, event: OrderEvent) -> str:
        told = {"at": self._clock(event.happened_at), "event": self._words.of("events", event.action)}
        if event.action == Action.OFFER and event.detail.get("to"):
            names = str(self._words.of("between", "names")).join(map(self._name, event.detail["to"]))
            return self._words.line("event_to", **told, who=names)
        by_cleaner = event.actor in self._township.cleaner_by_id
        return self._words.line("event_by", **told, who=self._name(event.actor)) if by_cleaner else self._words.line("event", **told)

    def _name(self, cleaner_id: str) -> str:
        cleaner = self._township.cleaner_by_id.get(cleaner_id)
        return cleaner.name if cleaner else cleaner_id

    def _clock(self, at: datetime) -> str:
        """The time in the town; with the day where that is another."""
        zone = self._township.town.zone
        local = at.astimezone(zone)
        return f"{local:%H:%M:%S}" if local.date() == self._explanation.at.astimezone(zone).date() else f"{local:%Y-%m-%d %H:%M:%S}"


_WANTS_ORDER = frozenset({Verdict.OPENED, Verdict.STILL_FIRING, Verdict.WAITING_TO_CLEAR, Verdict.LIMITED})
_NUMBERS = (
    *("value", "at_least", "looks", "needs_looks", "of", "clear_looks", "needs_clear_looks"),
    *("missing_looks", "limit_orders"),
)
_DURATIONS = {
    "certain": "certain_dwell_s",
    "possible": "possible_dwell_s",
    "limit": "limit_s",
    "within": "within_s",
    "keep_firing": "keep_firing_s",
    "limit_within": "limit_within_s",
}


def as_json(told: Explanation) -> dict[str, Any]:
    """The same for programs; instants are UTC."""
    return {
        "camera": told.camera.id,
        "at": _instant(told.at),
        "look": _look_as_json(told.look),
        "clear_look": _look_as_json(told.clear_look),
        "next_look": _look_as_json(told.next_look),
        "zones": [
            {"zone": one.zone.id, "seen": one.seen, "decisions": [_answer_as_json(answer) for answer in one.answers]} for one in told.zones
        ],
    }


def _look_as_json(look: Look | None) -> Mapping[str, Any] | None:
    if look is None:
        return None
    times = {name: _instant(getattr(look, name)) for name in ("planned_at", "started_at", "ended_at")}
    return {**times, "outcome": look.outcome, "reason": look.reason, "cadence": look.cadence, "seen_by": look.seen_by}


def _answer_as_json(answer: Answer) -> dict[str, Any]:
    decision, after = answer.run.decision, answer.followed_by
    return {
        "rule": decision.rule_id,
        "rule_version": decision.rule_version,
        "object": decision.object_id,
        "verdict": decision.verdict,
        "firing": decision.firing,
        "decided_at": _instant(answer.decided_at),
        "since": _instant(answer.run.began_at),
        "looks": answer.run.look_count,
        "detail": dict(answer.detail),
        "provable_at": _instant(answer.provable_at),
        "incident": decision.incident_id,
        "held": answer.held and {"fate": answer.held.fate, "held_at": _instant(answer.held.held_at)},
        "orders": [_order_as_json(story) for story in answer.orders],
        "followed_by": after and {"at": _instant(after.began_at), "verdict": after.decision.verdict},
    }


def _order_as_json(story: OrderStory) -> dict[str, Any]:
    events = [{"at": _instant(one.happened_at), "action": one.action, "actor": one.actor, "reason": one.reason} for one in story.events]
    return {"order": story.order.id, "state": story.order.state, "opened_at": _instant(story.order.opened_at), "events": events}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None
