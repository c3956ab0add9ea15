"""How the admin looks: the settings of unfold."""

from django.templatetags.static import static
from django.utils.translation import gettext

UNFOLD = {
    "SITE_TITLE": "Loyalty",
    "SITE_HEADER": "Loyalty",
    "SITE_SUBHEADER": lambda request: gettext("Points engine"),
    "SITE_SYMBOL": "loyalty",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("loyalty/favicon.svg"),
        }
    ],
    "STYLES": [lambda request: static("loyalty/narrow.css")],
    "SCRIPTS": [lambda request: static("loyalty/palette.js")],
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "loyalty.admin.dashboard.callback",
    "SIDEBAR": {"navigation": "loyalty.admin.navigation.sidebar"},
}
