"""What people keep becomes what we take: text whole, tools as turns, the end found, the rest named."""

import ast
import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from conversations.adapters import endings, shapes
from conversations.adapters.adapted import MAX_BRANCHES, MAX_TOGETHER
from conversations.adapters.cloudevents import MAX_TEXT, MAX_TURNS, EndingIn, Invalid, read
from conversations.adapters.facts import Unknown, read_model, read_moment
from conversations.adapters.shapes import Origin
from conversations.tree import Role
from moderation.states import EndReason

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/formats.md").read_text()
SECTIONS = {
    "Anthropic Messages": "anthropic-messages",
    "OpenAI chat completions": "openai-chat",
    "ShareGPT": "sharegpt",
    "Session logs": "session-log",
}
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
ORIGIN = Origin("/surfaces/web-chat", at=AT)
END = {"type": "tool_use", "id": "t1", "name": "end_conversation", "input": {"reason": "abuse"}}


def example(shape):
    """Return the decoded example of the document."""
    title = next(title for title, name in SECTIONS.items() if name == shape)
    text = re.search(rf"^## {title}\n.*?^```json\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)[1]
    return shapes.decode_lines(text.encode().splitlines()) if shapes.SHAPES[shape].whole_file else shapes.decode(text.encode())


def anthropic(*contents, **more):
    """Return the adapted conversation of messages, from the user and the assistant by turns."""
    messages = [{"role": ("user", "assistant")[index % 2], "content": content} for index, content in enumerate(contents)]
    return shapes.adapt("anthropic-messages", {"messages": messages, **more})


def log(*lines):
    """Return the adapted conversation of (uuid, parent, role, content) lines; a fifth part is laid over the line."""
    return shapes.adapt("session-log", [line(*parts) for parts in lines])


def line(uuid, parent, kind, content, more=None):
    message = {"role": kind, "content": content, **({"id": f"msg-{uuid}"} if kind == "assistant" else {})}
    return {"type": kind, "uuid": uuid, "parentUuid": parent, "sessionId": "s", "message": message, **(more or {})}


def events(adapted, **origin):
    """Return the events, each held to the reader of our own."""
    made = shapes.to_events(adapted, Origin("/surfaces/web-chat", **{"at": AT, **origin}))
    return made, [read(msgspec.json.encode(event)) for event in made]


def said(adapted, branch=0):
    return [(turn.role.value, turn.content) for turn in adapted.branches[branch].turns]


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_the_documented_example_is_an_ending_understood_whole(shape):
    adapted = shapes.adapt(shape, example(shape))
    assert adapted.unknown == ()
    _, taken = events(adapted)
    ended = taken[0]
    assert ended.type == "conversation.ended"
    assert ended.data.ending.reason != "other"
    assert ended.data.transcript[ended.data.ending.at_turn].content.startswith(("I have ended", "I end it"))


def test_every_shape_is_documented():
    assert set(SECTIONS.values()) == set(shapes.SHAPES)
    assert all(f"| `{name}` |" in DOCUMENT for name in shapes.SHAPES)


def test_the_documented_reasons_are_those_of_the_code_and_of_the_judge():
    rows = dict(re.findall(r"^\| `(persistent_\w+|user_request)` \| (.*) \|$", DOCUMENT, re.MULTILINE))
    assert {code: tuple(words.split(", ")) for code, words in rows.items()} == endings.REASONS
    assert {*endings.REASONS, endings.OTHER} == {reason.value for reason in EndReason}
    assert set(msgspec.inspect.type_info(EndingIn).fields[1].type.values) == {reason.value for reason in EndReason}


def test_documented_limits_are_those_of_the_code():
    assert f"at most {MAX_TURNS:,} turns in a branch, {MAX_BRANCHES} branches and {MAX_TOGETHER:,} characters" in DOCUMENT
    assert f"at most {MAX_TEXT:,} characters" in DOCUMENT


@pytest.mark.parametrize("path", sorted((ROOT / "conversations/adapters").glob("*.py")), ids=lambda path: path.stem)
def test_adapters_touch_no_database_clock_or_chance(path):
    tree = ast.parse(path.read_text())
    used = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    used |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in used} & {"django", "random", "secrets", "socket", "os", "moderation", "console"}
    assert not re.search(r"\b(now|today|time)\(\)", path.read_text())


# Anthropic Messages


def test_system_thinking_calls_and_results_keep_their_place():
    adapted = anthropic(
        "Look it up.",
        [
            {"type": "thinking", "thinking": "Where?"},
            {"type": "text", "text": "I "},
            {"type": "text", "text": "look."},
            {"type": "tool_use", "id": "t", "name": "search", "input": {"q": "ö"}},
        ],
        [{"type": "tool_result", "tool_use_id": "t", "content": "Found."}, {"type": "text", "text": "And?"}],
        "Here.",
        system=[{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
    )
    assert said(adapted) == [
        ("system", "Be brief.\n\nBe kind."),
        ("user", "Look it up."),
        ("tool", '{"thinking":"Where?","type":"thinking"}'),
        ("assistant", "I look."),
        ("tool", '{"id":"t","input":{"q":"ö"},"name":"search","type":"tool_use"}'),
        ("tool", '{"content":"Found.","tool_use_id":"t","type":"tool_result"}'),
        ("user", "And?"),
        ("assistant", "Here."),
    ]
    assert adapted.unknown == ()


def test_pictures_become_a_named_placeholder_without_their_bytes():
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "SECRETBYTES"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": [picture]}
    adapted = anthropic([{"type": "text", "text": "See"}, picture], "I see.", [result])
    assert said(adapted)[0] == ("user", "See\n\n[image image/png]")
    assert "SECRETBYTES" not in str(said(adapted))
    assert adapted.unknown == ("messages[0].content[1]: image, kept as a placeholder (and 1 more)",)


def test_a_document_that_is_text_stays_text():
    written = {"type": "document", "title": "Notes", "source": {"type": "text", "media_type": "text/plain", "data": "All of it."}}
    blocks = {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "Every word."}]}}
    text = said(anthropic([written, blocks]))[0][1]
    assert "All of it." in text
    assert "Every word." in text


def test_blocks_and_keys_that_nobody_knows_are_kept_or_named():
    adapted = anthropic([{"type": "hologram", "light": "blue"}], wishes=["many"])
    assert said(adapted) == [("tool", '{"light":"blue","type":"hologram"}')]
    assert adapted.unknown == (
        "conversation: key wishes, left out",
        "messages[0].content[0]: block of type hologram, kept as JSON",
    )


def test_what_was_said_is_never_quoted_among_the_unknown():
    adapted = anthropic([{"type": "my secret words", "a": 1}], **{"another secret": 1})
    assert "secret" not in str(adapted.unknown)


@pytest.mark.parametrize(
    "answer",
    [
        {"response": {"role": "assistant", "model": "claude-opus-4-20250514", "content": [END]}},
        {"content": [END]},
        {"request": {"messages": [{"role": "user", "content": "Hm"}]}, "response": {"content": [END]}},
    ],
)
def test_the_answer_is_read_wherever_the_log_has_it(answer):
    adapted = shapes.adapt("anthropic-messages", {"messages": [{"role": "user", "content": "Hm"}], **answer})
    assert adapted.ending.reason == "persistent_abuse"
    assert len(adapted.turns) == 2


def test_an_empty_message_is_a_turn_all_the_same():
    assert said(anthropic("Hm", [])) == [("user", "Hm"), ("assistant", "")]


REFUSED = [
    ("anthropic-messages", {}, "messages"),
    ("anthropic-messages", {"messages": {}}, "messages"),
    ("anthropic-messages", {"messages": []}, "messages"),
    ("anthropic-messages", {"messages": ["hi"]}, "messages[0].role"),
    ("anthropic-messages", {"messages": [{"role": "narrator", "content": "x"}]}, "messages[0].role"),
    ("anthropic-messages", {"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
    ("anthropic-messages", {"messages": [{"role": "user", "content": "\ud83d"}]}, "turn 0"),
    ("anthropic-messages", {"messages": [{"role": "user", "content": "x" * (MAX_TEXT + 1)}]}, "turn 0"),
    ("anthropic-messages", {"messages": [{"role": "user", "content": "x"}] * (MAX_TURNS + 1)}, "transcript"),
    ("openai-chat", {"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role"),
    ("openai-chat", {"messages": [], "choices": 5}, "choices"),
    ("sharegpt", {"conversations": [{"from": "narrator", "value": "x"}]}, "conversations[0].from"),
    ("sharegpt", {"conversations": [{"from": "human", "value": {}}]}, "conversations[0].value"),
    ("sharegpt", {"conversations": []}, "conversations"),
    ("sharegpt", None, "conversations"),
    ("session-log", [], "lines"),
    ("session-log", None, "lines"),
    ("session-log", [{"type": "summary", "summary": "x"}], "lines"),
]


@pytest.mark.parametrize(("shape", "value", "field"), REFUSED)
def test_a_refusal_names_the_part_at_fault(shape, value, field):
    with pytest.raises(Invalid) as caught:
        shapes.adapt(shape, value)
    assert caught.value.field == field


def test_an_encoding_that_is_nested_without_end_is_refused_by_name():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Invalid):
        shapes.adapt("anthropic-messages", {"messages": [{"role": "user", "content": [{"type": "x", "y": deep}]}]})


# The end


NAMES = ["end_conversation", "end_chat", "EndConversation", "endChat", "mcp__tools__end_conversation", "chat.end", "close-the-chat", "END_CONVERSATION_TOOL"]  # fmt: skip
OTHERS = ["send_conversation", "append_chat", "end", "end_conversation_summary", "conversation", "search", "", "end_call", "restart_chat"]


@pytest.mark.parametrize("name", NAMES)
def test_an_end_tool_is_known_by_its_name(name):
    assert endings.ends_conversation(name)


@pytest.mark.parametrize("name", OTHERS)
def test_other_tools_end_nothing(name):
    assert not endings.ends_conversation(name)


@pytest.mark.parametrize(
    ("given", "reason", "explanation"),
    [
        ({"reason": "Harmful requests"}, "persistent_harm", None),
        ({"reason": "user_request", "message": "As you wish."}, "user_request", "As you wish."),
        ({"reason": "other", "details": "Loops"}, "other", "Loops"),
        ({"reason": "He would not stop."}, "other", "He would not stop."),
        ({"reason": 7}, "other", None),
        ({}, "other", None),
        ("not an object", "other", None),
        (None, "other", None),
    ],
)
def test_the_reason_is_never_guessed(given, reason, explanation):
    ending = anthropic("Hm", [{**END, "input": given}]).ending
    assert ending.reason == reason
    assert ending.explanation == (explanation if not isinstance(given, str) else given)


@pytest.mark.parametrize(
    ("contents", "at_turn", "called_at"),
    [
        (("a", [{"type": "text", "text": "Bye."}, END]), 1, 2),
        (("a", [END, {"type": "text", "text": "Bye."}]), 2, 1),
        (("a", [END]), 2, 1),
        (("a", "b", "c", [END], [{"type": "tool_result", "tool_use_id": "t1", "content": "ok"}], "Bye."), 5, 3),
        (("a", [END], "I am still here", "Hello"), 1, 1),
    ],
)
def test_the_turn_of_the_end_is_the_closing_message(contents, at_turn, called_at):
    ending = anthropic(*contents).ending
    assert (ending.at_turn, ending.called_at) == (at_turn, called_at)


def test_going_on_after_the_end_is_named():
    assert "the user went on after the end" in str(anthropic("a", [END], "I am still here").unknown)


def test_a_failed_call_is_a_refused_request_and_a_later_one_the_end():
    failed = [{"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": True}]
    assert not anthropic("a", [END], failed).ending.allowed
    adapted = anthropic("a", [END], failed, [{**END, "id": "t2"}])
    assert adapted.ending.allowed
    assert adapted.ending.called_at == 3
    assert "another call of the end tool" in str(adapted.unknown)


def test_a_user_cannot_call_the_end_tool():
    assert anthropic([END], "Hm").ending is None


def test_an_explanation_longer_than_events_take_stays_in_the_call():
    adapted = anthropic("a", [{**END, "input": {"reason": "abuse", "explanation": "x" * 10_001}}])
    assert adapted.ending.explanation is None
    assert "kept in the call only" in str(adapted.unknown)
    assert "x" * 10_001 in adapted.turns[-1].content


# OpenAI chat completions and ShareGPT


def test_chat_completions_keep_reasoning_refusal_calls_and_results():
    call = {"id": "c", "type": "function", "function": {"name": "search", "arguments": '{"q": 1}'}}
    adapted = shapes.adapt(
        "openai-chat",
        {
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
                },
                {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "Hm"},
                {"role": "tool", "tool_call_id": "c", "content": "Found."},
                {"role": "assistant", "content": None, "refusal": "I will not."},
            ]
        },
    )
    assert [role for role, _ in said(adapted)] == ["system", "user", "tool", "tool", "tool", "assistant"]
    assert said(adapted)[1][1] == "See\n\n[image_url data:image/png;base64]"
    assert said(adapted)[5][1] == "I will not."
    assert json.loads(said(adapted)[3][1]) == call


@pytest.mark.parametrize(
    "message",
    [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "end_chat", "input": "Enough."}}],
        },
        {"role": "assistant", "content": None, "function_call": {"name": "end_chat", "arguments": "Enough."}},
    ],
)
def test_older_and_freer_calls_end_as_well(message):
    adapted = shapes.adapt("openai-chat", {"messages": [{"role": "user", "content": "a"}, message]})
    assert (adapted.ending.reason, adapted.ending.explanation) == ("other", "Enough.")


def test_several_choices_are_branches_that_part_after_the_request():
    choices = [{"message": {"role": "assistant", "content": text}} for text in ("Yes.", "No.")]
    choices[1]["message"]["tool_calls"] = [{"id": "c", "type": "function", "function": {"name": "end_chat", "arguments": "{}"}}]
    adapted = shapes.adapt("openai-chat", {"id": "x", "messages": [{"role": "user", "content": "a"}], "choices": choices})
    made, _ = events(adapted)
    assert [event["type"] for event in made] == ["conversation.started", "conversation.ended"]
    assert made[1]["data"]["conversation"]["branch"] == {"id": "choice-1", "parent_id": "main", "forked_at_turn": 1}


def test_a_call_inside_the_words_of_a_set_is_found_and_the_words_stay_whole():
    words = 'I must stop. <tool_call>\n{"name": "end_conversation", "arguments": {"reason": "harm"}}\n</tool_call>'
    adapted = shapes.adapt("sharegpt", {"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": words}]})
    assert said(adapted)[1] == ("assistant", words)
    assert (adapted.ending.reason, adapted.ending.at_turn) == ("persistent_harm", 1)


# Session logs


def test_an_edit_is_a_branch_and_its_parent_keeps_its_end():
    adapted = log(
        ("a", None, "user", "You fool"),
        ("b", "a", "assistant", "Stop."),
        ("c", "b", "user", "Fool"),
        ("d", "c", "assistant", [END]),
        ("e", "b", "user", "Sorry"),
        ("f", "e", "assistant", "Fine."),
    )
    assert [branch.id for branch in adapted.branches] == ["main", "e"]
    assert [content for _, content in said(adapted, 1)] == ["You fool", "Stop.", "Sorry", "Fine."]
    assert (adapted.branches[1].parent_id, adapted.branches[1].forked_at) == ("main", 2)
    made, _ = events(adapted)
    assert [event["type"] for event in made] == ["conversation.ended", "conversation.branched"]


def test_an_end_in_the_edited_branch_is_that_branch_s():
    adapted = log(("a", None, "user", "x"), ("b", "a", "assistant", "y"), ("c", None, "user", "z"), ("d", "c", "assistant", [END]))
    assert [bool(branch.ending) for branch in adapted.branches] == [False, True]
    assert adapted.branches[1].forked_at == 0


def test_a_retry_is_a_branch_and_calls_made_at_once_are_none():
    results = [[{"type": "tool_result", "tool_use_id": name, "content": name}] for name in ("1", "2")]
    calls = [[{"type": "tool_use", "id": name, "name": "look", "input": {}}] for name in ("1", "2")]
    same = {"message": {"id": "m", "role": "assistant", "content": calls[1]}}
    adapted = log(
        ("a", None, "user", "x"),
        ("b", "a", "assistant", calls[0], {"message": {"id": "m", "role": "assistant", "content": calls[0]}}),
        ("c", "b", "assistant", calls[1], same),
        ("d", "b", "user", results[0]),
        ("e", "c", "user", results[1]),
        ("f", "e", "assistant", "First."),
        ("g", "e", "assistant", "Second."),
    )
    assert [branch.id for branch in adapted.branches] == ["main", "g"]
    assert [role for role, _ in said(adapted)] == ["user", "tool", "tool", "tool", "tool", "assistant"]
    assert said(adapted, 1)[-1] == ("assistant", "Second.")


def test_a_sidechain_is_a_branch_where_its_call_is_known_and_else_named():
    call = [{"type": "tool_use", "id": "t", "name": "Task", "input": {"prompt": "Look."}}]
    aside = {"isSidechain": True}
    agent = {"isSidechain": True, "agentId": "agent-7"}
    result = {"toolUseResult": {"agentId": "agent-7"}}
    adapted = log(
        ("a", None, "user", "x"),
        ("b", "a", "assistant", call),
        ("s", None, "user", "Look.", aside),
        ("t", "s", "assistant", [END], aside),
        ("q", None, "user", "Unheard of.", aside),
        ("v", None, "user", "Other words.", agent),
        ("c", "b", "user", [{"type": "tool_result", "tool_use_id": "t", "content": "Seen."}], result),
        ("d", "c", "assistant", "Done."),
    )
    assert [(branch.id, branch.forked_at, branch.sidechain) for branch in adapted.branches[1:]] == [("s", 2, True), ("agent-7", 2, True)]
    assert adapted.ending is None
    assert adapted.unknown == (
        "line 5: a sidechain without a known parent, left out",
        "line 3: the end tool called in a sidechain, no end of this conversation",
    )
    made, _ = events(adapted, sampling_rate="0.5")
    assert [event["type"] for event in made] == ["conversation.continued", "conversation.branched", "conversation.branched"]


def test_a_sidechain_from_within_a_message_parts_behind_the_whole_message():
    adapted = log(
        ("a", None, "assistant", "So ", {"message": {"id": "m", "role": "assistant", "content": "So "}}),
        ("s", "a", "user", "Look.", {"isSidechain": True}),
        ("b", "a", "assistant", "far.", {"message": {"id": "m", "role": "assistant", "content": "far."}}),
        ("c", "b", "user", "On."),
    )
    assert said(adapted) == [("assistant", "So far."), ("user", "On.")]
    assert said(adapted, 1) == [("assistant", "So far."), ("user", "Look.")]
    assert adapted.branches[1].forked_at == 1


def test_what_no_person_typed_is_no_user_turn():
    adapted = log(
        ("a", None, "user", "Caveat", {"isMeta": True}),
        ("b", "a", "user", "Summary", {"isCompactSummary": True}),
        ("c", "b", "assistant", "Overloaded", {"isApiErrorMessage": True}),
        ("d", "c", "user", "Hello"),
    )
    assert [role for role, _ in said(adapted)] == ["system", "system", "system", "user"]


def test_lines_that_cannot_be_read_or_are_not_known_are_named():
    raws = [b"{", b'{"type": "user", "message": {"content": "Hi"}}', b'{"type": "weather", "text": "rain"}', b'"\\ud800"']
    adapted = shapes.adapt("session-log", shapes.decode_lines(raws))
    assert said(adapted) == [("user", "Hi")]
    assert adapted.unknown == ("line 1: no JSON object, left out (and 1 more)", "line 3: line of type weather, left out")


def test_a_session_taken_up_again_repeats_no_line():
    adapted = log(("a", None, "user", "x"), ("b", "a", "assistant", "y"), ("a", None, "user", "x"), ("b", "a", "assistant", "other"))
    assert said(adapted) == [("user", "x"), ("assistant", "y")]
    assert adapted.unknown == ("line 4: another line under the same uuid, left out",)


def test_half_characters_in_what_a_tool_wrote_stay_as_escapes():
    adapted = log(("a", None, "user", [{"type": "tool_result", "tool_use_id": "t", "content": "\ud83d"}]))
    assert json.loads(said(adapted)[0][1])["content"] == "\ud83d"
    assert "\\ud83d" in said(adapted)[0][1]


def test_long_output_of_a_tool_is_kept_in_several_turns():
    long = "x" * (2 * MAX_TEXT)
    adapted = log(("a", None, "user", [{"type": "tool_result", "tool_use_id": "t", "content": long}]))
    assert json.loads("".join(content for _, content in said(adapted)))["content"] == long
    assert all(turn.role is Role.TOOL for turn in adapted.turns)
    assert "kept as several" in str(adapted.unknown)


def test_a_rollout_is_read():
    payloads = [
        ("session_meta", {"id": "r-1"}),
        ("turn_context", {"model": "gpt-5-codex"}),
        ("response_item", {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}),
        ("event_msg", {"type": "user_message", "message": "Hi"}),
        ("response_item", {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}], "encrypted_content": "zzz"}),
        ("response_item", {"type": "function_call", "name": "end_conversation", "arguments": '{"reason": "user_request"}', "call_id": "c"}),
        ("response_item", {"type": "function_call_output", "call_id": "c", "output": "ok"}),
        ("response_item", {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Bye."}]}),
    ]
    lines = [{"timestamp": f"2026-01-05T10:00:0{n}Z", "type": kind, "payload": payload} for n, (kind, payload) in enumerate(payloads)]
    adapted = shapes.adapt("session-log", lines)
    assert [role for role, _ in said(adapted)] == ["user", "tool", "tool", "tool", "assistant"]
    assert (adapted.ending.reason, adapted.ending.at_turn) == ("user_request", 4)
    assert (adapted.facts.conversation_id, adapted.facts.model) == ("r-1", "gpt-5-codex")
    assert adapted.unknown == ()


def test_plain_lines_are_a_log_too():
    adapted = shapes.adapt("session-log", [{"role": "user", "content": "a"}, {"role": "assistant", "content": [END]}])
    assert adapted.ending.at_turn == 2


def test_more_branches_than_anybody_makes_are_refused():
    lines = [("a", None, "user", "x"), ("b", "a", "assistant", "y"), *((f"u{n}", "b", "user", "z") for n in range(300))]
    with pytest.raises(Invalid, match="more than 200 branches"):
        log(*lines)


def test_branches_that_repeat_too_much_are_refused():
    lines = [("a", None, "user", "x" * MAX_TEXT), ("b", "a", "assistant", "y"), *((f"u{n}", "b", "user", "z") for n in range(150))]
    with pytest.raises(Invalid, match="characters together"):
        log(*lines)


# Events


def test_no_end_is_made_up():
    adapted = anthropic("Hello", "Hi")
    with pytest.raises(Invalid, match="no end in it") as caught:
        shapes.to_events(adapted, ORIGIN)
    assert caught.value.code == "no-end"
    _, taken = events(adapted, sampling_rate="0.01")
    assert [(event.type, event.data.sampling.rate) for event in taken] == [("conversation.continued", "0.01")]


def test_no_time_is_made_up():
    with pytest.raises(Invalid, match="no time in it"):
        shapes.to_events(anthropic("Hello", [END]), Origin("/surfaces/web-chat"))


def test_the_same_conversation_is_the_same_event_and_another_is_not():
    first, _ = events(anthropic("Hello", [END]))
    again, _ = events(anthropic("Hello", copy.deepcopy([END])))
    other, _ = events(anthropic("Hello you", [END]))
    assert first == again
    assert first[0]["id"] != other[0]["id"]
    assert first[0]["data"]["conversation"]["id"] != other[0]["data"]["conversation"]["id"]


def test_the_user_is_the_log_s_else_the_one_named_else_a_stand_in():
    users = [
        events(anthropic("a", [END], metadata={"user_id": "u-1"}), user="u-2")[0],
        events(anthropic("a", [END]), user="u-2")[0],
        events(anthropic("a", [END], id="c-1"))[0],
    ]
    assert [made[0]["data"]["conversation"]["user"] for made in users] == ["u-1", "u-2", "?c-1"]


def test_an_ending_happened_when_its_call_was_made():
    example_events, taken = events(shapes.adapt("session-log", example("session-log")))
    assert taken[0].time == datetime(2026, 1, 5, 10, 0, 36, tzinfo=UTC)
    assert example_events[0]["data"]["conversation"]["started_at"] == "2026-01-05T10:00:00+00:00"


def test_what_is_missing_is_said():
    assert len(shapes.missing(anthropic("a", [END]), ORIGIN)) == 4
    assert shapes.missing(shapes.adapt("session-log", example("session-log")), Origin("/s", user="u")) == ()


# Facts


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("claude-opus-4-20250514", ("claude-opus-4", "20250514")),
        ("claude-opus-4-1-20250805", ("claude-opus-4-1", "20250805")),
        ("claude-opus-4@20250514", ("claude-opus-4", "20250514")),
        ("anthropic/claude-opus-4", ("claude-opus-4", "")),
        ("gpt-4o-2024-08-06", ("gpt-4o", "2024-08-06")),
        ("20250514", ("20250514", "")),
        (None, ("", "")),
        ("x" * 101, ("", "")),
        (["claude"], ("", "")),
        ("a\nb", ("", "")),
    ],
)
def test_a_dated_model_name_is_split(written, read_as):
    assert read_model(written, Unknown()) == read_as


@pytest.mark.parametrize(
    "written", ["2026-01-05T10:00:00Z", "2026-01-05T11:00:00+01:00", 1767607200, 1767607200000, 1767607200.0, "2026-01-05T10:00:00"]
)
def test_a_time_is_read_in_the_ways_people_write_it(written):
    assert read_moment("x", written, Unknown()) == datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["soon", "", True, 1e300, -1e300, 10**400, float("nan"), [], "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_a_time_that_cannot_be_read_is_named(written):
    unknown = Unknown()
    assert read_moment("x", written, unknown) is None
    assert unknown.named()


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff", b'{"a": 1, "a": 2}', b"NaN", b"[" * 100_000, b"1" * 5_000, '{"a": 1}'.encode("utf-16")]
)
def test_what_is_no_json_is_refused_by_name(raw):
    with pytest.raises(Invalid) as caught:
        shapes.decode(raw)
    assert caught.value.code == "malformed"
