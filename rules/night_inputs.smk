"""Where the results of nights lie, and which files their jobs read."""

from tde.nights.file_groups import file_groups
from tde.tables import read_json

NIGHTS = f"results/nights/{config['nights']['name']}"
NIGHT_PARTS = [f"{k:03d}" for k in range(config["nights"]["parts"])]
REPLAYED = not config["nights"]["files"]
MADE = f"{NIGHTS}/made"


def incoming(wildcards):
    """Input function: all files that have come in, or the folder of those that are made from the data set."""
    if REPLAYED:
        return MADE
    return local_files(
        or_stop(files_of_folder, config["nights"]["files"], "nights.files")
    )


def nights_found():
    """The files of each night, in order; known once the files have been looked at."""
    return read_json(checkpoints.list_nights.get().output.listing)["nights"]


def files_of_night(wildcards):
    """Input function: the files of a night."""
    found = nights_found()
    if wildcards.night not in found:
        stop(f"{wildcards.night}: no file of this night has come in")
    return local_files(found[wildcards.night])


def groups_of_night(night):
    """The files of a night in groups, each read by a job of its own if there are several."""
    return file_groups(nights_found()[night], config["nights"]["megabytes"])


def files_of_group(wildcards):
    """Input function: the files of a group of a night."""
    return local_files(groups_of_night(wildcards.night)[int(wildcards.group)])


def pieces_of_night(wildcards):
    """Input function: what was read of the groups of a night, if there are several."""
    n_groups = 1 if REPLAYED else len(groups_of_night(wildcards.night))
    pieces = [
        f"{NIGHTS}/state/{wildcards.night}/piece_{k:04d}" for k in range(n_groups)
    ]
    return pieces if n_groups > 1 else []


def known_objects(wildcards):
    """Input function: the table of objects that comes with the files."""
    return MADE if REPLAYED else object_tables(config["nights"])


def nights_of_month(name):
    """Input function: one part of each night of a month."""
    return lambda wildcards: [
        f"{NIGHTS}/state/{night}/{name}_{wildcards.part}.parquet"
        for night in nights_found()
        if night.startswith(wildcards.month)
    ]


def labels_until(last):
    """What the state until a night is made of: months that were over by then, and single nights."""
    before = [night for night in nights_found() if night <= last]
    return dict.fromkeys(
        night if night[:7] == last[:7] else night[:7] for night in before
    )


def state_until(name):
    """Input function: one part of all nights until one."""
    return lambda wildcards: [
        f"{NIGHTS}/state/{label}/{name}_{wildcards.part}.parquet"
        for label in labels_until(wildcards.night)
    ]


def whole_state(name):
    """Input function: all parts of all nights."""
    return lambda wildcards: [
        f"{NIGHTS}/state/{label}/{name}_{part}.parquet"
        for label in labels_until(max(nights_found(), default=""))
        for part in NIGHT_PARTS
    ]


def returned_classes(wildcards):
    """Input function: the table of classes that have come back."""
    return local_files(or_stop(files_of, config["nights"]["classes"], "nights.classes"))


def of_parts(folder, name):
    """Files of a night, one for each part."""
    return expand(f"{NIGHTS}/{{{{night}}}}/{folder}/{name}", part=NIGHT_PARTS)


def list_before(wildcards):
    """Input function: the list as it stood after the night before, if there was one."""
    before = [night for night in nights_found() if night < wildcards.night]
    return [f"{NIGHTS}/{before[-1]}/standing.parquet"] if before else []


def following_file(wildcards):
    """Input function: the table of objects that are followed or dropped, if there is one."""
    given = config["nights"]["following"]
    return local_files(or_stop(files_of, given, "nights.following")) if given else []


def after_all_nights(wildcards):
    """Input function: what the target `nights` makes."""
    nights = list(nights_found())
    return [
        *(f"{NIGHTS}/{night}/summary.json" for night in nights),
        *(f"{NIGHTS}/{night}/morning.html" for night in nights[-1:]),
        *([f"{NIGHTS}/scores.csv"] if config["nights"]["classes"] else []),
    ]


def of_all_nights(*names):
    """Input function: some files of each night, night by night."""
    return lambda wildcards: [
        f"{NIGHTS}/{night}/{name}" for night in nights_found() for name in names
    ]
