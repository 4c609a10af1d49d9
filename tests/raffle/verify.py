#!/usr/bin/env python3
"""Checks raffle certificates. Written from src-tauri/crates/raffle/FORMAT.md alone, with Python's standard library alone.

    verify.py certificate FILE...    one JSON line for each file: {"file", "steps": {name: "holds" | "fails" | "unchecked"}}
    verify.py ticket FILE...         one JSON line for each file: {"file", "holds"}
    verify.py draws FILE             FILE has one JSON object a line; answers with one line each (see draws())

Exit code 0 where everything was answered; whether something holds is in the answer.
"""

import hashlib
import hmac
import json
import re
import sys

STEPS = ["form", "signature", "rules", "list", "merkle", "limits", "seal", "commitment", "beacon", "seed", "draw"]
MOST = 1000
LARGEST = 2**53 - 1
CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
CHAIN_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
CHAIN_GENESIS = 1692803367
CHAIN_PERIOD = 3


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tag(name):
    return name.encode("ascii") + b"\x00"


# --- 1 Words -----------------------------------------------------------------------------------------------------------------

def whole(most):
    return lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= most


def matches(pattern):
    compiled = re.compile(pattern)
    return lambda v: isinstance(v, str) and compiled.fullmatch(v) is not None


def hexa(count):
    return matches("[0-9a-f]{%d}" % (2 * count))


count = whole(2**32 - 1)
number = whole(LARGEST)
text = lambda v: isinstance(v, str)
boolean = lambda v: isinstance(v, bool)
unit = matches(r"[a-z0-9]{1,16}/[1-9][0-9]{0,5}")
ENTRY = re.compile(r"[0-9a-f]{12}-([0-9]{6}|[1-9][0-9]{6,9})")
TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3}|[0-9]{6})Z")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def entry(v):
    found = ENTRY.fullmatch(v) if isinstance(v, str) else None
    return found is not None and int(found.group(1)) <= 2**32 - 1


def real_date(year, month, day):
    return 1 <= month <= 12 and 1 <= day <= 31 and (
        day <= (29 if month == 2 and (year % 4 == 0 and year % 100 != 0 or year % 400 == 0) else
                (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]))


def day_number(year, month, day):
    # Days since 1970-01-01 by the civil calendar; written out, because year 0 is a year here and not in datetime.
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def micros(v):
    """Microseconds since 1970 of a time, or None where the text is none."""
    found = TIME.fullmatch(v) if isinstance(v, str) else None
    if not found:
        return None
    year, month, day, hour, minute, second = (int(found.group(i)) for i in range(1, 7))
    fraction = found.group(7)
    if len(fraction) == 6 and fraction.endswith("000"):
        return None
    if not real_date(year, month, day) or hour > 23 or minute > 59 or second > 59:
        return None
    seconds = ((day_number(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    return seconds * 1000000 + int(fraction.ljust(6, "0"))


def day_of(v):
    found = DAY.fullmatch(v) if isinstance(v, str) else None
    if not found:
        return None
    date = tuple(int(found.group(i)) for i in range(1, 4))
    return day_number(*date) if real_date(*date) else None


time = lambda v: micros(v) is not None


# --- 2 Canonical JSON --------------------------------------------------------------------------------------------------------

class NotCanonical(Exception):
    pass


def canonical(v):
    if v is None:
        return "null"
    if v is True:
        return "true"
    if v is False:
        return "false"
    if isinstance(v, int):
        if abs(v) > LARGEST:
            raise NotCanonical()
        return str(v)
    if isinstance(v, str):
        return quoted(v)
    if isinstance(v, list):
        return "[" + ",".join(canonical(item) for item in v) + "]"
    if isinstance(v, dict):
        return "{" + ",".join(quoted(k) + ":" + canonical(v[k]) for k in sorted(v)) + "}"
    raise NotCanonical()


ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def quoted(v):
    return '"' + "".join(ESCAPES.get(c) or ("\\u%04x" % ord(c) if c < " " else c) for c in v) + '"'


def canonical_bytes(v):
    return canonical(v).encode("utf-8")


# --- 3, 4 Shapes -------------------------------------------------------------------------------------------------------------

def maybe(shape):
    return lambda v: v is None or fits(v, shape)


def one_of(*values):
    return lambda v: isinstance(v, str) and v in values


def fits(v, shape):
    if callable(shape):
        return shape(v)
    if isinstance(shape, list):
        return isinstance(v, list) and all(fits(item, shape[0]) for item in v)
    return isinstance(v, dict) and set(v) == set(shape) and all(fits(v[k], shape[k]) for k in shape)


AMOUNT = {"minor": whole(2**64 - 1), "currency": text}
RULES = {
    "id": matches("[a-z0-9-]{1,64}"), "title": text,
    "sponsor": {"name": text, "address": text, "state": text, "for_profit": boolean},
    "opens_at": time, "closes_at": time, "zone": text,
    "eligibility": {"min_age": count, "states": [text], "left_out": text},
    "prizes": [{"id": matches("[a-z0-9]{1,16}"), "name": text, "value": AMOUNT, "count": count, "tobacco": boolean}],
    "odds": text,
    "limits": {"per_person": maybe(count), "per_person_per_day": maybe(count), "per_household": maybe(count)},
    "free_entry": maybe({"at_counter": boolean, "by_mail": maybe(text), "how": text}),
    "purchase_entry": maybe({"how": text, "tobacco": boolean}),
    "paid_entry": maybe({"price": AMOUNT, "legal_basis": maybe({"law": text, "permit": text, "recorded_at": time})}),
    "alternates": count, "one_prize_per_person": boolean, "claim_days": count, "winners_list": text,
}
REASON = one_of("duplicate", "not_eligible", "mistake", "asked_for", "over_limit", "purchase_returned", "forfeited", "holds_prize")
SEAL = {
    "format": text, "raffle": matches("[a-z0-9-]{1,64}"), "act": count, "reason": maybe(text),
    "earlier": [{"act": count, "seal_hash": hexa(32), "seed": maybe(hexa(32))}],
    "rules_hash": hexa(32), "opened_at": time, "opening_commitment": hexa(32), "sealed_at": time,
    "list_hash": hexa(32), "merkle_root": hexa(32), "entries": whole(2**64 - 1),
    "left_out": [{"entry": entry, "reason": REASON}],
    "units": [unit], "alternates": count, "one_prize_per_person": boolean,
    "commitment": hexa(32), "commitment_changed": maybe(text),
    "beacon": maybe({"chain_hash": hexa(32), "public_key": hexa(96), "round": whole(2**64 - 1), "round_at": time}),
    "public_key": hexa(32),
}
CERTIFICATE = {
    "format": text,
    "body": {
        "rules": RULES, "seal": SEAL, "list": text, "secret": hexa(32),
        "beacon": maybe({"round": whole(2**64 - 1), "randomness": hexa(32), "signature": hexa(48)}),
        "seed": hexa(32), "drawn_at": time,
        "drawn": [{"entry": entry, "outcome": one_of("winner", "alternate", "passed_over"), "unit": maybe(unit), "place": maybe(count)}],
    },
    "signature": hexa(64),
}
TICKET = {
    "format": text, "seal_hash": hexa(32), "merkle_root": hexa(32), "line": text, "index": number, "entries": number,
    "proof": {"path": [{"side": one_of("left", "right"), "hash": hexa(32)}]},
}


def read_json(raw):
    def once(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError("a member is there twice")
        return dict(pairs)

    def refuse(_):
        raise ValueError("not a whole number")

    decoded = raw.decode("utf-8")
    value = json.loads(decoded, object_pairs_hook=once, parse_float=refuse, parse_constant=refuse)
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # half of a surrogate pair is no text
    return decoded, value


# --- 5, 6 List and tree ------------------------------------------------------------------------------------------------------

LINE = re.compile(r"([^,]*),([^,]*),([^,]*),(free|purchase|paid),([0-9a-f]{32}),([0-9a-f]{32}|-)")


class Line:
    def __init__(self, raw):
        found = LINE.fullmatch(raw)
        if not found or not entry(found.group(1)) or day_of(found.group(2)) is None or micros(found.group(3)) is None:
            raise ValueError("a line is not in its form")
        self.raw, self.entry, self.day, self.at = raw, found.group(1), found.group(2), micros(found.group(3))
        self.channel, self.person, self.household = found.group(4), found.group(5), found.group(6)


def read_list(raw):
    """The lines, or None where one is not in its form, out of order, or there twice."""
    if raw and not raw.endswith("\n"):
        return None
    try:
        lines = [Line(line) for line in raw.split("\n")[:-1]]
    except ValueError:
        return None
    sorted_once = all(a.entry < b.entry for a, b in zip(lines, lines[1:]))
    return lines if sorted_once else None


def leaf(line):
    return sha(b"\x00", line.encode("utf-8"))


def cut(length):
    half = 1
    while half * 2 < length:
        half *= 2
    return half


def root(leaves):
    if not leaves:
        return sha()
    level = list(leaves)
    # Joining neighbours and carrying an odd last one up gives the same tree as cutting at powers of two.
    while len(level) > 1:
        joined = [sha(b"\x01", level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = joined + (level[-1:] if len(level) % 2 else [])
    return level[0]


def ticket_holds(proof):
    try:
        Line(proof["line"])
    except ValueError:
        return False
    index, length, sides = proof["index"], proof["entries"], []
    if index >= length:
        return False
    while length > 1:
        left = cut(length)
        if index < left:
            sides.append("right")
            length = left
        else:
            sides.append("left")
            index, length = index - left, length - left
    path = proof["proof"]["path"]
    if [step["side"] for step in path] != sides[::-1]:
        return False
    so_far = leaf(proof["line"])
    for step in path:
        other = bytes.fromhex(step["hash"])
        so_far = sha(b"\x01", other, so_far) if step["side"] == "left" else sha(b"\x01", so_far, other)
    return so_far.hex() == proof["merkle_root"]


# --- 7, 8 Seed and draw ------------------------------------------------------------------------------------------------------

def seed_of(secret, seal_hash, list_hash, randomness):
    return hmac.new(secret, tag("backroom-raffle/seed/1") + seal_hash + list_hash + randomness, hashlib.sha256).digest()


class Stream:
    def __init__(self, seed):
        self.seed, self.block = seed, 0

    def below(self, bound):
        while True:
            block = sha(tag("backroom-raffle/stream/1"), self.seed, self.block.to_bytes(8, "big"))
            self.block += 1
            value = int.from_bytes(block[:8], "big")
            if value < 2**64 - 2**64 % bound:
                return value % bound


def draw(seed, lots, units, alternates, one_prize_per_person):
    """lots is a list of (entry, person)."""
    order, stream, people, drawn = list(range(len(lots))), Stream(seed), set(), []
    winners = places = 0
    for k in range(len(order)):
        if winners == len(units) and places == alternates:
            break
        j = k + stream.below(len(order) - k)
        order[k], order[j] = order[j], order[k]
        name, person = lots[order[k]]
        result = {"entry": name, "outcome": "passed_over", "unit": None, "place": None}
        if not (one_prize_per_person and person in people):
            people.add(person)
            if winners < len(units):
                result["outcome"], result["unit"] = "winner", units[winners]
                winners += 1
            else:
                places += 1
                result["outcome"], result["place"] = "alternate", places
        drawn.append(result)
    return drawn


# --- Ed25519 (RFC 8032, section 5.1.7), plainly and slowly -------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    m, n, o, q = f - e, h - g, h + g, f + e
    return m * n % P, o * q % P, n * o % P, m * q % P


def point_times(factor, point):
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        factor >>= 1
    return result


def point_read(raw):
    y = int.from_bytes(raw, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and odd):
        return None
    x = P - x if x % 2 != odd else x
    return x, y, 1, x * y % P


def ed25519(key, message, signature):
    base_y = 4 * pow(5, P - 2, P) % P
    base = point_read(base_y.to_bytes(32, "little"))
    public, commit = point_read(key), point_read(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if public is None or commit is None or s >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = point_times(s, base), point_add(commit, point_times(challenge, public))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- 9 Steps -----------------------------------------------------------------------------------------------------------------

def all_units(rules):
    return [prize["id"] + "/" + str(i) for prize in rules["prizes"] for i in range(1, prize["count"] + 1)]


def in_order(some, every):
    rest = iter(every)
    return all(one in rest for one in some)


def step_rules(rules, seal, rules_hash):
    if rules_hash != seal["rules_hash"] or rules["id"] != seal["raffle"]:
        return False
    if sum(prize["count"] for prize in rules["prizes"]) > MOST or rules["alternates"] > MOST:
        return False
    every, units = all_units(rules), seal["units"]
    order = units == every if seal["act"] == 1 else in_order(units, every)
    return order and bool(units) and all(seal[k] == rules[k] for k in ("alternates", "one_prize_per_person"))


def step_list(rules, seal, raw, lines):
    if not lines or sha(raw.encode("utf-8")).hex() != seal["list_hash"] or len(lines) != seal["entries"]:
        return False
    opens, closes = micros(rules["opens_at"]), micros(rules["closes_at"])
    for line in lines:
        if not opens <= line.at < closes or abs(day_of(line.day) - line.at // 86400000000) > 1:
            return False
        if rules[line.channel + "_entry"] is None:
            return False
    return True


def step_limits(limits, lines):
    person, day, household = {}, {}, {}
    for line in lines:
        for counts, key, limit in (
            (person, line.person, limits["per_person"]),
            (day, (line.person, line.day), limits["per_person_per_day"]),
            (household, line.household, limits["per_household"]),
        ):
            if counts is household and key == "-":
                continue
            counts[key] = counts.get(key, 0) + 1
            if limit is not None and counts[key] > limit:
                return False
    return True


def step_seal(rules, seal, drawn_at, lines):
    if [e["act"] for e in seal["earlier"]] != list(range(1, min(seal["act"], len(seal["earlier"]) + 2))) or seal["act"] == 0:
        return False
    if (seal["reason"] is not None) != (seal["act"] > 1):
        return False
    closes, sealed = micros(rules["closes_at"]), micros(seal["sealed_at"])
    if not (micros(seal["opened_at"]) < closes <= sealed <= micros(drawn_at)):
        return False
    out = [left["entry"] for left in seal["left_out"]]
    listed = {line.entry for line in lines or []}
    return all(a < b for a, b in zip(out, out[1:])) and not listed.intersection(out)


def step_commitment(seal, secret):
    changed = seal["act"] == 1 and seal["commitment"] != seal["opening_commitment"]
    own = sha(tag("backroom-raffle/commitment/1"), secret).hex()
    return changed == (seal["commitment_changed"] is not None) and own == seal["commitment"]


def step_beacon(seal, said, drawn_at):
    plan = seal["beacon"]
    if plan is None or said is None:
        return plan is None and said is None
    made = (CHAIN_GENESIS + CHAIN_PERIOD * (plan["round"] - 1)) * 1000000
    return (
        plan["chain_hash"] == CHAIN and plan["public_key"] == CHAIN_KEY and plan["round"] >= 1
        and micros(plan["round_at"]) == made and micros(seal["sealed_at"]) < made <= micros(drawn_at)
        and said["round"] == plan["round"] and sha(bytes.fromhex(said["signature"])).hex() == said["randomness"]
    )


def steps_of(raw):
    """What became of each step. The beacon's own signature is not checked here: "unchecked" where the rest of that step holds."""
    try:
        decoded, certificate = read_json(raw)
    except (ValueError, RecursionError):
        return {"form": "fails"}
    if not fits(certificate, CERTIFICATE):
        return {"form": "fails"}
    body, found = certificate["body"], {}
    rules, seal, lines = body["rules"], body["seal"], read_list(body["list"])
    say = lambda step, holds: found.__setitem__(step, "holds" if holds else "fails")
    formats = (certificate["format"], seal["format"]) == ("backroom-raffle-certificate-1", "backroom-raffle-seal-1")
    try:
        say("form", formats and canonical(certificate) == decoded)
    except NotCanonical:
        say("form", False)
    hashes = {}
    for name, what, domain in (("body", body, None), ("rules", rules, "rules"), ("seal", seal, "seal")):
        try:
            raw_part = canonical_bytes(what)
            hashes[name] = sha(raw_part) if domain is None else sha(tag("backroom-raffle/%s/1" % domain), raw_part)
        except NotCanonical:
            hashes[name] = None
    signed = hashes["body"] is not None and ed25519(
        bytes.fromhex(seal["public_key"]), tag("backroom-raffle/certificate/1") + hashes["body"], bytes.fromhex(certificate["signature"]))
    say("signature", signed)
    say("rules", hashes["rules"] is not None and step_rules(rules, seal, hashes["rules"].hex()))
    say("list", step_list(rules, seal, body["list"], lines))
    say("merkle", lines is not None and root([leaf(line.raw) for line in lines]).hex() == seal["merkle_root"])
    say("limits", lines is not None and step_limits(rules["limits"], lines))
    say("seal", hashes["seal"] is not None and step_seal(rules, seal, body["drawn_at"], lines))
    say("commitment", step_commitment(seal, bytes.fromhex(body["secret"])))
    say("beacon", step_beacon(seal, body["beacon"], body["drawn_at"]))
    if found["beacon"] == "holds" and body["beacon"] is not None:
        found["beacon"] = "unchecked"
    randomness = bytes.fromhex(body["beacon"]["randomness"]) if body["beacon"] else b""
    own = hashes["seal"] and seed_of(bytes.fromhex(body["secret"]), hashes["seal"], bytes.fromhex(seal["list_hash"]), randomness)
    say("seed", own is not None and own.hex() == body["seed"])
    repeated = lines is not None and draw(
        bytes.fromhex(body["seed"]), [(line.entry, line.person) for line in lines],
        seal["units"], seal["alternates"], seal["one_prize_per_person"])
    say("draw", lines is not None and repeated == body["drawn"])
    return {step: found[step] for step in STEPS}


# --- Commands ----------------------------------------------------------------------------------------------------------------

def draws(path):
    """Each line of the file: {"secret", "seal_hash", "list_hash", "randomness" (or null), "list", "units", "alternates",
    "one_prize_per_person", "bounds"}. Answers {"seed", "root", "drawn", "chosen"}: chosen is one choice below each of bounds, given as
    texts because JSON's numbers are too small for them."""
    with open(path, encoding="utf-8") as file:
        for raw in file:
            case = json.loads(raw)
            part = lambda name: bytes.fromhex(case[name] or "")
            seed = seed_of(part("secret"), part("seal_hash"), part("list_hash"), part("randomness"))
            lines, stream = read_list(case["list"]), Stream(seed)
            drawn = draw(seed, [(line.entry, line.person) for line in lines], case["units"], case["alternates"], case["one_prize_per_person"])
            answer = {
                "seed": seed.hex(), "root": root([leaf(line.raw) for line in lines]).hex(), "drawn": drawn,
                "chosen": [str(stream.below(int(bound))) for bound in case["bounds"]],
            }
            print(canonical(answer))


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("certificate", "ticket", "draws"):
        print(__doc__, file=sys.stderr)
        return 2
    if arguments[0] == "draws":
        draws(arguments[1])
        return 0
    for path in arguments[1:]:
        with open(path, "rb") as file:
            raw = file.read()
        if arguments[0] == "certificate":
            print(json.dumps({"file": path, "steps": steps_of(raw)}))
        else:
            try:
                _, proof = read_json(raw)
            except (ValueError, RecursionError):
                proof = None
            known = fits(proof, TICKET) and proof["format"] == "backroom-raffle-ticket-1"
            print(json.dumps({"file": path, "holds": bool(known and ticket_holds(proof))}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
