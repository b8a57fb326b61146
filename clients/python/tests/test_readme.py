"""README.md must be true: its commands and its Python run against a real server, as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

import pytest

from server_process import ROOT, ServerProcess, require_binary

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> List[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(require_binary(), tmp_path / "holdfast-dev")
    yield made
    made.stop()


def run(command: "list[str]", server: ServerProcess) -> str:
    """Runs one command of README in the folder that holds `holdfast-dev`; the ports are this test's."""
    ran = subprocess.run(
        command,
        cwd=server.directory.parent,
        env={**os.environ, "HOLDFAST_STOCK_ENDPOINT": server.stock, "HOLDFAST_ADMIN_ENDPOINT": server.admin},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert ran.returncode == 0, f"{command}: {ran.stderr}"
    return ran.stdout


def test_commands_of_the_first_reservation_work(server: ServerProcess) -> None:
    tools = require_binary().parent
    lines = [line for block in blocks("sh") for line in block.splitlines() if "holdfastctl" in line]
    said = [run([str(tools / Path(words[0]).name), *words[1:]], server) for words in map(str.split, lines)]
    assert len(said) == 4
    stock, reserved, confirmed, read = said
    assert "sku-1" in stock and "OPEN" in stock
    assert re.search(r"outcome +RESERVED", reserved) and re.search(r"replayed +false", reserved)
    assert re.search(r"outcome +CONFIRMED", confirmed)
    assert re.search(r"state +CONFIRMED", read)
    words = lines[1].split()
    again = run([str(tools / "holdfastctl"), *words[1:]], server)
    assert re.search(r"replayed +true", again)


def test_python_quickstart_works(server: ServerProcess) -> None:
    (code,) = blocks("python")
    said = run([sys.executable, "-c", code.replace("127.0.0.1:7443", server.stock)], server)
    assert said.split() == ["RESERVED", "499", "CONFIRMED"]


def test_every_file_that_readme_names_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).exists()] == []
    for command in re.findall(r"^make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(), re.MULTILINE), command
