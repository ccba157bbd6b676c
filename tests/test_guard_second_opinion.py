"""What a second engine's sentence does to the guard's verdict. All people here are invented."""

from bot.guard import compare, verdict
from bot.text.glossary import parse

NONE = parse("")


def test_a_second_engine_that_agrees_on_the_point_clears_a_look() -> None:
    """Where two engines say the same of the very point in doubt, nobody need be asked."""
    source, target = "They met Cvirko today.", "Сегодня они встретили Полонскую."
    assert verdict(compare(source, target, "en", "ru", glossary=NONE)) == "look"
    second = "Полонскую они встретили сегодня."
    assert verdict(compare(source, target, "en", "ru", glossary=NONE, second=second)) == "clear"


def test_a_second_engine_that_disagrees_on_the_point_clears_nothing() -> None:
    """A doubt about a name stays when the second engine writes another name."""
    source, target = "They met Cvirko today.", "Сегодня они встретили Полонскую."
    second = "Сегодня они встретили Цвирко."
    assert verdict(compare(source, target, "en", "ru", glossary=NONE, second=second)) == "look"


def test_a_second_engine_settles_only_the_names_that_it_writes_too() -> None:
    """A name that only one of two engines writes stays in doubt, even where both name the right one elsewhere."""
    source = "Cvirko was held in Mroisk, and her brother says that Cvirko is ill."
    target = "Цвирко держат в Мройске, и её брат говорит, что Рудович больна."
    second = "Цвирко держат в Мройске, и её брат говорит, что Цвирко больна."
    assert verdict(compare(source, target, "en", "ru", glossary=NONE)) == "look"
    assert verdict(compare(source, target, "en", "ru", glossary=NONE, second=second)) == "look"


def test_a_second_engine_without_the_added_sentence_clears_nothing() -> None:
    """A sentence that only one of two engines wrote is an addition, however long the others are."""
    source = (
        "The court heard nine witnesses over two days, read out the letters that the family had written to the "
        "prosecutor in the spring, and put the hearing off until the expert comes back."
    )
    second = (
        "Суд за два дня выслушал девять свидетелей, огласил письма, которые семья весной написала прокурору, и "
        "отложил заседание до возвращения эксперта."
    )
    target = f"{second} Двери были закрыты."
    assert verdict(compare(source, target, "en", "ru", glossary=NONE)) == "look"
    assert verdict(compare(source, target, "en", "ru", glossary=NONE, second=second)) == "look"


def test_two_engines_that_differ_on_number_date_or_negation_hold_the_sentence() -> None:
    """One of the two is wrong, and a machine cannot say which."""
    for source, target, second in (
        ("Six women were freed.", "Освобождены шесть женщин.", "Освобождены 7 женщин."),
        ("It was in May.", "Это было в мае.", "Это было в июне."),
        ("He hardly spoke.", "Он почти не говорил.", "Он говорил с трудом."),
    ):
        assert verdict(compare(source, target, "en", "ru", glossary=NONE)) == "clear"
        assert verdict(compare(source, target, "en", "ru", glossary=NONE, second=second)) == "hold"


def test_a_second_engine_clears_no_hold() -> None:
    """Two engines can share an error: what is held stays held."""
    target = "Задержаны 1 094 человека."
    assert verdict(compare("1,049 were detained.", target, "en", "ru", glossary=NONE, second=target)) == "hold"


def test_a_person_who_approved_the_pair_clears_a_look_but_no_hold() -> None:
    """A person's word settles a doubt; a changed figure is asked about again."""
    look = ("They met Cvirko today.", "Сегодня они встретили Полонскую.")
    hold = ("1,049 were detained.", "Задержаны 1 094 человека.")
    assert verdict(compare(*look, "en", "ru", glossary=NONE, approved=True)) == "clear"
    assert verdict(compare(*hold, "en", "ru", glossary=NONE, approved=True)) == "hold"
