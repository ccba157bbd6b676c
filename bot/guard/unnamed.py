"""The promise: nobody of the glossary's `never_name` is named, in anything that a post of an edition could show.

Always a `hold`, whatever an engine or a person has said of the sentence; the finding tells the id, never the name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote

from bot.guard.pair import Span
from bot.model import Checked, CheckedSentence, Finding, Kind, Origin, Severity
from bot.text import unnamed
from bot.text.glossary import NEVER, Glossary

_TITLE = -1


def screen(checked: Checked, glossary: Glossary) -> Checked:
    """The edition with a finding for each sentence that names one of them; what stands outside them, with the title."""
    if not glossary.never:
        return checked
    language = checked.statement.language if checked.origin is Origin.UNTRANSLATED else checked.language
    read = [unnamed.mentions(one.text, language, glossary) for one in (checked.title, *checked.sentences)]
    shown = [found for at, found in enumerate(read, start=_TITLE) if at not in checked.left_out]
    seen = {id for found in shown for id in found}
    beside = [id for id in unnamed.ids(_beside(checked), language, glossary) if id not in seen]
    discreet = [_discreet(one, checked, glossary) for one in (checked.title, *checked.sentences)]
    title = _with(discreet[0], read[0], _TITLE, checked)
    sentences = (
        _with(one, found, i, checked) for i, (one, found) in enumerate(zip(discreet[1:], read[1:], strict=True))
    )
    return replace(
        checked,
        title=_with(title, dict.fromkeys(beside, ()), _TITLE, checked),
        sentences=tuple(sentences),
    )


def _beside(checked: Checked) -> Sequence[str]:
    """What a post may show beside the title and the sentences: the address, and the whole statement of an original."""
    texts = [unquote(checked.statement.url)]
    if checked.origin in (Origin.ORIGINAL, Origin.UNTRANSLATED):
        for block in checked.statement.blocks:
            texts += [block.text, unquote(block.href or "")]
    return texts


def _with(sentence: CheckedSentence, found: Mapping[str, Sequence[Span]], at: int, checked: Checked) -> CheckedSentence:
    translated = checked.origin in (Origin.MACHINE, Origin.PEOPLE)
    findings = (
        Finding(
            kind=Kind.NAME,
            severity=Severity.HOLD,
            message=f"It names somebody whom no post may name: {NEVER}.{id} of the glossary. Edit that out.",
            source_spans=() if translated else tuple(spans),
            target_spans=tuple(spans) if translated else (),
            sentence=at,
        )
        for id, spans in found.items()
    )
    return replace(sentence, findings=(*sentence.findings, *findings))


def _discreet(sentence: CheckedSentence, checked: Checked, glossary: Glossary) -> CheckedSentence:
    """The sentence with the name in no finding: findings are told in alarms and in the audit trail."""
    return replace(sentence, findings=tuple(_told(one, checked, glossary) for one in sentence.findings))


def _told(finding: Finding, checked: Checked, glossary: Glossary) -> Finding:
    texts = (finding.message, finding.expected, finding.found)
    said = {id for one in (checked.language, checked.statement.language) for id in unnamed.ids(texts, one, glossary)}
    if not said:
        return finding
    whom = ", ".join(f"{NEVER}.{id}" for id in sorted(said))
    message = f"The {finding.kind} beside somebody whom no post may name ({whom}) is in doubt."
    return replace(finding, message=message, expected="", found="")
