"""Pure date and rate arithmetic: no database, no Django, no clock of its own.

Moments are aware; what comes back is aware UTC. Rules are computed in the scheme's
time zone. Periods are half-open: spendable while `activates_at <= t < expires_at`.
"""

from schemes.policies.burning import (
    BurnBand,
    BurnRateNotMet,
    band_for,
    check_spend,
    money_value,
    most_points,
)
from schemes.policies.burning import check_bands as check_burn_bands
from schemes.policies.checks import ExpiresBeforeActivation, check_grant, check_rules
from schemes.policies.earning import (
    MAX_POINTS,
    EarnBand,
    EarnType,
    points_for,
    refund_share,
)
from schemes.policies.earning import check_bands as check_earn_bands
from schemes.policies.expiry import (
    CountedFrom,
    ExpiryMode,
    ExpiryRule,
    Rounding,
    expiry_moment,
)
from schemes.policies.pending import (
    PendingMode,
    PendingRule,
    activation_moment,
    cancellation_moment,
    waits,
)
from schemes.policies.periods import Period, start_of_day, start_of_next_day
from schemes.policies.year_days import YearDay, parse_year_days

__all__ = [
    "MAX_POINTS",
    "BurnBand",
    "BurnRateNotMet",
    "CountedFrom",
    "EarnBand",
    "EarnType",
    "ExpiresBeforeActivation",
    "ExpiryMode",
    "ExpiryRule",
    "PendingMode",
    "PendingRule",
    "Period",
    "Rounding",
    "YearDay",
    "activation_moment",
    "band_for",
    "cancellation_moment",
    "check_burn_bands",
    "check_earn_bands",
    "check_grant",
    "check_rules",
    "check_spend",
    "expiry_moment",
    "money_value",
    "most_points",
    "parse_year_days",
    "points_for",
    "refund_share",
    "start_of_day",
    "start_of_next_day",
    "waits",
]
