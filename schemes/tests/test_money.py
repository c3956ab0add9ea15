"""Money as staff write and read it, in currencies with other decimals than two."""

from decimal import Decimal

import pytest

from schemes.money import decimals, minor_units, money


@pytest.mark.parametrize(
    ("written", "currency", "minor", "text"),
    [
        ("12.5", "GBP", 1_250, "12.50 GBP"),
        ("0.01", "EUR", 1, "0.01 EUR"),
        ("1234567.89", "USD", 123_456_789, "1,234,567.89 USD"),
        ("1500", "JPY", 1_500, "1,500 JPY"),
        ("1.234", "KWD", 1_234, "1.234 KWD"),
        ("-3", "GBP", -300, "-3.00 GBP"),
        ("0", "GBP", 0, "0.00 GBP"),
    ],
)
def test_money_is_counted_in_minor_units_and_read_in_major_ones(
    written, currency, minor, text
):
    assert minor_units(Decimal(written), currency) == minor
    assert money(minor, currency) == text


def test_a_currency_that_is_not_known_has_two_decimals():
    assert decimals("") == decimals("XYZ") == 2
