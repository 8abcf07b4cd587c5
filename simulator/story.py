"""What happened, in a sentence a manager reads at a glance: Chinese first, a few English words after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from alerts.lifecycle import Action
from town.township import Township
from town.work import OrderEvent, OrderState, WorkOrder

STATE_NAMES: Mapping[OrderState, str] = {
    OrderState.OPEN: "立案",
    OrderState.OFFERED: "派单",
    OrderState.CLAIMED: "接单",
    OrderState.ON_SITE: "到场",
    OrderState.VERIFYING: "核查",
    OrderState.CLOSED: "结案",
    OrderState.SELF_CLEARED: "自愈",
    OrderState.FALSE_ALARM: "误报",
    OrderState.CANCELLED: "撤销",
    OrderState.RETURNED: "退单待定",
    OrderState.DEFERRED: "挂账",
    OrderState.WHISTLED: "吹哨",
    OrderState.MERGED: "并案",
}

_TOLD: Mapping[str, tuple[str, str, str]] = {
    Action.OPEN: ("立案", "opened", "red"),
    Action.CLAIM: ("接单", "claimed", "yellow"),
    Action.DECLINE: ("退回派单", "declined", "dim"),
    Action.ARRIVE: ("到场", "on site", "yellow"),
    Action.DO: ("反馈已处置", "reports done", "cyan"),
    Action.RETURN: ("退单", "returned", "magenta"),
    Action.HAND_OVER: ("转交", "handed over", "yellow"),
    Action.RELEASE: ("收回", "released", "magenta"),
    Action.FALSE_ALARM: ("报误报", "false alarm", "magenta"),
    Action.CLOSE: ("镜头核查通过，结案", "verified, closed", "green"),
    Action.REDO: ("镜头核查未通过，再派件", "verification failed, offered again", "magenta"),
    Action.THIRD_ATTEMPT: ("两次处置未通过核查，等网格长处理", "failed twice, waits for a manager", "magenta"),
    Action.SELF_CLEAR: ("自愈", "cleared by itself", "green"),
    Action.STRAND: ("暂无人可派", "nobody to send", "magenta"),
    Action.OVERDUE: ("超时督办", "overdue", "magenta"),
    Action.RECUR: ("同一问题又现", "seen again", "magenta"),
    Action.THIRD_RETURN: ("第三次退单，等网格长指定", "returned for the third time", "magenta"),
    Action.NAME_OWNER: ("网格长指定人", "given to somebody by a manager", "yellow"),
    Action.DEFER: ("挂账", "deferred", "dim"),
    Action.RESUME: ("恢复派单", "goes on", "red"),
    Action.WHISTLE: ("吹哨", "units called", "magenta"),
    Action.REPORT_IN: ("单位报到", "a unit reported in", "cyan"),
    Action.GATHER: ("应到单位都已报到", "all units have reported in", "cyan"),
    Action.ABSORB: ("并入同类工单", "another order merged into it", "dim"),
    Action.RESTORE: ("从备份恢复", "restored from a backup", "dim"),
    Action.MERGE: ("并案", "merged", "dim"),
    Action.CONFIRM: ("网格长核实，结案", "confirmed by a manager, closed", "green"),
    Action.DISMISS: ("网格长认定误报", "called a false alarm by a manager", "magenta"),
    Action.CANCEL: ("撤销", "cancelled", "dim"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the story. `style` is a rich colour."""

    at: datetime
    place: str
    problem: str
    text: str
    english: str
    style: str

    def plain(self, zone: tzinfo) -> str:
        return f"{self.at.astimezone(zone):%H:%M:%S} {self.place} {self.problem}：{self.text}（{self.english}）"


def tell(event: OrderEvent, order: WorkOrder, township: Township) -> Line | None:
    """The sentence for an order's event; None for what nobody needs to read, such as a look that was counted."""
    names = {cleaner.id: cleaner.name for cleaner in township.cleaners}
    if event.action == Action.OFFER:
        to = [names.get(name, name) for name in event.detail.get("to", {})]
        text, english, style = f"派给{len(to)}人：{'、'.join(to)}", f"offered to {len(to)}", "bright_blue"
    elif event.action in _TOLD:
        text, english, style = _TOLD[event.action]
        text = f"{names[event.actor]} {text}" if event.actor in names else text
    else:
        return None
    return Line(event.happened_at, zone_name(order, township), rule_name(order, township), text, english, style)


def zone_name(order: WorkOrder, township: Township) -> str:
    camera = township.camera_by_id.get(order.camera_id)
    zone = next((zone for zone in camera.zones if zone.id == order.zone_id), None) if camera else None
    return (zone.name if zone and zone.name else camera.name) if camera else order.camera_id


def rule_name(order: WorkOrder, township: Township) -> str:
    rule = township.rule_by_id.get(order.rule_id)
    return rule.name if rule else order.rule_id
