"""The files of a job, kept in pieces in the database."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models.functions import Length

from transactions.models import Job, JobChunk

CHUNK = 1 << 18
# Files name customers; what came of them stays with the job.
KEPT_FOR = timedelta(days=30)


def append(*, job: Job, file: JobChunk.File, content: bytes) -> None:
    """Add to the end of a file of the job."""
    if not content:
        return
    number = JobChunk.objects.filter(job=job, file=file).count()
    JobChunk.objects.create(job=job, file=file, number=number, content=content)


def fill(*, job: Job, file: JobChunk.File, pieces: Iterable[bytes]) -> None:
    """Write a whole file, as it is uploaded."""
    for number, content in enumerate(pieces):
        JobChunk.objects.create(job=job, file=file, number=number, content=content)


def read(*, job: Job, file: JobChunk.File, start: int = 0) -> Iterator[bytes]:
    """The file, piece by piece, from the byte at `start` on."""
    chunks = JobChunk.objects.filter(job=job, file=file).order_by("number")
    first, skipped = 0, start
    if start:
        # The database knows how long a piece is without reading it.
        for length in chunks.values_list(Length("content"), flat=True):
            if skipped < length:
                break
            first, skipped = first + 1, skipped - length
    contents = chunks.filter(number__gte=first).values_list("content", flat=True)
    for content in contents.iterator(chunk_size=1):
        yield bytes(content[skipped:])
        skipped = 0


def pieces_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of the length that is kept."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        while len(rest) >= CHUNK:
            yield rest[:CHUNK]
            rest = rest[CHUNK:]
    if rest:
        yield rest


def give(*, job: Job, file: JobChunk.File, to: Job) -> bool:
    """Let another job have a file; whether there was one to give."""
    return bool(JobChunk.objects.filter(job=job, file=file).update(job=to))


def content(*, job: Job, file: JobChunk.File) -> bytes:
    """The whole file, where it is known to be short."""
    return b"".join(read(job=job, file=file))


def forget_old(*, now: datetime) -> int:
    """Delete the files of jobs that ended long ago; answers how many pieces."""
    old = JobChunk.objects.filter(job__finished_at__lt=now - KEPT_FOR)
    return old.delete()[0]
