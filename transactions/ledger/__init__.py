"""The verbs: all that can happen to points, and the only code that changes them.

Every verb locks the card, returns the first answer if this is a replay, checks the
rule, and writes, in this order. The caller brings the clock as `now` (aware) and the
`Cause`. A grant inserts rows only and takes no lock unless the card's limits need it.
"""

from transactions.ledger.batching import BatchVerb, Outcome, Row, batch
from transactions.ledger.call import Cause, Order
from transactions.ledger.expiring import expire
from transactions.ledger.granting import credit, earn
from transactions.ledger.holding import capture, hold, release
from transactions.ledger.preview import preview
from transactions.ledger.quoting import Quote, quote
from transactions.ledger.refunding import refund_order
from transactions.ledger.refusals import (
    BucketAlreadyDue,
    BucketNotActive,
    BucketNotPending,
    CardNotActive,
    DefinitionNotActive,
    HoldNotOpen,
    IdempotencyConflict,
    InsufficientPoints,
    InvalidMoment,
    InvalidPoints,
    MemberNotActive,
    NoBurnRate,
    NoEarnRate,
    NotAHold,
    NotASpend,
    NothingToGiveBack,
    OrderNotFound,
    PendingNotEnabled,
    ReferenceTaken,
    RefundExceedsOrder,
    RefundsNotAllowed,
    RequestAlreadyOpen,
    SchemeNotActive,
    SchemeOutsideDates,
    SpendLimitExceeded,
    WrongCurrency,
)
from transactions.ledger.requesting import (
    process,
    request_activation,
    request_cancellation,
)
from transactions.ledger.rescheduling import UNCHANGED, reschedule
from transactions.ledger.settlement import settle
from transactions.ledger.spending import debit, give_back, spend
from transactions.ledger.waiting import activate, activate_on_event, cancel

__all__ = [
    "UNCHANGED",
    "BatchVerb",
    "BucketAlreadyDue",
    "BucketNotActive",
    "BucketNotPending",
    "CardNotActive",
    "Cause",
    "DefinitionNotActive",
    "HoldNotOpen",
    "IdempotencyConflict",
    "InsufficientPoints",
    "InvalidMoment",
    "InvalidPoints",
    "MemberNotActive",
    "NoBurnRate",
    "NoEarnRate",
    "NotAHold",
    "NotASpend",
    "NothingToGiveBack",
    "Order",
    "OrderNotFound",
    "Outcome",
    "PendingNotEnabled",
    "Quote",
    "ReferenceTaken",
    "RefundExceedsOrder",
    "RefundsNotAllowed",
    "RequestAlreadyOpen",
    "Row",
    "SchemeNotActive",
    "SchemeOutsideDates",
    "SpendLimitExceeded",
    "WrongCurrency",
    "activate",
    "activate_on_event",
    "batch",
    "cancel",
    "capture",
    "credit",
    "debit",
    "earn",
    "expire",
    "give_back",
    "hold",
    "preview",
    "process",
    "quote",
    "refund_order",
    "release",
    "request_activation",
    "request_cancellation",
    "reschedule",
    "settle",
    "spend",
]
