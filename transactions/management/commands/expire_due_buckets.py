"""`manage.py expire_due_buckets`: one pass, by hand or from cron."""

from transactions import sweeps
from transactions.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = "Expire the active buckets whose date has come; cancel what waited in vain."

    sweep = sweeps.expire_due
    count = sweeps.count_to_expire
    rows = "buckets"
    done = "expired or canceled"
