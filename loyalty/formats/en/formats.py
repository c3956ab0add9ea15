"""English dates: unambiguous on both sides of the Atlantic, and sharp to the second.

Points expire at the end of a day: "midnight" would not tell which.
"""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i:s"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i:s"
