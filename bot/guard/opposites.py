"""The promise: a word of the trade never becomes its opposite: acquitted and convicted, released and detained.

Each row has the two opposites per language, as stems. A row is asked when one side of the pair says only the one and
the other side only the other; whoever says both, or neither, is left alone. Words are counted, not understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from bot.guard.pair import Pair, Side, Span
from bot.model import Finding, Kind, Severity

_ANY_NOT = re.compile(
    r"\b(?:not|no|never|nobody|none|neither|nor|cannot|without|не|ня|ні|ни|нет|няма|нельга|немає|без|бяз|nie|"
    r"ani|bez|brak)\b"
    r"|n't\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Two opposites. `plain` rows say nothing where a side has a negation, which may turn the one to the other."""

    names: tuple[str, str]
    stems: dict[str, tuple[str, str]]
    plain: bool = False


_ROWS = (
    _Row(
        names=("acquitted", "convicted"),
        stems={
            "be": (r"апраўда[лўнц]", r"асудз|асуджа|пакара|прысуд|вінаваты"),
            "ru": (r"оправда[лнт]", r"осуд|осужд|приговор|виновн"),
            "en": (r"acquit|exonerat", r"convict|sentenc|found guilty|condemn"),
            "uk": (r"виправда[влн]", r"засуд|вирок|винн"),
            "pl": (r"uniewinni", r"skaza|wyrok|winn"),
        },
    ),
    _Row(
        names=("released", "detained"),
        stems={
            "be": (r"вызвал|адпусц|адпушч|на вол[юі]", r"затрым|арышт|пад варт|зняв|турм|калоні|СІЗА"),
            "ru": (r"освобо|отпу[щс]|на свобод|на вол[юе]", r"задерж|арест|под страж|заключ|тюрь|колони|СИЗО"),
            "en": (r"releas|freed|set free|let go|liberat|at liberty", r"detain|arrest|remand|custody|imprison|jail"),
            "uk": (r"звільн|відпу[щс]|на вол[юі]|на свобод", r"затрим|арешт|під варт|ув'язн|тюр|колоні|СІЗО"),
            "pl": (r"zwoln|wypu[sś]|uwoln|na wolno", r"zatrzym|areszt|uwięzi|więzie|koloni"),
        },
        plain=True,
    ),
    _Row(
        names=("death", "life imprisonment"),
        stems={
            "be": (r"смяротн\w+ (?:кар|пакар)|вышэйш\w+ мер", r"пажыццёв|пажыцьцёв"),
            "ru": (r"смертн\w+ казн|высш\w+ мер", r"пожизненн"),
            "en": (
                r"death (?:penalty|sentence)|to death\b|capital punish",
                r"life (?:imprison|sentence|in |term)|for life\b",
            ),
            "uk": (r"смертн\w+ кар|вищ\w+ мір", r"довічн"),
            "pl": (r"kar\w+ śmierci|na śmierć", r"dożywo"),
        },
    ),
    _Row(
        names=("unlawful", "lawful"),
        stems={
            "be": (r"незакон|супрацьпраў|неправамер|нелегал|па-за законам", r"законн|праўн|правамер|легал"),
            "ru": (r"незакон|против(?:озакон|оправ)|неправомер|нелегал|вне закона", r"законн|правомер|легальн"),
            "en": (r"unlawful|illegal|illicit|illegitimate|outlaw", r"lawful|legal|legitimate"),
            "uk": (r"незакон|протиправ|протизакон|неправомір|нелегал|поза законом", r"законн|правомір|легальн"),
            "pl": (r"nielegaln|bezprawn|niezgodn\w+ z praw|niepraw", r"legaln|zgodn\w+ z praw|prawomocn"),
        },
        plain=True,
    ),
    _Row(
        names=("unfounded", "well-founded"),
        stems={
            "be": (r"неабгрунтав|беспадстаў|бяздоказ", r"абгрунтав|падстаўн|даказан"),
            "ru": (r"необоснов|безоснов|беспочв|бездоказ", r"обоснован|доказан"),
            "en": (
                r"unfounded|groundless|baseless|unsubstantiated|unjustified",
                r"(?:well-)?founded|justified|proven|grounded",
            ),
            "uk": (r"необґрунтов|безпідстав|бездоказ", r"обґрунтован|підставн|доведен"),
            "pl": (r"bezzasadn|nieuzasadn|bezpodstawn", r"uzasadn|zasadn|udowodn"),
        },
        plain=True,
    ),
    _Row(
        names=("refused", "agreed"),
        stems={
            "be": (r"адмов[іл]|адмаўля|адмовы", r"пагадзі|згадзі|да(?:ў|ла|лі) (?:паказ|згод)"),
            "ru": (r"отказ|откаж", r"соглаш[аеу]|согласи|да(?:л|ла|ли) (?:показ|соглас)"),
            "en": (r"refus|declin(?:ed|es|ing) to", r"agreed|agrees|consent|testified|gave evidence"),
            "uk": (r"відмов[иля]", r"погоди|да(?:в|ла|ли) (?:свідч|згод)"),
            "pl": (r"odm[oó]wi|odmaw", r"zgodzi|złoży\w* zezna"),
        },
        plain=True,
    ),
    _Row(
        names=("banned", "allowed"),
        stems={
            "be": (r"забар[ао]н", r"дазвол|дазвал"),
            "ru": (r"запре[тщ]", r"разреш[аеиё]|позвол"),
            "en": (r"ban(?:ned|s|ning)?\b|prohibit|forb[ia]|outlaw|disallow", r"allow|permit|authori[sz]ed"),
            "uk": (r"забор[оо]н", r"дозвол"),
            "pl": (r"zakaz|zabr[oa]ni", r"pozw[oa]l|zezw[oa]l|dozwol"),
        },
        plain=True,
    ),
    _Row(
        names=("upheld", "overturned"),
        stems={
            "be": (r"пакіну\w+ (?:\w+ ){0,3}(?:у|ў) сіле", r"адмяні|скасава"),
            "ru": (r"остави\w+ (?:\w+ ){0,3}в силе", r"отмени|аннулир"),
            "en": (r"upheld|uphold", r"overturn|quash|annul|revers|cancel"),
            "uk": (r"залиши\w+ (?:\w+ ){0,3}[ву] силі", r"скасува|анул"),
            "pl": (r"utrzyma\w+ (?:\w+ ){0,3}w mocy", r"uchyli|unieważni"),
        },
        plain=True,
    ),
    _Row(
        names=("after", "before"),
        stems={
            "be": (r"(?:пасля|з|ад) \d", r"(?:да|перад|па) \d"),
            "ru": (r"(?:после|с|от) \d", r"(?:до|перед|по|к) \d"),
            "en": (
                r"(?:after|since|from|as of) (?:the )?(?:\d|[A-Z][a-z]+ \d)",
                r"(?:before|until|till|by|to) (?:the )?(?:\d|[A-Z][a-z]+ \d)",
            ),
            "uk": (r"(?:після|з|від) \d", r"(?:до|перед|по) \d"),
            "pl": (r"(?:po|od|z) \d", r"(?:przed|do) \d"),
        },
    ),
    _Row(
        names=("in the morning", "in the evening"),
        stems={
            "be": (r"(?<=\d )(?:раніцы|ранку)|(?<=гадзін )раніцы", r"(?<=\d )вечара|(?<=гадзін )вечара"),
            "ru": (r"(?<=\d )утра|(?<=часов )утра", r"(?<=\d )вечера|(?<=часов )вечера"),
            "en": (r"(?<=\d )a\.?m\b|(?<=\d)a\.?m\b|in the morning", r"(?<=\d )p\.?m\b|(?<=\d)p\.?m\b|in the evening"),
            "uk": (r"(?<=\d )ранку|(?<=годин )ранку", r"(?<=\d )вечора|(?<=годин )вечора"),
            "pl": (r"(?<=\d )rano", r"(?<=\d )(?:wieczorem|po południu)"),
        },
    ),
    _Row(
        names=("almost, up to", "more than"),
        stems={
            "be": (r"(?:амаль|да|каля) \d", r"(?:больш|болей|звыш)(?: за| чым| як)? \d"),
            "ru": (r"(?:почти|до|около) \d", r"(?:более|больше|свыше)(?: чем)? \d"),
            "en": (r"(?:almost|nearly|up to|close to) \d", r"(?:more than|over|above|exceeding) \d"),
            "uk": (r"(?:майже|до|близько) \d", r"(?:понад|більше|більш)(?: ніж| за| як)? \d"),
            "pl": (r"(?:prawie|do|blisko|niemal) \d", r"(?:ponad|więcej niż|powyżej) \d"),
        },
    ),
    _Row(
        names=("thousands", "hundreds"),
        stems={
            "be": (r"тысяч[ыа]\w{0,2}\b", r"сотні\b|сотняў\b|соцень\b"),
            "ru": (r"тысяч[иа]?\w{0,2}\b", r"сотни\b|сотен\b|сотням\w*"),
            "en": (r"thousands?\b", r"hundreds\b"),
            "uk": (r"тисяч[іа]?\w{0,2}\b", r"сотні\b|сотень\b"),
            "pl": (r"tysiąc\w*|tysięcy\b", r"setki\b|setek\b"),
        },
    ),
)
# What may not simply go: where the one side says it, the other has to.
_KEPT = (
    (
        "a suspended sentence",
        {
            "be": r"[уў]моўн\w+",
            "ru": r"условн(?:о|ый|ого|ому|ым|ых|ые|ое)\b",
            "en": r"suspended (?:\w+ ){0,3}(?:sentence|term|imprison|year|month)|(?:sentence|years?|"
            r"months?),? (?:\w+ ){0,2}suspended|"
            r"probation|conditional",
            "uk": r"умовн\w+",
            "pl": r"zawiesz\w+|warunkow",
        },
        r"year|month|год|гад|лет|меся|рок|рік|місяц|\blat|mies",
    ),
    (
        "percentage points",
        {
            "be": r"працэнтн\w+ пункт",
            "ru": r"процентн\w+ пункт",
            "en": r"percentage point|per cent point|percent point",
            "uk": r"(?:відсотков|процентн)\w+ пункт",
            "pl": r"punkt\w* procentow|p\.p\.",
        },
        r"%|percent|per cent|процент|працэнт|відсот|procent",
    ),
    (
        "“not all”",
        {
            "be": r"не (?:ўсе|усе|ўсіх|усіх|кожн\w+)\b",
            "ru": r"не (?:все|всех|всем|кажд\w+)\b",
            "en": r"not (?:even )?(?:all|every\w*)\b|n't all\b",
            "uk": r"не (?:всі|усі|всіх|усіх|кожн\w+)\b",
            "pl": r"nie (?:wszys\w+|każd\w+)\b",
        },
        r"\ball\b.*\bnot\b|\b(?:усе|ўсе|все|всі|усі|wszys\w+)\b.*\b(?:не|nie)\b",
    ),
)


@cache
def _pattern(row: int, end: int, language: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_ROWS[row].stems[language][end]})", re.IGNORECASE)


@cache
def _keeper(row: int, language: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_KEPT[row][1][language]})", re.IGNORECASE)


def _spans(row: int, end: int, side: Side) -> tuple[Span, ...]:
    return tuple(hit.span() for hit in _pattern(row, end, side.language).finditer(side.text))


def _turned(pair: Pair, row: int) -> Finding | None:
    """One row: the source says only the one and the target only the other."""
    source, target = ((_spans(row, 0, one), _spans(row, 1, one)) for one in (pair.source, pair.target))
    for end in (0, 1):
        if source[end] and not source[1 - end] and target[1 - end] and not target[end]:
            names = _ROWS[row].names
            message = f"{{s}} says “{names[end]}” or the like; {{t}} says “{names[1 - end]}”."
            return pair.finding(Kind.NEGATION, Severity.LOOK, message, source=source[end], target=target[1 - end])
    return None


def _lost(pair: Pair, row: int) -> Finding | None:
    """One word that may not go, on one side only, where the other side speaks of the same matter."""
    name, _, matter = _KEPT[row]
    spans = [
        [hit.span() for hit in _keeper(row, one.language).finditer(one.text)] for one in (pair.source, pair.target)
    ]
    if bool(spans[0]) == bool(spans[1]):
        return None
    other = pair.target if spans[0] else pair.source
    if not re.search(matter, other.text, re.IGNORECASE):
        return None
    message = f"Only one side speaks of {name}."
    return pair.finding(Kind.NEGATION, Severity.LOOK, message, source=tuple(spans[0]), target=tuple(spans[1]))


def compare(pair: Pair) -> list[Finding]:
    """Every word that became its opposite."""
    negated = any(_ANY_NOT.search(one.text) for one in (pair.source, pair.target))
    found = [_turned(pair, row) for row in range(len(_ROWS)) if not (negated and _ROWS[row].plain)]
    return [one for one in (*found, *(_lost(pair, row) for row in range(len(_KEPT)))) if one is not None]
