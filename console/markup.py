"""Pieces of pages as HTML, always escaped: headings, and macros of the templates."""

from html import escape

from nicegui import ui

from console.templating import TEMPLATES


def heading(text: str, level: int = 2) -> ui.html:
    return ui.html(escape(text), sanitize=False, tag=f"h{level}")


def rendered(template: str, macro: str, *facts: object) -> str:
    """What a macro of a template makes of facts, which it escapes."""
    return str(getattr(TEMPLATES.get_template(template).module, macro)(*facts))


def part(template: str, macro: str, *facts: object) -> ui.html:
    """The same as an element of a page."""
    return ui.html(rendered(template, macro, *facts), sanitize=False)
