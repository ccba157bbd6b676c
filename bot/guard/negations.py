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
    "en": r"not (?:just|only|merely|simply)|no (?:less|fewer|more|smaller|later|earlier|sooner|longer than)\b|"
    r"not (?:less|fewer|"
    r"more|later|earlier|until)\b|no matter|no\.? ?\d|no doubt|c(?:annot|ould not) (?:but|help but)|"
    r"whether or not|or not\b|not to mention|"
    r"no wonder|if not\b",
    "ru": r"(?:не (?:мо[гж]\w*|смог\w*)|нельзя) не|не (?:только|просто|менее|меньше|более|больше|позднее|позже|"
    r"ранее|раньше|лишь)|несмотря|невзирая|"
    r"не раз\b|как ни|"
    r"сколько ни|кто бы ни|что бы ни|какой бы ни|где бы ни|так или иначе|тем не менее|чуть не|едва ли не|"
    r"не кто ин|не что ин|"
    r"не прочь|как никогда|вряд ли не|не говоря",
    "be": r"(?:не (?:ма[гж]\w*|мо[гж]\w*|змо[гж]\w*|змаг\w*)|няльга|нельга) не|не (?:толькі|проста|менш|больш|"
    r"меней|болей|пазней|раней|адно)|нягледзячы|не раз\b|як ні|хто б ні|"
    r"што б ні|які б ні|"
    r"дзе б ні|тым не менш|ледзь не|не хто ін|не што ін|не кажучы|незважаючы|як ніколі",
    "uk": r"(?:не (?:м[оі][гж]\w*|зм[оі][гж]\w*)|не можна) не|не (?:тільки|лише|просто|менше|більше|пізніше|"
    r"раніше|менш|більш|лиш)|незважаючи|не раз\b|хоч як|"
    r"хто б не|що б не|"
    r"який би не|де б не|тим не менш|ледь не|не хто ін|не що ін|не кажучи|як ніколи",
    "pl": r"nie (?:mog\w*|mógł\w*|może\w*|sposób) nie|nie (?:tylko|mniej|więcej|później|wcześniej|jedynie|"
    r"mówiąc|wspominając)|tym niemniej|niemniej jednak|"
    r"bynajmniej|"
    r"mimo że nie|jak nigdy|(?:na|w|za|przez|poprzez|o|po|pod|nad|między) nie\b",
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
    "ru": r"\b(?:никто|никого|никому|никем|ничто|ничего|ничему|ничем|никогда|нигде|никуда|никак\w{0,4}|ничей|"
    r"ничьи\w{0,2})\b",
    "be": r"\b(?:ніхто|нікога|нікому|нікім|нішто|нічога|нічому|нічым|ніколі|нідзе|нікуды|ніяк\w{0,4}|нічый)\b",
    "uk": r"\b(?:ніхто|нікого|нікому|ніким|ніщо|нічого|нічому|нічим|ніколи|ніде|нікуди|нияк\w{0,4}|жод(?:ен|"
    r"н\w{1,3}))\b",
    "pl": r"\b(?:nikt|nikogo|nikomu|nikim|nic|niczego|niczemu|niczym|nigdy|nigdzie|żad(?:en|n\w{1,3}))\b",
}
# What may stand for a negation in another language: without, refuse, fail, un-.
_LOOSE = {
    "en": r"\b(?:without|refus\w*|den(?:y|ied|ies|ying|ial)|fail\w*|lack\w*|unable|absen\w+|hardly|rarely|barely|"
    r"instead|rather|"
    r"except|only|few|little|avoid\w*|prevent\w*|stop\w*|prohibit\w*|ban(?:ned|s)?|forb\w+|reject\w*|unless|until|"
    r"exclu\w+|free of|"
    r"far from|apart from|separate|outside|limited|seldom|abort\w*|elsewhere|setbacks?|out for|much less|"
    r"un(?!i|der|til|less|con?scious|e )\w{4,}|in(?:ability|capab\w+|suffic\w+|accur\w+|correct\w*|visib\w+|"
    r"effect\w+|depend\w+|"
    r"adequ\w+|possib\w+|signif\w+|defin\w+|valid\w*|access\w*|complet\w*|direct\w*|secur\w*|formal\w*)|"
    r"im(?:poss\w+|mob\w+|pract\w+|"
    r"prop\w+|patien\w+|perf\w+)|il(?:leg\w+|log\w+)|ir(?:reg\w+|rel\w+|resp\w+)|dis\w{4,}|non\w{3,}|mis\w{4,}|"
    r"\w+less\b|despite|"
    r"regardless|although|though|impossible|unlikely|no longer|cease\w*|end(?:ed)?|minor|however|nonetheless|"
    r"nevertheless)\b",
    "ru": r"\b(?:без\w*|бес\w{3,}|отказ\w*|отсутств\w*|отриц\w*|невозмож\w*|не\w{4,}|запре\w*|лиш\w*|вместо|кроме|"
    r"избе\w+|вряд|едва|"
    r"только|мало|прекра\w+|никак\w*|против\w*|исключ\w+|ни\w{3,})\b",
    "be": r"\b(?:без\w*|бяз\w*|адмо\w*|адсутн\w*|адмаў\w*|немагч\w*|не\w{4,}|ня\w{4,}|забар\w*|пазба\w*|замест|"
    r"акрамя|апроч|пазб\w+|"
    r"наўрад|ледзь|толькі|мала|спын\w+|супра\w+|выключ\w+|ні\w{3,})\b",
    "uk": r"\b(?:без\w*|відмов\w*|відсутн\w*|запереч\w*|неможл\w*|не\w{4,}|забор\w*|позба\w*|замість|крім|уник\w+|"
    r"навряд|ледь|тільки|"
    r"лише|мало|припин\w+|проти\w*|виключ\w+|ні\w{3,})\b",
    "pl": r"\b(?:bez\w*|odm[oó]w\w*|odmaw\w*|zaprze\w*|niemoż\w*|nie\w{3,}|zakaz\w*|zabr\w*|pozba\w*|zamiast|"
    r"oprócz|unik\w+|ledwo|tylko|"
    r"mało|przesta\w+|przeciw\w*|wyklucz\w+|poza|wyłącz\w+|brak\w*|żad\w+|nic\w*|uniemożliw\w+)\b",
}
# What English says by a verb where a Slavic language says "not": «не пускают» is "denied access".
_DENYING = re.compile(
    r"\b(?:den(?:y|ied|ies|ying)|refus(?:ed?|es|ing)|fail(?:ed|s|ing)? to|dismiss(?:ed|es|ing)?|"
    r"reject(?:ed|s|ing)?|declin(?:ed|es|ing)|unable to|withheld|deprived)\b",
    _I,
)
# The same verbs in the Slavic languages: with them, a lost "not" is a lost "not".
_DENIAL = re.compile(
    r"\b(?:отказ|откаж|отрица|отверг|откло|лиш[аеи]|адмо[вў]|адмаўл|адхіл|пазба|відмо|відхил|запереч|позба|"
    r"odm[oóa]w|odrzuc|oddal|zaprzecz|pozba|провал)",
    _I,
)
# "At least" and "at most", with the words that say so.
_AMOUNT = (
    r"(?=\S*\d|час|год|гад|лет|месяц|месяч|місяц|недел|тыд|тиж|дн|сут|доб|минут|хвілін|хвилин|полов|палов|процент|"
    r"працэнт|відсот|двух|двох|тр[еёьо]|пяти|пяці|п'яти|дес|дзес|ст[оа]|сот|тыс|тис|м[иі]л)"
)
_POLISH_AMOUNT = r"(?=\S*\d|godz|lat|rok|mies|tyg|dni|minut|poł|procent|dwóch|trzech|pięciu|dzies|stu|tys|mil)"
_FLOOR = {
    "en": r"at least|(?:no|not) (?:less|fewer) than|no smaller than|(?<!no )(?<!not )more than|over (?=\d)",
    "ru": rf"не (?:менее|меньше|меньш)|по меньшей мере|как минимум|(?<!не )(?:более|больше|"
    rf"свыше) (?:чем )?{_AMOUNT}|по крайней мере",
    "be": rf"не (?:менш|меней)|прынамсі|як мінімум|сама меней|(?<!не )(?:больш|звыш|болей) (?:за |чым |"
    rf"як )?{_AMOUNT}",
    "uk": rf"не (?:менше|менш)|щонайменше|принаймні|як мінімум|(?<!не )(?:більше|понад) (?:ніж |за )?{_AMOUNT}",
    "pl": rf"nie mniej|co najmniej|przynajmniej|minimum|(?<!nie )(?:więcej niż|ponad) {_POLISH_AMOUNT}",
}
_CEILING = {
    "en": r"at most|(?:no|not) more than|(?<!no )(?<!not )(?:less|fewer) than|under (?=\d)|no larger than|"
    r"up to(?= \S*\d)",
    "ru": rf"не (?:более|больше)|максимум|(?<!не )(?:менее|меньше) (?:чем )?{_AMOUNT}|самое большее",
    "be": rf"не (?:больш|болей)|максімум|(?<!не )(?:менш|меней) (?:за |чым |як )?{_AMOUNT}",
    "uk": rf"не (?:більше|більш)|щонайбільше|максимум|(?<!не )(?:менше|менш) (?:ніж |за )?{_AMOUNT}",
    "pl": rf"nie więcej|co najwyżej|maksymalnie|maksimum|(?<!nie )(?:mniej niż|poniżej) {_POLISH_AMOUNT}",
}


@lru_cache(maxsize=64)
def _pattern(table: int, language: str) -> re.Pattern[str]:
    tables = (_IDIOMS, _UNTIL, _STRICT, _PRONOUN, _LOOSE, _FLOOR, _CEILING)
    body = tables[table][language]
    return re.compile(rf"\b(?:{body})" if table in (0, 5, 6) else body, _I)


def _spans(table: int, side: Side) -> list[Span]:
    return [found.span() for found in _pattern(table, side.language).finditer(side.text)]


def _blank(text: str, spans: list[Span]) -> str:
    letters = list(text)
    for start, end in spans:
        letters[start:end] = "·" * (end - start)
    return "".join(letters)


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


_NOT_UNTIL = re.compile(r"(?:\bnot\b|n't\b|\bno\b)[^.;]{0,80}\buntil\b", _I)
_ONLY = re.compile(r"\b(?:only|только|лишь|толькі|тільки|лише|аж|tylko|dopiero)\b", _I)
_NOT_ONLY = re.compile(
    r"\b(?:not (?:just|only|merely|simply|solely)|не (?:только|просто|лишь|толькі|проста|тільки|лише)|nie tylko)\b", _I
)


def _not_only(pair: Pair) -> list[Finding]:
    """ "Not only" that lost its "not"."""
    sides = (pair.source, pair.target)
    full = [_NOT_ONLY.search(one.text) is not None for one in sides]
    if full[0] == full[1]:
        return []
    bare = pair.target if full[0] else pair.source
    if not _ONLY.search(bare.text):
        return []
    return [pair.finding(Kind.NEGATION, Severity.LOOK, "One side says “not only”, the other side “only”.")]


def _bare_pronoun(pair: Pair) -> list[Finding]:
    """A Slavic «никто» or «ни … ни» without its «не»: a negation was lost on the way."""
    pronouns = _bare(pair.target)
    if pair.twins and bool(pronouns) != bool(_bare(pair.source)):
        return [pair.finding(Kind.NEGATION, Severity.LOOK, "Only one of two translations has a whole negation.")]
    if not pronouns or pair.twins:
        return []
    message = "{t} has a negative pronoun without the negation that belongs to it."
    return [pair.finding(Kind.NEGATION, Severity.LOOK, message, target=pronouns)]


def _bare(one: Side) -> tuple[Span, ...]:
    if one.language == "en" or _strict_particles(one):
        return ()
    return tuple(hit.span() for hit in _pattern(3, one.language).finditer(one.text))


def _strict_particles(side: Side) -> list[Span]:
    found = (hit.span() for hit in _pattern(2, side.language).finditer(side.text))
    return [span for span in found if side.text[slice(*span)].lower() not in ("ни", "ні", "ani", "ані")]


def _until(side: Side) -> int:
    return len(_pattern(1, side.language).findall(side.text))


def _allowance(pair: Pair, source: int, target: int) -> bool:
    """Whether "until" explains one negation more on the Slavic side: «пока не придёт» is "until he comes"."""
    english = [one for one in (pair.source, pair.target) if one.language == "en"]
    slavic = [one for one in (pair.source, pair.target) if one.language != "en"]
    if len(english) != 1:
        return False
    late = _NOT_UNTIL.search(english[0].text) and _ONLY.search(slavic[0].text)
    if late and abs(source - target) == 1 and (source > target) == (slavic[0] is pair.target):
        return True  # "not until Friday" is «только в пятницу»
    surplus = (target - source) if slavic[0] is pair.target else (source - target)
    return 0 < surplus <= min(_until(english[0]), _until(slavic[0]))


_LONG = 110  # characters: in a shorter sentence it would still be seen


def _counts(pair: Pair) -> list[Finding]:
    source, target = _strict(pair.source), _strict(pair.target)
    if len(source) == len(target) or _allowance(pair, len(source), len(target)):
        return []
    if source and not target:
        loose = _spans(4, pair.target)
        # A Slavic particle is easily worded away («не прынялі» – "was rejected"), an English "not" hardly ever.
        worded = pair.source.language != "en" and len(source) == 1 and len(pair.source.text) > _LONG
        free = bool(loose) or worded
        severity = Severity.LOOK if free and not pair.twins else Severity.HOLD
        if not pair.twins and len(source) == 1 and _is_denied(pair):
            severity = Severity.NOTE
        message = "{s} says that something is not so; {t} has no negation."
    elif target and not source:
        loose = _spans(4, pair.source)
        severity = Severity.NOTE if loose and len(target) == 1 and not pair.twins else Severity.LOOK
        message = "{t} has a negation; {s} has none."
    else:
        severity = Severity.LOOK
        message = f"{{s}} has {len(source)} negations, {{t}} has {len(target)}."
    return [pair.finding(Kind.NEGATION, severity, message, source=tuple(source), target=tuple(target))]


def _is_denied(pair: Pair) -> bool:
    """Whether an English "denied" or "failed to" says what the source says by its one particle."""
    if pair.target.language != "en" or pair.source.language == "en":
        return False
    return len(_DENYING.findall(pair.target.text)) == 1 and not _DENIAL.search(pair.source.text)


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
    return [*_counts(pair), *_bounds(pair), *_not_only(pair), *_bare_pronoun(pair)]
