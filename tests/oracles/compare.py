"""How many numbers a second, ours beside the libraries that people use: one corpus, one run, one core each.

    cargo build --release && target/consumers-venv/bin/python tests/oracles/compare.py [path to waygate]

Prints a table in Markdown. Libraries, ours too, are timed inside their own language, reading and starting left out; our
command with all of it: starting, reading lines, ranking, and writing the answers with their reasons as JSON.
"""

import json
import os
import random
import shutil
import string
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = int(os.environ.get("WAYGATE_COMPARE_NUMBERS", "100000"))
# Ours is over in a blink on as many numbers as the libraries get.
OURS_TIMES = 10


def digits(count):
    return "".join(random.choices(string.digits, k=count))


def gs1(body):
    total = sum(int(c) * (1 if at % 2 else 3) for at, c in enumerate(reversed(body)))
    return body + str(-total % 10)


def ups():
    body = "".join(random.choices(string.digits + string.ascii_uppercase, k=6)) + "03" + digits(7)
    value = lambda c: int(c) if c.isdigit() else (ord(c) - 63) % 10
    return "1Z" + body + str(-sum(value(c) * (1 + at % 2) for at, c in enumerate(body)) % 10)


def item():
    serial = digits(8)
    rest = 11 - sum(int(c) * w for c, w in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7))) % 11
    country = random.choice(["CN", "GB", "US", "DE", "HK", "JP", "FR"])
    return random.choice("RLCEUV") + random.choice("ABCDEFG") + serial + str({10: 0, 11: 5}.get(rest, rest)) + country


def dhl():
    body = digits(9)
    return body + str(int(body) % 7)


def fedex():
    body = digits(11)
    return body + str(sum(int(c) * w for c, w in zip(reversed(body), (1, 3, 7) * 4)) % 11 % 10)


KINDS = [ups, item, dhl, fedex, lambda: gs1("94001" + digits(16)), lambda: gs1(digits(14)), lambda: "TBA" + digits(12)]


def corpus():
    random.seed(7)
    for _ in range(COUNT):
        number = random.choice(KINDS)()
        if random.random() < 0.2:
            at = random.randrange(len(number))
            number = number[:at] + random.choice(string.digits) + number[at + 1 :]
        yield number


def python_library(numbers):
    from tracking_numbers import get_tracking_number

    start = time.perf_counter()
    for number in numbers:
        get_tracking_number(number)
    return len(numbers) / (time.perf_counter() - start)


NODE = """
import { readFileSync } from "node:fs";
import tracking from "ts-tracking-number";
import * as validation from "tracking-number-validation";
const numbers = readFileSync(process.argv[1], "utf8").trimEnd().split("\\n");
const couriers = validation.getCourier ?? validation.default.getCourier;
const rate = (tell) => {
  const start = process.hrtime.bigint();
  for (const number of numbers) tell(number);
  return numbers.length / (Number(process.hrtime.bigint() - start) / 1e9);
};
rate(couriers);
console.log(JSON.stringify({ ts: rate(tracking.getTracking), validation: rate(couriers) }));
"""


def rust(path, manifest, folder, what, program):
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", os.path.join(HERE, manifest)]
    subprocess.run([*build, "--target-dir", folder, *what], check=True)
    program = os.path.join(folder, "release", program)
    return float(subprocess.run([program, path], capture_output=True, text=True, check=True).stdout)


def rust_library(path, target):
    return rust(path, "rust/Cargo.toml", os.path.join(target, "oracles"), [], "waygate-number-oracle")


def own_library(path, target):
    example = ["-p", "waygate-carriers", "--example", "number_rate"]
    return rust(path, "../../Cargo.toml", target, example, "examples/number_rate")


def waygate(binary, path, cores):
    pin = ["taskset", "-c", "0" if cores == 1 else "0,1"] if shutil.which("taskset") else []
    best = 0.0
    for _ in range(3):
        with open(path, "rb") as numbers:
            start = time.perf_counter()
            subprocess.run(
                [*pin, binary, "check", "--json"], stdin=numbers, stdout=subprocess.DEVNULL, check=False
            )
            best = max(best, COUNT * OURS_TIMES / (time.perf_counter() - start))
    return best


def main():
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "../../target"))
    binary = sys.argv[1] if len(sys.argv) > 1 else os.path.join(target, "release/waygate")
    numbers = list(corpus())
    with tempfile.TemporaryDirectory() as folder:
        once, often = os.path.join(folder, "once"), os.path.join(folder, "often")
        lines = "\n".join(numbers) + "\n"
        with open(once, "w", encoding="ascii") as file:
            file.write(lines)
        with open(often, "w", encoding="ascii") as file:
            file.write(lines * OURS_TIMES)
        ran = subprocess.run(
            ["node", "--input-type=module", "-e", NODE, once], cwd=HERE, capture_output=True, text=True, check=True
        )
        node = json.loads(ran.stdout)
        rows = [
            ("the crate `waygate-carriers`, in process", own_library(once, target), "all, ranked"),
            ("`waygate check --json`, two cores", waygate(binary, often, 2), "all, ranked, with reasons"),
            ("`waygate check --json`, one core", waygate(binary, often, 1), "all, ranked, with reasons"),
            ("npm `tracking-number-validation` 2.0.2", node["validation"], "all of six couriers, no check digits"),
            ("the Rust crate `tracking-numbers` 0.1.2", rust_library(once, target), "the first"),
            ("PyPI `tracking-numbers` 0.1.8", python_library(numbers), "the first"),
            ("npm `ts-tracking-number` 1.0.17", node["ts"], "the first"),
        ]
    print(f"| {COUNT:,} numbers, a fifth mistyped | numbers a second | candidates |\n|---|---|---|")
    for name, rate, told in rows:
        print(f"| {name} | {round(rate, -3):,.0f} | {told} |")


if __name__ == "__main__":
    main()
