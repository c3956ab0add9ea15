"""gunicorn's settings: gunicorn --bind 127.0.0.1:8000 loyalty.wsgi

Only the process environment counts here: gunicorn does not read `.env`, but
`manage.py serve` does before it starts gunicorn.
"""

import os

# Threads suit requests that wait for the database most of the time.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)

# Each worker opens its own database connections, so nothing is loaded before the fork.
preload_app = False

# A worker starts afresh now and then, not all of them at the same moment.
max_requests = 10_000
max_requests_jitter = 1_000

# The most there can be: a list may be asked for a hundred ids at once.
limit_request_line = 8190

# Seconds a request may take, and seconds it gets when the server stops.
timeout = 60
graceful_timeout = 30

# Failures only; a proxy in front writes the access log.
errorlog = "-"
accesslog = None
