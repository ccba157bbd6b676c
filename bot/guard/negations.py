"""The promise: no "not" is lost and none is added, and "at most" never becomes "at least".

Words are counted, not understood: a lost negation is a `hold`, a changed count is worth a `look`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.guard.pair import Pair, Side, Span
from bot.model import Finding, Kind, Severity

_I = re.IGNORECASE
# Idioms with a negation that another language says without one: bounds, and "not only".
_IDIOMS = {
    "en": r"not (?:just|only|merely|simply)|no (?:less|fewer|more|smaller|later|earlier|sooner|longer than)\b|not (?:less|fewer|"
    r"more|later|earlier|until)\b|no matter|no\.? ?\d|no doubt|cannot but|whether or not|or not\b|not to mention|no wonder|if not\b",
    "ru": r"не (?:только|просто|менее|меньше|более|больше|позднее|позже|ранее|раньше|лишь)|несмотря|невзирая|не раз\b|как ни|"
    r"сколько ни|кто бы ни|что бы ни|какой бы ни|где бы ни|так или иначе|тем не менее|чуть не|едва ли не|не кто ин|не что ин|"
    r"не прочь|вряд ли не|не говоря",
    "be": r"не (?:толькі|проста|менш|больш|меней|болей|пазней|раней|адно)|нягледзячы|не раз\b|як ні|хто б ні|што б ні|які б ні|"
    r"дзе б ні|тым не менш|ледзь не|не хто ін|не што ін|не кажучы|незважаючы",
    "uk": r"не (?:тільки|лише|просто|менше|більше|пізніше|раніше|менш|більш|лиш)|незважаючи|не раз\b|хоч як|хто б не|що б не|"
    r"який би не|де б не|тим не менш|ледь не|не хто ін|не що ін|не кажучи",
    "pl": r"nie (?:tylko|mniej|więcej|później|wcześniej|jedynie|mówiąc|wspominając)|tym niemniej|niemniej jednak|bynajmniej|"
    r"mimo że nie",
}
# "Until" carries a negation in the Slavic languages and none in English.
_UNTIL = {
    "en": r"\b(?:until|till|unless|before|as long as)\b",
    "ru": r"\b(?:пока|покуда|прежде чем|до того)\b[^.;]{0,60}?\b(?P<not>не)\b",
    "be": r"\b(?:пакуль|датуль)\b[^.;]{0,60}?\b(?P<not>не|ня)\b",
    "uk": r"\b(?:поки|доки|допоки)\b[^.;]{0,60}?\b(?P<not>не)\b",
    "pl": r"\b(?:dopóki|póki|zanim|chyba że|aż)\b[^.;]{0,60}?\b(?P<not>nie)\b",
}
_STRICT = {
    "en": r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|cannot)\b|n't\b",
    "ru": r"\b(?:не|нет|нельзя|ни)\b",
    "be": r"\b(?:не|ня|няма|нельга|ні|нет)\b",
    "uk": r"\b(?:не|немає|нема|ні|ані|неможна|немає)\b",
    "pl": r"\b(?:nie|ani)\b|\bbrak(?:uje|ło|u|iem)?\b",
}
# Negative pronouns: in the Slavic languages they come with the particle and count only where it is missing.
_PRONOUN = {
    "en": r"(?!)",
    "ru": r"\b(?:никто|никого|никому|никем|ничто|ничего|ничему|ничем|никогда|нигде|никуда|никак\w{0,4}|ничей|ничьи\w{0,2})\b",
    "be": r"\b(?:ніхто|нікога|нікому|нікім|нішто|нічога|нічому|нічым|ніколі|нідзе|нікуды|ніяк\w{0,4}|нічый)\b",
    "uk": r"\b(?:ніхто|нікого|нікому|ніким|ніщо|нічого|нічому|нічим|ніколи|ніде|нікуди|нияк\w{0,4}|жод(?:ен|н\w{1,3}))\b",
    "pl": r"\b(?:nikt|nikogo|nikomu|nikim|nic|niczego|niczemu|niczym|nigdy|nigdzie|żad(?:en|n\w{1,3}))\b",
}
# What may stand for a negation in another language: without, refuse, fail, un-.
_LOOSE = {
    "en": r"\b(?:without|refus\w*|den(?:y|ied|ies|ying|ial)|fail\w*|lack\w*|unable|absen\w+|hardly|rarely|barely|instead|rather|"
    r"except|only|few|little|avoid\w*|prevent\w*|stop\w*|prohibit\w*|ban(?:ned|s)?|forb\w+|reject\w*|unless|until|exclu\w+|free of|"
    r"un(?!i|der|til|less|con?scious|e )\w{4,}|in(?:ability|capab\w+|suffic\w+|accur\w+|correct\w*|visib\w+|effect\w+|depend\w+|"
    r"adequ\w+|possib\w+|signif\w+|defin\w+|valid\w*|access\w*|complet\w*|direct\w*|secur\w*|formal\w*)|im(?:poss\w+|mob\w+|pract\w+|"
    r"prop\w+|patien\w+|perf\w+)|il(?:leg\w+|log\w+)|ir(?:reg\w+|rel\w+|resp\w+)|dis\w{4,}|non\w{3,}|mis\w{4,}|\w+less\b|despite|"
    r"regardless|although|though|impossible|unlikely|no longer|cease\w*|end(?:ed)?|minor|however|nonetheless|nevertheless)\b",
    "ru": r"\b(?:без\w*|бес\w{3,}|отказ\w*|отсутств\w*|отриц\w*|невозмож\w*|не\w{4,}|запре\w*|лиш\w*|вместо|кроме|избе\w+|вряд|едва|"
    r"только|мало|прекра\w+|никак\w*|против\w*|исключ\w+|ни\w{3,})\b",
    "be": r"\b(?:без\w*|бяз\w*|адмо\w*|адсутн\w*|адмаў\w*|немагч\w*|не\w{4,}|ня\w{4,}|забар\w*|пазба\w*|замест|акрамя|апроч|пазб\w+|"
    r"наўрад|ледзь|толькі|мала|спын\w+|супра\w+|выключ\w+|ні\w{3,})\b",
    "uk": r"\b(?:без\w*|відмов\w*|відсутн\w*|запереч\w*|неможл\w*|не\w{4,}|забор\w*|позба\w*|замість|крім|уник\w+|навряд|ледь|тільки|"
    r"лише|мало|припин\w+|проти\w*|виключ\w+|ні\w{3,})\b",
    "pl": r"\b(?:bez\w*|odm[oó]w\w*|odmaw\w*|zaprze\w*|niemoż\w*|nie\w{3,}|zakaz\w*|zabr\w*|pozba\w*|zamiast|oprócz|unik\w+|ledwo|tylko|"
    r"mało|przesta\w+|przeciw\w*|wyklucz\w+|poza|wyłącz\w+|brak\w*|żad\w+|nic\w*|uniemożliw\w+)\b",
}
# "At least" and "at most", with the words that say so.
_FLOOR = {
    "en": r"at least|no (?:less|fewer) than|not (?:less|fewer) than|no smaller than|more than|over (?=\d)",
    "ru": r"не (?:менее|меньше|меньш)|по меньшей мере|как минимум|(?<!не )(?:более|больше|свыше) (?=\S*\d)|по крайней мере",
    "be": r"не (?:менш|меней)|прынамсі|як мінімум|сама меней|(?<!не )(?:больш|звыш|болей) (?:за |чым |як )?(?=\S*\d)",
    "uk": r"не (?:менше|менш)|щонайменше|принаймні|як мінімум|(?<!не )(?:більше|понад) (?:ніж |за )?(?=\S*\d)",
    "pl": r"nie mniej|co najmniej|przynajmniej|minimum|(?<!nie )(?:więcej niż|ponad) (?=\S*\d)",
}
_CEILING = {
    "en": r"at most|no more than|not more than|less than|fewer than|under (?=\d)|no larger than|up to(?= \S*\d)",
    "ru": r"не (?:более|больше)|максимум|(?<!не )(?:менее|меньше) (?=\S*\d)|самое большее",
    "be": r"не (?:больш|болей)|максімум|(?<!не )(?:менш|меней) (?:за |чым |як )?(?=\S*\d)",
    "uk": r"не (?:більше|більш)|щонайбільше|максимум|(?<!не )(?:менше|менш) (?:ніж |за )?(?=\S*\d)",
    "pl": r"nie więcej|co najwyżej|maksymalnie|maksimum|(?<!nie )(?:mniej niż|poniżej) (?=\S*\d)",
}


@lru_cache(maxsize=64)
def _pattern(table: int, language: str) -> re.Pattern[str]:
    tables = (_IDIOMS, _UNTIL, _STRICT, _PRONOUN, _LOOSE, _FLOOR, _CEILING)
    body = tables[table][language]
    return re.compile(rf"\b(?:{body})" if table in (0, 5, 6) else body, _I)


def _spans(table: int, side: Side) -> list[Span]:
    return [found.span() for found in _pattern(table, side.language).finditer(side.text)]


def _blank(text: str, spans: list[Span]) -> str:
    for start, end in spans:
        text = text[:start] + "·" * (end - start) + text[end:]
    return text


def _strict(side: Side) -> list[Span]:
    """The negations that count: idioms are passed over, «не … ни … ни» and «никто не» are one."""
    text = _blank(side.text, _spans(0, side))
    found = [hit.span() for hit in _pattern(2, side.language).finditer(text)]
    if side.language == "en":
        # "Neither … nor" is one negation.
        if re.search(r"\bneither\b", text, _I):
            found = [span for span in found if text[slice(*span)].lower() != "nor"]
        return found
    particles = [span for span in found if text[slice(*span)].lower() not in ("ни", "ні", "ani", "ані")]
    if particles:
        return particles
    return found[:1] or [hit.span() for hit in _pattern(3, side.language).finditer(text)][:1]


def _until(side: Side) -> int:
    return len(_pattern(1, side.language).findall(side.text))


def _allowance(pair: Pair, source: int, target: int) -> bool:
    """Whether "until" explains one negation more on the Slavic side: «пока не придёт» is "until he comes"."""
    english = [one for one in (pair.source, pair.target) if one.language == "en"]
    slavic = [one for one in (pair.source, pair.target) if one.language != "en"]
    if len(english) != 1:
        return False
    surplus = (target - source) if slavic[0] is pair.target else (source - target)
    return 0 < surplus <= min(_until(english[0]), _until(slavic[0]))


def _counts(pair: Pair) -> list[Finding]:
    source, target = _strict(pair.source), _strict(pair.target)
    if len(source) == len(target) or _allowance(pair, len(source), len(target)):
        return []
    spans = {"source": tuple(source), "target": tuple(target)}
    if source and not target:
        loose = _spans(4, pair.target)
        severity = Severity.LOOK if loose and not pair.twins else Severity.HOLD
        message = "{s} says that something is not so; {t} has no negation."
    elif target and not source:
        loose = _spans(4, pair.source)
        severity = Severity.LOOK
        message = "{t} has a negation; {s} has none."
        if loose and len(target) == 1 and not pair.twins:
            severity = Severity.NOTE
    elif source and abs(len(source) - len(target)) == 1 and not pair.twins and max(len(source), len(target)) >= 2:
        more = pair.source if len(source) < len(target) else pair.target
        severity = Severity.NOTE if _spans(4, more) else Severity.LOOK
        message = f"{{s}} has {len(source)} negations, {{t}} has {len(target)}."
    else:
        severity = Severity.LOOK
        message = f"{{s}} has {len(source)} negations, {{t}} has {len(target)}."
    return [pair.finding(Kind.NEGATION, severity, message, **spans)]


def _bounds(pair: Pair) -> list[Finding]:
    """ "At least" that became "at most", or the other way round."""
    floors = (_spans(5, pair.source), _spans(5, pair.target))
    ceilings = (_spans(6, pair.source), _spans(6, pair.target))
    up = floors[0] and not ceilings[0] and ceilings[1] and not floors[1]
    down = ceilings[0] and not floors[0] and floors[1] and not ceilings[1]
    if not up and not down:
        return []
    source, target = (floors[0], ceilings[1]) if up else (ceilings[0], floors[1])
    message = "{s} says “at least” or “more than”, {t} “at most” or “less than”, or the other way round."
    return [pair.finding(Kind.NEGATION, Severity.HOLD, message, source=tuple(source), target=tuple(target))]


def compare(pair: Pair) -> list[Finding]:
    """Every negation or bound that did not come through."""
    return [*_counts(pair), *_bounds(pair)]
