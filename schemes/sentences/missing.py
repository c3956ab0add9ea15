"""What stands in the way of publishing a scheme or a definition, and what to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from schemes import policies
from schemes.models import Scheme
from schemes.models.scheme import Status
from schemes.sentences.rates import DEFAULT, bands_of
from schemes.sentences.rules import Rules, sections
from schemes.sentences.words import in_words, moment


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing to look at; what `blocks` would be refused when it is published."""

    text: str
    blocks: bool = False


def missing_of_scheme(
    scheme: Scheme, all_rules: list[Rules], *, now: datetime
) -> list[Missing]:
    """What a scheme lacks, without what its definitions lack.

    all_rules: of all its definitions, whatever their status.
    """
    return list(_of_scheme(scheme, all_rules, now))


def _of_scheme(
    scheme: Scheme, all_rules: list[Rules], now: datetime
) -> Iterator[Missing]:
    if scheme.ends_at is not None and scheme.ends_at <= scheme.starts_at:
        yield Missing(_("The scheme ends before it starts."), blocks=True)
    elif scheme.ends_at is not None and scheme.ends_at <= now:
        text = _("The scheme is over since %(moment)s: nobody can earn or spend.")
        yield Missing(text % {"moment": moment(scheme.ends_at, scheme.zone)})
    if scheme.starts_at > now:
        text = _("The scheme begins %(moment)s; until then nobody can earn or spend.")
        yield Missing(text % {"moment": moment(scheme.starts_at, scheme.zone)})
    if not all_rules:
        text = _("The scheme has no card definition: nobody can have a card. Add one.")
        yield Missing(text)


def missing_of_definition(rules: Rules) -> list[Missing]:
    """What a definition lacks: rules that fail, rates, an active scheme."""
    return list(_of_definition(rules))


def _of_definition(rules: Rules) -> Iterator[Missing]:
    problems = [section.problem for section in sections(rules) if section.problem]
    if not problems:
        try:
            policies.check_rules(
                pending=rules.definition.pending_rule,
                expiry=rules.definition.expiry_rule,
                zone=rules.zone,
            )
        except policies.ExpiresBeforeActivation as error:
            problems = [in_words(error)]
    for problem in problems:
        yield Missing(problem, blocks=True)
    if not bands_of(rules.earn_rates, identifier=rules.identifier):
        text = _('No earn rate "%(name)s": orders earn nothing by their amount.')
        yield Missing(text % {"name": DEFAULT})
    if not rules.burn_rates:
        text = _("No burn rate: nothing says what points are worth at the till.")
        yield Missing(text)
    if rules.definition.scheme.status != Status.ACTIVE:
        text = _("The scheme is not published: nobody can earn or spend until it is.")
        yield Missing(text)
