"""The HTML of a letter as mail programs read it: nothing is left out or broken by Gmail, Outlook or Apple Mail."""

from __future__ import annotations

import re

import pytest

from channels import Post
from tests.test_rendering import edition, laid_out

# What one of the three does not show, or shows wrong, by caniemail.com; what merely looks plainer there is not here.
UNSUPPORTED = {
    "script, forms, frames, objects": r"<(?:script|form|input|button|iframe|object|embed|applet|base)\b",
    "media and vectors": r"<(?:video|audio|svg|canvas|picture|source)\b",
    "sheets from elsewhere": r"<link\b|@import|@font-face",
    "pictures in styles": r"url\(|background-image",
    "flex and grid": r"display:\s*(?:inline-)?(?:flex|grid)|\bgap:",
    "positions": r"position:\s*(?:absolute|fixed|sticky)|\bfloat:|\bz-index:",
    "values that are computed": r"var\(|calc\(|clamp\(|min\(|max\((?!-)",
    "lines kept by a style (Outlook)": r"white-space:\s*pre",
    "units of the root": r"\d(?:rem|vh|vw)\b",
    "transforms and motion": r"(?<!-)transform:|animation:|transition:|filter:",
    "pictures at all": r"<img\b",
}
GMAIL_STYLE = 8_192  # characters of one style element, beyond which Gmail drops it
GMAIL_CLIP = 102_000  # bytes


def page() -> str:
    posts = laid_out(edition(), "newsletter")
    assert isinstance(posts, tuple) and isinstance(posts[0], Post)
    return posts[0].html or ""


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_nothing_that_a_mail_program_leaves_out_is_used(what: str) -> None:
    """No letter relies on what one of the large mail programs does not show."""
    styles_of_clients = r"<!--\[if.*?<!\[endif\]-->|mso-[^;]*;"
    html = re.sub(styles_of_clients, "", page(), flags=re.DOTALL)
    assert not re.search(UNSUPPORTED[what], html, re.IGNORECASE)


def test_gmail_keeps_its_styles_and_all_of_its_words() -> None:
    """Style elements stay below the length that Gmail drops, the letter below that which it clips."""
    html = page()
    styles = re.findall(r"<style\b[^>]*>(.*?)</style>", html, re.DOTALL)
    assert styles and max(map(len, styles)) < GMAIL_STYLE and len(html.encode()) < GMAIL_CLIP


def test_outlook_has_a_table_of_fixed_width_around_each_part() -> None:
    """Outlook for Windows knows no greatest width: each section stands in a table that only it sees."""
    html = page()
    assert html.count("<!--[if mso | IE]><table") >= html.count('class="sheet') and 'width="600"' in html


def test_dark_mode_changes_every_colour_of_a_word_and_its_ground() -> None:
    """In the dark, words are light on a dark ground, in programs that heed it; the others keep both light."""
    html = page()
    (dark,) = re.findall(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", html, re.DOTALL)
    for part in (".sheet", ".ground", ".quiet", ".accent", ".button"):
        assert part in dark
    assert dark.count("!important") == dark.count(";") and 'content="light dark"' in html


def test_the_cells_of_a_table_never_run_into_each_other() -> None:
    """Between two cells stands a bar, also where a program drops the gap: "1" and "049" must not become 1 049."""
    html = page()
    assert " | " in html and "\t" not in re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
