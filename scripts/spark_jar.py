"""Put the Iceberg runtime beside Spark's own jars, so that every session has it.

The package snowpark-connect-deps-iceberg holds it for two versions of Scala; the Spark from PyPI
is built for 2.12, and looks in its own folder. Run once, after
the environment has been set up.
"""

import sys
from pathlib import Path

import pyspark
import snowpark_connect_deps_iceberg


def main() -> int:
    """Links the jar. Returns the exit code."""
    package = Path(snowpark_connect_deps_iceberg.__path__[0])
    (jar,) = package.rglob("iceberg-spark-runtime-*_2.12-*.jar")
    link = Path(pyspark.__path__[0]) / "jars" / jar.name
    link.unlink(missing_ok=True)
    link.symlink_to(jar)
    return 0


if __name__ == "__main__":
    sys.exit(main())
