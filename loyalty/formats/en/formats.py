"""English dates: unambiguous on both sides of the Atlantic, and sharp to the second.

Points expire at the end of a day: "midnight" would not tell which. The full form names
its zone (T), as several are shown in one back office.
"""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i:s T"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
MONTH_DAY_FORMAT = "j F"
TIME_FORMAT = "H:i:s"
