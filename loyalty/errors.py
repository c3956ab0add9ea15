"""The refusals every app may raise: a stable key, a sentence and an HTTP status.

Sentences are English, with their values apart and marked for translators: programs and
files get them as they are, pages translate them where they are shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar


def gettext_noop(text: str) -> str:
    """Mark a sentence for translators. Not Django's: rules know no framework."""
    return text


_ = gettext_noop


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that is put into words where somebody reads it.

    Args:
        text: in English, with names such as %(points)s where it has values.
        values: what stands in place of the names: numbers, texts, other sentences, or
            a list of sentences one of which is meant.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def put(
        self,
        translate: Callable[[str], str] = str,
        number: Callable[[int], str] = "{:,}".format,
    ) -> str:
        """The sentence in a language; in English unless told otherwise.

        Args:
            translate: finds what stands for an English text.
            number: writes a whole number with that language's separators.
        """

        def shown(value: object) -> object:
            if isinstance(value, Sentence):
                return value.put(translate, number)
            if isinstance(value, list):
                return translate(_(", or ")).join(map(str, map(shown, value)))
            return number(value) if isinstance(value, int) else value

        text = translate(self.text)
        values = {name: shown(value) for name, value in self.values.items()}
        return text % values if values else text


class Refusal(Exception):
    """A request that is understood and turned down, and why.

    What for: the rules raise it, the doors turn it into their own answer. `key` is
    stable and documented; `status` is the HTTP status; `message` is the sentence
    said when the raiser has no better one.

    Args:
        sentence: the sentence for the caller, in English and marked by `gettext_noop`;
            the class's own if empty.
        values: what stands in place of the names in it, see `Sentence`.
        details: more facts about this refusal, ready for JSON.
        field: the name of the input at fault; also found in `details["field"]`.
        resource_id, resource_type: what stands in the way, where it can be named.
    """

    key: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    default_message: ClassVar[str] = _("The request was refused.")
    # Whether the same request may well succeed a second later.
    retry_soon: ClassVar[bool] = False

    def __init__(
        self,
        sentence: str | Sentence = "",
        *,
        values: Mapping[str, object] | None = None,
        details: Mapping[str, object] | None = None,
        field: str = "",
        resource_id: str | None = None,
        resource_type: str | None = None,
    ) -> None:
        if not isinstance(sentence, Sentence):
            sentence = Sentence(sentence or self.default_message, values or {})
        self.sentence = sentence
        self.field = field
        self.resource_id = resource_id
        self.resource_type = resource_type
        self.details: dict[str, object] = dict(details or {})
        if field:
            self.details.setdefault("field", field)
        super().__init__(sentence)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.sentence.put()

    def __str__(self) -> str:
        return self.message


class BadInput(Refusal):
    """What was sent cannot be used as it is (400)."""

    key = "invalid_input"
    status = 400
    default_message = _("The input is not valid.")


class InvalidRule(BadInput):
    """A rule of a card definition makes no sense (400)."""

    key = "invalid_rule"
    default_message = _("The rule is not valid.")


class NotFound(Refusal):
    """No such object, or it belongs to another unit (404)."""

    key = "not_found"
    status = 404
    default_message = _("The resource was not found.")


class Conflict(Refusal):
    """The request contradicts what has already happened (409)."""

    key = "conflict"
    status = 409
    default_message = _("The request conflicts with the current state.")


class Blocked(Refusal):
    """The state of something stands in the way, for now (423)."""

    key = "blocked"
    status = 423
    default_message = _("The state of the resource does not allow this.")
