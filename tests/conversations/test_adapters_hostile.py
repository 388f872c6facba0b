"""Whatever JSON comes in, an adapter gives a conversation that our own reader takes, or names the part at fault."""

import contextlib
import json
import time
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conversations.adapters import shapes
from conversations.adapters.cloudevents import MAX_TEXT, Invalid, read
from conversations.adapters.shapes import Origin

ORIGIN = Origin("/surfaces/x", sampling_rate="0.01", at=datetime(2026, 1, 5, tzinfo=UTC))
SHAPES = list(shapes.SHAPES)

text = st.text(st.characters(codec=None, categories=None), max_size=12)
scalar = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | text
keys = st.sampled_from([
    "role", "content", "type", "text", "from", "value", "message", "messages", "conversations", "choices", "response", "request", "system", "id", "name",
    "input", "arguments", "function", "tool_calls", "function_call", "uuid", "parentUuid", "isSidechain", "agentId", "sessionId", "timestamp", "model",
    "metadata", "user_id", "user", "payload", "source", "data", "reason", "category", "toolUseResult", "attachment", "prompt", "is_error", "tool_use_id",
])  # fmt: skip
words = st.just("end_conversation") | st.sampled_from([
    "user", "assistant", "system", "tool", "human", "gpt", "function_call", "text", "tool_use", "tool_result", "thinking", "image", "document", "message",
    "response_item", "attachment", "end_conversation", "queued_command", "custom", "a", "b", "\x00", "\ud83d", "\u202e", "x" * 300,
])  # fmt: skip
anything = st.recursive(
    scalar | words, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | text, inner, max_size=6), max_leaves=30
)

END = {"type": "tool_use", "id": "t", "name": "end_conversation", "input": {"reason": "abuse"}}
loose_text = st.text(max_size=30) | words
block = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": loose_text}),
    st.fixed_dictionaries({"type": st.just("tool_use"), "id": words, "name": words, "input": anything}),
    st.fixed_dictionaries({"type": st.just("tool_result"), "tool_use_id": words, "content": anything, "is_error": st.booleans()}),
    st.fixed_dictionaries({"type": st.just("image"), "source": anything}),
    st.just(END),
    anything,
)
content = loose_text | st.lists(block, max_size=4)
facts = st.dictionaries(st.sampled_from(["id", "model", "user", "metadata", "created", "timestamp", "started_at"]), anything, max_size=4)
message = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system"]), "content": content}, optional={"timestamp": anything}
)
spoken = st.fixed_dictionaries(
    {
        "from": st.sampled_from(["human", "gpt", "function_call", "system"]),
        "value": loose_text | st.just('{"name": "end_chat", "arguments": {}}'),
    }
)
names = st.sampled_from("abcd") | st.sampled_from(["main", "line 1", "", "\x00", "x" * 300])
log_line = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["user", "assistant", "system", "attachment"]),
        "message": st.fixed_dictionaries({"content": content}, optional={"id": names, "model": words}),
    },
    optional={
        "uuid": names,
        "parentUuid": st.none() | names,
        "isSidechain": st.booleans(),
        "agentId": names,
        "sessionId": words,
        "timestamp": st.sampled_from(["2026-01-05T10:00:00Z", "2026-01-05T10:00:00", "never", 1767607200]),
        "isMeta": st.booleans(),
        "toolUseResult": anything,
        "content": content,
        "attachment": anything,
    },
)
chained = st.builds(
    lambda lines: [{**line, "uuid": str(n), "parentUuid": str(n - 1 - back) if n > back else None} for n, (line, back) in enumerate(lines)],
    st.lists(st.tuples(log_line, st.sampled_from([0, 0, 0, 1, 2])), max_size=12),
)
likely = {
    "anthropic-messages": st.builds(lambda more, said: {**more, "messages": said}, facts, st.lists(message, max_size=5)),
    "openai-chat": st.builds(
        lambda more, said, answers: {**more, "messages": said, "choices": [{"message": answer} for answer in answers]},
        facts,
        st.lists(message, max_size=4),
        st.lists(message, max_size=3),
    ),
    "sharegpt": st.builds(lambda more, said: {**more, "conversations": said}, facts, st.lists(spoken, max_size=5)),
    "session-log": st.lists(log_line | anything, max_size=12) | chained,
}


def adapted(shape, value):
    """Return the conversation, or None where it was refused by name."""
    try:
        found = shapes.adapt(shape, value)
    except Invalid as refusal:
        found = refusal
    if isinstance(found, Invalid):
        assert found.field
        assert found.reason
        return None
    return found


def hold(found):
    """Hold a conversation to what an event must be, and its branches to the tree."""
    made = shapes.to_events(found, ORIGIN)
    assert len({event["id"] for event in made}) == len(made) == len(found.branches)
    for event in made:
        read(msgspec.json.encode(event))
    by_name = {branch.id: branch for branch in found.branches}
    for branch in found.branches:
        if branch.parent_id is not None:
            assert branch.turns[: branch.forked_at] == by_name[branch.parent_id].turns[: branch.forked_at]
        if branch.ending:
            assert (branch.forked_at or 0) <= branch.ending.called_at < len(branch.turns)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=60, deadline=None)
@given(value=anything)
@example(value={"messages": [{"role": "user", "content": [{"type": ["text"], "text": {}}]}]})
@example(value=[{"type": {}, "uuid": [], "parentUuid": {}, "message": []}])
def test_any_json_is_adapted_or_refused_by_name(shape, value):
    found = adapted(shape, value)
    if found:
        hold(found)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_looks_like_the_shape_is_an_event_or_refused_by_name(shape, data):
    found = adapted(shape, data.draw(likely[shape]))
    if found:
        hold(found)


@settings(max_examples=60, deadline=None)
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused_by_name(raw):
    with contextlib.suppress(Invalid):
        shapes.decode(raw)


kept = st.text(max_size=200)


@given(texts=st.lists(kept, min_size=1, max_size=8))
def test_words_come_back_as_they_were(texts):
    roles = [("user", "assistant")[index % 2] for index in range(len(texts))]
    messages = [{"role": role, "content": said} for role, said in zip(roles, texts, strict=True)]
    turned = [{"from": "human" if role == "user" else "gpt", "value": said} for role, said in zip(roles, texts, strict=True)]
    lines = [{"type": role, "message": {"content": said}} for role, said in zip(roles, texts, strict=True)]
    for shape, value in (
        ("anthropic-messages", {"messages": messages}),
        ("openai-chat", {"messages": messages}),
        ("sharegpt", {"conversations": turned}),
        ("session-log", lines),
        ("session-log", messages),
    ):
        turns = shapes.adapt(shape, json.loads(json.dumps(value))).turns
        assert [(turn.role.value, turn.content) for turn in turns] == list(zip(roles, texts, strict=True))


@given(
    value=st.dictionaries(
        kept, st.recursive(kept | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=4
    )
)
def test_what_tools_took_and_gave_comes_back_as_it_was(value):
    call = {"type": "tool_use", "id": "t", "name": "look", "input": value}
    result = {"type": "tool_result", "tool_use_id": "t", "content": json.dumps(value)}
    messages = [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    turns = shapes.adapt("anthropic-messages", {"messages": messages}).turns
    assert [json.loads(turn.content) for turn in turns] == [call, result]


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(log_line, max_size=12) | chained)
def test_every_typed_word_of_a_log_is_in_some_branch_or_named(lines):
    marked = [{**line, "message": {**line["message"], "content": f"mark {number};"}, "type": "user"} for number, line in enumerate(lines)]
    found = adapted("session-log", marked)
    if found is None or any("left out" in part for part in found.unknown):
        return
    words = "".join(turn.content for branch in found.branches for turn in branch.turns)
    assert all(f"mark {number};" in words for number in range(len(marked)))


HUGE = [
    ("sharegpt", {"conversations": [{"from": "gpt", "value": '<tool_call>{"' * 15_000}]}),
    ("sharegpt", {"conversations": [{"from": "gpt", "value": "</tool_call>" * 15_000}]}),
    ("anthropic-messages", {"messages": [{"role": "user", "content": [{"type": f"kind-{n}"} for n in range(50_000)]}]}),
    ("anthropic-messages", {"messages": [{"role": "user", "content": "x" * (20 * MAX_TEXT)}]}),
    (
        "openai-chat",
        {"messages": [{"role": "user", "content": "x"}] * 1_900, "choices": [{"message": {"role": "assistant", "content": "y"}}] * 300},
    ),
    (
        "session-log",
        [{"type": "user", "uuid": str(n), "parentUuid": None, "isSidechain": True, "message": {"content": "x"}} for n in range(30_000)],
    ),
    ("session-log", [{"type": "system", "uuid": str(n), "parentUuid": "0"} for n in range(30_000)]),
    (
        "session-log",
        [{"type": "assistant", "uuid": str(n), "parentUuid": str(n - 1), "message": {"id": "m", "content": "x"}} for n in range(30_000)],
    ),
]


@pytest.mark.parametrize(("shape", "value"), HUGE, ids=range(len(HUGE)))
def test_size_alone_does_not_make_it_slow(shape, value):
    start = time.perf_counter()
    adapted(shape, value)
    assert time.perf_counter() - start < 10
