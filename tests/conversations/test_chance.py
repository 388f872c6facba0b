import os
from uuid import RFC_4122

from conversations.chance import BLOCK, token_bytes, uuid4


def test_a_token_has_the_length_asked_for_and_none_comes_twice():
    assert [len(token_bytes(size)) for size in (1, 5, 12, 16, 17, 32, 100)] == [1, 5, 12, 16, 17, 32, 100]
    assert len({token_bytes(16) for _ in range(BLOCK)}) == BLOCK


def test_a_uuid_is_random_of_version_4():
    made = [uuid4() for _ in range(1000)]
    assert {(one.version, one.variant) for one in made} == {(4, RFC_4122)}
    ever_set, always_set = 0, 2**128 - 1
    for one in made:
        ever_set, always_set = ever_set | one.int, always_set & one.int
    assert ever_set ^ always_set == 2**128 - 1 - (0xF << 76 | 0b11 << 62)  # every other bit is now 0, now 1


def test_a_child_process_has_none_of_its_parents():
    token_bytes(16)
    out, into = os.pipe()
    child = os.fork()
    if not child:
        os.write(into, token_bytes(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(out, 16) not in {token_bytes(16) for _ in range(BLOCK)}
