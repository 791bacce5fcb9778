"""A standalone Spark cluster on this machine: a master, and workers of one core each.

    .venv-spark/bin/python scripts/spark_cluster.py [--workers 2] [--memory 2g]

Prints the address for `make spark-build MASTER=…` and runs until it is stopped (Ctrl-C). It is for
trying out and for tests: what is spread over its workers is spread over processes, as on a cluster
of many machines, but they share the disk and the cores of one.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pyspark

STARTING = 120  # seconds that the workers may take to report to the master


def free_ports(number: int) -> list[int]:
    """Ports of this machine that nobody listens at."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def cluster(folder: Path, workers: int = 2, memory: str = "1g") -> Iterator[str]:
    """The address of a master with so many workers, which end with the context.

    Args: folder - for their logs and work; memory - of a worker, for its executor.
    """
    home = Path(pyspark.__path__[0])
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    port, page = free_ports(2)
    address = f"spark://127.0.0.1:{port}"
    alone = ("--host", "127.0.0.1", "--webui-port")
    daemons = [("master.Master", *alone, str(page), "--port", str(port))]
    for number in range(workers):
        place = ("--work-dir", str(folder / f"worker{number}"), address)
        daemons.append(("worker.Worker", *alone, "0", "--cores", "1", "--memory", memory, *place))
    with ExitStack() as stack:
        log = stack.enter_context((folder / "cluster.log").open("ab"))
        for name, *words in daemons:
            command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", *words]
            daemon = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            stack.callback(daemon.wait)
            stack.callback(daemon.terminate)
        deadline = time.monotonic() + STARTING
        while alive_workers(page) < workers:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not {workers} workers, see {folder / 'cluster.log'}")
            time.sleep(0.5)
        yield address


def alive_workers(page: int) -> int:
    """How many workers a master knows, by its page; none while it does not answer."""
    try:
        with urlopen(f"http://127.0.0.1:{page}/json/", timeout=5) as answer:
            return json.load(answer)["aliveworkers"]
    except OSError:
        return 0


def main(arguments: list[str] | None = None) -> int:
    """Command line, see the top of the file. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="2g", help="of a worker (default 2g)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        try:
            with cluster(Path(work), options.workers, options.memory) as address:
                print(f"make spark-build MASTER={address}", flush=True)
                while True:
                    time.sleep(3600)
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
