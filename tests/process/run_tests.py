"""The binary as its operators see it: signals, drain, TLS, keys, limits, damaged files.

usage: run_tests.py [NAME...]      names of test functions without "test_"
"""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.server import Server, default_binary  # noqa: E402
from tests.support.tally import Tally  # noqa: E402

WAIT_S = 20.0
Answer = tuple[int, str]


def address(server: Server) -> tuple[str, int]:
    return "127.0.0.1", int(server.url.rpartition(":")[2])


def call(
    server: Server, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Answer:
    connection = http.client.HTTPConnection(*address(server), timeout=WAIT_S)
    raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, path, raw, headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"not in {WAIT_S:.0f} s: {what}"
        time.sleep(0.01)


def half_a_request(server: Server) -> tuple[socket.socket, bytes]:
    """A write whose body is under way, and the rest of that body."""
    body = json.dumps({"upsert_rows": [{"id": 1, "s": "x"}]}).encode()
    client = socket.create_connection(address(server), timeout=WAIT_S)
    head = f"POST /v2/namespaces/slow HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body[:5])
    time.sleep(0.2)
    return client, body[5:]


def ready(port_line: str) -> int:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(port_line), timeout=5)
        connection.request("GET", "/ready")
        return connection.getresponse().status
    except OSError:
        return 0


def test_drain_finishes_what_is_under_way(folder: Path) -> None:
    """SIGTERM: not ready any more, the request in flight is answered, exit code 0, the row is there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        admin = str(probe.getsockname()[1])
    arguments = [f"--admin-listen=127.0.0.1:{admin}", "--drain-delay=1s"]
    server = Server(folder / "data", arguments=arguments).start()
    assert ready(admin) == 200
    client, rest = half_a_request(server)
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)
    until(lambda: ready(admin) == 503, "/ready says draining")
    client.sendall(rest)
    answer = client.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 200"), answer
    assert "connection: close" in answer.lower(), answer
    assert server.process.wait(WAIT_S) == 0, server.tail()
    with Server(folder / "data") as again:
        assert call(again, "POST", "/v2/namespaces/slow/query", {"limit": 5})[1].count('"id":1') == 1


def test_a_second_signal_ends_at_once(folder: Path) -> None:
    server = Server(folder / "data", arguments=["--drain-timeout=60s"]).start()
    client, _ = half_a_request(server)
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert server.process.poll() is None, "the first signal waits for the request"
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(5) != 0
    client.close()


def test_tls(folder: Path) -> None:
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with Server(folder / "data", arguments=[f"--tls-cert={certificate}", f"--tls-key={key}"]) as server:
        context = ssl.create_default_context(cafile=certificate)
        raw = socket.create_connection(address(server), timeout=WAIT_S)
        with context.wrap_socket(raw, server_hostname="localhost") as client:
            client.sendall(b"GET /v1/namespaces HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200"), answer


def test_keys(folder: Path) -> None:
    with Server(folder / "data", arguments=["--api-key=right"]) as server:
        status, text = call(server, "GET", "/v1/namespaces")
        assert (status, json.loads(text)["status"]) == (401, "error")
        assert call(server, "GET", "/v1/namespaces", headers={"authorization": "Bearer wrong"})[0] == 401
        assert call(server, "GET", "/v1/namespaces", headers={"authorization": "Bearer right"})[0] == 200
        assert "right" not in server.log.read_text()


def run_binary(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(default_binary()), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)


def test_mistakes_at_the_start_are_explained(folder: Path) -> None:
    open_door = run_binary("store", str(folder / "data"), "--listen=0.0.0.0:0")
    assert open_door.returncode == 2 and "--api-key" in open_door.stderr, open_door
    several = run_binary("store", str(folder / "data"), "--max-body=lots", "--log-level=loud")
    assert several.returncode == 2, several
    assert "max-body" in several.stderr and "log-level" in several.stderr, "all faults at once"
    with Server(folder / "data"):
        second = run_binary("store", str(folder / "data"), "--listen=127.0.0.1:0")
        assert second.returncode != 0 and str(folder / "data") in second.stderr, second


def test_bodies_that_are_too_much(folder: Path) -> None:
    with Server(folder / "data", arguments=["--max-body=1MiB"]) as server:
        path = "/v2/namespaces/limits"
        assert call(server, "POST", path, b" " * (1 << 20) + b"{}")[0] == 413
        bomb = gzip.compress(b" " * (64 << 20))
        assert call(server, "POST", path, bomb, {"content-encoding": "gzip"})[0] == 413
        assert call(server, "POST", path, b"junk", {"content-encoding": "gzip"})[0] == 400
        assert call(server, "POST", path, b"junk", {"content-encoding": "br"})[0] == 415
        assert call(server, "POST", path, b'{"upsert_rows":[{"id":1,"s":"\xff"}]}')[0] == 400
        assert call(server, "POST", path, b"[" * 5000)[0] == 400
        assert call(server, "POST", path, b'{"upsert_rows":[{"id":1e400}]}')[0] == 400
        long_head = {f"x-{number}": "y" * 1000 for number in range(80)}
        assert call(server, "GET", "/v1/namespaces", headers=long_head)[0] == 431
        assert call(server, "POST", path, {"upsert_rows": [{"id": 1}]})[0] == 200


def test_damage_names_the_file_and_spares_the_others(folder: Path) -> None:
    data = folder / "data"
    rows = [{"id": number, "s": f"value {number} " * 20} for number in range(400)]
    with Server(data, arguments=["--memory-segment-bytes=8KiB"]) as server:
        for name in ("damaged", "healthy"):
            assert call(server, "POST", f"/v2/namespaces/{name}", {"upsert_rows": rows})[0] == 200
        until(lambda: len(list(data.rglob("ns-damaged/segment-*"))) > 0, "a segment file")
        assert server.stop() == 0
    victim = next(data.rglob("ns-damaged/segment-*"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 0xFF
    victim.write_bytes(content)
    with Server(data) as server:
        status, text = call(server, "POST", "/v2/namespaces/damaged/query", {"limit": 1})
        assert status == 500 and victim.name in text, (status, text)
        assert call(server, "POST", "/v2/namespaces/healthy/query", {"limit": 1})[0] == 200
        assert call(server, "DELETE", "/v2/namespaces/damaged")[0] == 200
        assert server.stop() == 0


def test_verbs_call_a_server(folder: Path) -> None:
    with Server(folder / "data") as server:
        call(server, "POST", "/v2/namespaces/films", {"upsert_rows": [{"id": 1, "title": "Alien"}]})
        base = f"--base-url={server.url}"
        listed = run_binary("ns", "list", base, "-o", "json")
        assert listed.returncode == 0 and "films" in listed.stdout, listed
        query = '{"rank_by":["id","asc"],"limit":1,"include_attributes":true}'
        found = run_binary("query", "films", query, base, "-o", "json")
        assert found.returncode == 0 and "Alien" in found.stdout, found
        assert run_binary("ns", "get", "missing", base).returncode == 3
    assert run_binary("completion", "bash").stdout
    assert run_binary("version").returncode == 0
    assert run_binary("no-such-verb").returncode == 2


def main() -> int:
    tally = Tally("process", sys.argv[1:])
    tally.run_modules((sys.modules[__name__],))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
