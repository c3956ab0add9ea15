"""What is said of a wallet, an identity and an account when it is made or changed."""

from typing import Any

from rest_framework import serializers

from loyalty.doors.eagle_eye import words
from loyalty.doors.eagle_eye.schemes.fields import (
    ListingField,
    NothingField,
    ObjectField,
    OneOf,
    TextField,
)
from schemes.serializers import StrictSerializer

LONGEST = 200
# How many identities or accounts a wallet is made with at most.
MOST = 50


class NameField(TextField):
    """A text with something in it."""

    def __init__(self, **options: Any) -> None:
        defaults = {"allow_null": False, "allow_blank": False, "max_length": LONGEST}
        super().__init__(**{**defaults, **options})


class IdField(serializers.Field[Any, Any, Any, Any]):
    """An id, as a text of digits or as a number."""

    default_error_messages = {"invalid": "This is not an id."}

    def to_internal_value(self, data: Any) -> str:
        """The id as a text; whether there is such an object is for others to say."""
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        if isinstance(data, int) and not 0 <= data < 2**63:
            self.fail("invalid")
        return str(data)


class ChangeSerializer(StrictSerializer):
    """What can be changed later."""

    friendlyName = TextField(max_length=LONGEST)
    meta = ListingField()
    state = NameField()


class StateSerializer(StrictSerializer):
    """The client's own state of an object: kept, and no rule of ours reads it."""

    state = NameField(required=True)


class MaybeStateSerializer(StrictSerializer):
    """A change of status may bring the new state with it."""

    state = NameField()


class WalletChangeSerializer(ChangeSerializer):
    """What can be changed of a wallet."""

    status = OneOf(words.ACTIVE, words.INACTIVE, words.SUSPENDED, required=False)


class WalletSerializer(WalletChangeSerializer):
    """A new wallet. `reference` is the shop's own id of the customer."""

    type = NameField()
    reference = NameField()


class IdentitySerializer(ChangeSerializer):
    """A new identity. Neither a PIN nor a period is kept here, so none is taken."""

    type = NameField()
    value = NameField(required=True)
    status = OneOf(words.ACTIVE, words.INACTIVE, words.SUSPENDED, required=False)
    secret = NothingField()
    dates = NothingField()


class WholeWalletSerializer(WalletSerializer):
    """A wallet with its identities in one call."""

    identities: Any = serializers.ListSerializer(
        child=IdentitySerializer(), required=False, max_length=MOST
    )


class AccountSerializer(StrictSerializer):
    """A new account of the scheme that the address names."""

    status = OneOf(words.ACTIVE, words.INACTIVE, required=False)
    state = NameField()


class SchemeAccountSerializer(AccountSerializer):
    """A new account among others."""

    schemeId = IdField()


class AccountsSerializer(StrictSerializer):
    """The accounts that a wallet is to have. Campaigns are not spoken here."""

    scheme: Any = serializers.ListSerializer(
        child=SchemeAccountSerializer(), required=False, max_length=MOST
    )
    campaign = serializers.ListField(required=False, max_length=0)


class WalletWithAccountsSerializer(WholeWalletSerializer):
    """A wallet with its identities, its consumer and its accounts in one call."""

    consumer = ObjectField()
    accounts = AccountsSerializer(required=False)
