"""What went wrong, told as RFC 9457 has it, each time with a reason that programs may rely on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from starlette.responses import Response

MEDIA = "application/problem+json"
MISTAKES_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """What a reason means: its HTTP status, and a sentence."""

    status: HTTPStatus
    meaning: str


REASONS: Mapping[str, Kind] = {
    "unreadable": Kind(HTTPStatus.BAD_REQUEST, "the body cannot be read"),
    "not_signed_in": Kind(HTTPStatus.UNAUTHORIZED, "sign in, or send a token that holds: Authorization: Bearer …"),
    "not_your_role": Kind(HTTPStatus.FORBIDDEN, "your role may not ask for this"),
    "foreign_page": Kind(HTTPStatus.FORBIDDEN, "another site's page asked for it"),
    "not_yours_alone": Kind(HTTPStatus.FORBIDDEN, "it holds in grids that are not yours, too"),
    "no_such_path": Kind(HTTPStatus.NOT_FOUND, "nothing is asked for there: see openapi.json"),
    "no_such_order": Kind(HTTPStatus.NOT_FOUND, "there is no such order, or it is not yours to see"),
    "no_such_picture": Kind(HTTPStatus.NOT_FOUND, "there is no such picture, or its order is not yours to see"),
    "no_such_camera": Kind(HTTPStatus.NOT_FOUND, "there is no such camera, or it is not yours to see"),
    "no_such_silence": Kind(HTTPStatus.NOT_FOUND, "there is no such silence, it is over, or it is not yours to see"),
    "no_such_rule": Kind(HTTPStatus.NOT_FOUND, "there never was such a rule"),
    "no_such_method": Kind(HTTPStatus.METHOD_NOT_ALLOWED, "that is not done there: see the header Allow"),
    "too_large": Kind(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large; one of the API has 64 KB at most"),
    "invalid": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "something asked for is not as the contract has it: see errors"),
    "bad_cursor": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "the cursor is none that was given here"),
    "empty_span": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "there is nothing between from and to, or now"),
    "long_span": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "a report spans 400 days at most"),
    "unknown_zone": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "the camera has no such zone"),
    "unknown_rule": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "the township has no such rule"),
    "past_date": Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "it would be over before it began"),
    "too_many": Kind(HTTPStatus.TOO_MANY_REQUESTS, "so much of this session is open already: try again, or close something"),
    "trouble": Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "the service went wrong; its log says how"),
    "no_database": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer: try again"),
    "damaged_history": Kind(HTTPStatus.SERVICE_UNAVAILABLE, "the history of versions cannot be read: see `weisu model list`"),
}
"""All reasons but those of 409, which are a refusal's own words."""


class Refused(Exception):
    """Nothing was done, or nothing is there. `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Mistake(BaseModel):
    """One thing in a request that is not as the contract has it."""

    where: str = Field(description="For example `body.until`, `query.limit`.")
    what: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: Literal["about:blank"] = "about:blank"
    title: str = Field(description="The words of the HTTP status.")
    status: int
    reason: str = Field(description="A word that stays the same; of a 409 the refusal's, such as `wrong_state` or `ended`.")
    detail: str = Field(description="For people.")
    errors: Annotated[list[Mistake], Field(max_length=MISTAKES_AT_MOST, description="Of `invalid`: what, and where.")] = []


def answer(reason: str, headers: Mapping[str, str] | None = None, errors: Iterable[Mistake] = ()) -> Response:
    """The answer for one of REASONS."""
    kind = REASONS[reason]
    return told(kind.status, reason, kind.meaning, headers, errors)


def told(
    status: HTTPStatus, reason: str, detail: str, headers: Mapping[str, str] | None = None, errors: Iterable[Mistake] = ()
) -> Response:
    """A problem as an answer."""
    problem = Problem(title=status.phrase, status=status, reason=reason, detail=detail, errors=list(errors)[:MISTAKES_AT_MOST])
    return Response(problem.model_dump_json(), status, headers, MEDIA)
