"""Who asks for a page or an action, and what of the town is theirs to see."""

from collections.abc import Collection
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from town.accounts import Kind, Role
from town.places import Grid
from town.township import Township


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who was let in. `name` is what is recorded of what they do; `person` is who they are in the township's file.

    `session` is the hash of their key: what else it opens can be asked again (`Doorkeeper.still_admits`).
    """

    role: Role
    name: str
    person: str
    kind: Kind
    session: str

    @property
    def seen_as(self) -> str:
        """What the notes of picture views say."""
        return f"{self.role}:{self.person or self.name}"

    def grids(self, township: Township) -> Collection[Grid]:
        """A manager's own; all for engineers and auditors; none for cleaners."""
        if self.role is Role.MANAGER:
            return [grid for grid in township.grids if grid.manager == self.person]
        return () if self.role is Role.CLEANER else township.grids

    def sees_grid(self, grid_id: str, township: Township) -> bool:
        return any(grid.id == grid_id for grid in self.grids(township))


def visitor_of(connection: HTTPConnection) -> Visitor | None:
    """Who asks, as the guard found; None for strangers."""
    found: Visitor | None = connection.scope.get("state", {}).get("visitor")
    return found


def needed_visitor(connection: HTTPConnection, roles: Collection[Role]) -> Visitor:
    """Who asks. Raises HTTPException: 401 for strangers, 403 for other roles."""
    visitor = visitor_of(connection)
    if visitor is None:
        raise HTTPException(401)
    if visitor.role not in roles:
        raise HTTPException(403)
    return visitor
