"""The upstream and the peers of the proxy benchmark: nginx and HAProxy, one worker each, on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

SIZES = {"small": 12, "8k": 8192}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"a server of the benchmark ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing listens on port {port}")


class Peer:
    """One server process pinned to a core, or to a list of them as taskset has it; a context manager."""

    def __init__(self, name: str, command: list[str], port: int, core: int | str) -> None:
        self.name = name
        self.port = port
        self.command = ["taskset", "-c", str(core), *command]
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Peer:
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(self.port, self.process)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed")
    return found


def nginx(folder: Path, name: str, core: int, body: str) -> Peer:
    """An nginx of one worker with the given http block."""
    port = free_port()
    home = folder / name
    home.mkdir()
    config = home / "nginx.conf"
    config.write_text(
        f"""daemon off; master_process off; worker_processes 1; pid {home}/pid; error_log /dev/null crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600; client_max_body_size 0;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s; client_body_buffer_size 16k;
{body.replace("PORT", str(port))}
}}
"""
    )
    return Peer(name, [program("nginx"), "-p", str(home), "-c", str(config)], port, core)


def upstream(folder: Path, core: int) -> Peer:
    """Answers /<size>/... with that many bytes of JSON, whatever is sent to it."""
    piece = "x" * 2000
    pad = SIZES["8k"] - 4 * len(piece) - len('{"rows":""}')
    locations = f"""
  server {{
    listen 127.0.0.1:PORT backlog=4096;
    default_type application/json;
    location /v2/namespaces/small {{ return 200 '{{"rows":[] }}'; }}
    set $p "{piece}";
    location /v2/namespaces/8k {{ return 200 '{{"rows":"$p$p$p${{p}}{"y" * pad}"}}'; }}
    location / {{ return 200 '{{"status":"OK","rows_affected":1000}}'; }}
  }}"""
    return nginx(folder, "upstream", core, locations)


def nginx_proxy(folder: Path, core: int, to: int) -> Peer:
    body = f"""
  upstream store {{ server 127.0.0.1:{to}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:PORT backlog=4096;
    location / {{ proxy_pass http://store; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_request_buffering off; proxy_buffering off; proxy_buffer_size 16k; proxy_buffers 8 16k;
      proxy_busy_buffers_size 32k; }}
  }}"""
    return nginx(folder, "nginx", core, body)


def haproxy(folder: Path, core: int, to: int) -> Peer:
    port = free_port()
    config = folder / "haproxy.cfg"
    config.write_text(
        f"""global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 3600s
  timeout server 3600s
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  default_backend store
backend store
  server one 127.0.0.1:{to} pool-max-conn 256
"""
    )
    return Peer("HAProxy", [program("haproxy"), "-db", "-f", str(config)], port, core)
