"""What the ledger says no with: one exception for each reason, each with its key."""

from django.utils.translation import gettext_noop as _

from accounts.models import Card
from loyalty.errors import BadInput, Blocked, Conflict, NotFound
from transactions.models import Bucket

# In the words of the state that stands in the way.
CARD_IS = {
    Card.Status.BLOCKED: _("Card %(card)s is blocked."),
    Card.Status.CLOSED: _("Card %(card)s is closed."),
}
BUCKET_IS = {
    Bucket.Status.PENDING: _("Bucket %(bucket)s is pending."),
    Bucket.Status.ACTIVE: _("Bucket %(bucket)s is active."),
    Bucket.Status.CANCELED: _("Bucket %(bucket)s is canceled."),
    Bucket.Status.EXPIRED: _("Bucket %(bucket)s is expired."),
}


class InvalidPoints(BadInput):
    """Points are whole numbers from 1 to 2^53 - 1."""

    key = "invalid_points"


class InvalidMoment(BadInput):
    """A moment is not aware, or lies on the wrong side of now."""

    key = "invalid_moment"


class NoEarnRate(BadInput):
    """The definition has no such rate for this incoming identifier."""

    key = "no_earn_rate"


class NoBurnRate(BadInput):
    """The definition has burn rates, but none for this incoming identifier."""

    key = "no_burn_rate"


class WrongCurrency(BadInput):
    """The order is in another currency than its scheme."""

    key = "wrong_currency"


class RefundExceedsOrder(BadInput):
    """More is refunded than the order has left."""

    key = "refund_exceeds_order"


class SpendLimitExceeded(BadInput):
    """One spend may not take that many points."""

    key = "spend_limit_exceeded"


class OrderNotFound(NotFound):
    """The card earned nothing on an order of this reference."""

    key = "order_not_found"


class InsufficientPoints(Conflict):
    """The card does not hold that many active points, or some are held for spends."""

    key = "insufficient_points"


class NothingToGiveBack(Conflict):
    """Less is left of the spend than shall be given back."""

    key = "nothing_to_give_back"


class ReferenceTaken(Conflict):
    """The card has another transaction of this reference."""

    key = "reference_taken"


class IdempotencyConflict(Conflict):
    """The idempotency key was used for another request."""

    key = "idempotency_conflict"
    status = 422


class RequestAlreadyOpen(Conflict):
    """Another request for this bucket has not been processed yet."""

    key = "request_already_open"


class SchemeNotActive(Blocked):
    """The scheme is a draft, or was made inactive."""

    key = "scheme_not_active"


class SchemeOutsideDates(SchemeNotActive):
    """The scheme is active, but has not begun or is over."""

    key = "scheme_outside_dates"


class DefinitionNotActive(Blocked):
    """The card definition is not active."""

    key = "card_definition_not_active"


class MemberNotActive(Blocked):
    """The member is not active."""

    key = "member_not_active"


class CardNotActive(Blocked):
    """The card is blocked or closed."""

    key = "card_not_active"


class BucketNotPending(Blocked):
    """The bucket is no longer pending."""

    key = "bucket_not_pending"


class BucketNotActive(Blocked):
    """The bucket is not active, or nothing remains in it."""

    key = "bucket_not_active"


class BucketAlreadyDue(Blocked):
    """The bucket's activation date is not in the future."""

    key = "bucket_already_due"


class PendingNotEnabled(Blocked):
    """The card definition has no pending points."""

    key = "pending_points_not_enabled"


class RefundsNotAllowed(Blocked):
    """The card definition takes nothing back for refunds."""

    key = "refunds_not_allowed"


class HoldNotOpen(Blocked):
    """The hold was captured or released, or it has lapsed."""

    key = "hold_not_open"


class NotAHold(Blocked):
    """Only a hold can be captured or released."""

    key = "not_a_hold"


class NotASpend(Blocked):
    """Only a spend can be given back, and a hold once it is captured."""

    key = "not_a_spend"
