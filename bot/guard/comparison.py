"""One sentence pair against every promise, and against a second engine's sentence when there is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.guard import dates, language, law, links, names, negations, numbers, omissions, opposites, quotations
from bot.guard.pair import Pair, side
from bot.model import Finding, Kind, Severity
from bot.text.glossary import Glossary

# A second engine can settle these: it is asked the same question in the same language.
_SETTLED = frozenset({Kind.NUMBER, Kind.DATE, Kind.NAME, Kind.NEGATION, Kind.QUOTATION, Kind.LAW, Kind.LENGTH})
# Where two engines differ on these, one of them is wrong.
_DECISIVE = frozenset({Kind.NUMBER, Kind.DATE, Kind.NEGATION, Kind.LAW})

# No sentence is as long; comparing more would take the service's time, and nobody could check the outcome.
_LONGEST = 2000


def verdict(findings: Iterable[Finding]) -> str:
    """ "clear", "look" or "hold": the gravest of the findings."""
    severities = {finding.severity for finding in findings}
    if Severity.HOLD in severities:
        return "hold"
    return "look" if Severity.LOOK in severities else "clear"


def _facts(pair: Pair, glossary: Glossary) -> list[Finding]:
    """Every promise but the language of the target."""
    link_findings, link_source, link_target = links.compare(pair)
    law_findings, law_source, law_target = law.compare(pair)
    date_findings, date_source, date_target = dates.compare(pair)
    return [
        *link_findings,
        *law_findings,
        *date_findings,
        *numbers.compare(
            pair,
            source_without=(*link_source, *law_source, *date_source),
            target_without=(*link_target, *law_target, *date_target),
        ),
        *names.compare(pair, glossary),
        *negations.compare(pair),
        *opposites.compare(pair),
        *quotations.compare(pair),
        *omissions.compare(pair, glossary),
    ]


def _with_second_opinion(findings: list[Finding], twins: Pair, glossary: Glossary) -> list[Finding]:
    """Agreement of two engines on the very point clears a `look`; where they differ on a fact, the text is held."""
    between = _facts(twins, glossary)
    differing = {finding.kind for finding in between if finding.severity is not Severity.NOTE}

    def is_settled(finding: Finding) -> bool:
        if finding.severity is not Severity.LOOK or finding.kind not in _SETTLED - differing:
            return False
        return finding.kind is not Kind.NAME or names.both_say(twins, finding.found)

    settled = [replace(one, severity=Severity.NOTE) if is_settled(one) else one for one in findings]
    held = {finding.kind for finding in settled if finding.severity is Severity.HOLD}
    disagreements = [
        # The spans belong to two targets, not to the source and the target that this finding is shown with.
        replace(finding, severity=Severity.HOLD, source_spans=(), target_spans=finding.source_spans)
        for finding in between
        if finding.severity is not Severity.NOTE and finding.kind in _DECISIVE - held
    ]
    return [*settled, *disagreements]


def compare(
    source: str,
    target: str,
    from_: str,
    to: str,
    *,
    glossary: Glossary,
    second: str | None = None,
    approved: bool = False,
) -> tuple[Finding, ...]:
    """Every doubt about one sentence pair.

    `second` is another engine's target. `approved` says that a person approved this very pair: what would only be worth
    a look is then a note, and no engine is asked for its opinion; what is held stays held.
    """
    pair = Pair(source=side(source, from_), target=side(target, to))
    if not target.strip():
        severity = Severity.HOLD if source.strip() else Severity.NOTE
        return (pair.finding(Kind.EMPTY, severity, "The translation is empty."),)
    if max(len(source), len(target), len(second or "")) > _LONGEST:
        message = f"One side has more than {_LONGEST} characters: too long to be compared."
        return (pair.finding(Kind.LENGTH, Severity.HOLD, message),)
    findings = [*language.compare(pair), *_facts(pair, glossary)]
    if approved:
        return tuple(replace(f, severity=Severity.NOTE) if f.severity is Severity.LOOK else f for f in findings)
    if second is not None and second.strip():
        twins = Pair(source=pair.target, target=side(second, to), twins=True)
        findings = _with_second_opinion(findings, twins, glossary)
    return tuple(findings)
