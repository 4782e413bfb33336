"""The commands of the README and of docs/, run as written in a workspace where the workflow has run."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
from example_files import rubin_night
from mallorn_files import MALLORN_DATA
from workspace import ROOT

import inspect_lightcurves
from tde.sources.formats import formats
from tde.sources.input_files import files_of

EDITS = "new-family.md"
"""This page changes the library, after which much is computed anew: its commands come last."""

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(
        (path for path in (ROOT / "docs").rglob("*.md") if path.parent.name != "parts"),
        key=lambda path: (path.name == EDITS, path),
    ),
]
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}


def commands_of(text):
    """Lines of all shell blocks, without their comments, and commands in running text."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split("   #")[0].split("  # ")[0].strip() for block in blocks for line in block.splitlines()]
    return lines + [found for found in re.findall(r"`([^`\n]+)`", text) if found.startswith(".venv/bin/snakemake ")]


def shown_files(text):
    """Files that a page shows whole, by name: the blocks whose first line names one after the language."""
    return dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


WRITTEN_ELSEWHERE = {name for source in formats() for name in source.called} - {"alerts"}
"""Files of formats that a page cannot show: test_format_page.py writes them and reads them as their commands say."""

COMMANDS = [
    (page, command)
    for page, text in TEXTS.items()
    for command in commands_of(text)
    if not any(name in command for name in WRITTEN_ELSEWHERE)
]

NOT_RUN = {"make test", *(command for _, command in COMMANDS if "my_survey.yaml" in command)}
"""This is what runs here; test_collections.py writes a survey and runs those that learn from it."""

RUN: dict[str, str] = {}
"""Commands, and the first page that has each: what several pages name is run once."""
for page, command in COMMANDS:
    if command not in NOT_RUN:
        RUN.setdefault(command, page)

FORMATS_PAGE = "docs/formats.md"

LIKE_ANOTHER = re.compile(r"^\.venv/bin/snakemake --cores 2 inspect --config '([^']*)'$")
"""Commands of the page of formats that differ in nothing but the files; that of another page is run by Snakemake."""

INSPECTED = {
    command: match[1]
    for command in RUN
    if (match := LIKE_ANOTHER.match(command)) and {page for page, same in COMMANDS if same == command} == {FORMATS_PAGE}
}
"""Those commands, and what they set."""

PREDICTED = [command for command, page in RUN.items() if " predict " in command and page == "docs/how-to/new-survey.md"]
"""Light curves of other surveys."""

TOO_LONG = ("make docs", "make bundle", "make benchmark", "make throughput", "make sky", "make lint", "make house")
"""What takes an hour, the real files or the tests themselves is read by make, not run."""

NEEDS_TORCH = "profiles/models/networks.yaml"
INSTALLS = "pip install"

PLANNED_ONLY = (
    "--profile slurm",
    "/path/to/mallorn",
    " leaderboard",
    " ablation",
    " early",
    " replay",
    " nights ",
    " classified ",
)
"""What needs a cluster, the real files, many models or many nights is planned, not run; test_early runs `early` on a
small run, and test_nights_workflow `nights`, `replay` and `classified`."""


@pytest.fixture(scope="module")
def repository(finished, tmp_path_factory):
    """A clone in which `make run` has been done: the environment is the one that runs these tests."""
    return as_clone(finished.copy(tmp_path_factory.mktemp("readme") / "clone"))


@pytest.fixture(scope="module")
def small_repository(quick, tmp_path_factory):
    """A clone with few families, for what reads many formats: test_format_page classifies these with all families."""
    return as_clone(quick.copy(tmp_path_factory.mktemp("readme") / "small"))


def as_clone(workspace):
    """Put what users have besides: the environment, and the files that the pages show."""
    (workspace.path / ".venv").symlink_to(Path(sys.prefix))
    (workspace.path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for text in TEXTS.values():
        for name, content in shown_files(text).items():
            (workspace.path / name).write_text(content)
    rubin_night(workspace.path / "alerts")
    (workspace.path / "classes.csv").write_text("object_id,type\n1,TDE\n")
    return workspace


def test_readme_has_the_commands_promised():
    in_readme = [command for page, command in COMMANDS if page == "README.md"]
    assert in_readme[:3] == ["make run", "make test", ".venv/bin/snakemake --cores 2"]
    for part in ("--report", "--profile slurm", " predict "):
        assert any(part in command for command in in_readme)


def test_readme_is_read_in_minutes():
    assert len(TEXTS["README.md"].split()) <= 1300


def test_contents_name_every_page():
    contents = TEXTS["docs/README.md"]
    pages = {page.removeprefix("docs/") for page in TEXTS if page.startswith("docs/")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in contents} == set()


def test_every_how_to_page_has_a_command():
    how_to = {page for page in TEXTS if page.startswith("docs/how-to/")}
    assert len(how_to) == 10
    assert how_to <= {page for page, _ in COMMANDS}


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXTS[page]):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("words", ["Rubin alerts", "ZTF forced", "ALeRCE", "ATLAS", "SNANA"])
def test_the_five_commonest_files_are_classified_by_one_command_that_is_run(words):
    (line,) = (
        line for line in TEXTS["docs/how-to/new-survey.md"].splitlines() if line.startswith("| ") and words in line
    )
    (command,) = (command for page, command in COMMANDS if command in line and page == "docs/how-to/new-survey.md")
    assert " predict " in command
    assert command not in NOT_RUN


def test_one_command_of_a_kind_is_run_by_snakemake():
    assert len(INSPECTED) > 10
    assert any(LIKE_ANOTHER.match(command) for command in RUN if command not in INSPECTED)


@pytest.mark.parametrize("command", INSPECTED)
def test_files_of_each_format_are_inspected(repository, command, tmp_path, monkeypatch):
    """The words are taken to pieces by Snakemake's own reader, and its job is done here."""
    from snakemake.cli import parse_config  # loads much, which the collection of tests need not wait for

    monkeypatch.chdir(repository.path)
    block = parse_config([INSPECTED[command]])["predict"]
    files = {key: str(tmp_path / key) for key in ("summary", "table", "report")}
    paths = [str(path) for path in files_of(block["lightcurves"])]
    picture = str(tmp_path / "picture.png")
    said = inspect_lightcurves.main(lightcurves=paths, objects=[], block=block, picture=picture, **files)
    assert Path(picture).stat().st_size > 0
    assert re.search(r"[1-9]\d* objects; [1-9]\d* rows read, [1-9]\d* used", "\n".join(said))


@pytest.mark.parametrize(
    ("page", "command"),
    [(page, command) for command, page in RUN.items() if command not in INSPECTED and command not in PREDICTED],
)
def test_command_works_as_written(repository, page, command):
    if "| dot" in command and not (repository.run("which", "dot", check=False).stdout):
        pytest.skip("graphviz is not installed")
    if command in TOO_LONG:
        command = command.replace("make", "make -n")
    if INSTALLS in command:
        command += " --dry-run --no-deps"
    if NEEDS_TORCH in command and importlib.util.find_spec("torch") is None:
        assert "needs torch, which is not installed" in repository.run("bash", "-c", command, check=False).stderr
        return
    if any(part in command for part in PLANNED_ONLY):
        command = command.replace("--cores 2", "--cores 2 -n").replace("slurm", "slurm -n", 1)
    if "/path/to/mallorn" in command:
        if not MALLORN_DATA:
            pytest.skip("MALLORN_DATA is not set: the real files are not here")
        command = command.replace("/path/to/mallorn", MALLORN_DATA)
    repository.run("bash", "-c", command)


@pytest.mark.parametrize("command", PREDICTED)
def test_light_curves_of_many_surveys_are_classified_as_written(small_repository, command):
    small_repository.run("bash", "-c", command)
