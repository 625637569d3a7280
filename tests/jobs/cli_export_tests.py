"""`layer export` over real processes: killed and gone on with, cut off from its gateway, converted."""

from __future__ import annotations

import csv
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from tests.documents.stack import Client, Stack
from tests.jobs.trickle import Trickle
from tests.support.gateway import Gateway, until
from tests.support.server import default_binary

ROWS = 2000
HALF_BYTES = 500_000  # of what the rows take
TIMEOUT_S = 240


def fill(client: Client, text: str = "x" * 500) -> None:
    for first in range(0, ROWS, 500):
        some = [
            {"id": n, "v": n, "tags": [f"t{n}", 'a "b"'], "vector": [n, 1], "text": f"{text}, {n}"}
            for n in range(first, first + 500)
        ]
        client.write("docs", {"upsert_rows": some, "distance_metric": "cosine_distance"})


def command(url: str, *arguments: str) -> list[str]:
    return [str(default_binary()), "export", "docs", f"--base-url={url}", *arguments]


def export(gateway: Gateway, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(gateway.url, *arguments), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == code, (done.returncode, done.stderr)
    return done


def ids(path: Path) -> list[int]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def some_rows(out: Path) -> None:
    state = Path(f"{out}.partial.json")
    until(lambda: state.exists() and json.loads(state.read_text())["rows"] > 0, "some rows in the file", 120)


def kill_in_the_middle(gateway: Gateway, out: Path, *arguments: str) -> None:
    """Kills the command once its file holds some rows; the line to the gateway never brings all."""
    with Trickle(gateway.url, bytes_max=HALF_BYTES) as line:
        process = subprocess.Popen(command(line.url, f"--out={out}", *arguments))
        some_rows(out)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not out.exists(), "it was killed in the middle"


def test_rows_go_to_standard_output_and_the_pace_to_standard_error() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        fill(Client(gateway.url))
        done = export(gateway)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line["id"] for line in lines] == list(range(ROWS))
        assert set(lines[0]) == {"id", "v", "tags", "text"}
        assert "2,000 rows" in done.stderr and "rows/s" in done.stderr, done.stderr
        some = export(gateway, '--filters=["v","Gte",1990]', "--attributes=v", "--vectors", code=1)
        assert "vectors" in some.stderr, some.stderr
        some = export(gateway, '--filters=["v","Gte",1998]', "--attributes=v,vector")
        assert [json.loads(line) for line in some.stdout.splitlines()] == [
            {"id": n, "v": n, "vector": [n, 1]} for n in (1998, 1999)
        ]
        refused = export(gateway, '--filters=["odd","Eq"]', code=1)
        assert "the store answered 422" in refused.stderr, refused.stderr


def test_a_killed_export_that_goes_on_has_the_rows_of_an_undisturbed_one() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        fill(Client(gateway.url))
        whole, out = stack.root / "whole", stack.root / "rows"
        export(gateway, f"--out={whole}")
        kill_in_the_middle(gateway, out)
        with Path(f"{out}.partial").open("a") as partial:
            partial.write('{"id":')  # more than was noted, as after a crash
        done = export(gateway, f"--out={out}", "--resume")
        assert "goes on after" in done.stderr, done.stderr
        assert out.read_bytes() == whole.read_bytes()
        jobs = Client(gateway.url).call("GET", "/v2/namespaces/docs/exports").json["exports"]
        assert len(jobs) == 2, "it went on with the job that it had begun"
        assert sorted(path.name for path in stack.root.glob("rows*")) == ["rows"]


def test_a_killed_export_as_csv_goes_on_as_well() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        fill(Client(gateway.url), 'a, "b"\n')
        out = stack.root / "rows.csv"
        kill_in_the_middle(gateway, out, "--format=csv")
        export(gateway, f"--out={out}", "--format=csv", "--resume")
        with out.open(newline="") as file:
            table = list(csv.reader(file))
        assert table[0] == ["id", "tags", "text", "v"], table[0]
        assert [int(row[0]) for row in table[1:]] == list(range(ROWS))
        assert json.loads(table[8][1]) == ["t7", 'a "b"'] and table[8][2] == 'a, "b"\n, 7'


def test_a_gateway_that_is_killed_under_an_export_costs_no_row() -> None:
    with Stack() as stack:
        port = stack.gateway("probe")
        address = port.url.removeprefix("http://")
        port.stop()
        gateway = stack.gateway("one", f"--listen={address}")
        fill(Client(gateway.url))
        out = stack.root / "rows"
        with Trickle(gateway.url, bytes_max=HALF_BYTES) as line:
            process = subprocess.Popen(command(line.url, f"--out={out}"))
            some_rows(out)
            line.bytes_max = 100 * HALF_BYTES  # of the connections to come
            gateway.kill()
            gateway.start()
            assert process.wait(TIMEOUT_S) == 0
        assert ids(out) == list(range(ROWS))


def test_the_pace_is_drawn_on_a_terminal() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        fill(Client(gateway.url))
        ours, theirs = pty.openpty()
        with (stack.root / "rows").open("wb") as out:
            process = subprocess.Popen(command(gateway.url), stdout=out, stderr=theirs)
            assert process.wait(TIMEOUT_S) == 0
        drawn = os.read(ours, 65536).decode()
        os.close(ours)
        os.close(theirs)
        assert "\r" in drawn and "2,000 rows" in drawn, drawn


def test_the_file_becomes_parquet_as_the_error_says() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        fill(Client(gateway.url))
        refused = export(gateway, "--format=parquet", code=2)
        hint = refused.stderr.split("convert it: ")[1].strip()
        export(gateway, f"--out={stack.root}/rows.ndjson")
        subprocess.run(hint.replace("python3", sys.executable), shell=True, cwd=stack.root, check=True)
        count = "import duckdb; print(duckdb.sql(\"SELECT count(*) FROM 'rows.parquet'\").fetchone()[0])"
        done = subprocess.run(
            [sys.executable, "-c", count], cwd=stack.root, capture_output=True, text=True, check=True
        )
        assert int(done.stdout) == ROWS


def test_the_command_of_the_documentation() -> None:
    with Stack() as stack:
        gateway = stack.gateway("one")
        client = Client(gateway.url)
        client.write(
            "films", {"upsert_rows": [{"id": n, "title": f"film {n}", "year": 1960 + n} for n in range(50)]}
        )
        environment = {**os.environ, "LAYER_BASE_URL": gateway.url}
        for line in (
            "layer export films --out films.ndjson",
            "layer export films --format csv --attributes title,year --out films.csv",
            "layer export films --out films.ndjson --resume",
        ):
            arguments = [str(default_binary()), *line.split()[1:]]
            subprocess.run(arguments, env=environment, cwd=stack.root, check=True, timeout=TIMEOUT_S)
        assert len(ids(stack.root / "films.ndjson")) == 50
        assert (stack.root / "films.csv").read_text().startswith("id,title,year\n0,film 0,1960\n")
