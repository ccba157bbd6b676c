"""The service files that we ship: the process that faces the web holds no key that opens, and little else."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.house import ROOT

UNIT = ROOT / "deploy" / "vestka-web.service"


def test_the_pages_unit_is_given_no_key_that_opens_a_row() -> None:
    """The pages get the public and the index key by name, under a user that cannot reach the worker's."""
    text = UNIT.read_text()
    assert re.findall(r"^LoadCredential=(\w+):", text, re.M) == ["reader_public_key", "reader_index_key"]
    assert "private_key" not in text and "User=vestka-web" in text and "InaccessiblePaths=-/etc/vestka/secrets" in text
    assert "--role web" in text and "IPAddressDeny=any" in text


def test_the_pages_unit_is_shut_in() -> None:
    """systemd's own judgement of what the process could do if it were taken over: at most 2 of 10."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(UNIT)], capture_output=True, text=True, check=False
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
    assert found is not None, said.stderr
    assert float(found[1]) <= 2.0
