"""Which verbs there are, for what they are done to."""

from collections.abc import Mapping

from django.db.models import Model

from accounts.models import Card
from transactions.admin.verbs.base import Verb
from transactions.admin.verbs.on_buckets import Activate, Cancel, Expire, Reschedule
from transactions.admin.verbs.on_cards import (
    Block,
    Close,
    Credit,
    Debit,
    RefundOrder,
    Reopen,
    Replace,
    Unblock,
)
from transactions.admin.verbs.on_transactions import GiveBack, RefundThis, Release
from transactions.models import Bucket, Transaction

VERBS: Mapping[type[Model], tuple[Verb, ...]] = {
    Card: (
        Credit(),
        Debit(),
        RefundOrder(),
        Block(),
        Unblock(),
        Replace(),
        Close(),
        Reopen(),
    ),
    Bucket: (Activate(), Cancel(), Reschedule(), Expire()),
    Transaction: (GiveBack(), RefundThis(), Release()),
}
