"""What tests of the API of batches share: a row, sending some, and reading the answer."""

from loyalty.tests.api import shown


def row(card, verb="credit", points=10, **more):
    return {"verb": verb, "card": str(card.uuid), "points": points} | more


def send(api, rows, **options):
    return shown(api.post("batch/", {"rows": rows, **options}))


def column(answer, name):
    return [each[name] for each in answer["results"]]
