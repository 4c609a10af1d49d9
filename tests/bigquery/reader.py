"""Reads a table with Google's own client and prints what it holds as one line of JSON.

An independent witness: nothing of Backroom takes part in it.

    reader.py --endpoint http://127.0.0.1:9150 --project proj --dataset ds0 --table square_payments \
              [--key id] [--sum amount --sum tip_amount] [--rows] [--where "status = 'COMPLETED'"]

Prints {"table", "rows", "keys", "deleted", "sums": {column: text}, "first", "last"} and with --rows also "data". `keys`
counts different keys: equal to `rows` where each row is there once. Sums are exact decimal text. Exit code 1 and
{"error"} where the table cannot be read.
"""

import argparse
import datetime
import decimal
import json
import re
import sys
import urllib.parse

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

NAME = re.compile(r"[A-Za-z0-9_.:-]+")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def name(text):
    """A name that may stand between backticks."""
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"not a name: {text}")
    return text


def endpoint(text):
    """An address on this machine: without a credential nothing else is asked."""
    if urllib.parse.urlsplit(text).hostname not in LOOPBACK:
        raise argparse.ArgumentTypeError("only an address on this machine is read")
    return text.rstrip("/")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", type=endpoint, required=True)
    parser.add_argument("--project", type=name, required=True)
    parser.add_argument("--dataset", type=name, required=True)
    parser.add_argument("--table", type=name, required=True)
    parser.add_argument("--key", type=name, action="append", help="a column of the key; id where none is given")
    parser.add_argument("--sum", type=name, action="append", default=[], help="a column to add up")
    parser.add_argument("--where", default="TRUE", help="an SQL condition")
    parser.add_argument("--rows", action="store_true", help="print every row, in the order of the key")
    return parser.parse_args()


def plain(value):
    """A value as JSON can tell it without losing anything."""
    if isinstance(value, decimal.Decimal):
        return format(value.normalize() if value else decimal.Decimal(0), "f")
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def read(asked):
    client = bigquery.Client(
        project=asked.project,
        credentials=AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=asked.endpoint),
    )
    keys = asked.key or ["id"]
    table = client.get_table(f"{asked.project}.{asked.dataset}.{asked.table}")
    columns = [field.name for field in table.schema]
    order = ", ".join(f"`{key}`" for key in keys)
    sql = f"SELECT * FROM `{asked.project}.{asked.dataset}.{asked.table}` WHERE {asked.where} ORDER BY {order}"
    rows = [[row[column] for column in columns] for row in client.query(sql).result()]

    def cells(column):
        place = columns.index(column)
        return [row[place] for row in rows]

    def total(column):
        return plain(sum((decimal.Decimal(str(cell)) for cell in cells(column) if cell is not None), decimal.Decimal(0)))

    identities = list(zip(*(cells(key) for key in keys)))
    told = {
        "table": asked.table,
        "rows": len(rows),
        "keys": len(set(identities)),
        "deleted": sum(1 for cell in cells("_deleted") if cell) if "_deleted" in columns else 0,
        "sums": {column: total(column) for column in asked.sum},
        "first": list(identities[0]) if identities else None,
        "last": list(identities[-1]) if identities else None,
        "columns": {field.name: field.field_type for field in table.schema},
        "partitioned_by": table.time_partitioning.field if table.time_partitioning else None,
        "clustered_by": table.clustering_fields,
    }
    if asked.rows:
        told["data"] = [dict(zip(columns, map(plain, row))) for row in rows]
    return told


def main():
    asked = arguments()
    try:
        told = read(asked)
    except Exception as error:  # Whatever it is, the caller reads JSON.
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
        return 1
    print(json.dumps(told, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
