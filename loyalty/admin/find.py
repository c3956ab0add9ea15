"""Finding from everywhere: the page of the one search field, and the Ctrl+K palette."""

from time import monotonic

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from transactions.admin.finding import LONGEST, SEARCHED, Hit, find


def find_page(request):
    """What the text `q` finds: opened at once where it is one thing, else listed."""
    text = request.GET.get("q", "").strip()
    hits = find(request.user, text)
    if len(hits) == 1:
        return HttpResponseRedirect(hits[0].link)
    context = {
        **admin.site.each_context(request),
        "title": _("Find"),
        "text": text,
        "hits": hits,
        "searched": SEARCHED,
        "longest": LONGEST,
    }
    return TemplateResponse(request, "admin/find.html", context)


def palette(request):
    """What unfold's command palette lists while somebody types `s`.

    Unfold's own view remembers its answers for five minutes, whatever happens to the
    rows or to the reader's units meanwhile, and knows no capital letters.
    """
    began = monotonic()
    text = request.GET.get("s", "").strip()
    if not text:
        return HttpResponse()
    hits = [*find(request.user, text), *_pages(request, text)]
    page = Paginator(hits, max(len(hits), 1)).page(1)
    context = {
        "results": page,
        "page_obj": page.paginator,
        "page_counter": 0,
        "execution_time": monotonic() - began,
    }
    template = "unfold/helpers/command_results.html"
    return TemplateResponse(
        request, template, context, headers={"HX-Trigger": "search"}
    )


def _pages(request, text):
    """Pages of the admin that are called like this."""
    for app in admin.site.get_app_list(request):
        for model in app["models"]:
            if text.lower() in str(model["name"]).lower():
                yield Hit(
                    title=str(model["name"]),
                    description=str(app["name"]),
                    link=model["admin_url"],
                    icon="tag",
                )
