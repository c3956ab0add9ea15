"""The schemes of Eagle Eye: each is a card definition with the scheme around it.

A scheme made here has a `Scheme` and one `CardDefinition`. Those made elsewhere are
shown too, also where one scheme holds several definitions: then its reference, its
dates and its description are those of each, and only a definition's own name and
status are changed.
"""
