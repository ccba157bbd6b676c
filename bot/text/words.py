"""Word lists of the five languages: abbreviations, dangling openers, demands, words of no topic, and a rough stem.

Each list is short on purpose: a wrong join of two sentences is harmless, a wrong cut is not. All in lower case.
"""

from __future__ import annotations

import re


def _per_language(**lists: str) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in lists.items()}


# A stop after one of these never ends a sentence: a name, a title or a reference follows.
BINDING = _per_language(
    be="вул ул пр гл св ім імя праф акад доц ген палк гр ред напр м.інш т.е т.зв г.зн дзер пас нар прыбл разд",
    ru="ул пр пер гл см ср св им проф акад доц ген полк кап гр ред напр т.е т.н т.к дер пос род ок прибл разд",
    en="mr mrs ms dr prof st rev gen col capt lt sgt hon vs cf e.g i.e viz approx",
    uk="вул пр див св ім проф акад доц ген полк гр ред напр т.зв сел нар прибл розд",
    pl="ul al pl św im prof dr gen płk kpt mjr por ks red np tzn tj tzw zob wg m.in mec inż kom ok ur",
)

# A stop after one of these does not end a sentence when a number follows: articles, pages, short months.
BINDING_A_NUMBER = _per_language(
    be="арт ст стар пп чч пар рыс табл тел кв корп буд каб студз лют сак крас чэрв ліп жн вер кастр ліст снеж",
    ru="ст стр пп чч абз рис табл тел кв корп стр каб янв фев февр мар апр июн июл авг сен сент окт нояб ноя дек",
    en="art arts no nos cl sec ch p pp para paras vol fig tel jan feb mar apr jun jul aug sep sept oct nov dec",
    uk="арт ст стор пп чч абз рис табл тел кв корп буд каб січ лют бер квіт трав черв лип серп вер жовт лист груд",
    pl="art ust pkt par poz nr str s rozdz tab rys tel godz sygn dz lit sty lut mar kwi maj cze lip sie wrz paź "
    "lis gru",
)

# A stop after one of these may end a sentence, but not before a number or an initial.
ENDING = _per_language(
    be="гг інш ін гадз хв тыс млн млрд руб кап обл г.д т.п т.д н.э",
    ru="гг др пр час мин тыс млн млрд руб коп обл т.д т.п н.э",
    en="etc inc ltd jr sr al yrs hrs mos a.m p.m",
    uk="рр ін др год хв тис млн млрд грн коп обл т.д т.п н.е",
    pl="itd itp min tys mln mld zł woj k.k k.p.k k.w n.e p.n.e",
)

# A lower-case word without one of these letters is no word but a shortened one, such as "dn." and "смт." …
VOWELS = frozenset("аеёиоуыэюяіїєaeiouyąęó")
# … but for these, which may end a sentence.
WITHOUT_VOWELS = frozenset(("http", "https", "html", "kph", "mph", "rpm", "tcp"))

# A sentence that opens with one of these leans on the sentence before it.
OPENERS = _per_language(
    be="гэта гэты гэтая гэтыя таксама але аднак акрамя ён яна яно яны яго яе іх тады таму там пры пасля апроч "
    "прытым такім такая такое такія паводле дарэчы затым далей інакш іншыя іншы другі другая другое той тая тое тыя "
    "тым абодва абедзве абаіх абодвух абоім ніводзін астатнія яшчэ адначасова тут і а ды аднак па-другое "
    "па-трэцяе потым гэтак нарэшце",
    ru="это этот эта эти также но однако кроме он она оно они его её ее их тогда поэтому там притом при таким "
    "такая такое такие затем далее иначе другие впрочем другой другая другое второй вторая тот та то те тем оба обе "
    "обоих обоим остальные ещё еще одновременно здесь и а зато потом так наконец во-вторых в-третьих",
    en="this these that those they he she it his her their its moreover but however also then therefore there "
    "furthermore besides otherwise nevertheless meanwhile such others similarly both neither none nor and or so thus "
    "hence yet still instead another here secondly thirdly finally likewise",
    uk="це цей ця ці також але однак проте крім він вона воно вони його її їх їхній тоді тому там таким така "
    "таке такі потім далі інакше інші інший інша другий друга той те ті тим обидва обидві обоє обох обом решта "
    "ще водночас тут і й а та зате так нарешті по-друге по-третє",
    pl="to ten ta te ci również także ale jednak ponadto on ona ono oni one jego jej ich wtedy dlatego tam poza "
    "tak taki taka takie następnie potem inaczej inni natomiast inny inna drugi druga tamten tamci tym obaj obie oboje "
    "obu pozostali żaden żadna jeszcze jednocześnie tymczasem zatem więc tutaj i a wreszcie",
)

# Two words that together point back: "In this case …", "The latter …", "Три других …", "W tym czasie …".
_LEANING_PAIRS = {
    "be": r"(?:у|ў|з|на|за|пра|аб|па|для|да|дзеля|ад|пасля|пры|без|праз|к) "
    r"(?:гэт\w+|той|тым|тую|тое|тых|яго|яе|яму|ёй|іх|ім|імі)"
    r"|[\w’'ʼ-]+ (?:іншых|іншыя|астатніх|астатнія)",
    "ru": r"(?:в|во|на|за|об|о|по|для|к|с|со|из|от|до|после|при|без|через|у|кроме|вместе|между|более) "
    r"(?:это\w*|эт[аиу]|этих|эти[мх]и?|то|той?|том|тому|того|тем|тех|ту|те|н[её]м|него|не[её]|ней|нему|ним|них|ними)"
    r"|[\w’'ʼ-]+ (?:других|другие|остальные|остальных)",
    "en": r"the (?:latter|former|same|two|three|others?|rest|remaining|(?:second|third)(?! world))"
    r"|(?:in|at|on|for|by|of|from|with|after|before|during|because|despite|under|to|about|as) "
    r"(?:this|that|these|those|it|him|her|them|the same|such)|as a result|in addition|[\w’'ʼ-]+ (?:the )?others",
    "uk": r"(?:у|в|з|із|на|за|про|по|для|до|від|після|при|без|через|крім|разом) "
    r"(?:ц[еяюі]|ць\w+|цієї|цих|цим|той|тій|тим|тому|того|тих|нього|неї|нему|ній|них|ним|ними)"
    r"|[\w’'ʼ-]+ (?:інших|інші|решта)",
    "pl": r"(?:w|we|na|za|o|po|dla|do|z|ze|od|przy|bez|przez|u|oprócz|mimo|przed) "
    r"(?:to|ty[mc]h?|tymi|tego|tej|tę|te|temu|ta|ni[ąe]go|nią|nie[jm]|nim|nich|nimi)"
    r"|po (?:drugie|trzecie)|[\w’'ʼ-]+ (?:innych|inni|pozostałych|pozostali)",
}
LEANING_PAIR = {language: re.compile(rf"(?:{pairs})\b") for language, pairs in _LEANING_PAIRS.items()}

# "Two of them died": the number means nothing without the sentence that counts them all.
OF_THEM = re.compile(
    r"(?:[\w’'ʼ-]+[\s,]+){0,3}?(?:(?:из|среди) (?:них|этих)|(?:з|сярод) (?:іх|гэтых)|(?:з|із|зі|серед) (?:них|цих)"
    r"|(?:of|among) (?:them|these|those|whom)|(?:z|spośród|wśród) (?:nich|tych))\b"
)

# "This week five people …" stands by itself; so does any opener that names a time or the speaker.
NOT_DANGLING = re.compile(
    r"(?:(?:in|on|at|during|after|before|of) )?(?:this|these|that) "
    r"(?:week|month|year|morning|evening|afternoon|autumn|spring|summer|winter|days?)\b"
    r"|(?:пры|при) (?!гэтым|этом|им|ім|них)|(?:пасля|після) (?!гэтага|таго|чаго|цього|яго|яе|іх|нього|неї|них)"
    r"|(?:паводле) (?!яго|яе|іх|гэтага)|(?:акрамя|апроч|кроме|крім) (?!таго|гэтага|того|этого|цього|яго|яе|іх|н)"
    r"|poza (?!tym|ni)|(?:tak|так) (?!samo|więc|też|само|жа|же|что|що|што)"
    r"|(?:на|у|ў|в|за|w) (?:гэтым|гэты|гэтай|этом|этот|этой|цьому|цей|цього|tym|tych|эти|гэтыя|ці) "
    r"(?:год|тыд|месяц|недел|дн[іия]|рок|рік|роц|тижн|місяц|roku|tygod|miesi|dni)",
)

# Words that say nothing of the topic. Those under three letters need no entry: `topics` leaves them out.
STOP_WORDS = _per_language(
    be="але або быў была было былі будзе гэта гэты гэтага гэтай гэтым гэтых для каб калі каля кожны між наш нас "
    "нам над нават паміж пасля перад пра праз сваё свая свае свой сябе таго так такі таксама там тое той "
    "толькі тых тым усе усіх хто чым што які якая якое якія якіх яго яна яны яшчэ ёсць адзін",
    ru="без был была было были будет все всех вот где для его или если еще ещё как когда которая которое которые "
    "который которых между мы над нам нас наш она они при про свои свой себя так также там того той только "
    "тот тех тем уже хотя чем через что чтобы эта эти это этого этой этом один",
    en="about after again all also and any are been before being both but can did does for from had has have her "
    "him his how into its just more most not now off once only other our out over own she should some such "
    "than that the their them then there these they this those through under until very was were what when "
    "where which while who whom why will with would you your",
    uk="але або без був була було були буде все всіх для його або якщо коли між над нам нас наш вона вони при "
    "про свої свій себе так також там того той тільки тих тим вже хоча чим через що щоб цей цього цієї цьому "
    "яка яке які який яких",
    pl="aby ale bez był była było były być być dla gdy gdzie ich jak jako jego jej jest jeszcze już każdy kiedy "
    "która które który których lub między nad nas nasz nie niż oraz pod podczas przed przez przy się są tak "
    "także tam tego tej tym tych tylko wszystkie jeden",
)

# The writer demands: "we call on …"; it counts wherever it stands in the sentence.
_WE_DEMAND = {
    "be": r"\b(?:патрабуем|заклікаем|просім|настойваем|дамагаемся|рэкамендуем|прапануем)\b",
    "ru": r"\b(?:требуем|призываем|просим|настаиваем|добиваемся|рекомендуем|предлагаем)\b",
    "en": r"\bwe\b[^.;:!?]{0,50}?\b(?:demand|urge|ask|request|appeal|insist|recommend|call (?:up)?on|call for)\b"
    r"|^please\b",
    "uk": r"\b(?:вимагаємо|закликаємо|просимо|наполягаємо|домагаємося|рекомендуємо|пропонуємо)\b",
    "pl": r"\b(?:wzywamy|żądamy|apelujemy|domagamy się|prosimy|nalegamy|zalecamy|postulujemy|zwracamy się)\b",
}
# A sentence that opens with an imperative asks the reader for something.
_IMPERATIVE = {
    "be": r"^[^\W\d_]{2,}[йіыь]це(?:ся)?\b",
    "ru": r"^[^\W\d_]{2,}(?:йте|ите|ьте)(?:сь)?\b",
    "en": r"^(?:allow|ban|bring|come|donate|drop|end|ensure|establish|free|give|guarantee|help|investigate|join|"
    r"publish|put|release|repeal|send|share|show|sign|stop|support|take|tell|wear|write)\b",
    "uk": r"^(?!навіть\b)[^\W\d_]{2,}(?:йте|іть|ьте)(?:ся)?\b",
    "pl": r"^(?!oczywiście|rzeczywiście|wreszcie|nareszcie|osobiście)[^\W\d_]{2,}(?:j|dź|ś|szc|ź|ń|sz|ż|zc)cie\b",
}
# Somebody demands, or something must be done: an organisation as often as an official.
_SOMEBODY_DEMANDS = {
    "be": r"\b(?:патрабу(?:е|юць)|заклікаюць|заклікае|настойва(?:е|юць)|дамага(?:ецца|юцца)|прапану(?:е|юць)|просяць"
    r"|рэкаменду(?:е|юць))\b",
    "ru": r"\b(?:требу[ею]т|призыва[ею]т|настаива[ею]т|добива[ею]тся|предлага[ею]т|просят|рекоменду[ею]т)\b",
    "en": r"\b(?:demands|urges?|urged|calls? (?:up)?on|called (?:up)?on|calls? for|called for|appeals to|insists|"
    r"recommends)\b",
    "uk": r"\b(?:вимага(?:є|ють)|заклика(?:є|ють)|наполяга(?:є|ють)|домага(?:ється|ються)|пропону(?:є|ють)|просять"
    r"|рекоменду(?:є|ють))\b",
    "pl": r"\b(?:wzywa(?:ją)?|żąda(?:ją)?|apeluj[eą]|domaga(?:ją)? się|nalega(?:ją)?|zaleca(?:ją)?|postuluj[eą])\b",
}
_MUST = {
    "be": r"\b(?:павін(?:ен|на|ны)|мус(?:іць|яць)|абавязан(?:ы|ая|ыя)|трэба|неабходна)\b",
    "ru": r"\b(?:долж(?:ен|на|но|ны)|обязан[аоы]?|необходимо|следует)\b",
    "en": r"\b(?:must|should)\b(?! have\b)",
    "uk": r"\b(?:мус(?:ить|ять)|повин(?:ен|на|ні)|зобов['’ʼ]язан(?:ий|а|і)|(?:має|мають) [^\W\d_]+ти|треба"
    r"|необхідно)\b",
    "pl": r"\b(?:mus(?:i|zą)|powin(?:ien|na|no|ni|ny)|należy|trzeba)\b",
}
# The words of a list's intro, or of the heading above it, that make its items demands.
_LIST_OF_DEMANDS = {
    "be": r"\b(?:патрабав|рэкамендац|прапанов|дамагаемся)",
    "ru": r"\b(?:требован|рекомендац|предложени)",
    "en": r"\b(?:demands?|recommendations?|our calls?)\b",
    "uk": r"\b(?:вимог|рекомендац|пропозиці)",
    "pl": r"\b(?:żądani|postulat|rekomendacj|zaleceni)",
}
# Who answers for the state: what these demand is no demand of the statement.
_OFFICIAL = {
    "be": r"^(?:міністэрств|міністр|пракур|следч|начальнік|паліцы|міліцы|прэс-|пасол|намеснік)",
    "ru": r"^(?:министерств|министр|прокур|следств|следоват|начальник|полици|милици|пресс-|посол|замест)",
    "en": r"^(?:the |an? )?(?:[\w’']+ )?(?:ministry|minister|prosecut|police|spokes|officials?\b|ambassador|governor)",
    "uk": r"^(?:міністерств|міністр|прокур|слідч|начальник|поліці|речни|посол|заступник)",
    "pl": r"^(?:minist|prokurat|policj|rzeczni|ambasador|naczelnik|służba)",
}

# What an organisation says of itself at the head or foot of each of its statements.
_ITSELF = {
    "be": r"(?:—|–|гэта) [\w -]{0,40}(?:арганізацыя|аб['’ʼ]яднанне|ініцыятыва|цэнтр|установа)\b"
    r"|\b(?:заснаван|кантакты)",
    "ru": r"(?:—|–|это) [\w -]{0,40}(?:организация|объединение|инициатива|центр)\b|\b(?:основан[аоы]? в|контакты)\b",
    "en": r"\bis an? [\w -]{0,40}(?:organi[sz]ation|group|network|initiative|association|charity)\b|\bfounded in\b"
    r"|\bmedia (?:inquiries|requests|contact)",
    "uk": r"(?:—|–|це) [\w -]{0,40}(?:організація|об['’ʼ]єднання|ініціатива|центр)\b|\b(?:заснован|контакти)",
    "pl": r"\b(?:jest|to) [\w -]{0,40}(?:organizacj[aą]|stowarzyszenie|inicjatyw[aą]|fundacj[aą])\b"
    r"|\b(?:założon|kontakt\b)",
}

# Each kind of sentence as one pattern a language, searched in the folded sentence without its opening marks.
_KINDS = {
    "we demand": {language: f"{said}|{_IMPERATIVE[language]}" for language, said in _WE_DEMAND.items()},
    "somebody demands": _SOMEBODY_DEMANDS,
    "must": _MUST,
    "list of demands": _LIST_OF_DEMANDS,
    "official": _OFFICIAL,
    "itself": _ITSELF,
}
KINDS = {kind: {language: re.compile(said) for language, said in patterns.items()} for kind, patterns in _KINDS.items()}

# The day of the news itself.
TODAY = _per_language(
    be="сёння учора ўчора",
    ru="сегодня вчера",
    en="today yesterday",
    uk="сьогодні вчора учора",
    pl="dziś dzisiaj wczoraj",
)

WORD = re.compile(r"\w+(?:[’'ʼ-]\w+)*")


def stem(word: str) -> str:
    """The first six letters in lower case: enough to bring the case endings of all five languages together."""
    return word.casefold()[:6]


def topics(text: str, language: str) -> list[str]:
    """The stems of the words that carry a topic, in order of appearance."""
    stop = STOP_WORDS.get(language, frozenset())
    words = (word.casefold() for word in WORD.findall(text))
    return [word[:6] for word in words if len(word) > 2 and word not in stop]


def leans(sentence: str, language: str) -> bool:
    """Whether a sentence opens with words that point at the sentence before it ("This …", "Але …", "Двое из них …")."""
    opening = _unmarked(sentence)
    if OF_THEM.match(opening):
        return True
    word = WORD.match(opening)
    pair = LEANING_PAIR.get(language)
    # "А. Крыніцкі" opens with an initial, not with a conjunction.
    opens = word is not None and word.group() in OPENERS.get(language, ()) and not opening.startswith(".", word.end())
    if not opens and (pair is None or not pair.match(opening)):
        return False
    return NOT_DANGLING.match(opening) is None


def says(kind: str, sentence: str, language: str) -> bool:
    """Whether a sentence is of one of KINDS."""
    return KINDS[kind][language].search(_unmarked(sentence)) is not None


def demand(sentence: str, language: str) -> float:
    """How surely a sentence demands: 1 when its writer does, 0.5 when somebody does or must do something, else 0."""
    if says("we demand", sentence, language):
        return 1.0
    if says("must", sentence, language):
        return 0.5
    return 0.5 * (says("somebody demands", sentence, language) and not says("official", sentence, language))


def opens_demands(text: str, language: str) -> bool:
    """Whether the intro of a list, or the heading above it, makes its items demands."""
    return demand(text, language) > 0 or says("list of demands", text, language)


def today(sentence: str, language: str) -> bool:
    """Whether a sentence names the day of the news: "today", "yesterday"."""
    return not TODAY[language].isdisjoint(WORD.findall(sentence.casefold()))


def _unmarked(sentence: str) -> str:
    """A sentence in lower case, its line breaks as spaces, without the marks before its first word."""
    return " ".join(sentence.casefold().split()).lstrip("«»\"“”„'—–- (")
