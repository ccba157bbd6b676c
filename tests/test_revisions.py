"""What an edit of a statement means: nothing, typography, wording, a fact or a withdrawal. All texts are invented."""

import time

import pytest

from bot.model import Edit, EditKind
from bot.revisions import classify, words
from bot.text.glossary import parse

GLOSSARY = parse(
    """
    [people.harun]
    be = "Адась Гарун"
    ru = "Адась Гарун"
    en = "Adas Harun"
    """
)
NOTHING, TYPOGRAPHY, WORDING = EditKind.NOTHING, EditKind.TYPOGRAPHY, EditKind.WORDING
FACT, WITHDRAWAL = EditKind.FACT, EditKind.WITHDRAWAL


def edit(language: str, before: str, after: str) -> Edit:
    return classify(before, after, language, glossary=GLOSSARY)


def kinds(language: str, before: str, after: str) -> set[EditKind]:
    """What the edit is called, forth and back."""
    return {edit(language, before, after).kind, edit(language, after, before).kind}


@pytest.mark.parametrize("language", ["be", "ru", "en", "uk", "pl"])
def test_nothing(language: str) -> None:
    """Other line breaks and doubled spaces are no edit at all."""
    assert kinds(language, "Суд ідзе. Court  sits.\n\nДзень 2", " Суд ідзе.\tCourt sits. Дзень 2\n") == {NOTHING}
    assert edit(language, "", " ") == Edit(kind=NOTHING)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("be", "Ён сказаў «Не» і пайшоў.", "Ён сказаў “Не” і пайшоў."),
        ("ru", "Он сказал «Нет» и ушёл.", 'Он сказал "Нет" и ушёл.'),
        ("en", "He said “No” and left.", "He said ‘No’ and left."),
        ("be", "Мройск — горад над ракой.", "Мройск - горад над ракой."),
        ("ru", "Мройск — город над рекой.", "Мройск – город над рекой."),
        ("en", "Mrojsk – a town – sleeps.", "Mrojsk — a town — sleeps."),
        ("be", "Ён прабыў 12 дзён.", "Ён прабыў 12\u00a0дзён."),
        ("ru", "Он провёл 12 дней.", "Он провёл 12\u00a0дней."),
        ("en", "He spent 12 days.", "He spent 12\u00a0days."),
        ("be", "Правабаронцы чакаюць.", "Права\u00adбаронцы чакаюць."),
        ("ru", "Правозащитники ждут.", "Право\u00adзащитники ждут."),
        ("en", "Defenders are waiting.", "Defend\u00aders are waiting."),
        ("be", "ЗАЯВА ПРА СУД", "Заява пра суд"),
        ("ru", "ЗАЯВЛЕНИЕ О СУДЕ", "Заявление о суде"),
        ("en", "STATEMENT ON THE COURT", "Statement on the court"),
        ("be", "Суд над суседзямі.", "Суд над суседзямі"),
        ("ru", "Суд над соседями.", "Суд над соседями!"),
        ("en", "A trial of neighbours.", "A trial of neighbours"),
        ("ru", "Он идёт в суд ещё раз.", "Он идет в суд еще раз."),
        ("be", "Аб'ява вісіць на дзвярах.", "Аб’ява вісіць на дзвярах."),
        ("ru", "Жанна д'Эстре ждёт.", "Жанна д’Эстре ждёт."),
        ("en", "It's the neighbours' trial.", "It’s the neighbours’ trial."),
        ("be", "Ён прыйшоў ,сеў і маўчаў.", "Ён прыйшоў, сеў і маўчаў."),
        ("ru", "Он пришёл ,сел и молчал.", "Он пришёл, сел и молчал."),
        ("en", "He came ,sat and was silent.", "He came, sat and was silent."),
    ],
)
def test_typography(language: str, before: str, after: str) -> None:
    """Marks, dashes, spaces, hyphenation, the case of a heading and dots on a letter change nothing that is said."""
    assert kinds(language, before, after) == {TYPOGRAPHY}


@pytest.mark.parametrize(
    ("language", "before", "after", "gone", "come"),
    [
        ("be", "Затрымалі 17 чалавек.", "Затрымалі 18 чалавек.", "17", "18"),
        ("ru", "Задержали 17 человек.", "Задержали 18 человек.", "17", "18"),
        ("en", "They held 17 people.", "They held 18 people.", "17", "18"),
        ("be", "Сядзіць 18 дзён.", "Сядзіць 18 месяцаў.", "18 дзён", "18 месяцаў"),
        ("ru", "Сидит 18 дней.", "Сидит 18 месяцев.", "18 дней", "18 месяцев"),
        ("en", "Held for 18 days.", "Held for 18 months.", "18 days", "18 months"),
        ("be", "Рост на 10 %.", "Рост на 10.", "10 %", "10"),
        ("be", "Суд будзе 3 траўня.", "Суд будзе 3 чэрвеня.", "3 траўня", "3 чэрвеня"),
        ("ru", "Суд будет 3 мая.", "Суд будет 3 июня.", "3 мая", "3 июня"),
        ("en", "The trial is on 3 May.", "The trial is on 3 June.", "3 May", "3 June"),
        ("be", "Суд у пятніцу.", "Суд у суботу.", "пятніц", "субот"),
        ("ru", "Суд в пятницу.", "Суд в субботу.", "пятниц", "суббот"),
        ("en", "The trial is on Friday.", "The trial is on Saturday.", "Friday", "Saturday"),
        ("be", "Учора бачылі Адася Гаруна.", "Учора бачылі Янку Гаруна.", "", "Янку"),
        ("be", "Суд над Пятром Вежам скончаны.", "Суд над Паўлам Вежам скончаны.", "Пятром", "Паўлам"),
        ("ru", "Суд над Петром Вежей окончен.", "Суд над Павлом Вежей окончен.", "Петром", "Павлом"),
        ("en", "The trial of Peter Vezha ended.", "The trial of Paul Vezha ended.", "Peter", "Paul"),
        ("be", "Вежа быў затрыманы.", "Сасна быў затрыманы.", "Вежа", "Сасна"),
        ("ru", "Вежин был задержан.", "Липин был задержан.", "Вежин", "Липин"),
        ("en", "Vezha was held.", "Lipen was held.", "Vezha", "Lipen"),
        ("be", "Суд: ён не вінаваты.", "Суд: ён вінаваты.", "не", ""),
        ("ru", "Суд: он не виноват.", "Суд: он виноват.", "не", ""),
        ("en", "He is not guilty.", "He is guilty.", "not", ""),
        ("en", "He didn't plead.", "He did plead.", "didn't", ""),
        ("be", "Іх судзілі без адваката.", "Іх судзілі з адвакатам.", "без", ""),
        ("ru", "Суд: он невиновен.", "Суд: он виновен.", "невиновен", "виновен"),
        ("be", "Суд: ён невінаваты.", "Суд: ён вінаваты.", "невінаваты", "вінаваты"),
        ("en", "The search was unlawful.", "The search was lawful.", "unlawful", "lawful"),
        ("be", "Ён сказаў: «Я чакаю суда».", "Ён сказаў: «Я хачу суда».", "«Я чакаю суда»", "«Я хачу суда»"),
        ("ru", "Он сказал: «Я жду суда».", "Он сказал: «Я хочу суда».", "«Я жду суда»", "«Я хочу суда»"),
        ("en", "He said: “I await trial”.", "He said: “I want trial”.", "“I await trial”", "“I want trial”"),
        ("be", "Ён сказаў, што чакае.", "Ён «сказаў», што чакае.", "", "«сказаў»"),
        ("be", "12 жанчын і 17 дзяцей.", "17 жанчын і 12 дзяцей.", "12 жанчын|17 дзяцей", "17 жанчын|12 дзяцей"),
        ("ru", "12 женщин и 17 детей.", "17 женщин и 12 детей.", "12 женщин|17 детей", "17 женщин|12 детей"),
        ("en", "12 women and 17 men.", "17 women and 12 men.", "12 women|17 men", "17 women|12 men"),
    ],
)
def test_facts(language: str, before: str, after: str, gone: str, come: str) -> None:
    """A number, unit, date, name, negation or quotation that differs is a fact, told as it is written."""
    found = edit(language, before, after)
    told = tuple(tuple(part for part in side.split("|") if part) for side in (gone, come))
    assert (found.kind, found.gone, found.come) == (FACT, *told)
    back = edit(language, after, before)
    assert (back.kind, back.gone, back.come) == (FACT, *told[::-1])


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("be", "Суд адклаў справу. Яго чакаюць 3 траўня.", "Яго чакаюць 3 траўня. Суд адклаў справу."),
        ("ru", "Суд отложил дело. Его ждут 3 мая.", "Его ждут 3 мая. Суд отложил дело."),
        ("en", "The court waits. On 3 May it sits.", "On 3 May it sits. The court waits."),
        ("be", "Прыйшлі дванаццаць чалавек.", "Прыйшлі 12 чалавек."),
        ("ru", "Пришли двенадцать человек.", "Пришли 12 человек."),
        ("en", "Twelve people came.", "12 people came."),
        ("be", "За кратамі 1 094 чалавекі.", "За кратамі 1094 чалавекі."),
        ("ru", "Суд вынес решение быстро.", "Суд быстро вынес решение."),
        ("en", "The court ruled quickly.", "The court quickly ruled."),
        ("be", "Тут бачылі Вежу з сябрамі.", "Тут быў Вежа з сябрамі."),
        ("ru", "Здесь видели Липина с друзьями.", "Здесь был Липин с друзьями."),
        ("en", "We saw the friends of Vezha.", "We saw Vezha's friends."),
        ("be", "Тут бачылі Вежу з сябрамі.", "Вежу бачылі тут з сябрамі."),
        ("ru", "Здесь видели Липина с друзьями.", "Липина видели здесь с друзьями."),
        ("en", "Today we saw Vezha.", "Vezha we saw today."),
        ("be", "Усё бачна.", "Усе бачна."),
        ("be", "Ты ідзеш дадому.", "Ты ідзеш дадому?"),
        ("en", "Here I stand.", "I stand here."),
        ("en", "We saw that I was late.", "We saw the delay."),
    ],
)
def test_wording(language: str, before: str, after: str) -> None:
    """Moving a sentence, writing a number in figures or a name in another case changes words and no fact."""
    assert kinds(language, before, after) == {WORDING}


@pytest.mark.parametrize(
    ("language", "notice"),
    [
        ("be", "Матэрыял выдалены"),
        ("be", "Гэтая заява адкліканая па просьбе сям'і."),
        ("ru", "Материал удалён."),
        ("ru", "Заявление отозвано"),
        ("en", "This statement has been withdrawn"),
        ("en", "The article was removed at the request of the family."),
        ("uk", "Матеріал видалено"),
        ("pl", "Ten artykuł został usunięty."),
        ("be", ""),
        ("ru", " \n"),
        ("en", "\u00a0"),
    ],
)
def test_withdrawal(language: str, notice: str) -> None:
    """An empty text, or a mere notice that it was taken back, is a withdrawal; its return is none."""
    assert edit(language, "Затрымалі 17 чалавек. They held 17 people.", notice).kind is WITHDRAWAL
    assert edit(language, notice, "Затрымалі 17 чалавек. They held 17 people.").kind is FACT


def test_a_notice_in_other_words_is_no_second_withdrawal() -> None:
    """What was withdrawn once is not reported again when the notice is worded anew."""
    assert edit("en", "This statement has been withdrawn", "The article was removed").kind is WORDING
    assert edit("be", "", "Матэрыял выдалены").kind is not WITHDRAWAL


@pytest.mark.parametrize(
    ("language", "story"),
    [
        ("be", "Матэрыял выдалены з сайта суда, паведаміла адвакатка Ларыса Верас пасля паседжання."),
        ("be", "Матэрыял выдалены. Суд над рэдактарам пачнецца заўтра."),
        ("ru", "Заявление отозвано из суда, сообщила адвокат, и дело будет закрыто."),
        ("ru", "Заявление не отозвано"),
        ("en", "The statement was withdrawn under pressure, the lawyer said, and the trial goes on."),
        ("en", "This statement has not been withdrawn"),
    ],
)
def test_a_story_about_a_withdrawal_is_no_withdrawal(language: str, story: str) -> None:
    """A text that tells of something withdrawn goes on being a text."""
    assert edit(language, "Учора быў суд. A trial was held.", story).kind in (WORDING, FACT)


def test_the_diff_is_by_words() -> None:
    """The editor sees which words went and which came, in reading order, with all that stayed."""
    found = edit("en", "The court held 17 people in the old  town.", "The court held 18 people in town today.")
    assert found.diff == (
        ("=", "The court held"),
        ("-", "17"),
        ("+", "18"),
        ("=", "people in"),
        ("-", "the old town."),
        ("+", "town today."),
    )


def test_words_for_the_audit_trail() -> None:
    """The audit trail says in one clause what an edit was, with three facts a side at most."""
    assert words(edit("en", "They held 17 people.", "They held 18 people.")) == "a fact: 17 → 18"
    assert words(edit("en", "He is not guilty.", "He is guilty.")) == "a fact: not → nothing"
    assert words(Edit(kind=FACT, gone=("1", "2", "3", "4"), come=("5",))) == "a fact: 1, 2, 3, … → 5"
    assert words(Edit(kind=WORDING)) == "wording"
    assert words(Edit(kind=WITHDRAWAL)) == "withdrawal"


@pytest.mark.parametrize("language", ["be", "ru", "en", "uk", "pl"])
def test_long_texts_are_classified_quickly(language: str) -> None:
    """Twenty thousand characters take less than half a second, whatever became of them."""
    one = " ".join(f"Суд {i} дзён слухаў Вежу{i % 7} і «словы {i}» on {i % 28 + 1} May." for i in range(420))
    assert len(one) > 19_000
    two = " ".join(f"Court {i} дзень не чуў Ліпеня{i % 9} ды «сказы {i}» у {i % 28 + 1} June." for i in range(420))
    for after in (one.replace("41", "14", 1), two, ""):
        start = time.process_time()
        edit(language, one, after)
        assert time.process_time() - start < 0.5 * 4  # a shared machine may be slower, never a hundred times
