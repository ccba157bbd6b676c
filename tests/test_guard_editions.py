"""What the guard makes of a whole edition: which sentence it picks, leaves out and asks for. All people invented."""

from datetime import UTC, datetime

from bot.guard import examine, examine_authored, examine_untranslated
from bot.model import (
    Block,
    BlockKind,
    Candidate,
    Cut,
    Kind,
    Origin,
    Sentence,
    Severity,
    Statement,
    Summary,
    TranslatedSentence,
    Translation,
)
from bot.text.glossary import parse

NONE = parse("")
SENTENCES = ("Police held 12 women.", "They were not told why.", "The mayor, Adar Vilna, was silent.")
RIGHT = ("Полиция задержала 12 женщин.", "Им не сказали почему.", "Мэр, Адар Вильна, промолчал.")


def statement(language: str = "en", texts: tuple[str, ...] = SENTENCES, title: str = "A day in the park") -> Statement:
    return Statement(
        source="site",
        language=language,
        url="https://example.invalid/1",
        title=title,
        blocks=tuple(Block(kind=BlockKind.PARAGRAPH, text=text) for text in texts),
        first_seen=datetime(2024, 7, 12, tzinfo=UTC),
    )


def summary(of: Statement, *, enumeration: tuple[int | None, ...] = (), follows: tuple[int, ...] = ()) -> Summary:
    sentences, at = [], 0
    for i, block in enumerate(of.blocks):
        end = at + len(block.text)
        number = enumeration[i] if enumeration else None
        sentences.append(
            Sentence(text=block.text, start=at, end=end, block=i, enumeration=number, follows=i in follows)
        )
        at = end + 2
    whole = Cut(characters=1000, sentences=tuple(range(len(sentences))))
    return Summary(
        language=of.language,
        title=of.title,
        sentences=tuple(sentences),
        cuts=(Cut(characters=280, sentences=(0,)), whole),
    )


def candidate(text: str, engine: str = "one", approver: str | None = None, *, draft: bool = False) -> Candidate:
    return Candidate(text=text, engine=engine, version="1", approver=approver, draft=draft)


def translation(*sentences: tuple[Candidate, ...]) -> Translation:
    return Translation(
        source_language="en",
        language="ru",
        title=TranslatedSentence(source="A day in the park", candidates=(candidate("День в парке"),)),
        sentences=tuple(
            TranslatedSentence(source=source, candidates=found)
            for source, found in zip(SENTENCES, sentences, strict=True)
        ),
    )


def test_a_clean_edition_is_picked_from_the_first_engine() -> None:
    """When nothing changed on the way, the first engine's words go out and nothing is asked for."""
    one = statement()
    checked = examine(one, summary(one), translation(*((candidate(text),) for text in RIGHT)), glossary=NONE)
    assert (checked.open_findings, checked.wanting, checked.left_out) == ((), (), frozenset())
    assert [sentence.text for sentence in checked.sentences] == list(RIGHT)
    assert checked.origin is Origin.MACHINE


def test_the_second_engine_is_picked_where_the_first_dropped_a_not() -> None:
    """The sentence that lost its "not" comes from the second engine, the others from the first."""
    one = statement()
    second = (candidate("Им сказали почему."), candidate(RIGHT[1], "two"))
    checked = examine(
        one, summary(one), translation((candidate(RIGHT[0]),), second, (candidate(RIGHT[2]),)), glossary=NONE
    )
    assert [sentence.engine for sentence in checked.sentences] == ["one", "two", "one"]
    assert checked.open_findings == ()


def test_a_held_sentence_and_a_missing_one_are_asked_for() -> None:
    """The pipeline is told for which sentences the next engine is worth asking."""
    one = statement()
    checked = examine(
        one,
        summary(one),
        translation((candidate("Полиция задержала 21 женщину."),), (), (candidate(RIGHT[2]),)),
        glossary=NONE,
    )
    assert checked.wanting == (0, 1)
    assert checked.sentences[1].findings[0].kind is Kind.OMISSION


def test_an_optional_sentence_with_a_finding_is_left_out_with_what_follows_it() -> None:
    """The doubtful sentence goes, and so does the next, which cannot be understood without it."""
    one = statement()
    bad = translation((candidate(RIGHT[0]),), (candidate("Им сказали почему."),), (candidate(RIGHT[2]),))
    checked = examine(one, summary(one, follows=(2,)), bad, glossary=NONE)
    assert checked.left_out == {1, 2}
    assert checked.open_findings == ()
    assert [cut.sentences for cut in checked.cuts] == [(0,), (0,)]


def test_an_enumeration_is_left_out_whole_or_not_at_all() -> None:
    """Nobody publishes two of three demands: the list goes whole, or stays when the shortest cut needs it."""
    one = statement()
    bad = translation((candidate(RIGHT[0]),), (candidate("Им сказали почему."),), (candidate(RIGHT[2]),))
    assert examine(one, summary(one, enumeration=(None, 1, 1)), bad, glossary=NONE).left_out == {1, 2}
    needed = examine(one, summary(one, enumeration=(1, 1, 1)), bad, glossary=NONE)
    assert needed.left_out == frozenset()
    assert needed.open_findings != ()


def test_a_sentence_of_the_shortest_cut_is_never_left_out() -> None:
    """The main point stays and waits for a person."""
    one = statement()
    bad = translation((candidate("Полиция задержала 21 женщину."),), (candidate(RIGHT[1]),), (candidate(RIGHT[2]),))
    checked = examine(one, summary(one), bad, glossary=NONE)
    assert checked.left_out == frozenset()
    assert {finding.sentence for finding in checked.open_findings} == {0}


def test_a_draft_engine_waits_for_a_person_and_an_approved_sentence_does_not() -> None:
    """Words of an engine that only drafts are read by a person first; what a person approved is people's words."""
    one = statement()
    drafts = translation(*((candidate(text, draft=True),) for text in RIGHT))
    assert Kind.DRAFT in {finding.kind for finding in examine(one, summary(one), drafts, glossary=NONE).open_findings}
    approved = translation(*((candidate(text, "memory", "Adar"),) for text in RIGHT))
    title = TranslatedSentence(source=one.title, candidates=(candidate("День в парке", "memory", "Adar"),))
    by_people = Translation(source_language="en", language="ru", title=title, sentences=approved.sentences)
    assert examine(one, summary(one), by_people, glossary=NONE).origin is Origin.PEOPLE


def test_the_sources_own_words_must_stand_in_the_source() -> None:
    """An edition in the original language is verbatim, title and all."""
    one = statement()
    assert examine_authored(one, summary(one), glossary=NONE).open_findings == ()
    other = statement(title="Another title")
    findings = examine_authored(other, summary(one), glossary=NONE).open_findings
    assert [(finding.sentence, finding.severity) for finding in findings] == [(-1, Severity.HOLD)]


def test_a_statement_marked_with_the_wrong_language_is_held() -> None:
    """Russian words do not go out as Belarusian ones."""
    one = statement("be", ("Полиция задержала 12 женщин в этом парке.",), title="Дзень у парку")
    findings = examine_authored(one, summary(one), glossary=NONE).open_findings
    assert [finding.kind for finding in findings] == [Kind.LANGUAGE]


def test_an_officers_own_words_say_nothing_that_the_statement_does_not_say() -> None:
    """A figure, date, name or quotation that is not in the statement holds an officer's summary."""
    one = statement(texts=(*SENTENCES, "On 12 July 2024 she said: “We will be back in the park.”"))
    said = {
        "Police held 12 women on 12 July.": set(),
        "They said: “We will be back in the park.”": set(),
        "Police held 13 women.": {Kind.NUMBER},
        "It was on 13 July 2024.": {Kind.DATE},
        "We asked Zoja Harecka.": {Kind.NAME},
        "They said: “We will stay at home now.”": {Kind.QUOTATION},
        "See https://example.org/x.": {Kind.LINK},
        "The charge is under Article 342.": {Kind.LAW},
    }
    for text, kinds in said.items():
        written = Summary(
            language="en",
            title=one.title,
            sentences=(Sentence(text=text, start=0, end=len(text), block=0),),
            cuts=(Cut(characters=280, sentences=(0,)),),
            written=True,
        )
        checked = examine_authored(one, written, glossary=NONE)
        assert checked.origin is Origin.EDITED
        assert {finding.kind for finding in checked.open_findings} == kinds, text


def test_the_untranslated_fallback_is_labelled_as_such() -> None:
    """When nothing can translate a pair, the original goes to the channel and says that it is the original."""
    one = statement()
    checked = examine_untranslated(one, summary(one), "be", glossary=NONE)
    assert (checked.language, checked.origin) == ("be", Origin.UNTRANSLATED)
    assert [sentence.text for sentence in checked.sentences] == list(SENTENCES)
