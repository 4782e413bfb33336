"""Night after night with Snakemake: in any order, with kills, with corrected files, and the page of the morning."""

import csv
import json
import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml
from browser import Browser, chromium
from processes import start_snakemake

from tde.nights.night_state import part_of

STREAM = "results/nights/stream"
BLOCK = {"format": "long_table", "dereddened": True, "parts": 2, "files": "incoming", "objects": "objects.parquet"}


def told(workspace):
    """Checksums of all that the nights have made."""
    return workspace.checksums(STREAM)


def let_in(workspace, nights, *chosen):
    """Let the files of some nights come in."""
    for night in chosen:
        shutil.copytree(nights / night, workspace.path / "incoming" / night)


@pytest.fixture(scope="module")
def nights(replayed):
    """A folder of files, night by night."""
    return replayed.path / STREAM / "made/files"


@pytest.fixture(scope="module")
def waiting(quick, replayed, tmp_path_factory):
    """Makes workspaces into which nothing has come in yet."""

    def make():
        workspace = quick.copy(tmp_path_factory.mktemp("nights") / "workspace")
        shutil.copy(replayed.path / STREAM / "made/objects.parquet", workspace.path)
        workspace.configure(lambda config: config["nights"].update(BLOCK))
        return workspace

    return make


@pytest.fixture(scope="module")
def at_once(waiting, nights):
    """A workspace into which all nights have come at once."""
    workspace = waiting()
    let_in(workspace, nights, *sorted(os.listdir(nights)))
    workspace.snakemake("--cores", "2", "nights")
    return workspace


def test_nights_one_by_one_in_any_order_end_in_the_same_state(waiting, nights, at_once):
    """And on one core as on two."""
    first, second, third = sorted(os.listdir(nights))
    workspace = waiting()
    for night in (third, first, second):
        let_in(workspace, nights, night)
        workspace.snakemake("--cores", "1", "nights")
    assert told(workspace) == told(at_once)
    assert workspace.planned("nights") == []


def test_killed_nights_go_on_to_the_same_state(waiting, nights, at_once, count):
    workspace = waiting()
    let_in(workspace, nights, *sorted(os.listdir(nights)))
    for awaited in ("state/*/rows_000.parquet", "*/parts/*.parquet", "*/standing.parquet"):
        run = start_snakemake(workspace, "--cores", "2", "nights")
        while run.poll() is None and not list((workspace.path / STREAM).glob(awaited)):
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        workspace.snakemake("--unlock")
        count("processes killed")
    workspace.snakemake("--cores", "2", "nights")
    assert told(workspace) == told(at_once)


def test_a_corrected_file_reads_its_night_alone(at_once, tmp_path):
    """And what is classified again is the part of the object that it corrects, from that night on."""
    workspace = at_once.copy(tmp_path / "workspace")
    first, second, third = sorted(os.listdir(workspace.path / "incoming"))
    name = pq.read_table(workspace.path / STREAM / second / "predictions.parquet")["object_id"][0].as_py()
    path = workspace.path / "incoming" / second / "alerts.parquet"
    table = pq.read_table(path)
    flux = table["flux"].to_numpy() + np.where(np.array(table["object_id"].to_pylist()) == name, 0.5, 0.0)
    pq.write_table(table.set_column(table.column_names.index("flux"), "flux", [flux]), path)
    before, done = told(workspace), when_read(workspace)
    workspace.snakemake("--cores", "2", "nights")
    assert {night for night, time_read in when_read(workspace).items() if done[night] != time_read} == {second}
    changed = {file for file, checksum in told(workspace).items() if before[file] != checksum}
    part = f"{int(part_of([name], BLOCK['parts'])[0]):03d}"
    parts = {file for file in changed if "/parts/" in file}
    assert f"{second}/parts/{part}.parquet" in parts <= {f"{night}/parts/{part}.parquet" for night in (second, third)}
    assert not [file for file in changed if file.startswith((first, f"state/{first}", f"state/{third}"))]


def when_read(workspace):
    """When each night was read."""
    logs = (workspace.path / "logs/simulated/read_night").glob("*.log")
    return {log.stem: log.stat().st_mtime_ns for log in logs}


def test_predictions_and_list_fit_together(at_once, nights):
    for night in sorted(os.listdir(nights)):
        folder = at_once.path / STREAM / night
        predictions = pq.read_table(folder / "predictions.parquet").to_pydict()
        came = set(pq.read_table(nights / night / "alerts.parquet")["object_id"].to_pylist())
        assert set(predictions["object_id"]) <= came
        probability = np.array(predictions["p_TDE"], dtype=np.float64)
        assert ((probability >= 0) & (probability <= 1)).all()
        changes = list(csv.DictReader((folder / "changes.csv").open()))
        known = dict(zip(predictions["object_id"], probability, strict=True))
        assert all(float(row["p_TDE"]) == known[row["object_id"]] for row in changes)


def test_a_replay_says_when_each_tde_was_found(replayed):
    rows = list(csv.DictReader((replayed.path / STREAM / "replay.csv").open()))
    budgets = list(csv.DictReader((replayed.path / STREAM / "budgets.csv").open()))
    assert rows
    assert [row["spectra_a_night"] for row in budgets] == ["1", "5", "20"]
    assert {row["n_TDE"] for row in budgets} == {str(len(rows))}
    found = [int(row["found"]) for row in budgets]
    assert found == sorted(found)
    assert all(row["rank_when_listed"] for row in rows if row["listed"])


@pytest.mark.skipif(chromium() is None, reason="no Chromium with its driver")
def test_the_page_works_on_a_phone_and_saves_what_one_follows(at_once, nights):
    page = at_once.path / STREAM / max(os.listdir(nights)) / "morning.html"
    with Browser(390, 900) as browser:
        browser.resize(390, 900)
        browser.open(page)
        assert browser.js("document.documentElement.scrollWidth") <= 390
        if browser.js("document.querySelectorAll('.card').length"):
            browser.click(".card button[data-status=follow]")
            name = browser.js("document.querySelector('.card').dataset.object")
            assert browser.js("followingTable()") == f"object_id,status\n{name},follow\n"
        assert browser.errors() == []


def test_objects_with_a_class_become_a_collection(at_once, tmp_path):
    """Their light curves are all that the nights told of them; Snakemake takes the settings as they are."""
    workspace = at_once.copy(tmp_path / "workspace")
    night = max(os.listdir(workspace.path / "incoming"))
    names = pq.read_table(workspace.path / STREAM / night / "predictions.parquet")["object_id"].to_pylist()[:6]
    rows = [f"{name},{'TDE' if k < 3 else 'SN Ia'},2026-01-05" for k, name in enumerate(names)]
    (workspace.path / "classes.csv").write_text("\n".join(["object_id,type,date", *rows, "elsewhere,AGN,"]) + "\n")
    workspace.configure(lambda config: config["nights"].update(classes="classes.csv"))
    workspace.snakemake("--cores", "2", "classified")
    folder = workspace.path / STREAM / "classified"
    table = list(csv.DictReader((folder / "objects.csv").open()))
    assert {row["object_id"]: row["type"] for row in table} == {
        name: "TDE" if k < 3 else "SN Ia" for k, name in enumerate(names)
    }
    came = [pq.read_table(path) for path in sorted((workspace.path / "incoming").glob("*/alerts.parquet"))]
    told = sum(sum(name in names for name in each["object_id"].to_pylist()) for each in came)
    assert pq.read_metadata(folder / "light_curves.parquet").num_rows == told
    settings = yaml.safe_load((folder / "settings.yaml").read_text())
    workspace.configure(lambda config: config.update(settings))
    assert ("read_collection", {}) in workspace.planned("--until", "read_collection")


@pytest.mark.formats
def test_real_alert_files_pass_through(quick, tmp_path_factory):
    """Samples of Rubin, ZTF by Fink and ELAsTiCC as they are, read by several jobs; what each said is accounted for."""
    workspace = quick.copy(tmp_path_factory.mktemp("real") / "workspace")
    for folder in ("lsst_alert_avro", "elasticc_alert_avro", "fink_ztf_avro"):
        shutil.copytree(Path(os.environ["FORMATS_DATA"]) / folder, workspace.path / "incoming" / folder)
    limits = {"fewest_detections": 1, "brighter_share": 0, "oldest": 3000}
    keys = {"files": "incoming", "megabytes": 0.4, "first_cut": limits}
    workspace.configure(lambda config: config["nights"].update(keys))
    workspace.snakemake("--cores", "2", "nights")
    stream = workspace.path / STREAM
    listing = json.loads((stream / "listing.json").read_text())
    assert listing["refused"] == {}
    assert sum(map(len, listing["nights"].values())) == 6
    summaries = [json.loads((stream / night / "summary.json").read_text()) for night in listing["nights"]]
    assert {key for each in summaries for key in each["reading"]["formats"]} == {
        "rubin_alert", "ztf_alert", "elasticc_alert"
    }  # fmt: skip
    assert sum(each["reading"]["rows read"] for each in summaries) == 3691
    left_out = [sum(each["left out by the first cut"].values()) for each in summaries]
    touched, classified = ([each[f"objects {word}"] for each in summaries] for word in ("touched", "classified"))
    assert [a - b for a, b in zip(touched, left_out, strict=True)] == classified
    assert sum(classified) > 0
    assert (stream / max(listing["nights"]) / "morning.html").is_file()
