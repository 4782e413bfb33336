"""Files that are broken or meant to harm end in valid shards or in a clear message, and reach nothing else."""

import csv
import io
import json
import math
import re
import resource
import signal
import subprocess
import sys
from collections import Counter

import hypothesis.strategies as st
import numpy as np
import pyarrow.parquet as pq
import pytest
from hostile_files import NAMES, mutate, real_like_files
from hypothesis import HealthCheck, given, settings
from mallorn_files import CURVE_HEADER, LOG_HEADER, light_curves, train_log, write_lines
from workspace import ROOT

from tde.errors import InputError
from tde.ingest.object_list import Z_FLOOR, read_object_list
from tde.ingest.observations import read_observations
from tde.kaggle.kaggle_files import download
from tde.lightcurves import SHARD_SCHEMA, read_shard, write_shard
from tde.pages.columns import TableColumn
from tde.pages.printed_table import Table
from tde.pages.sheet import Sheet
from tde.photometry import BANDS, dereddening_factor

N_MUTATED = 9_000
N_DRAWN = 1_500
SECONDS, BYTES = 5.0, 2**30
"""What one case may take."""


class HangError(Exception):
    """A case took too long."""


@pytest.fixture
def bounds():
    """A case that hangs or takes a huge amount of memory fails."""

    def stop(number, frame):
        raise HangError(f"a case took more than {SECONDS} s")

    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    limits, handler = resource.getrlimit(resource.RLIMIT_AS), signal.signal(signal.SIGALRM, stop)
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, limits[1]))
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, handler)
    resource.setrlimit(resource.RLIMIT_AS, limits)


class Ingest:
    """Both steps of the ingest on two files, as the workflow's scripts do them, and a check of what comes out."""

    def __init__(self, folder):
        self.folder = folder
        self.log, self.curves, self.shard = folder / "train_log.csv", folder / "curves.csv", folder / "shard.parquet"
        self.outcomes = Counter()

    def __call__(self, log, curves):
        self.log.write_bytes(log)
        self.curves.write_bytes(curves)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            objects, _ = read_object_list(self.log, ["split_01"], labelled=True)
            lightcurves, report = read_observations(self.curves, objects, self.log.name)
        except InputError as error:
            check_message(str(error), self.log, self.curves)
            self.outcomes["refused"] += 1
            return
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        write_shard(self.shard, lightcurves)
        check_shard(self.shard, objects, lightcurves)
        check_against_plain_reading(log, curves, objects, lightcurves, report)
        self.outcomes["read"] += 1


def check_message(message, *paths):
    """The message names its file, says something about it, and is no traceback and no wall of text."""
    assert message.startswith(tuple(f"{path}: " for path in paths))
    assert len(message) < 1500, message[:3000]
    assert "Traceback" not in message


def check_shard(path, objects, lightcurves):
    """The shard holds its contract, and gives back what went in."""
    assert pq.read_schema(path).remove_metadata() == SHARD_SCHEMA
    again = read_shard(path, objects)
    for name in ("object_id", "offsets", "mjd", "band", "flux", "flux_err"):
        np.testing.assert_array_equal(getattr(again, name), getattr(lightcurves, name))
    assert np.isfinite(again.mjd).all()
    assert np.isfinite(again.flux).all()
    assert (again.flux_err > 0).all()
    assert (again.band < len(BANDS)).all()
    for rows in again:
        assert (np.diff(again.mjd[rows]) >= 0).all()


def plain_rows(data):
    """The rows of a CSV file as Python's own reader sees them."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def check_against_plain_reading(log, curves, objects, lightcurves, report):
    """Every number in the shard is the number that stands in the file."""
    described = {row["object_id"]: row for row in plain_rows(log)}
    assert objects["object_id"].to_pylist() == list(described)
    ebv = {name: float(row["EBV"] or "nan") for name, row in described.items()}
    for name, z in zip(objects["object_id"].to_pylist(), objects["z"].to_pylist(), strict=True):
        expected = float(described[name]["Z"] or "nan")
        assert z == max(expected, Z_FLOOR) or (math.isnan(z) and math.isnan(expected))
    rows = plain_rows(curves)
    assert report["rows read"] == len(rows)
    wanted = set()
    for row in rows:
        flux, reddening = float(row["Flux"] or "nan"), max(ebv[row["object_id"]], 0.0)
        if not math.isnan(flux) and not math.isnan(ebv[row["object_id"]]):
            band = BANDS.index(row["Filter"])
            factor = float(dereddening_factor(np.array([band]), np.array([reddening]))[0])
            numbers = (float(row["Time (MJD)"]), band, flux * factor, float(row["Flux_err"]) * factor)
            wanted.add((row["object_id"], *numbers))
    owner = np.repeat(lightcurves.object_id, np.diff(lightcurves.offsets))
    columns = (owner, lightcurves.mjd, lightcurves.band, lightcurves.flux, lightcurves.flux_err)
    found = list(zip(*(column.tolist() for column in columns), strict=True))
    assert len(found) == len(set(found)) == len(wanted)
    assert set(found) == wanted


def test_mutated_files_end_in_shards_or_in_messages(tmp_path, bounds, count):
    log, _, curves = real_like_files(tmp_path / "simulated")
    ingest = Ingest(tmp_path)
    ingest(log, curves)
    for case in range(N_MUTATED):
        rng = np.random.default_rng([2026, case])
        which = rng.random()
        ingest(mutate(log, rng) if which < 0.5 else log, mutate(curves, rng) if which > 0.4 else curves)
    count("hostile inputs: read into valid shards", ingest.outcomes["read"])
    count("hostile inputs: refused with a message", ingest.outcomes["refused"])
    assert ingest.outcomes.total() == N_MUTATED + 1
    assert min(ingest.outcomes.values()) > N_MUTATED / 20  # both ends are reached


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(NAMES),
    st.floats(width=64).map(repr),
    st.integers().map(str),
    st.sampled_from([*BANDS, "elm", "oak", "AGN", "TDE", "split_01", "0", "1", ""]),
)
LOG_ROWS = st.tuples(
    st.one_of(st.just("elm"), st.just("oak"), CELLS),
    st.one_of(st.floats(-1, 20).map(repr), CELLS),
    st.just(""),
    st.one_of(st.floats(-1, 10).map(repr), CELLS),
    st.one_of(st.just("AGN"), CELLS),
    CELLS,
    st.one_of(st.just("split_01"), CELLS),
    st.one_of(st.just("0"), CELLS),
)
CURVE_ROWS = st.tuples(
    st.one_of(st.just("elm"), st.just("oak"), CELLS),
    st.one_of(st.floats(0, 2e5).map(repr), CELLS),
    st.one_of(st.floats(-1e12, 1e12).map(repr), CELLS),
    st.one_of(st.floats(1e-9, 1e12).map(repr), CELLS),
    st.one_of(st.sampled_from(BANDS), CELLS),
)


def csv_bytes(header, rows):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", errors="surrogatepass")


def test_drawn_files_end_in_shards_or_in_messages(tmp_path, bounds, count):
    ingest = Ingest(tmp_path)

    @settings(
        max_examples=N_DRAWN, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.lists(LOG_ROWS, max_size=3), st.lists(CURVE_ROWS, max_size=6))
    def read(log, curves):
        ingest(csv_bytes(LOG_HEADER + ",target", log), csv_bytes(CURVE_HEADER, curves))

    read()
    count("hostile inputs: read into valid shards", ingest.outcomes["read"])
    count("hostile inputs: refused with a message", ingest.outcomes["refused"])


@pytest.mark.parametrize("text", NAMES)
def test_names_are_harmless_or_refused(tmp_path, text):
    """What passes may be written into any table, and pages show it as text."""
    cell = '"' + text.replace('"', '""') + '"'
    path = train_log(tmp_path / "log.csv", f"{cell},0.5,,0.1,AGN,,split_01,0")
    try:
        objects, _ = read_object_list(path, ["split_01"], labelled=True)
    except InputError as error:
        check_message(str(error), path)
        return
    name = objects["object_id"][0].as_py()
    assert name == text
    assert name.isprintable()
    assert name[0] not in "=+-@"
    assert next(csv.reader([f"{name},1"])) == [name, "1"]
    table = Table(name, [TableColumn(name)], [{name: name}], [name])
    Sheet(name, [table]).write(data=tmp_path / "page.json", page=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert set(re.findall(r"<\s*(script|img)", page)) == set()


class TestPlaces:
    """Names of objects, files and folders reach neither a shell nor a place outside the results."""

    FOLDER = "-x; touch pwned; $(touch pwned) `touch pwned` 'q' \"q\" & | # %s ~ \\ =1+1"

    def test_a_folder_and_objects_with_dangerous_names(self, fresh, count):
        names = [name for name in NAMES if is_taken(name)]
        data = fresh.path / self.FOLDER
        log = [f"{name},0.5,,0.1,AGN,{name},split_01" for name in names]
        write_lines(data / "train_log.csv", LOG_HEADER + ",target", *(row + ",0" for row in log))
        write_lines(data / "test_log.csv", LOG_HEADER, *log)
        for part in ("train", "test"):
            rows = [f"{name},61000.5,1.0,0.5,r" for name in names]
            light_curves(data / f"split_01/{part}_full_lightcurves.csv", *rows)
        before = set(fresh.path.rglob("*"))
        fresh.configure(lambda config: config.update(dataset=f"./{self.FOLDER}"))
        fresh.snakemake("--cores", "1", "shards")
        shard = pq.read_table(
            fresh.path / "results/-x_touch_pwned_touch_pwned_touch_pwned_q_q_s_1_1/shards/test/split_01.parquet"
        )
        assert shard["object_id"].to_pylist() == names
        made = {path.relative_to(fresh.path).parts[0] for path in set(fresh.path.rglob("*")) - before}
        assert made <= {"results", "logs", "benchmarks", ".snakemake", "scripts"}
        assert not list(fresh.path.parent.rglob("pwned"))
        count("hostile names that got through a run", len(names))

    @pytest.mark.parametrize("folder", ["{set}", "<results>"])
    def test_folders_that_would_be_patterns_are_refused(self, fresh, folder):
        train_log(fresh.path / folder / "train_log.csv")
        fresh.configure(lambda config: config.update(dataset=folder))
        run = fresh.snakemake("-n", "shards", check=False)
        assert run.returncode != 0
        assert "allowed: a path of printable characters without" in run.stdout + run.stderr


def is_taken(name):
    """Whether a name passes the ingest, written without quotes."""
    return (
        name.isprintable()
        and 0 < len(name) <= 100
        and name == name.strip()
        and name[0] not in "=+-@"
        and not (set(name) & set(',"'))
        and name not in ("nan", "NaN")
    )


class TestKaggleToken:
    SECRET = "stand-in for a token".replace(" ", "-") * 2

    @pytest.fixture
    def talkative_client(self, tmp_path, monkeypatch):
        """A Kaggle client that prints its token and fails, as clients do in debug mode."""
        for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_CONFIG_DIR"):
            monkeypatch.delenv(name, raising=False)
        package = tmp_path / "lib/kaggle"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(f"raise SystemExit('Authorization: Bearer {self.SECRET} was refused')")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".kaggle").mkdir()
        return tmp_path

    @pytest.mark.parametrize("place", ["KAGGLE_API_TOKEN", "KAGGLE_KEY", "access_token", "kaggle.json"])
    def test_never_passes_through(self, talkative_client, monkeypatch, place):
        if place.isupper():
            monkeypatch.setenv("KAGGLE_USERNAME", "someone")
            monkeypatch.setenv(place, self.SECRET)
        else:
            text = json.dumps({"username": "someone", "key": self.SECRET}) if place.endswith("json") else self.SECRET
            (talkative_client / ".kaggle" / place).write_text(text + "\n")
        with pytest.raises(InputError, match="was refused") as error:
            download(talkative_client / "raw")
        assert self.SECRET not in str(error.value)

    def test_is_in_no_file_of_a_run(self, fresh):
        """The whole workflow with a token and no network: nothing that it writes or says holds the token."""
        run = fresh.snakemake(
            "--cores", "1", "shards", "--config", "dataset=mallorn", check=False,
            KAGGLE_API_TOKEN=self.SECRET, HTTPS_PROXY="http://127.0.0.1:9",
        )  # fmt: skip
        assert run.returncode != 0
        assert "could not download" in run.stdout + run.stderr
        assert self.SECRET not in run.stdout + run.stderr
        files = [path for path in fresh.path.rglob("*") if path.is_file()]
        assert any(path.name == "download.log" for path in files)
        assert [path for path in files if self.SECRET.encode() in path.read_bytes()] == []


class TestPickles:
    WORDS = re.compile(r"\b(pickle|cPickle|dill|cloudpickle|joblib.*\bload|shelve|marshal|read_pickle|torch\.load)\b")

    def test_no_code_of_ours_loads_any(self):
        """No module that reads pickles is imported, and NumPy is told not to."""
        for path in [*(ROOT / "scripts").rglob("*.py"), *(ROOT / "rules").rglob("*.smk"), ROOT / "Snakefile"]:
            for line in path.read_text(encoding="utf-8").splitlines():
                if re.match(r"\s*(import|from)\s", line):
                    assert not self.WORDS.search(line), f"{path}: {line}"
                if re.search(r"np\.load\(", line):
                    assert "allow_pickle=False" in line, f"{path}: {line}"

    def test_jobs_unpickle_the_compiled_code_of_their_own_only(self, quick, tmp_path):
        """Python tells of every class that a pickle names; numba's index of compiled code is the only one there is."""
        train_log(tmp_path / "train_log.csv")
        light_curves(tmp_path / "curves.csv")
        compiled = str(quick.path / "results/compiled/gp2d")
        run = subprocess.run(
            [sys.executable, "-c", JOBS, str(quick.path / "scripts"), compiled],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        ingest, fit = (set(json.loads(line)) for line in run.stdout.splitlines() if line.startswith("["))
        assert ingest == set()
        assert fit
        assert all(path.startswith(compiled) for path in fit)


JOBS = """
import json, sys
scripts, compiled = sys.argv[1:]
sys.path.insert(0, scripts)
opened, named = [""], []
def listen(event, args):
    if event == "open" and isinstance(args[0], str):
        opened.append(args[0])
    if event == "pickle.find_class":
        named.append(opened[-1])
import read_object_list, make_shard
objects, shard = "objects.parquet", "split_01.parquet"
sys.addaudithook(listen)
report = "objects.json"
listed = {"object_list": "train_log.csv", "n_shards": {"split_01": 1}, "labelled": True}
read_object_list.main(**listed, objects=objects, report=report)
made = {"shards": {"train": shard}, "reports": {"train": "split_01.json"}}
make_shard.main(lightcurves={"train": "curves.csv"}, objects={"train": objects}, name="split_01", **made)
print(json.dumps(sorted(set(named))))
named.clear()
import fit_curves
out = {"curves": {"train": "curves.parquet"}, "features": {"train": "features.parquet"}}
how = {"family": "gp2d", "options": {}, "compiled": compiled}
fit_curves.main(shards={"train": [shard]}, objects={"train": objects}, **how, **out)
print(json.dumps(sorted(set(named))))
"""
"""An ingest and a fit in one process, with the files whose pickles named a class."""
