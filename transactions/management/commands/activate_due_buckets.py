"""`manage.py activate_due_buckets`: one pass, by hand or from cron."""

from transactions import sweeps
from transactions.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = "Activate the pending buckets whose date has come."

    sweep = sweeps.activate_due
    count = sweeps.count_to_activate
    rows = "buckets"
    done = "activated"
