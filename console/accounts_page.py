"""Accounts: who may sign in, as what, and who is signed in."""

from nicegui import ui

from console.frame import Look, page
from console.site import Site
from town.accounts import Role


def add(site: Site) -> None:
    @page(site, "/accounts", "accounts", {Role.ENGINEER})
    async def accounts(look: Look) -> None:
        ui.label(look.words("frame", "accounts"))
