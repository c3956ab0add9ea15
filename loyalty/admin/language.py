"""The language of a page: the admin speaks the reader's, programs are told in English."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class AdminLanguageMiddleware(LocaleMiddleware):
    """Django's own middleware for the admin's pages; English everywhere else.

    What the APIs say is part of their contract, whatever language a caller prefers. It
    is set with each request, as a thread keeps the language of its last one.
    """

    def process_request(self, request: HttpRequest) -> None:
        if _is_page(request):
            super().process_request(request)
        else:
            translation.activate(settings.LANGUAGE_CODE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return (
            super().process_response(request, response)
            if _is_page(request)
            else response
        )


def _is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith("/admin/")
