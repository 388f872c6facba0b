"""`make fuzz`: made-up input for as long as wanted. Rounds with new seeds follow each other until the time is up or something fails.

A failing round prints its seed; `FUZZ_SCALE=… pytest -m fuzz --hypothesis-seed=…` runs it again.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time

WEBHOOK_SCALE = 500
"""With this scale the door answers 10⁵ made-up requests in a round."""

FLIPS = 100_000
"""So many bits of bundles are flipped before the rounds."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="begin no round after so many minutes (10)")
    parser.add_argument("--scale", type=int, default=5, help="so many times the examples of `make test` in a round (5)")
    parser.add_argument(
        "--door", action="store_true", help="first send the event door 100,000 made-up requests, and flip 100,000 bits of bundles"
    )
    options = parser.parse_args()
    until, rounds = time.monotonic() + options.minutes * 60, 0
    if options.door and (run(WEBHOOK_SCALE, "-k", "makes_the_door_fall_over") or run(1, "-k", "flipped_bit", flips=FLIPS)):
        return 1
    while rounds == 0 or time.monotonic() < until:
        if run(options.scale):
            return 1
        rounds += 1
    print(f"{rounds} rounds, nothing found")  # noqa: T201  # a command speaks
    return 0


def run(scale, *chosen, flips=10_000):
    """Run one round and return its exit code."""
    seed = str(secrets.randbelow(2**32))
    print(f"seed {seed}, scale {scale}", flush=True)  # noqa: T201  # the same
    command = [sys.executable, "-m", "pytest", "-q", "-m", "fuzz", "-n", "2", f"--hypothesis-seed={seed}", *chosen]
    return subprocess.run(command, env=os.environ | {"FUZZ_SCALE": str(scale), "BUNDLE_FLIPS": str(flips)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
