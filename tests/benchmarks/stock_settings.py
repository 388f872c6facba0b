"""The product's settings, with the stock view in the place of its own."""

from console.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.stock"
