"""Public ids: a letter, a dash, eight characters nobody confuses."""

import re

from conversations import public_ids


def test_shape_and_spread():
    ids = {public_ids.ending() for _ in range(5_000)}
    assert len(ids) == 5_000
    assert all(re.fullmatch(r"E-[0-9A-HJKMNP-TV-Z]{8}", one) for one in ids)
    assert {one[position] for one in ids for position in range(2, 10)} == set(public_ids.ALPHABET)
