"""Load a folder of raw files into the raw schema of Spark, as load_raw.py loads it into DuckDB.

What a file may look like and what a cell becomes is said in one place, load_raw.py: it reads the
folder into a DuckDB file that is thrown away, from where each table goes to Spark as Parquet. That
is for one machine and what fits on its disk; where the raw tables are on the cluster already, name
them by the vars raw_schema and raw_<table>_identifier and load nothing.

A table is replaced as a whole, in one commit. The Parquet files lie in a temporary folder (TMPDIR),
which the workers must be able to read, too.
"""

import argparse
import csv
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import load_raw
from _sql import identifier, literal
from pyspark.sql import SparkSession


def session() -> SparkSession:
    """The session that dbt-spark, method session, uses in this process, too."""
    return SparkSession.builder.enableHiveSupport().getOrCreate()


def copy_tables(spark: SparkSession, database: Path, schema: str, folder: Path) -> dict[str, int]:
    """Make each table of a schema of a DuckDB file an Iceberg table of the same schema in Spark.

    Args: folder - where Parquet files may lie meanwhile. Returns: the rows of each table.
    """
    spark.sql(f"create schema if not exists {schema}")
    rows = {}
    with duckdb.connect(str(database), read_only=True) as con:
        query = "select table_name from information_schema.tables where table_schema = ? order by 1"
        for (table,) in con.execute(query, [schema]).fetchall():
            file = folder / f"{table}.parquet"
            source = f"{identifier(schema)}.{identifier(table)}"
            found = con.execute(f"copy {source} to {literal(str(file))} (format parquet)")
            rows[table] = found.fetchone()[0]
            spark.sql(
                f"create or replace table {schema}.{table} using iceberg"
                f" as select * from parquet.`{file}`"
            )
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Command line: spark_load.py DIR [--schema NAME]. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the raw files")
    parser.add_argument("--schema", default="raw", help="raw schema (default raw)")
    options = parser.parse_args(arguments)
    csv.field_size_limit(2**31 - 1)
    with tempfile.TemporaryDirectory() as work:
        database = Path(work) / "_loading.duckdb"  # a file called as the schema would hide it
        print(f"Reading {options.folder}:", flush=True)
        try:
            load_raw.load(options.folder, str(database), options.schema)
        except load_raw.LoadError as error:
            print(f"spark_load: {error}", file=sys.stderr)
            return 2
        started = time.monotonic()
        tables = copy_tables(session(), database, options.schema, Path(work))
        seconds = time.monotonic() - started
        print(f"{len(tables)} tables, {sum(tables.values()):,} rows in Spark, {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
