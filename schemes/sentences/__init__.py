"""Rules as sentences: what a scheme promises, in words that anybody can check.

Pure: no database but the rows that are handed over, no clock. Dates and points come from
`schemes.policies`, as they do in the ledger, and every text can be translated.
"""

from schemes.sentences.missing import Missing, missing_of_definition, missing_of_scheme
from schemes.sentences.rules import (
    Rules,
    Section,
    runs,
    sections,
    what_publishing_does,
    what_stopping_does,
)
from schemes.sentences.stories import Outcome, Purchase, example, outcome
from schemes.sentences.trying import Step, steps
from schemes.sentences.words import in_words, moment, number, points

__all__ = [
    "Missing",
    "Outcome",
    "Purchase",
    "Rules",
    "Section",
    "Step",
    "example",
    "in_words",
    "missing_of_definition",
    "missing_of_scheme",
    "moment",
    "number",
    "outcome",
    "points",
    "runs",
    "sections",
    "steps",
    "what_publishing_does",
    "what_stopping_does",
]
