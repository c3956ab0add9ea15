"""Money as people write it: the ledger counts minor units, staff type 12.50."""

from decimal import Decimal

from django.utils.formats import number_format

# ISO 4217: all others have two.
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def decimals(currency: str) -> int:
    """How many digits the currency (ISO 4217) has behind the point."""
    return _DECIMALS.get(currency, 2)


def minor_units(amount: Decimal, currency: str) -> int:
    """12.50 in a currency with two decimals is 1250."""
    return int(amount.scaleb(decimals(currency)))


def money(minor: int, currency: str) -> str:
    """1250 GBP is "12.50 GBP", as the reader's language writes numbers."""
    digits = decimals(currency)
    amount = Decimal(minor).scaleb(-digits)
    written = number_format(
        amount, decimal_pos=digits, use_l10n=True, force_grouping=True
    )
    return f"{written} {currency}"
