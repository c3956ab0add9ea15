"""The figures of schemes: what was issued, spent and lapsed, what is held and owed.

They are read here from what `transactions.sweeps.figures` has added up, with what is
newer: to the point, and to the day of the scheme's zone.
"""

from transactions.figures.calendars import Calendars, Cohort, calendars
from transactions.figures.summary import Flow, Owed, Period, Report, Stock, report

__all__ = [
    "Calendars",
    "Cohort",
    "Flow",
    "Owed",
    "Period",
    "Report",
    "Stock",
    "calendars",
    "report",
]
