"""Rows as CSV files: members, transactions, buckets, and what is owed.

A file is made page by page, so one of any length needs the memory of one page, and can
be gone on with where it stopped.
"""

from collections.abc import Mapping

from transactions.exports.asking import Ask
from transactions.exports.buckets import Buckets
from transactions.exports.liability import Liability
from transactions.exports.members import Members
from transactions.exports.pages import Export, is_long, page, stream
from transactions.exports.transactions import Transactions
from transactions.models import Job

EXPORTS: Mapping[str, Export] = {
    Job.Kind.EXPORT_MEMBERS: Members(),
    Job.Kind.EXPORT_TRANSACTIONS: Transactions(),
    Job.Kind.EXPORT_BUCKETS: Buckets(),
    Job.Kind.EXPORT_LIABILITY: Liability(),
}

__all__ = ["EXPORTS", "Ask", "Export", "is_long", "page", "stream"]
