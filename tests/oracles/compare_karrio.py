"""How many answers a second are read, and what as: ours beside karrio, which reads the same carriers in Python. One run, one
body, one core each.

    cargo build --release -p waygate-carriers --example parse_rate && python3 tests/oracles/compare_karrio.py

Installs karrio's packages into target/karrio-venv. Prints two tables in Markdown, and ends with an error where the two
read an event differently and no reason is given below. karrio fetches proofs of delivery while it reads: that is left out.
"""

import contextlib
import importlib
import io
import json
import logging
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
VENV = os.path.join(ROOT, "target", "karrio-venv")
BODIES = os.path.join(ROOT, "carriers", "benches", "bodies")
RATE = os.path.join(TARGET, "release", "examples", "parse_rate")
WANTED = os.path.join(HERE, "requirements-karrio.txt")
# Seconds for karrio's turn, which is repeated; the fastest turn counts, as with ours.
SECONDS, TURNS = 0.3, 5

# Our source; karrio's package; how karrio holds an answer; settings that it wants to have.
KEY = {"username": "a", "password": "b", "account_number": "c"}
CLIENT = {"client_id": "a", "client_secret": "b"}
SOURCES = [
    ("ups.track.json", "ups", "numbered", {**CLIENT, "account_number": "c"}),
    ("fedex.track.json", "fedex", "json", {"api_key": "a", "secret_key": "b", "account_number": "c"}),
    ("dhl.unified.json", "dhl_universal", "list", {"consumer_key": "a", "consumer_secret": "b"}),
    ("dhl.express.json", "mydhl", "json", KEY),
    ("tnt.expressconnect.xml", "tnt", "xml", {**KEY, "account_country_code": "GB"}),
    ("canada_post.track.xml", "canadapost", "xml", {"username": "a", "password": "b", "customer_number": "c", "contract_id": "d"}),
    ("australia_post.track.json", "australiapost", "json", {"api_key": "a", "password": "b", "account_number": "c"}),
    ("usps.v3.json", "usps", "numbered", {**CLIENT, "account_number": "c"}),
    ("royal_mail.v2.json", "royalmail", "list", CLIENT),
    ("la_poste.suivi.json", "laposte", "json", {"api_key": "a"}),
]

# Where the two differ, and why.
EXPLAINED = {
    ("ups", "code"): "karrio keeps the two-letter code, whose meaning depends on its type; ours the three-digit statusCode, which is sure",
    ("mydhl", "order"): "karrio keeps the order of the wire, oldest first, though it takes the first for the newest; ours is newest first",
    ("fedex", "time"): "a scan at midnight without an offset is one whose hour FedEx does not know: ours keeps the day alone",
    ("dhl_universal", "code"): "karrio keeps the coarse statusCode; ours the division's own code, which says more",
}


def in_venv():
    """Starts again with karrio's own Python."""
    python = os.path.join(VENV, "bin", "python")
    if sys.prefix == VENV or os.path.realpath(sys.prefix) == os.path.realpath(VENV):
        return
    stamp = os.path.join(VENV, ".waygate-installed")
    wanted = open(WANTED).read()
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", WANTED]
        subprocess.run(pip, check=True)
        open(stamp, "w").write(wanted)
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


class Karrio:
    """karrio's reader of one carrier."""

    def __init__(self, package, form, settings):
        lib = importlib.import_module("karrio.lib")
        self.lib = lib
        self.settings = importlib.import_module(f"karrio.mappers.{package}.settings").Settings(**settings)
        self.parse = importlib.import_module(f"karrio.providers.{package}").parse_tracking_response
        utils = importlib.import_module(f"karrio.providers.{package}.utils")
        if hasattr(utils, "get_proof_of_delivery"):
            utils.get_proof_of_delivery = lambda *_: None
        self.forms = {
            "json": lib.to_dict,
            "list": lambda text: [lib.to_dict(text)],
            "numbered": lambda text: [("1", lib.to_dict(text))],
            # As its proxy bundles several answers.
            "xml": lambda text: lib.to_element(f"<wrapper>{text[text.index('?>') + 2:]}</wrapper>"),
        }
        self.form = self.forms[form]

    def read(self, text):
        with contextlib.redirect_stdout(io.StringIO()):
            details, messages = self.parse(self.lib.Deserializable(text, self.form), self.settings)
        assert len(details) == 1 and not messages, messages
        return details[0]

    def rate(self, text):
        fastest = 0
        for _ in range(TURNS):
            count, start = 0, time.perf_counter()
            while time.perf_counter() - start < SECONDS:
                self.read(text)
                count += 1
            fastest = max(fastest, count / (time.perf_counter() - start))
        return fastest


def waygate(file):
    source = file.rsplit(".", 1)[0]
    out = subprocess.run([RATE, source, os.path.join(BODIES, file)], check=True, capture_output=True, text=True).stdout
    rate, readings = out.split("\n", 1)
    return float(rate), json.loads(readings)[0]


def differences(theirs, ours):
    """What the two read differently, by field: how many events, and the first of them."""
    found = {}

    def differ(field, one, other):
        count, first = found.get(field, (0, (one, other)))
        found[field] = (count + 1, first)

    events = [(e.timestamp, e.code, e.location) for e in theirs.events]
    checkpoints = ours["checkpoints"]
    if len(events) != len(checkpoints):
        differ("events", len(events), len(checkpoints))
    if events[0][0] < events[-1][0]:
        differ("order", "oldest first", "newest first")
        events.reverse()
    for (stamp, code, location), own in zip(events, checkpoints):
        # karrio's stamp is the wall clock with a Z behind it, and has the minute at least.
        if (stamp or "")[:16] != (own["local_time"] or "")[:16]:
            differ("time", stamp, own["local_time"])
        if (code or None) != own["code"]:
            differ("code", code, own["code"])
        place = own["place"] or {}
        parts = [place.get(part) for part in ("city", "region", "postal_code")]
        told = (location or "").lower()
        if any(part and part.lower() not in told for part in parts) or (told.strip() and not any(place.values())):
            differ("place", location, ", ".join(part for part in parts if part) or None)
    return found


def main():
    in_venv()
    logging.disable(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        importlib.import_module("karrio.sdk")
    loguru = importlib.import_module("karrio.core.utils.logger")
    getattr(getattr(loguru, "logger", None), "remove", lambda: None)()
    rows, notes, unexplained = [], [], []
    for file, package, form, settings in SOURCES:
        text = open(os.path.join(BODIES, file), encoding="utf-8").read()
        karrio = Karrio(package, form, settings)
        theirs, (ours_rate, ours) = karrio.read(text), waygate(file)
        theirs_rate = karrio.rate(text)
        ratio = ours_rate / theirs_rate
        rows.append(f"| {file.rsplit('.', 1)[0]} | {len(text.encode())} | {theirs_rate:,.0f} | {ours_rate:,.0f} | {ratio:,.0f} |")
        found = differences(theirs, ours)
        if not found:
            notes.append(f"| {package} | nothing | | | |")
        for field, (count, (one, other)) in found.items():
            why = EXPLAINED.get((package, field), "")
            notes.append(f"| {package} | {field}, {count} times | {one} | {other} | {why} |")
            if not why:
                unexplained.append(f"{package}: {field}")
    print("| source | bytes | karrio/s | waygate/s | ratio |\n|---|---|---|---|---|", *rows, sep="\n")
    print("\n| karrio's package | differs in | karrio | waygate | why |\n|---|---|---|---|---|", *notes, sep="\n")
    if unexplained:
        sys.exit(f"no reason is given for: {', '.join(unexplained)}")


if __name__ == "__main__":
    main()
