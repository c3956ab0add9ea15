"""The environment of the tests, set before Django reads its settings.

pytest loads this with `-p` (see pytest.ini): a conftest would come too late.
"""

import os

# No developer's .env and no exported variable decides how a test ends. DATABASE_URL is
# the exception: the same tests run on SQLite and on PostgreSQL.
os.environ.update(
    # Of a database that is thrown away nothing has to be on the disk.
    PGOPTIONS="-c synchronous_commit=off",
    ENV_FILE="",
    DEBUG="true",
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS="",
    CELERY_BROKER_URL="",
    WORKER="",
    CACHE_URL="",
    LOG_LEVEL="WARNING",
)
