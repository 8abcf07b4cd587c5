"""The dialog in which a manager says what a deed needs, and learns in words what came of it."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from pydantic import TypeAdapter, ValidationError

from alerts.manager_desk import NotDone
from console.deeds import LONGEST, Deed, NotTheirs, carry_out, silence_place
from console.frame import Look
from console.manager.deed_fields import FIELDS, Fields
from console.manager.deed_inputs import Facts, Unsaid, said
from console.manager.markup import Markup
from console.manager.offered import DANGEROUS
from console.markup import heading
from storage.errors import StorageError
from town.accounts import Role
from town.work import WorkOrder

SILENCE = "silence"
_DEED: TypeAdapter[Deed] = TypeAdapter(Deed)


async def ask(look: Look, markup: Markup, order: WorkOrder, name: str, when_done: Callable[[], Awaitable[None]]) -> None:
    """Open the dialog of a deed, by its name in `offered.ACTIONS`, or of the silence."""
    if not await look.may_act(Role.MANAGER):
        return
    say = markup.say
    drawn: Fields = await FIELDS[name](look, markup, order) if name in FIELDS else Fields()
    with ui.dialog() as dialog, ui.card().classes("dialog"):
        dialog.props(f'role="dialog" aria-label="{say(name)}"').on("hide", dialog.delete)
        heading(say(name))
        ui.label(say(f"{name}_means")).classes("quiet")
        drawn.draw()
        reason = ui.input(say(_reason_word(name))).props(f'outlined maxlength={LONGEST} autocomplete="off"').classes("wide")
        if not drawn.takes_focus:
            reason.props("autofocus")
        refusal = ui.label().classes("refusal").props('role="alert"')
        refusal.set_visibility(False)

        async def act() -> None:
            refusal.set_visibility(False)
            wrong = await _carried_out(look, markup, order, name, drawn, reason.value or "")
            if wrong:
                refusal.set_text(wrong)
                refusal.set_visibility(True)
                return
            dialog.close()
            ui.notify(say("done", what=say(name)), type="positive", position="top")
            await when_done()

        reason.on("keydown.enter", act)
        with ui.element("div").classes("buttons"):
            ui.button(say("not_now"), on_click=dialog.close).props("flat no-caps")
            ui.button(say(name), on_click=act).props("unelevated no-caps" + (" color=negative" if name in DANGEROUS else ""))
    dialog.open()


async def _carried_out(look: Look, markup: Markup, order: WorkOrder, name: str, fields: Fields, reason: str) -> str:  # noqa: PLR0911  a table
    """Do it, and return why it was not done, in words; empty where it was."""
    if not await look.may_act(Role.MANAGER):
        return look.words("frame", "not_yours")
    try:
        facts = await fields.read()
        await _do(look, order, name, {**facts, "reason": said(reason, markup.say(_reason_word(name)))})
    except Unsaid as unsaid:
        return markup.say(unsaid.word, **unsaid.facts)
    except ValidationError:
        return markup.say("too_long", n=LONGEST)
    except NotDone as refused:
        return markup.say("refused", why=markup.plain.of("refusals", refused.reason))
    except NotTheirs:
        return markup.say("no_such")
    except ValueError:
        return markup.say("past")
    except StorageError:
        return look.words("frame", "trouble")
    return ""


async def _do(look: Look, order: WorkOrder, name: str, facts: Facts) -> None:
    if name == SILENCE:
        await look.site.aside(lambda: silence_place(look.site, look.visitor, order.id, facts["until"], facts["reason"]))
        return
    deed = _DEED.validate_python({"action": name, **facts})
    await look.site.aside(lambda: carry_out(look.site, look.visitor, order.id, deed))


def _reason_word(name: str) -> str:
    return "reason_report_in" if name == "report_in" else "reason"
