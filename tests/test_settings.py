"""A wrong setting is one line that names the place and the cure; and what is written about settings is true."""

import tomllib
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, build, load, reference
from tests.house import ROOT, in_process

GOOD = """
[project]
name = "Бюро"
[sources.site]
urls = ["https://example.invalid/feed.xml"]
language = "be"
every = "10m"
[channels.telegram-be]
kind = "telegram"
language = "be"
"""


def fault(tmp_path: Path, text: str) -> str:
    """What is said about a settings file."""
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "path", "cure"),
    [
        ('[review]\npolicy = "alwys"', "review.policy", "'always', 'when_flagged' or 'never'"),
        ('[review]\npolcy = "always"', "review.polcy", 'did you mean "policy"?'),
        ('[sources.site]\nurls = ["https://a.invalid"]\nlanguage = "be"\nevry = "5m"', "sources.site.evry", '"every"'),
        ('[sources.site]\nurls = ["https://a.invalid"]', "sources.site.language", "missing"),
        ('[sources.site]\nurls = ["file:///etc/passwd"]\nlanguage = "be"', "sources.site.urls", "http"),
        (
            '[sources.site]\nurls = ["https://a.invalid"]\nlanguage = "be"\nsettle = "soon"',
            "sources.site.settle",
            '"5m"',
        ),
        ('[channels.tg]\nkind = "telegramm"', "channels.tg.kind", 'did you mean "telegram"?'),
        ('[channels.tg]\nkind = "telegram"\nlanguage = "be"\nchatt = "@a"', "channels.tg.chatt", '"chat"'),
        ('[channels."../x"]\nkind = "x"\nlanguage = "be"', "channels", "small letters"),
        ('[project]\ntimezone = "Europe/Minks"', "project.timezone", "Europe/Warsaw"),
        ('[translation.chain]\nbe-be = ["memory"]', "translation.chain", '"be-ru"'),
        ('[translation.second_opinion]\nbe-by = "fxtranslate"', "translation.second_opinion", '"be-ru"'),
        ("[project]\nlanguages = []", "project.languages", "at least 1"),
        ('[project]\ndatabase = "sqlite://"', "project.database", "needs a file"),
        ('[project]\ndatabase = "sqlite:///"', "project.database", "needs a file"),
        ('[project]\ndatabase = "sqlite:///?timeout=5"', "project.database", "needs a file"),
        ('[project]\ndatabase = "sqlite:///:memory:"', "project.database", "needs a file"),
        ('[project]\ndatabase = "sqlite:///file:x?mode=memory&uri=true"', "project.database", "needs a file"),
        ('[delivery]\nnot_after = "99999999999d"', "delivery.not_after", "at most 3650d"),
        (f'[delivery]\nnot_after = "{"9" * 5000}d"', "delivery.not_after", "at most 3650d"),
        ("[delivery]\nnot_after = 999999999999", "delivery.not_after", "between 0s and 3650d"),
        ("[delivery]\nnot_after = -1", "delivery.not_after", "between 0s and 3650d"),
        ("[project\n", "settings.toml", "line 1"),
        ("x = " + "[" * 100_000, "settings.toml", "too deep"),
    ],
)
def test_a_wrong_key_is_one_line_with_its_place_and_its_cure(tmp_path: Path, line: str, path: str, cure: str) -> None:
    """Whoever mistypes a setting is told where, what is wrong, and what was probably meant."""
    said = fault(tmp_path, line)
    assert path in said and cure in said


@pytest.mark.parametrize(
    "line",
    [
        '[channels.n]\nkind = "newsletter"\nlanguages = ["be"]\nfrom = "VALUE"',
        '[channels.n]\nkind = "VALUE"',
        '[project]\ntimezone = "VALUE"',
        '[review]\npolicy = "VALUE"',
        '[sources.site]\nurls = ["VALUE"]\nlanguage = "be"',
        '[sources.site]\nurls = ["https://a.invalid"]\nlanguage = "be"\nevery = "VALUE"',
        '[sources."VALUE"]\nurls = ["https://a.invalid"]\nlanguage = "be"',
        '[translation.chain]\n"VALUE" = ["memory"]',
        '[project]\n"VALUE" = 1',
        '[channels.n]\n"token_VALUE" = "hunter2"',
    ],
)
def test_what_a_wrong_value_says_stays_inside_one_short_line(tmp_path: Path, line: str) -> None:
    """Whatever stands in a wrong setting, the message is one line, shows it in quotes, and not at any length."""
    said = fault(tmp_path, line.replace("VALUE", "a\\nBcc: mallory\\u001b[2J" + "x" * 500))
    assert said.isprintable() and len(said) < 400 and "x" * 61 not in said


@pytest.mark.parametrize(
    "line",
    [
        '[channels.tg]\nkind = "telegram"\nlanguage = "be"\ntoken = "anything"',
        '[channels.tg]\nkind = "telegram"\nlanguage = "be"\nchat = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"',
    ],
)
def test_a_secret_in_the_settings_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    """A password or token in the settings file stops the start; the message says where it belongs, not what it is."""
    said = fault(tmp_path, line)
    assert "never in the settings" in said and "AAbb" not in said and "anything" not in said


def test_the_command_line_ends_with_78_for_a_wrong_setting(tmp_path: Path) -> None:
    """A service manager can tell a typing error from a failure, and does not restart for ever."""
    file = tmp_path / "settings.toml"
    file.write_text('[review]\npolicy = "alwys"')
    code, out, err = in_process(["once", "--settings", str(file)])
    assert (code, out) == (78, "") and err.count("\n") == 1


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One setting can be changed for one run without touching the file."""
    monkeypatch.setenv("VESTKA_REVIEW__POLICY", "always")
    assert build(tomllib.loads(GOOD), tmp_path).review.policy == "always"


def test_a_wrong_table_in_the_environment_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the environment is told like one in the file."""
    monkeypatch.setenv("VESTKA_PROJECT", "{")
    with pytest.raises(SettingsError, match="environment"):
        build(tomllib.loads(GOOD), tmp_path)


def test_the_shipped_settings_are_the_types_in_words() -> None:
    """The settings file that ships lists every key with its meaning and default, exactly as the program has them."""
    assert (ROOT / "settings.toml").read_text(encoding="utf-8") == reference()
    assert "None" not in reference()
    code, out, _ = in_process(["settings"])
    assert code == 0 and out == reference()


def test_every_shipped_key_can_be_switched_on(tmp_path: Path) -> None:
    """Taking the # away from any key of the shipped file gives settings that the program takes."""
    sections: dict[str, list[str]] = {}
    for line in reference().splitlines():
        if line.startswith("#["):
            title = line.removeprefix("#").replace("NAME", "site").replace("-…", "-be")
            keys = sections[title] = []
        elif line.startswith("#") and line[1:2].islower() and "…" not in line:
            keys.append(line.removeprefix("#"))
    needed = {
        "[sources.site]": ['urls = ["https://example.invalid"]', 'language = "be"'],
        "[engines.ctranslate2-be]": ['folder = "models/opus"'],
        "[engines.google-be]": ['project = "our-project-17"'],
        "[engines.chat-be]": ['base_url = "http://127.0.0.1:11434/v1"', 'model = "some-model"'],
        "[channels.telegram-be]": ['language = "be"'],
        "[channels.x-be]": ['language = "be"'],
        "[channels.newsletter-be]": ['languages = ["be"]'],
    }
    text = ""
    for title, keys in sections.items():
        own = needed.get(title, [])
        named = {line.split(" = ")[0] for line in own}
        text += "\n".join((title, *own, *(key for key in keys if key.split(" = ")[0] not in named))) + "\n"
    made = build(tomllib.loads(text), tmp_path)
    assert set(made.channels) == {"telegram-be", "x-be", "newsletter-be"}
    assert set(Settings.model_fields) == {title.strip("[]").split(".")[0] for title in sections}


def test_relative_paths_count_from_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not matter from which folder the command is given."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    made = build(tomllib.loads(GOOD), tmp_path)
    assert made.database_url() == f"sqlite:///{tmp_path / 'var' / 'vestka.db'}"
    monkeypatch.setenv("STATE_DIRECTORY", "/srv/state")
    assert made.database_url() == "sqlite:////srv/state/vestka.db"


def test_a_live_wire_that_does_not_exist_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody believes to be live who is not: a channel that cannot dial is refused by name, not rehearsed."""
    file = tmp_path / "settings.toml"
    x = '[channels.x-be]\nkind = "x"\nlanguage = "be"\n'
    file.write_text(GOOD + x + '[delivery]\nwire = "live"\n', encoding="utf-8")
    code, _, err = in_process(["once", "--settings", str(file)])
    assert code == 78 and "channels.telegram-be — telegram_token" in err
    monkeypatch.setenv("VESTKA_TELEGRAM_TOKEN", "123456:" + "A" * 35)
    code, _, err = in_process(["once", "--settings", str(file)])
    assert code == 78 and "channels.telegram-be.chat — it is missing" in err
    file.write_text(GOOD + 'chat = "@bureau"\n' + x + '[delivery]\nwire = "live"\n', encoding="utf-8")
    code, _, err = in_process(["once", "--settings", str(file)])
    assert code == 78 and "channels.x-be — x_consumer_key" in err
    letter = '[channels.newsletter]\nkind = "newsletter"\nlanguages = ["be"]\n'
    file.write_text(GOOD + 'chat = "@bureau"\n' + letter + '[delivery]\nwire = "live"\n', encoding="utf-8")
    code, _, err = in_process(["once", "--settings", str(file)])
    assert code == 78 and "channels.newsletter" in err and "enabled = false" in err


@pytest.mark.parametrize(
    ("table", "line"),
    [("chain", 'be-ru = ["memory", "oracle"]'), ("second_opinion", 'be-ru = "oracle"')],
)
def test_an_engine_that_does_not_exist_is_a_wrong_setting(tmp_path: Path, table: str, line: str) -> None:
    """A translation engine that Vestka does not have is named, with those that it has."""
    file = tmp_path / "settings.toml"
    file.write_text(GOOD + f"[translation.{table}]\n{line}\n", encoding="utf-8")
    code, _, err = in_process(["once", "--settings", str(file)])
    assert code == 78 and f"translation.{table}.be-ru" in err and "fxtranslate" in err


def test_two_channels_that_lead_to_one_place_are_refused(tmp_path: Path) -> None:
    """Two channels of one chat in one language would post everything twice; in two languages they may share it."""
    twin = 'kind = "telegram"\nchat = "@Bureau"\nlanguage = '
    first, second = f'[channels.a]\n{twin}"be"\n', f'[channels.b]\n{twin.lower()}"be"\n'
    with pytest.raises(SettingsError, match="leads to the same place"):
        build(tomllib.loads(first + second), tmp_path)
    build(tomllib.loads(first + second.replace('"be"', '"ru"')), tmp_path)
    build(tomllib.loads(first + second + "enabled = false\n"), tmp_path)
