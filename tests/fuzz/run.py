"""A long fuzzing run: python tests/fuzz/run.py --cases 10000000 [--seed N] [--only wire]

Every case is a sample with a few changes, made from the seed and its number (in blocks of 16, since seeding takes
time), so that a finding can be made again: `--seed S --only TARGET --from N --cases 1`. The exit code is 1 when
anything but a refusal came of a case.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz.targets import Target, targets

# Of a hundred cases, how many go to each reader: most to the one that hostile children talk to.
SHARES = {"wire": 94, "channel": 2, "archive": 1, "notebook": 1, "module": 1, "result": 1}
MOST_FINDINGS = 20
_BLOCK = 16


def run(target: Target, cases: int, seed: int, first: int = 0) -> tuple[int, list[int]]:
    """How many of the cases were accepted, and the numbers of those that were neither accepted nor refused."""
    accepted, findings = 0, []
    rng, samples, mutate = random.Random(), target.samples, target.mutate
    for number in range(first - first % _BLOCK, first + cases):
        if number % _BLOCK == 0:
            rng.seed(seed << 40 | number)
        data = mutate(rng, samples[int(rng.random() * len(samples))])
        try:
            accepted += target.accepts(data)
        except Exception:
            findings.append(number)
            if len(findings) <= 3:
                print(f"{target.name}, seed {seed}, case {number}: {data[:300]!r}", file=sys.stderr)
                traceback.print_exc(limit=-4)
            if len(findings) >= MOST_FINDINGS:
                break
    return accepted, findings


def main() -> int:
    """Fuzz all readers, or one, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=SHARES)
    parser.add_argument("--from", type=int, default=0, dest="first")
    asked = parser.parse_args()
    known, found, all_cases, started = targets(), 0, 0, time.perf_counter()
    for name, share in ({asked.only: 100} if asked.only else SHARES).items():
        cases, began = max(1, asked.cases * share // 100), time.perf_counter()
        accepted, findings = run(known[name], cases, asked.seed, asked.first)
        rate = cases / (time.perf_counter() - began)
        print(f"{name:9} {cases:>10} cases {rate:>9.0f}/s  {accepted} accepted, {len(findings)} findings", flush=True)
        found, all_cases = found + len(findings), all_cases + cases
    print(f"{all_cases} cases in {time.perf_counter() - started:.0f} s, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
