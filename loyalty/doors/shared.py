"""What every door shares: who calls, for which unit, when, and how it says no."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.utils import timezone
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ViewSet

from accounts.callers import Caller
from loyalty.api import errors
from loyalty.api.authentication import ClientAuthentication
from loyalty.errors import NotFound, Refusal
from schemes.models import Unit


class OnlyJSON(DefaultContentNegotiation):
    """JSON whatever `Accept` says: the vendors' clients are never refused for it."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The one renderer, and the type of its answers."""
        json = next(iter(renderers))
        return json, str(json.media_type)


Serializer = TypeVar("Serializer", bound=BaseSerializer[Any])


class DoorViewSet(ViewSet):
    """Actions of a vendor's API. `scopes` says what each action needs.

    A door's own base class overrides `said`, which is how that API words an error;
    `fields` are that API's names of the fields that our refusals name.
    """

    authentication_classes = [ClientAuthentication]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = OnlyJSON
    schema = None  # the vendor's own pages are the document of this API
    scopes: Mapping[str, str]
    fields: Mapping[str, str] = {}

    @property
    def caller(self) -> Caller:
        """Who calls."""
        caller: Caller = self.request.auth  # type: ignore[assignment]  # ClientAuthentication's
        return caller

    @property
    def unit(self) -> Unit:
        """The unit for which the caller acts: nothing of another one exists."""
        return self.caller.unit

    @property
    def now(self) -> datetime:
        """The moment of this request: views read the clock, the domain does not."""
        if not hasattr(self, "_now"):
            self._now: datetime = timezone.now()
        return self._now

    def given(
        self, serializer: type[Serializer], body: Any = None, **options: Any
    ) -> Serializer:
        """The body of the request (or another one), checked by a serializer.

        :raises ValidationError: if it does not make sense.
        """
        data = self.request.data if body is None else body
        given = serializer(data=data, **options)
        given.is_valid(raise_exception=True)
        return given

    def said(self, error: Mapping[str, Any], problems: Sequence[str]) -> Any:
        """The body with which this API says what `loyalty.api.errors.body` says.

        problems: what is wrong with each field, which `error` has in one sentence.
        """
        return error

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal names the field that the client has sent."""
        if isinstance(exc, Refusal):
            exc.field = self.fields.get(exc.field, exc.field)
        return super().handle_exception(exc)

    def get_exception_handler(self) -> Any:
        """Our own handler, in this API's words."""

        def handle(error: Exception, context: Mapping[str, Any]) -> Response:
            answer = errors.handle(error, context)
            answer.data = self.said(answer.data, errors.problems(error))
            return answer

        return handle


class NowhereMixin:
    """For the addresses of a door that lead nowhere: 404 in that API's words."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before anybody is asked who they are."""
        raise NotFound(f"{request.path} is not here.")
