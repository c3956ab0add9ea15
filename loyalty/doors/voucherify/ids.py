"""The ids of Voucherify: a prefix that tells the kind, and ours in hexadecimal."""

from enum import StrEnum
from uuid import UUID

from loyalty.errors import NotFound


class Kind(StrEnum):
    """What an id is of; the value is its prefix."""

    PROGRAM = "lprg"
    CARD_DEFINITION = "lcdef"
    MEMBER = "lmbr"
    CARD = "lcrd"
    PENDING_BUCKET = "lcppb"
    EXPIRING_BUCKET = "lcpeb"
    TRANSACTION = "lctx"
    ORDER = "ord"


# What errors call them.
RESOURCE_TYPES = {
    Kind.PROGRAM: "program",
    Kind.CARD_DEFINITION: "card_definition",
    Kind.MEMBER: "member",
    Kind.CARD: "card",
    Kind.PENDING_BUCKET: "card_pending_points_bucket",
    Kind.EXPIRING_BUCKET: "card_points_bucket",
    Kind.TRANSACTION: "card_transaction",
    Kind.ORDER: "order",
}


def write(kind: Kind, uuid: UUID) -> str:
    """The id of an object of ours."""
    return f"{kind}_{uuid.hex}"


def read(text: str, *kinds: Kind) -> UUID:
    """The uuid in an id of one of these kinds; a bare uuid of ours will do as well.

    :raises NotFound: if it is none; a malformed id finds nothing, like an unknown one.
    """
    digits = text
    for kind in kinds:
        digits = digits.removeprefix(f"{kind}_")
    try:
        return UUID(digits)
    except ValueError as error:
        raise missing(kinds[0], text) from error


def missing(kind: Kind, text: str) -> NotFound:
    """The refusal where no object has this id."""
    type_ = RESOURCE_TYPES[kind]
    return NotFound(
        f"Cannot find {type_} with id {text}",
        resource_id=text,
        resource_type=type_,
    )


def write_order(source_id: str) -> str:
    """The id of an order. No orders are kept, so it says which one it is of."""
    return f"{Kind.ORDER}_{source_id.encode().hex()}"


def read_order(text: str) -> str:
    """The source id that is meant by an order's id, or by a source id itself."""
    digits = text.removeprefix(f"{Kind.ORDER}_")
    if digits == text:
        return text
    try:
        return bytes.fromhex(digits).decode() or text
    except ValueError:
        return text
