"""Whose a reference is: one names what happened in one wallet of a unit."""

from accounts.models import Member
from loyalty.api.locks import lock_name
from transactions import ledger
from transactions.models import Transaction


def claim(reference: str, *, wallet: Member) -> None:
    """Make sure that a wallet transaction's reference is this wallet's own.

    The ledger itself keeps references apart on each account only. Call it in the
    transaction that uses the reference, before any card is locked: until its end nobody
    else of the unit gets past this.

    :raises ReferenceTaken: if it names what happened in another wallet of the unit.
    Source: Eagle Eye "settletransaction": "this reference has to be unique".
    """
    lock_name(f"eagle_eye {wallet.unit_id} {reference}")
    elsewhere = Transaction.objects.filter(
        reference=reference, card__member__unit=wallet.unit_id
    ).exclude(card__member=wallet)
    if elsewhere.exists():
        raise ledger.ReferenceTaken(
            f'"{reference}" was used before, with another wallet.', field="reference"
        )
