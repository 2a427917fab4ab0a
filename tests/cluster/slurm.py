"""SLURM on loopback: munged, slurmctld and one slurmd in a folder of their own, for the user who runs the tests."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from cluster.running import free_port, wait_for

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "sinfo")
SETTINGS = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmdPort={node}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000 State=UNKNOWN
PartitionName=class Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass
class Slurm:
    """One node with two cores; `environment` lets SLURM's commands find it."""

    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        self.folder.chmod(0o755)  # munged lets nobody ask it through a folder that is closed
        self._configure()
        places = {"key-file": "munge.key", "socket": "munge.socket", "log-file": "munge.log", "pid-file": "munge.pid"}
        options = [
            f"--{option}={self.folder / name}" for option, name in (places | {"seed-file": "munge.seed"}).items()
        ]
        self._start("munged", "--foreground", "--force", *options)
        wait_for((self.folder / "munge.socket").exists, "munged listens")
        self._start("slurmctld", "-D")
        self._start("slurmd", "-D")
        wait_for(lambda: "idle" in self._nodes(), "the node is idle")

    def close(self) -> None:
        for process in reversed(self.started):
            process.terminate()
            process.wait()

    def _configure(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        about = {"host": socket.gethostname().split(".")[0], "user": getpass.getuser(), "folder": self.folder}
        text = SETTINGS.format(control=free_port(), node=free_port(), **about)
        (self.folder / "slurm.conf").write_text(text)

    def _start(self, program: str, *options: str) -> None:
        with (self.folder / f"{program}.log").open("ab") as log:
            command = [str(shutil.which(program)), *options]
            environment = os.environ | self.environment
            self.started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def _nodes(self) -> str:
        asked = subprocess.run(["sinfo", "-h"], env=os.environ | self.environment, capture_output=True, text=True)
        return asked.stdout
