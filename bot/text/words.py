"""Word lists of the five languages: abbreviations, dangling openers, words that carry no topic, and a rough stem.

Each list is short on purpose: a wrong join of two sentences is harmless, a wrong cut is not. All in lower case.
"""

from __future__ import annotations

import re


def _per_language(**lists: str) -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in lists.items()}


# A stop after one of these never ends a sentence: a name, a title or a reference follows.
BINDING = _per_language(
    be="вул ул пр гл св ім імя праф акад доц ген палк гр ред напр м.інш т.е т.зв г.зн",
    ru="ул пр пер гл см ср св им проф акад доц ген полк кап гр ред напр т.е т.н т.к",
    en="mr mrs ms dr prof st rev gen col capt lt sgt hon vs cf e.g i.e viz",
    uk="вул пр див св ім проф акад доц ген полк гр ред напр т.зв",
    pl="ul al pl św im prof dr gen płk kpt mjr por ks red np tzn tj tzw zob wg m.in",
)

# A stop after one of these does not end a sentence when a number follows: articles, pages, short months.
BINDING_A_NUMBER = _per_language(
    be="арт ст стар пп чч пар рыс табл тел кв корп буд каб студз лют сак крас чэрв ліп жн вер кастр ліст снеж",
    ru="ст стр пп чч абз рис табл тел кв корп стр каб янв фев февр мар апр июн июл авг сен сент окт нояб ноя дек",
    en="art arts no nos cl sec ch p pp para paras vol fig tel jan feb mar apr jun jul aug sep sept oct nov dec",
    uk="арт ст стор пп чч абз рис табл тел кв корп буд каб січ лют бер квіт трав черв лип серп вер жовт лист груд",
    pl="art ust pkt par poz nr str s tab rys tel godz sygn dz lit sty lut mar kwi maj cze lip sie wrz paź lis gru",
)

# A stop after one of these may end a sentence, but not before a number or an initial.
ENDING = _per_language(
    be="гг інш ін гадз хв тыс млн млрд руб кап обл г.д т.п т.д",
    ru="гг др пр час мин тыс млн млрд руб коп обл т.д т.п н.э",
    en="etc inc ltd jr sr al a.m p.m",
    uk="рр ін др год хв тис млн млрд грн коп обл т.д т.п н.е",
    pl="itd itp min tys mln mld zł woj k.k k.p.k k.w n.e",
)

# A sentence that opens with one of these leans on the sentence before it.
OPENERS = _per_language(
    be="гэта гэты гэтая гэтыя таксама але аднак акрамя ён яна яно яны яго яе іх тады таму там пры пасля апроч "
    "прытым такім такая такое такія паводле дарэчы затым далей інакш іншыя іншы другі",
    ru="это этот эта эти также но однако кроме он она оно они его её ее их тогда поэтому там притом при таким "
    "такая такое такие затем далее иначе другие впрочем",
    en="this these that those they he she it his her their its moreover but however also then therefore there "
    "furthermore besides otherwise nevertheless meanwhile such others similarly",
    uk="це цей ця ці також але однак проте крім він вона воно вони його її їх їхній тоді тому там таким така "
    "таке такі потім далі інакше інші",
    pl="to ten ta te ci również także ale jednak ponadto on ona ono oni one jego jej ich wtedy dlatego tam poza "
    "tak taki taka takie następnie potem inaczej inni natomiast",
)

# "This week five people …" stands by itself; so does any opener that names a time or the speaker.
NOT_DANGLING = re.compile(
    r"(?:this|these|that) (?:week|month|year|morning|evening|afternoon|autumn|spring|summer|winter|days?)\b"
    r"|(?:пры|при) (?!гэтым|этом)|(?:пасля|після) (?!гэтага|таго|чаго)|(?:паводле) (?!яго|яе|іх|гэтага)"
    r"|(?:акрамя|апроч|кроме|крім) (?!таго|гэтага|того|этого|цього)|poza (?!tym)|tak (?!samo|więc|też)",
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
    """Whether a sentence opens with a word that points at the sentence before it ("This …", "Але …")."""
    opening = sentence.lstrip("«»\"“”„'—–- (").casefold()
    word = WORD.match(opening)
    if word is None or word.group() not in OPENERS.get(language, frozenset()):
        return False
    return NOT_DANGLING.match(opening) is None
