"""Which function does the pieces of each kind of job."""

from collections.abc import Mapping

from transactions.jobs.buckets import do_buckets
from transactions.jobs.exports import export_rows
from transactions.jobs.imports import import_rows
from transactions.jobs.steps import StepFunction
from transactions.models import Job

KINDS: Mapping[Job.Kind, StepFunction] = {
    Job.Kind.ACTIVATE_BUCKETS: do_buckets,
    Job.Kind.CANCEL_BUCKETS: do_buckets,
    Job.Kind.IMPORT_MEMBERS: import_rows,
    Job.Kind.IMPORT_TRANSACTIONS: import_rows,
    Job.Kind.EXPORT_MEMBERS: export_rows,
    Job.Kind.EXPORT_TRANSACTIONS: export_rows,
    Job.Kind.EXPORT_BUCKETS: export_rows,
    Job.Kind.EXPORT_LIABILITY: export_rows,
}
