"""Moves the past of a raffle in time: as if everything had happened so many seconds later (earlier, where below zero). The PC's own
clock stays as it is, and Backroom must not be running.
   python3 raffle-clock.py FOLDER RAFFLE SECONDS
"""

import json
import pathlib
import sqlite3
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "raffle"))
import verify  # noqa: E402


def moved(text, seconds):
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc) + timedelta(seconds=seconds)
    digits = f"{at.microsecond:06}"
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + (digits[:3] if digits.endswith("000") else digits) + "Z", at


def main(folder, raffle, seconds):
    rules = None
    file = sqlite3.connect(pathlib.Path(folder) / "backroom.db")
    rows = file.execute(
        "SELECT e.pk, e.body FROM raffle_event e JOIN raffle f ON f.pk = e.raffle WHERE f.id = ? ORDER BY e.number", (raffle,)
    ).fetchall()
    for pk, body in rows:
        event = json.loads(body)
        kind = event["kind"]
        if kind in ("created", "changed"):
            rules = event["rules"]
            for name in ("opens_at", "closes_at"):
                rules[name] = moved(rules[name], seconds)[0]
        if kind == "opened":
            event["rules_hash"] = verify.sha(verify.tag("backroom-raffle/rules/1"), verify.canonical_bytes(rules)).hex()
        if kind == "entered":
            entry = event["entry"]
            entry["at"], at = moved(entry["at"], seconds)
            entry["day"] = at.astimezone(ZoneInfo(rules["zone"])).date().isoformat()
        elif kind in ("created", "changed", "notice_changed", "opened", "voided", "closed"):
            event["at"] = moved(event["at"], seconds)[0]
        else:
            raise SystemExit(f"a {kind} event is not to be moved")
        file.execute("UPDATE raffle_event SET body = ? WHERE pk = ?", (json.dumps(event), pk))
    # The list shows what was worked out from the events.
    stamp = lambda name: int(moved(rules[name], 0)[1].timestamp() * 1_000_000)  # noqa: E731
    file.execute("UPDATE raffle SET opens_at = ?, closes_at = ? WHERE id = ?", (stamp("opens_at"), stamp("closes_at"), raffle))
    file.commit()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
