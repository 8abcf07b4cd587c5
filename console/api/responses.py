"""The answers that operations may give besides what was asked for, as the contract has them."""

from typing import Any

from console.api.problem import MEDIA

MISSING, CONFLICT = 404, 409
ANY = (400, 401, 403, 413, 422, 429, 503)
_SAID = {
    400: "The request cannot be read.",
    401: "Nobody is signed in.",
    403: "Not for your role, or not yours.",
    404: "There is none, or it is not yours to see.",
    409: "Nothing was done: `reason` is the refusal's word.",
    413: "The body is too large.",
    422: "Something asked for is not as the contract has it.",
    429: "The session has too much open at once; try again.",
    503: "The database does not answer; try again.",
}


def problems(*more: int) -> dict[int | str, dict[str, Any]]:
    """Those of every operation, and some more."""
    return {status: _problem(_SAID[status]) for status in sorted({*ANY, *more})}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
