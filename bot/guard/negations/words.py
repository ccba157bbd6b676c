"""How each language denies: its words, sorted by what can stand for them in another language.

Most of them have to be answered on the other side; a `hint` says nothing alone and only explains a negation there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.guard.pair import Side, Span

_I = re.IGNORECASE
# Set phrases in which a negation denies nothing that another language would deny too.
_IDIOM = {
    "en": r"not (?:just|only|merely|simply|solely)|not (?:less|fewer|more|later|earlier)|"
    r"no (?:less|fewer|more|smaller|larger|later|earlier|sooner)|no matter|no\.? ?(?=\d)|no doubt|"
    r"c(?:annot|ould not) (?:but|help but)|whether or not|or not|not to mention|no wonder|if not|nothing but|"
    r"last but not least|nonetheless|nevertheless|without (?:exception|doubt|problem|difficult)\w*",
    "ru": r"(?:не (?:мо[гж]\w*|смог\w*)|нельзя) не|не (?:только|просто|менее|меньше|меньш\w+|более|больше(?! не)|"
    r"позднее|позже|ранее|раньше|лишь)|не раз|как ни|сколько ни|кто бы ни|что бы ни|какой бы ни|где бы ни|"
    r"чуть не|едва ли не|не кто ин\w*|не что ин\w*|не прочь|как никогда|вряд ли не|не говоря|"
    r"без (?:проблем|исключ|сомнен|перерыв|труда)\w*",
    "be": r"(?:не (?:ма[гж]\w*|мо[гж]\w*|змо[гж]\w*|змаг\w*)|няльга|нельга) не|не (?:толькі|проста|менш\w*|больш\w*|"
    r"меней|болей|пазней|раней|адно)|не раз|як ні|хто б ні|што б ні|які б ні|дзе б ні|ледзь не|не хто ін\w*|"
    r"не што ін\w*|не кажучы|як ніколі|без (?:праблем|выключ|сумнен|перапын|цяжкасц)\w*",
    "uk": r"(?:не (?:м[оі][гж]\w*|зм[оі][гж]\w*)|не можна) не|не (?:тільки|лише|просто|менше?|менших|більше?|більших|"
    r"пізніше|раніше|лиш)|не раз|хоч як|хто б не|що б не|який би не|де б не|ледь не|не хто ін\w*|не що ін\w*|"
    r"не кажучи|як ніколи|без (?:проблем|винят|сумнів|перерв)\w*",
    "pl": r"nie (?:mog\w*|mógł\w*|może\w*|sposób) nie|nie (?:tylko|mniej\w*|więcej|większ\w*|później|wcześniej|"
    r"jedynie|mówiąc|wspominając)|bynajmniej|mimo że nie|jak nigdy|nie lada|"
    r"bez (?:problem|wyjątk|wątpi|przerw|trud)\w*|(?:na|w|za|przez|poprzez|o|po|pod|nad|między) nie",
}
# "Nevertheless", which the Slavic languages say with a "not".
_YET = {"ru": r"тем не мен\w+", "be": r"тым не мен\w+", "uk": r"тим не менш\w*", "pl": r"tym niemniej|niemniej jednak"}
# "Not" in a clause of "until", where English has none; the "not" is its last word.
_TILL = {
    "ru": r"(?:пока|покуда|прежде чем|до тех пор|чуть было)\b[^.;]{0,60}?\bне",
    "be": r"(?:пакуль|датуль|да таго часу)\b[^.;]{0,60}?\b(?:не|ня)",
    "uk": r"(?:поки|доки|допоки|до тих пір)\b[^.;]{0,60}?\bне",
    "pl": r"(?:dopóki|póki|zanim|chyba że|aż)\b[^.;]{0,60}?\bnie",
}
_STRICT = {
    "en": r"not|no|never|none|nobody|nothing|nowhere|neither|cannot",
    "ru": r"не|нет|нельзя|незачем|некому|нечего|негде|некуда|некогда",
    "be": r"не|ня|няма\w{0,2}|нельга|няльга|нет",
    "uk": r"не|немає|нема|неможна|нікому|ніде",
    "pl": r"nie",
}
_NOR = {"en": r"nor", "ru": r"ни", "be": r"ні|ані", "uk": r"ні|ані", "pl": r"ani"}
# Negative pronouns: in the Slavic languages they come with a particle.
_PRONOUN = {
    "ru": r"никто|никого|никому|никем|ничто|ничего|ничему|ничем|никогда|нигде|никуда|никак(?!ой)|никак\w{1,4}|ничей|"
    r"ничьи\w{0,2}",
    "be": r"ніхто|нікога|нікому|нікім|нішто|нічога|нічому|нічым|ніколі|нідзе|нікуды|ніяк\w{0,4}|нічый|"
    r"(?:ні|ня)в?одн\w{1,4}|ніводз\w{1,2}",
    "uk": r"ніхто|нікого|ніким|ніщо|нічого|нічому|нічим|ніколи|нікуди|нияк\w{0,4}|ніяк\w{0,4}|жод(?:ен|н\w{1,3})",
    "pl": r"nikt|nikogo|nikomu|nikim|nic|niczego|niczemu|niczym|nigdy|nigdzie|żad(?:en|n\w{1,3})",
}
_WITHOUT = {
    "en": r"without|free (?:of|from)|devoid|incommunicado",
    "ru": r"безо?",
    "be": r"без|бяз",
    "uk": r"без",
    "pl": r"beze?",
}
# Words that deny by a prefix, of those that another language says with a "not": «неизвестно», "unknown".
_PREFIXED = {
    "en": r"un(?!i|der|til|less|like|con?scious|e |veil|cover|fold|earth|load|lock|leash|rest|do\b)\w{4,}|non-\w+|"
    r"im(?:poss|prob)\w*|in(?:ability|capab|suffic|correct|visib|effect|adequ|valid|access|complet|appropr|admiss|"
    r"toler|explic)\w*",
    "ru": r"не(?:возмож|извест|способ|доступ|достат|достов|винов|правом|законн|легал|ясн|допуст|увер|скор|верн|верен|"
    r"возвр|связ|знаком(?!ц|ец)|полн|види|подтв|определ|достиж|удоб|нужн|пробив|прав[иы]|прием|"
    r"довол|коррект|готов|соглас|"
    r"обоснов)\w*|бес(?:смыс|полез)\w*",
    "be": r"н[ея](?:магч|вядом|здоль|дасту|дастат|вінав|правам|закон|легал|ясн|дапуш|дапусц|упэўн|хутк|верн|скор|"
    r"вярт|звяз|знаём|поўн|бач|пацверд|зручн|бітк|правіль|згод|гатов|абгрунт|перад|прабі|маючы)\w*|бяссэнс\w*",
    "uk": r"не(?:можлив|відом|здат|доступ|достат|вин[ну]|правом|закон|легал|ясн|припуст|впевн|скор|вірн|поверт|"
    r"зв.яз|знайом(?!ц|ец)|знан|повн|видим|підтвер|визнач|зручн|потріб|правиль|згод|готов|обґрунт|переда|пробив|маючи|"
    r"розби|прийнят)\w*",
    "pl": r"nie(?:możl|znan|wiado|zdol|dost[ęa]p|wystarcz|dostat|winn|legaln|jasn|dopuszcz|pewn|prawd|zwrot|zwi[aą]z|"
    r"pełn|widz|widoc|potwierdz|określ|wygod|potrzeb|prawid|zgod|gotow|uzasad|zbywal|tłuk|mając)\w*",
}
# Words that deny by what they mean.
_DENYING = {
    "en": r"refus(?!ee)\w*|den(?:y|ied|ies|ying|ial)|fail(?:s|ed|ing)?(?= to\b)|failures? to|lack\w*|unable|"
    r"absen(?:t|ce)|avoid\w*|prevent(?!ion)\w*|prohibit\w*|ban(?:s|ned|ning)?|forb\w+|reject\w*|withheld|depriv\w*|"
    r"refrain\w*|abstain\w*|rather than|instead of|"
    r"far from (?:an?|being|it|all|certain|clear|complete|perfect|over|sure)\b|"
    r"dismiss\w* (?:(?:the|an?|his|her|their|all) )?(?:\w+ )?(?:appeal|complaint|claim|motion|request|petition)s?|"
    r"declin(?:ed|es|ing) to|barred|disallow\w*",
    "ru": r"вместо|(?<!до )отказ\w*|откаж\w*|отсутств\w*|отриц\w*|запре[тщ]\w*|лиш(?!ь|н)\w*|избе[гж]\w+|отверг\w*|"
    r"отклон\w*|предотвра\w*|помеша\w*|воздерж\w*|препятств\w*",
    "be": r"замест|адмо[вў]\w*|адмаў\w*|адкі[нд]\w*|адсутн\w*|адхіл\w*|забар[ао]н\w*|пазба[вўя]\w*|пазбе[гж]\w+|"
    r"пазбяг\w*|прадухіл\w*|перашк\w*|устрым\w*|утрым(?:ац|а[йв]|ліва)\w*",
    "uk": r"замість|відмов\w*|відсутн\w*|запереч\w*|забор[оа]н\w*|позба[вл]\w*|уник\w+|відки[нд]\w*|відхил\w*|"
    r"запобі[гж]\w*|запобіга\w*|перешк\w*|утрима(?:т|в|л)\w*|брак(?:у|ува\w*|ує)?|завад[иж]\w*|заважа\w*",
    "pl": r"zamiast|odm[oó]w\w*|odmaw\w*|zaprze(?!st)\w*|zakaz\w*|zabron\w*|zabrania(?:ł\w*|ją|ć)?|"
    r"pozb[aą]w\w*|brak\w*|odrzuc\w*|unik(?:n[ąię]|a(?!ln))\w*|"
    r"uniemoż\w*|zapobie[cg]\w*|powstrzym\w*|nieobecn\w*|udaremni\w*",
}
# Words that almost deny: who "hardly listened" did listen.
_HARDLY = {
    "en": r"hardly|barely|scarcely|seldom|rarely|unlikely|almost (?:no(?:t|ne|thing|body)?|never|\w+ not)",
    "ru": r"вряд|едва|почти (?:не|ни\w*|никогда)|редко|изредка|маловероят\w*",
    "be": r"наўрад|ледзь|амаль (?:не|ня|ні\w*)|рэдка|зрэдку|малаверагод\w*",
    "uk": r"навряд|ледь|ледве|майже (?:не|ні\w*)|рідко|зрідка|малоймовір\w*",
    "pl": r"ledwo|ledwie|prawie ni(?:e|c|gdy|kt)|rzadko|mało prawdopodob\w*",
}
# A condition that another language says with "if not".
_UNLESS = {
    "en": r"unless",
    "ru": r"разве что|разве только|кроме случаев|за исключением случаев",
    "be": r"хіба што|акрамя выпадкаў|за выключэннем выпадкаў",
    "uk": r"хіба що|крім випадків|за винятком випадків",
    "pl": r"chyba że|o ile nie|z wyjątkiem sytuacji",
}
# "Until", to which the Slavic languages may add a "not".
_UNTIL = {
    "en": r"until|till|before|yet|as long as|while",
    "ru": r"прежде|до тех",
    "be": r"перш|да таго",
    "uk": r"доки|перш|до того",
    "pl": r"zanim|aż|dopóki|póki|do czasu",
}
# "Not until Friday" is «только в пятницу».
_ONLY = {
    "en": r"only",
    "ru": r"только|лишь",
    "be": r"толькі",
    "uk": r"тільки|лише",
    "pl": r"tylko|dopiero|wyłącznie",
}
# What may stand behind a negation of the other side.
_HINT = {
    "en": r"few(?:er)?|little|less|otherwise|instead|far from|"
    r"as opposed|other than|except|"
    r"besides|apart from|unlike|outside|beyond|off|separate\w*|limited|stop\w*|cease\w*|fail\w*|los(?:t|es?)|exclu\w*|"
    r"ignor\w*|neglect\w*|missing|dismiss\w*|declin\w*|make sure|be sure|remember|opt out|out of|dis\w{4,}|non\w{3,}|"
    r"mis(?!s|ter)\w{4,}|(?!regard)\w{3,}less(?:ly|ness)?|i[mnlr]\w{3,}[ai]bl[ey]|"
    r"in(?:expe|differ|just|human|signif|accur|secur|form|direct|defin)\w*|ir(?:reg|rel|resp)\w*|il(?:leg|log)\w*|"
    r"\w+er than|must have|minor|poor\w*|bad(?:ly)?|wrong\w*|elsewhere|intact|end(?:s|ed)?|different",
    "ru": r"мал[оы]\w*|с трудом|дал[её]к\w* от|помимо|кроме|вне|иначе|плохо|отлич\w*|чем|нежели|прекра[тщ]\w+|"
    r"переста\w+|потеря\w*|утрат\w*|провал\w*|игнор\w*|обязательно|меньше|менее|иного|отмен\w*|недоста\w*|нехват\w*|"
    r"исключ[аеи][нтлю]\w*|бес(?!ед)\w{4,}|без\w{4,}|не(?!будь|дел|скольк|котор|обход|давн|мног|посред|медлен|смотр|"
    r"взир|фт|бо|рв|мец|мк|йтр|йро|подал|больш|зависим)\w{4,}",
    "be": r"мала|з цяжкасцю|дал[её]к\w* ад|акрамя|апрача|апроч|па-за|інакш|дрэнна|кепска|чым|спын\w+|переста\w*|"
    r"перастаў\w*|перастал\w*|страці\w*|ігнар\w*|абавязкова|менш|меней|выключ\w*|адмян\w*|бракава\w*|бракуе|недах\w*|нястач\w*|"
    r"б[ея][зс](?!пек|печ)\w{4,}|н[ея](?!будзь|бясп|дзел|калькі|катор|абход|даўн|пасрэд|адклад|гледз|ўзабав|фт|бё|"
    r"рв|мец|ме[чц]|йтр|йро|падал|вялік|сці|суц|залежн|ўж)\w{4,}",
    "uk": r"мало|насилу|далек\w* від|окрім|крім|поза|інакше|погано|ніж|припин\w+|переста\w*|втрат\w*|ігнор\w*|"
    r"обов'язково|менше?|виключ\w*|скасув\w*|нестач\w*|без(?!пе[кч]|посер)\w{4,}|не(?!будь|безп|діл|щодав|обхід|"
    r"даве?н|багат|гайн|зважа|фт|бо|рв|мец|йтр|йро|подал|вдовз|велик|залежн)\w{4,}",
    "pl": r"mało|z trudem|dalek\w* (?:\w+ )?(?:od|do)|inaczej|źle|niż|zaprzesta\w*|przesta\w+|strac\w*|utrac\w*|"
    r"ignor\w*|koniecznie|mniej|poza|oprócz|niewiele|znikom\w*|pamięta\w*|oddal\w*|zaniecha\w*|wyklucz\w+|przeszk\w*|"
    r"bez(?!pi|poś)\w{4,}|nie(?!dziel|mal|któr|zbędn|dawn|wiel|miec|mc|bezp|bo|zwłocz|daleko|zależn)\w{3,}",
}
_TABLES = {
    "yet": _YET,
    "idiom": _IDIOM,
    "hardly": _HARDLY,
    "unless": _UNLESS,
    "till": _TILL,
    "strict": _STRICT,
    "nor": _NOR,
    "pronoun": _PRONOUN,
    "without": _WITHOUT,
    "denying": _DENYING,
    "prefixed": _PREFIXED,
    "until": _UNTIL,
    "only": _ONLY,
    "hint": _HINT,
}
# Between two particles: the second only goes on with what the first denies («не пил и не ел»).
_GOING_ON = re.compile(r"(?:,|\b(?:и|і|й|та|або|или|чи|ani|i|lub|oraz|ані))\s*$", _I)
_NEAR = 60  # characters
_UNTIL_LATER = {
    language: re.compile(rf"[^.;]{{0,80}}\b(?:{until})\b", _I)
    for language, until in {"en": "until", "be": "аж да", "ru": "вплоть до", "uk": "аж до", "pl": "aż do"}.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word that denies, or may; `at` is how far in the sentence it stands, from 0 to 1."""

    kind: str
    span: Span
    at: float


@cache
def _pattern(language: str) -> re.Pattern[str]:
    tables = {kind: table[language] for kind, table in _TABLES.items() if language in table}
    body = "|".join(rf"(?P<{kind}>(?:{words})\b)" for kind, words in tables.items())
    contracted = r"(?P<contracted>n't\b)|" if language == "en" else ""
    return re.compile(rf"{contracted}\b(?:{body})", _I)


@lru_cache(maxsize=16)  # one sentence is asked about by several rules, and is a source and a target
def words(side: Side) -> tuple[Word, ...]:
    """Every such word of the sentence, in order.

    Beside the kinds of the tables: "also" is a particle that goes on with one before it, "late" a "not" with "until"
    behind it.
    """
    length = max(len(side.text), 1)
    found: list[Word] = []
    last = None
    for hit in _pattern(side.language).finditer(side.text):
        kind = "strict" if hit.lastgroup == "contracted" else str(hit.lastgroup)
        start = hit.end() - 3 if kind == "till" else hit.start()
        if kind == "strict" and _UNTIL_LATER[side.language].match(side.text, hit.end()):
            kind, last = "late", hit.end()
        elif kind == "strict" and side.language != "en":
            if last is not None and start - last < _NEAR and _GOING_ON.search(side.text[last:start]):
                kind = "also"
            last = hit.end()
        found.append(Word(kind=kind, span=(start, hit.end()), at=(start + hit.end()) / 2 / length))
    return tuple(found)
