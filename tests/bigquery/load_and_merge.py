"""One load job plus one MERGE of the rows of `square_payments` by Google's own client: the yardstick of a delivery.

    load_and_merge.py http://127.0.0.1:9150 PROJECT DATASET

Reads the rows that were delivered, then loads them into a staging table and merges them into a second table.
"""

import io
import json
import sys
import urllib.parse

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

endpoint, project, dataset = sys.argv[1:4]
if urllib.parse.urlsplit(endpoint).hostname not in {"127.0.0.1", "localhost", "::1"}:
    sys.exit("only an address on this machine is used")
client = bigquery.Client(
    project=project, credentials=AnonymousCredentials(), client_options=ClientOptions(api_endpoint=endpoint)
)
source = client.get_table(f"{project}.{dataset}.square_payments")
body = io.BytesIO()
for n in range(100_184):
    row = {
        "id": f"yardstick-{n:027}", "amount": "12.50", "currency": "USD", "status": "COMPLETED",
        "location_id": "LYARDSTICK", "created_at": f"2026-{n % 12 + 1:02}-01T18:00:00Z",
        "updated_at": f"2026-{n % 12 + 1:02}-01T18:00:00Z", "source_type": "CARD", "card_brand": "VISA",
        "receipt_url": f"https://squareup.com/receipt/preview/yardstick-{n:027}", "order_id": f"order-{n:027}",
        "tip_amount": "0.00", "total_amount": "12.50", "refunded_amount": "0.00", "fee_amount": "0.35",
        "taken_at": "2026-01-01T18:00:00Z", "business_day": "2026-01-01", "_version": n, "_obs": 0, "_deleted": False,
        "_source": "main",
    }
    body.write(json.dumps(row).encode() + b"\n")
body.seek(0)
for name in ("yardstick", "yardstick_staging"):
    client.delete_table(f"{project}.{dataset}.{name}", not_found_ok=True)
    client.create_table(bigquery.Table(f"{project}.{dataset}.{name}", schema=source.schema))
job = bigquery.LoadJobConfig(source_format="NEWLINE_DELIMITED_JSON", schema=source.schema)
client.load_table_from_file(body, f"{project}.{dataset}.yardstick_staging", job_config=job).result()
columns = ", ".join(f"`{f.name}`" for f in source.schema)
client.query(
    f"MERGE `{project}.{dataset}.yardstick` T USING `{project}.{dataset}.yardstick_staging` S ON T.id = S.id "
    f"WHEN MATCHED AND S._version > T._version THEN UPDATE SET amount = S.amount "
    f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({columns})"
).result()
