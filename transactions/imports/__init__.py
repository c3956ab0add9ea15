"""Transactions from a CSV file: read line by line, checked, booked through the ledger.

`docs/import.md` describes the file. The command `import_transactions` is the door.
"""

from transactions.imports.failures import FailureFile
from transactions.imports.reading import TransactionsFile
from transactions.imports.refusals import UnreadableFile
from transactions.imports.running import Importer, Report

__all__ = [
    "FailureFile",
    "Importer",
    "Report",
    "TransactionsFile",
    "UnreadableFile",
]
