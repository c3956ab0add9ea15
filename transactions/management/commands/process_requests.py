"""`manage.py process_requests`: one pass, by hand or from cron."""

from transactions import sweeps
from transactions.management.sweep_command import SweepCommand


class Command(SweepCommand):
    help = "Decide requested activations and cancellations."

    sweep = sweeps.process_requests
    count = sweeps.count_requests
    rows = "requests"
    done = "decided"
