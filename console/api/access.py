"""Who may ask for what: every operation names its roles by one dependency, which the contract and the tests read too."""

from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.requests import Request

from console.api.problem import Refused
from console.site import Site
from console.visitors import Visitor, visitor_of
from town.accounts import Role


class Needs:
    """Gives an operation its visitor, who has one of some roles. Raises Refused."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> Visitor:
        visitor = visitor_of(request)
        if visitor is None:
            raise Refused("not_signed_in")
        if visitor.role not in self.roles:
            raise Refused("not_your_role")
        return visitor


def needs(*roles: Role) -> Any:
    """The dependency of an operation for some roles."""
    return Depends(Needs(frozenset(roles)))


async def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


Here = Annotated[Site, Depends(_site)]
Manager = Annotated[Visitor, needs(Role.MANAGER)]
Desk = Annotated[Visitor, needs(Role.MANAGER, Role.ENGINEER, Role.AUDITOR)]
"""A manager sees their own grids, the others all."""
Bench = Annotated[Visitor, needs(Role.ENGINEER, Role.AUDITOR)]


def roles_named(route: APIRoute) -> list[frozenset[Role]]:
    """What the dependencies of an operation say of its roles; right where it is one."""
    return [one.call.roles for one in route.dependant.dependencies if isinstance(one.call, Needs)]
