"""What a card is opened and replaced with."""

from rest_framework import serializers

from schemes.serializers.base import StrictSerializer

CODE = r"^[0-9A-Za-z-]{1,40}\Z"


class CardCodeSerializer(StrictSerializer):
    """The card's new number; left out, it is drawn by the definition's pattern."""

    code = serializers.RegexField(CODE, required=False)


class NewCardSerializer(CardCodeSerializer):
    """Whose card, and under which definition."""

    member = serializers.UUIDField()
    card_definition = serializers.UUIDField()
