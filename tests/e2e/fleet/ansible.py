"""Ansible as a technician runs it, from the controller's place in the network."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .shell import run

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"


def tool() -> str | None:
    """``ansible-playbook``: on the path, beside this Python, or in the repository's own environment for it."""
    places = (os.environ.get("PATH", ""), str(Path(sys.executable).parent), str(DEPLOY.parent / ".venv-ansible/bin"))
    return shutil.which("ansible-playbook", path=os.pathsep.join(places))


@dataclass(frozen=True)
class Recap:
    """One playbook run: what it printed, and the counts of its last lines."""

    output: str

    def total(self, word: str) -> int:
        """The sum over all hosts of ``changed``, ``failed``, ``rescued``, …"""
        recap = self.output.rpartition("PLAY RECAP")[2]
        return sum(int(count) for count in re.findall(rf"\b{word}=(\d+)", recap))

    def changed_tasks(self) -> list[str]:
        """The names of the tasks that changed something."""
        tasks = re.split(r"^(?:TASK|RUNNING HANDLER) \[", self.output, flags=re.MULTILINE)[1:]
        return [task.partition("]")[0] for task in tasks if re.search(r"^changed: ", task, re.MULTILINE)]


class Technician:
    """Runs playbooks of ``deploy/`` on one inventory. ``enter`` puts a command into the controller's network."""

    def __init__(self, inventory: Path, folder: Path, enter: Callable[[Sequence[object]], Sequence[object]]) -> None:
        self._inventory = inventory
        self._folder = folder
        self._enter = enter

    def play(
        self,
        name: str,
        *options: str,
        timeout: float = 120.0,
        check: bool = True,
        outside: bool = False,
        **extra: object,
    ) -> Recap:
        """Run ``playbooks/<name>.yml``; ``outside`` runs it in this machine's own network, which has internet."""
        command = self.command(name, *options, **extra)
        return Recap(run(command if outside else self._enter(command), timeout, check, env=self.environment()))

    @contextmanager
    def begin(self, name: str, *options: str, **extra: object) -> Iterator[subprocess.Popen[bytes]]:
        """Start that run and leave it running; it is killed at the end, with everything it started."""
        with (self._folder / "begun.log").open("ab") as log:
            playing = subprocess.Popen(
                [str(word) for word in self._enter(self.command(name, *options, **extra))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment(),
                start_new_session=True,
            )
            try:
                yield playing
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(playing.pid, signal.SIGKILL)
                playing.wait(10)

    def command(self, name: str, *options: str, **extra: object) -> list[object]:
        """The words of that run."""
        path = DEPLOY / "playbooks" / f"{name}.yml"
        given = [f"--extra-vars={json.dumps(extra)}"] if extra else []
        return [tool() or "ansible-playbook", f"--inventory={self._inventory}", *given, *options, path]

    def environment(self) -> dict[str, str]:
        """Nothing of this run is written into the home folder."""
        return {
            **os.environ,
            "ANSIBLE_CONFIG": str(DEPLOY / "ansible.cfg"),
            "ANSIBLE_HOME": str(self._folder / "ansible"),
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self._folder / "cp"),
        }


def write_inventory(path: Path, hosts: Mapping[str, Mapping[str, object]], shared: Mapping[str, object]) -> None:
    """One hub and the installations; JSON is YAML too."""
    hub = {name: dict(values) for name, values in hosts.items() if name.startswith("hub")}
    installations = {name: dict(values) for name, values in hosts.items() if not name.startswith("hub")}
    tree = {
        "all": {"vars": dict(shared), "children": {"hub": {"hosts": hub}, "installations": {"hosts": installations}}}
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tree, indent=2))
