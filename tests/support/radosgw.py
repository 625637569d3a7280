"""A real S3 server for tests: Ceph's radosgw over one monitor and one store in memory, on loopback."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 20.0
OSD_TRIES = 5
PROGRAMS = ["ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool"]

CONFIGURATION = """
[global]
fsid = {fsid}
mon host = {mon}
auth cluster required = none
auth service required = none
auth client required = none
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind port min = {port_min}
ms bind port max = {port_max}
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data = {folder}/mon
osd data = {folder}/osd
osd class load list = *
osd class default list = *
run dir = {folder}
pid file =
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
mon cluster log file = {folder}/cluster.log
crash dir = {folder}/crash
keyring = {folder}/keyring
rgw data = {folder}/rgw
rgw enable usage log = false
rgw enable ops log = false
rgw dynamic resharding = false
rgw override bucket index max shards = 1
"""


def missing() -> list[str]:
    """Programs that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RadosGateway:
    """Use as a context manager. `endpoint` is its base URL; `bucket` is there and empty."""

    def __init__(self) -> None:
        self.access_key = "A" + secrets.token_hex(9).upper()
        self.secret_key = secrets.token_urlsafe(30)
        self.bucket = "layer-test"
        self.region = "default"
        self.port = 0
        self.endpoint = ""
        self.folder = Path(tempfile.mkdtemp(prefix="layer-radosgw-"))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.refusal = ""  # the last one of the monitor
        self.configuration = self.folder / "ceph.conf"

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [command[0], "-c", str(self.configuration), *command[1:]],
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def ask_monitor(self, *words: str) -> str:
        """A command that may be given again: a monitor that has just started refuses some."""
        answers: list[str] = []

        def ask() -> bool:
            try:
                answers.append(self.run("ceph", *words))
            except RuntimeError as refusal:
                self.refusal = str(refusal)
            return bool(answers)

        self.until(ask)
        return answers[0]

    def start_osd(self, number: str) -> None:
        """Returns when it is up: pools that are made before are not placed for a long time.

        On a busy machine one may ask the monitor before it knows the cluster, and ends ("wrong fsid").
        """
        for tries in range(1, OSD_TRIES + 1):
            osd = self.spawn("ceph-osd", "-i", number, "-f")
            try:
                self.until(lambda: self.osds_up() == 1)
                return
            except RuntimeError:
                if osd.poll() is None or tries == OSD_TRIES:
                    raise
                self.processes.remove(osd)

    def osds_up(self) -> int:
        return int(json.loads(self.ask_monitor("osd", "stat", "-f", "json"))["num_up_osds"])

    def spawn(self, *command: str) -> subprocess.Popen[bytes]:
        output = (self.folder / f"{command[0]}.out").open("ab")
        process = subprocess.Popen(
            [command[0], "-c", str(self.configuration), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        output.close()
        self.processes.append(process)
        return process

    def start(self) -> RadosGateway:
        fsid, mon_port = str(uuid.uuid4()), free_port()
        for name in ("mon", "osd", "rgw", "crash"):
            (self.folder / name).mkdir()
        low = 20000 + (os.getpid() * 37) % 30000
        self.configuration.write_text(
            CONFIGURATION.format(
                fsid=fsid,
                mon=f"v1:127.0.0.1:{mon_port}",
                folder=self.folder,
                port_min=low,
                port_max=low + 400,
            )
        )
        monmap = str(self.folder / "monmap")
        self.run(
            "monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon_port}]", monmap
        )
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self.spawn("ceph-mon", "-i", "a", "-f")
        osd = str(uuid.uuid4())
        number = self.ask_monitor("osd", "new", osd).strip()
        self.run("ceph-osd", "-i", number, "--mkfs", "--osd-uuid", osd)
        self.start_osd(number)
        self.run(
            "radosgw-admin",
            "user",
            "create",
            "--uid=test",
            "--display-name=test",
            f"--access-key={self.access_key}",
            f"--secret-key={self.secret_key}",
        )
        self.port = free_port()
        frontend = f"--rgw-frontends=beast endpoint=127.0.0.1:{self.port}"
        self.spawn("radosgw", "-f", "-n", "client.rgw", frontend)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.until(self.listens)
        self.make_bucket(self.bucket)
        return self

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not condition():
            for process in self.processes:
                if process.poll() is not None:
                    raise RuntimeError(f"a server ended with {process.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"not up after {START_TIMEOUT_S:.0f} s: {self.refusal}\n{self.tail()}")
            time.sleep(0.1)

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def make_bucket(self, name: str) -> None:
        self.request("PUT", f"/{name}")

    def request(self, method: str, path: str, body: bytes = b"") -> bytes:
        """One signed request (Signature Version 4), written apart from the code under test."""
        now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        headers = {
            "host": f"127.0.0.1:{self.port}",
            "x-amz-content-sha256": digest,
            "x-amz-date": now,
        }
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{digest}"
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{self.secret_key}".encode()
        for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashed}"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        credential = f"Credential={self.access_key}/{scope}"
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 {credential},SignedHeaders={names},Signature={key.hex()}"
        )
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status // 100 == 2, f"{method} {path}: {answer.status} {text[:500]!r}"
            return text
        finally:
            connection.close()

    def tail(self) -> str:
        texts = [path.read_text(errors="replace")[-1500:] for path in self.folder.glob("*.out")]
        return "\n".join(texts)

    def environment(self) -> dict[str, str]:
        """What a program needs to use the bucket."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "S3_BUCKET": self.bucket,
            "S3_ENDPOINT": self.endpoint,
            "S3_REGION": self.region,
        }

    def stop(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)  # nothing of it is kept
                process.wait(STOP_TIMEOUT_S)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> RadosGateway:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
