"""An operator's surroundings in which everything that a rehearsal must not touch leaves a mark.

| tripwire            | fires when                                                     |
|---------------------|----------------------------------------------------------------|
| a listener          | anything connects to it: a host, an endpoint, a proxy, backend |
| a script, a log     | it is run, or written                                          |
| a text that chokes  | it is read at all: the run then breaks                         |

`fired` names those that did. Listeners are at 127.0.0.2, which no rehearsal has a reason to reach.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ELSEWHERE = "127.0.0.2"


class Tripwires:
    """Laid in a folder: `home` and `environ` are the operator's, `settings` name their systems."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marks = folder / "marks"
        self._met: set[str] = set()
        self._ending = ExitStack()
        self.home = folder / "home"
        self.bin = folder / "bin"
        for made in (self._marks, self.home, self.bin):
            made.mkdir(mode=0o777)
        # Servers and backup tools run as another account: its mark must not fail for want of right.
        self._marks.chmod(0o777)
        self.environ = self._environment()
        self._files_at_home()
        for name in ("ssh", "aws", "docker", "vault", "rsync-over"):
            (self.bin / name).symlink_to(self.script(name))

    def fired(self) -> list[str]:
        """The names of those that were touched so far."""
        return sorted(self._met | {mark.name for mark in self._marks.iterdir()})

    def disarm(self) -> None:
        """Forget what fired."""
        self._met.clear()
        for mark in self._marks.iterdir():
            mark.unlink()

    def mark(self, name: str) -> Path:
        """The file that shows that `name` fired."""
        return self._marks / name

    def script(self, name: str) -> Path:
        """A program that leaves that mark."""
        path = self._folder / f"run-{name}"
        path.write_text(f"#!/bin/sh\n: >'{self.mark(name)}'\n")
        path.chmod(0o755)
        return path

    def port(self, name: str) -> int:
        """Where a listener is that marks each who connects."""
        listener = self._ending.enter_context(socket.create_server((ELSEWHERE, 0)))
        threading.Thread(target=self._watch, args=(listener, name), daemon=True).start()
        return int(listener.getsockname()[1])

    def url(self, name: str) -> str:
        """The same, as HTTP asks it."""
        return f"http://{ELSEWHERE}:{self.port(name)}"

    def dsn(self, name: str) -> str:
        """The same, as libpq asks it."""
        return (
            f"host={ELSEWHERE} port={self.port(name)} user=prod password=hunter2 dbname=core "
            "connect_timeout=3"
        )

    def close(self) -> None:
        self._ending.close()

    def source_settings(self) -> Path:
        """A cluster of theirs, with all that can be said of one."""
        return self._write(
            "source.toml",
            f"""
            [source]
            cluster = "core-prod"
            account = "123456789012"
            region = "us-east-1"
            login = "{self.dsn("source-login")}"
            [restore]
            target = "-30m"
            instance_class = "db.r6g.large"
            instances = 2
            quarantine_security_group = "sg-0drill"
            snapshot = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:prod"
            [proof]
            application = "{self.dsn("application")}"
            baseline = "{self._folder / "nowhere.json"}"
            [content.heartbeat]
            table = "nobody.heartbeat"
            column = "at"
            every = "1m"
            [readiness]
            snapshot_max_age = "1h"
            [limits]
            instance_hours = 1
            [terraform]
            dir = "{self.terraform()}"
            cluster_address = "terraform_data.cluster"
            [verify]
            source = "{self.dsn("verify-source")}"
            restored = "{self.dsn("verify-restored")}"
            [plan]
            file = "{self._folder / "nowhere.tfplan"}"
            [[waiver]]
            check = "schema"
            object = "public.t"
            property = "owner"
            reason = "theirs"
            expires = 2020-01-01
            by = "dba"
            """,
        )

    def own_settings(self) -> Path:
        """A Postgres of their own, its backups kept by a tool that runs their commands."""
        barman = self._write(
            "barman.conf",
            f"""
            [barman]
            barman_home = {self._folder}
            configuration_files_directory = {self._folder}
            [core]
            ssh_command = {self.script("barman-ssh")}
            conninfo = {self.dsn("barman")}
            pre_recovery_script = {self.script("barman-script")}
            archiver = on
            """,
        )
        dump = self._write("core.sql", f"\\! {self.script('dump')}\n")
        return self._write(
            "own.toml",
            f"""
            [backup]
            kind = "barman"
            server = "core"
            config = "{barman}"
            [dump]
            files = ["{dump}"]
            [restore]
            target = "xid:1"
            timeline = 7
            [proof]
            application = "{self.dsn("own-application")}"
            [verify]
            source = "{self.dsn("own-verify-source")}"
            restored = "{self.dsn("own-verify-restored")}"
            """,
        )

    def terraform(self) -> Path:
        """A configuration with a backend elsewhere, and a block that runs something."""
        folder = self._folder / "infra"
        folder.mkdir(exist_ok=True)
        (folder / "terraform.tfvars").write_text('cluster_identifier = "core-prod"\n')
        (folder / "backend.tf").write_text(
            f'terraform {{\n  backend "http" {{ address = "{self.url("backend")}/state" }}\n}}\n'
        )
        (folder / "main.tf").write_text(
            f"""
            variable "cluster_identifier" {{ type = string }}
            resource "terraform_data" "cluster" {{
              input = var.cluster_identifier
              provisioner "local-exec" {{ command = "{self.script("local-exec")}" }}
            }}
            """
        )
        return folder

    def _watch(self, listener: socket.socket, name: str) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            self._met.add(name)
            connection.close()

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text("\n".join(line.strip() for line in text.splitlines()) + "\n")
        path.chmod(0o644)
        return path

    def _profile(self, name: str) -> str:
        return f"[default]\nregion = us-east-1\ncredential_process = {self.script(name)}\n"

    def _environment(self) -> dict[str, str]:
        config = self._write("aws-config", self._profile("aws-config-file"))
        service = self._write(
            "services", f"[prod]\nhost={ELSEWHERE}\nport={self.port('service-file')}\n"
        )
        proxy = self.url("proxy")
        starts = self._write("starts.py", f"open({str(self.mark('python-startup'))!r}, 'w')\n")
        rc = self._write("psqlrc", f"\\! {self.script('psqlrc')}\n")
        cli = self._write(
            "terraformrc",
            "provider_installation {\n"
            f'network_mirror {{\nurl = "https://{ELSEWHERE}:{self.port("provider-mirror")}/"\n}}\n'
            "}\n",
        )
        return {
            "HOME": str(self.home),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            # libpq
            "PGHOST": ELSEWHERE,
            "PGHOSTADDR": ELSEWHERE,
            "PGPORT": str(self.port("pghost")),
            "PGUSER": "prod",
            "PGDATABASE": "prod",
            "PGPASSWORD": "hunter2",
            "PGSERVICE": "prod",
            "PGSERVICEFILE": str(service),
            "PGPASSFILE": str(self.home / ".pgpass"),
            "PGOPTIONS": "-c no.such.thing=1 --nonsense",
            "PGSSLMODE": "verify-full",
            "PGSSLKEY": str(config),
            "PGSSLCERT": str(config),
            "PGREQUIREAUTH": "none",
            "PGTARGETSESSIONATTRS": "standby",
            "PGCLIENTENCODING": "nonsense",
            "PSQLRC": str(rc),
            # AWS
            "AWS_PROFILE": "default",
            "AWS_CONFIG_FILE": str(config),
            "AWS_SHARED_CREDENTIALS_FILE": str(config),
            "AWS_ENDPOINT_URL": self.url("endpoint-url"),
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.url("metadata"),
            "AWS_CA_BUNDLE": str(config),
            "BOTO_CONFIG": str(config),
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), proxy),
            "ALL_PROXY": proxy,
            # Terraform
            "TF_VAR_cluster_identifier": "core-prod",
            "TF_CLI_ARGS": "-no-such-option",
            "TF_CLI_ARGS_apply": "-no-such-option",
            "TF_WORKSPACE": "prod",
            "TF_DATA_DIR": str(self.mark("tf-data-dir")),
            "TF_LOG": "TRACE",
            "TF_LOG_PATH": str(self.mark("tf-log")),
            "TF_CLI_CONFIG_FILE": str(cli),
            # What programs run of themselves
            "BASH_ENV": str(self.script("bash-env")),
            "ENV": str(self.script("env")),
            "PYTHONSTARTUP": str(starts),
            "TAR_OPTIONS": f"--checkpoint=1 --checkpoint-action=exec={self.script('tar-options')}",
            **{name: str(self.script(name.lower())) for name in ("EDITOR", "PAGER", "GIT_PAGER")},
            "GIT_EXTERNAL_DIFF": str(self.script("git-diff")),
            "RSYNC_RSH": str(self.script("rsync")),
            "PGBACKREST_CMD_SSH": str(self.script("pgbackrest-ssh")),
            "PGBACKREST_CONFIG": str(config),
        }

    def _files_at_home(self) -> None:
        for path, text in {
            ".aws/config": self._profile("aws-home"),
            ".aws/credentials": self._profile("aws-home"),
            ".pg_service.conf": f"[home]\nhost={ELSEWHERE}\nport={self.port('home-service')}\n",
            ".pgpass": "*:*:*:*:hunter2\n",
            ".psqlrc": f"\\! {self.script('home-psqlrc')}\n",
            ".bashrc": f"{self.script('bashrc')}\n",
            ".profile": f"{self.script('profile')}\n",
            ".gitconfig": f"[core]\nfsmonitor = {self.script('fsmonitor')}\n",
            ".terraformrc": "no such thing",
            ".terraform.d/credentials.tfrc.json": "no such thing",
            ".postgresql/root.crt": "no certificate",
            ".postgresql/postgresql.crt": "no certificate",
            ".postgresql/postgresql.key": "no key",
        }.items():
            file = self.home / path
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            file.chmod(0o600)


@contextmanager
def laid(folder: Path) -> Iterator[Tripwires]:
    """Tripwires in a folder that other accounts may enter; the listeners end with the block."""
    folder.chmod(0o755)
    made = Tripwires(folder)
    try:
        yield made
    finally:
        made.close()
