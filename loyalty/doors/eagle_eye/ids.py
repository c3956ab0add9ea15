"""The ids of Eagle Eye: whole numbers in text."""

from loyalty.errors import NotFound

# What a column of ids holds.
GREATEST = 2**63 - 1


def write_id(pk: int) -> str:
    """The id of an object of ours."""
    return str(pk)


def read_id(text: str) -> int:
    """The number of an id.

    :raises NotFound: if it is none; a malformed id finds nothing, like an unknown one.
    """
    digits = len(text) <= len(str(GREATEST)) and text.isascii() and text.isdigit()
    if not digits or not 1 <= int(text) <= GREATEST:
        raise missing("resource", text)
    return int(text)


def missing(kind: str, text: str) -> NotFound:
    """The refusal where no `kind` of object, for example a scheme, has this id."""
    return NotFound(
        f"There is no {kind} with this id.", resource_id=text, resource_type=kind
    )
