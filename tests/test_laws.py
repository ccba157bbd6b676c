"""The laws of the house, each kept by a check that turns red when it is broken."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house import ROOT


def makers(name: str) -> set[str]:
    """The files of the service in which a value of this class is made."""
    found = set()
    for file in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                if name in (getattr(called, "id", ""), getattr(called, "attr", "")):
                    found.add(str(file.relative_to(ROOT)))
    return found


def test_only_the_review_approves() -> None:
    """Nothing can leave that the review did not approve: an approval is made in one file only."""
    assert makers("Approved") - {"bot/translation/memory.py"} == {"bot/review.py"}


def test_only_the_guard_declares_something_checked() -> None:
    """Nothing can be laid out that the guard did not examine: `Checked` is made in the guard's room only."""
    made = makers("Checked")
    assert made and all(file.startswith("bot/guard/") for file in made - {"bot/rendering.py"})


@pytest.mark.parametrize(
    "words", [("--help",), ("settings",), ("length", "--channel", "x", os.devnull), ("guard", "--pairs", os.devnull)]
)
def test_light_commands_load_nothing_heavy(words: tuple[str, ...]) -> None:
    """Asking for help does not wait for the libraries of Telegram, X or the database."""
    script = (
        "import sys; sys.argv = ['vestka', *sys.argv[1:]]\nfrom bot.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted({'telegram', 'tweepy', 'sqlalchemy'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script, *words], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_what_is_installed_holds_templates_and_settings_inside_the_service(tmp_path: Path) -> None:
    """An installed Vestka brings its templates, catalogues and settings, and leaves nothing at the top of the shelf."""
    script = (
        "from hatchling.builders.wheel import WheelBuilder as B\n"
        f"print(next(B({str(ROOT)!r}).build(directory={str(tmp_path)!r})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    with zipfile.ZipFile(done.stdout.strip()) as wheel:
        names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"bot", "channels"}
    assert "bot/templates/telegram/post.html.j2" in names and "bot/settings.toml" in names
    assert "bot/templates/locale/be/LC_MESSAGES/vestka.po" in names and "bot/text/glossary.toml" in names
    assert "bot/demo/memory.jsonl" in names and "bot/store/migrations/env.py" in names


def test_no_file_is_left_unfinished() -> None:
    """Nothing ships with a mark that says it is not done."""
    marks = ("TO" + "DO", "FIX" + "ME", "X" * 3)
    for file in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("channels/**/*.py"), *ROOT.glob("templates/**/*.j2")]:
        text = file.read_text(encoding="utf-8")
        assert not any(mark in text.replace("\n", " ").split(" ") for mark in marks), file


def test_every_ignore_gives_its_reason() -> None:
    """Whoever switches a check off for one line says why, on that line."""
    for file in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("channels/**/*.py")]:
        for line in file.read_text(encoding="utf-8").splitlines():
            for mark in ("# type: ignore", "# noqa"):
                if mark in line:
                    assert "  # " in line.split(mark, 1)[1], f"{file.name}: {line.strip()}"


def test_every_room_opens_with_a_short_charter() -> None:
    """Each file says in at most five lines what it is for."""
    for file in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("channels/**/*.py")]:
        charter = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        drawn = file.name == "errors.py"  # it opens with its tree
        assert charter and (drawn or len(charter.splitlines()) <= 5), file
