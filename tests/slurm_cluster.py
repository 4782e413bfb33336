"""A throw-away SLURM cluster on the loopback of one machine, from Debian's packages.

``python tests/slurm_cluster.py up`` starts it, ``down`` ends exactly the processes that
``up`` started. It needs root, ``apt-get install slurm-wlm munge``, and no other SLURM.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONF = Path("/etc/slurm/slurm.conf")
"""Where SLURM looks by itself: the job script drops every SLURM_* variable before it calls srun."""

MARK = "# Written by tests/slurm_cluster.py: a cluster on loopback that may be deleted."
DAEMONS = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "scancel", "scontrol", "sinfo", "squeue")

SETTINGS = """{mark}
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={root}/munge/munge.socket
CredType=cred/munge
# no cgroups, no database, more CPUs than there are
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
# a job over its memory is killed: its processes are weighed every second
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
# a node that does not answer for some seconds is lost, and its jobs are queued again
SlurmdTimeout=10
ReturnToService=2
KillWait=2
MpiDefault=none
SwitchType=switch/none
StateSaveLocation={root}/state
SlurmctldPidFile={root}/run/slurmctld.pid
SlurmctldLogFile={root}/log/slurmctld.log
SlurmdPidFile={root}/run/%n.pid
SlurmdLogFile={root}/log/%n.log
SlurmdSpoolDir={root}/spool/%n
# squeue tells of ended jobs for so many seconds
MinJobAge=3600
SchedulerParameters=batch_sched_delay=0
"""


def why_not() -> str:
    """Why no cluster can be started here; empty if one can."""
    missing = [name for name in DAEMONS if shutil.which(name) is None]
    if missing:
        return f"SLURM is not installed: no {', '.join(missing)} (apt-get install slurm-wlm munge)"
    if os.geteuid() != 0:
        return f"only root may write {CONF}"
    if CONF.exists() and not CONF.read_text().startswith(MARK):
        return f"{CONF} is of a cluster that is not ours"
    return ""


class SlurmCluster:
    """munged, slurmctld and some slurmd in a folder of their own.

    Parameters
    ----------
    root : path
        Folder for keys, states and logs.
    n_nodes, cpus, mem_mb : int
        Nodes, and what each claims to have.
    """

    def __init__(self, root: Path, n_nodes: int = 3, cpus: int = 4, mem_mb: int = 16000) -> None:
        self.root, self.n_nodes, self.cpus, self.mem_mb = root, n_nodes, cpus, mem_mb

    @property
    def nodes(self) -> list[str]:
        return [f"n{i}" for i in range(1, self.n_nodes + 1)]

    def up(self) -> SlurmCluster:
        """Start all daemons and wait until every node is idle."""
        self.down()
        shutil.rmtree(self.root, ignore_errors=True)
        for folder in ("state", "log", "run", "munge", *(f"spool/{node}" for node in self.nodes)):
            (self.root / folder).mkdir(parents=True)
        self._write_conf()
        self._start_munge()
        self._start("slurmctld", "-c")
        for node in self.nodes:
            self.start_node(node)
        self.wait_idle()
        return self

    def down(self) -> None:
        """Cancel all jobs and end the daemons that `up` started, by their recorded pids."""
        if self._pid(self.root / "run/slurmctld.pid"):
            subprocess.run(["scancel", "--user", "root"], capture_output=True, timeout=60, check=False)
            deadline = time.monotonic() + 20
            while self.queue() and time.monotonic() < deadline:
                time.sleep(0.2)
        pids = [self._pid(path) for path in sorted(self.root.glob("run/*.pid"), reverse=True)]
        pids.append(self._pid(self.root / "munge/munged.pid"))
        running = [pid for pid in pids if pid]
        for pid in running:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while any(_alive(pid) for pid in running) and time.monotonic() < deadline:
            time.sleep(0.05)
        if CONF.exists() and CONF.read_text().startswith(MARK):
            CONF.unlink()

    def start_node(self, node: str) -> None:
        self._start("slurmd", "-N", node)

    def kill_node_daemon(self, node: str) -> int:
        """Kill a node's slurmd with -9; its running job goes on unsupervised. Returns the pid."""
        pid = self._pid(self.root / f"run/{node}.pid")
        if not pid:
            raise ValueError(f"node {node} has no daemon")
        os.kill(pid, signal.SIGKILL)
        return pid

    def set_state(self, node: str, state: str) -> None:
        """Let a node take no new jobs (``DRAIN``), or take them again (``RESUME``)."""
        subprocess.run(["scontrol", "update", f"nodename={node}", f"state={state}", "reason=test"], check=True)

    def start_now(self, job_id: str) -> None:
        """Spare a job that was queued again the two minutes for which SLURM holds it back."""
        subprocess.run(["scontrol", "update", f"jobid={job_id}", "starttime=now"], check=True)

    def queue(self, *options: str, fmt: str = "%i %T %N") -> list[list[str]]:
        """Jobs in the queue, or with ``--states=all`` those that ended, too."""
        run = subprocess.run(["squeue", "-h", "-o", fmt, *options], capture_output=True, text=True, check=True)
        return [line.split() for line in run.stdout.splitlines()]

    def job(self, job_id: str) -> dict[str, str]:
        """What scontrol says of a job."""
        run = subprocess.run(["scontrol", "-o", "show", "job", job_id], capture_output=True, text=True, check=True)
        return dict(pair.split("=", 1) for pair in run.stdout.split() if "=" in pair)

    def wait_idle(self, seconds: float = 180.0) -> None:
        """Wait until every node is idle."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            idle = subprocess.run(["sinfo", "-h", "-N", "-t", "idle"], capture_output=True, text=True, check=False)
            if len(idle.stdout.splitlines()) == self.n_nodes:
                return
            time.sleep(0.2)
        logs = "\n".join(path.read_text()[-1500:] for path in sorted(self.root.glob("log/*.log")))
        raise RuntimeError(f"the nodes are not idle after {seconds} s; logs:\n{logs}")

    def _write_conf(self) -> None:
        host = socket.gethostname().split(".")[0]
        lines = [SETTINGS.format(mark=MARK, host=host, root=self.root)]
        lines += [
            f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={17001 + i} CPUs={self.cpus}"
            f" RealMemory={self.mem_mb} State=UNKNOWN\n"
            for i, node in enumerate(self.nodes)
        ]
        lines.append("PartitionName=short Nodes=ALL Default=YES MaxTime=1440 State=UP\n")
        CONF.parent.mkdir(parents=True, exist_ok=True)
        CONF.write_text("".join(lines))

    def _start_munge(self) -> None:
        folder = self.root / "munge"
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)
        names = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid"}
        names |= {"log-file": "munged.log", "seed-file": "munged.seed"}
        # --force: accept root's key and a socket outside /run
        self._start("munged", "--force", *(f"--{option}={folder / name}" for option, name in names.items()))

    def _start(self, *command: str) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLURM")}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if run.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{run.stdout}{run.stderr}")

    @staticmethod
    def _pid(path: Path) -> int | None:
        """Pid in a file, if that process runs and is a daemon of ours."""
        try:
            pid = int(path.read_text())
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except (OSError, ValueError):
            return None
        return pid if name in DAEMONS else None


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def main(action: str) -> None:
    cluster = SlurmCluster(Path(tempfile.gettempdir()) / "slurm_loopback")
    reason = why_not()
    if reason:
        sys.exit(f"no cluster: {reason}")
    cluster.up() if action == "up" else cluster.down()


if __name__ == "__main__":
    if sys.argv[1:] not in (["up"], ["down"]):
        sys.exit(f"usage: {sys.argv[0]} up|down")
    main(sys.argv[1])
