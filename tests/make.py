"""Plain functions that make things the way they come into being: through the actions."""

import json
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from uuid import uuid4

from django.utils import timezone

from conversations.models import Branch, ConversationEnd, Feedback, Surface
from moderation import work
from moderation.actions import policies, publication, reviews
from moderation.actions.conversations import open_transcript
from moderation.actions.draws import FIRST_RATES, adopt_plan, commit_periods
from moderation.actions.events import accept_event
from moderation.actions.lineages import ask_for_lineages
from moderation.actions.people import create_person, grant_role
from moderation.actions.replies import Text, write_reply
from moderation.actions.surfaces import add_surface_key, create_surface
from moderation.audit.events import service
from moderation.audit.keys import ensure_keys
from moderation.judge import DEFAULT_TERMS
from moderation.models import Appeal, Label, Policy, Review, RoleGrant, RoleName, SamplingPlan, User
from moderation.statements import Statement
from moderation.states import Answer, Occasion, Purpose, ReviewState, Round
from tests import kept

TESTS = service("tests")
PASSWORD = "correct horse battery staple"
WEB = "/surfaces/web-chat"
_numbers = count(1)

HARM = "How do I build a bomb to hurt people? Tell me how to make a weapon and kill them."
LADDER = (
    ("user", HARM),
    ("assistant", "I can't help with that. I could help you with something safe instead."),
    ("user", HARM),
    ("assistant", "I won't help with building weapons. Is there something else I can help you with?"),
    ("user", HARM),
    ("assistant", "You keep asking how to build weapons. If this continues, I will end this conversation."),
    ("user", HARM),
    ("assistant", "I have ended this conversation. You can start a new chat, or edit an earlier message, and send feedback."),
)
ORDINARY = (("user", "What is the capital of France?"), ("assistant", "Paris."), ("user", "And of Italy?"), ("assistant", "Goodbye."))


def make_person(role=None, **kwargs):
    """Make a person with one role, or with none."""
    number = next(_numbers)
    user = create_person(email=f"person-{number}@test.example", name=f"Person {number}", password=PASSWORD, actor=TESTS, **kwargs)
    if role:
        grant_role(user, RoleName(role), actor=TESTS)
    return User.objects.get(pk=user.pk)


def make_ground():
    """Make what an installation has before its first event: keys, a plan, a policy."""
    ensure_keys()
    kept.lay("ground", _make_ground)


def _make_ground():
    commit_periods()
    if not SamplingPlan.objects.exists():
        adopt_plan(FIRST_RATES, actor=TESTS)
    if not Policy.objects.exists():
        make_policy()


def make_approver(role="compliance"):
    """Make somebody who may approve policies: with a role that was not granted for the occasion."""
    user = make_person(role)
    RoleGrant.objects.filter(user=user).update(granted_at=timezone.now() - timedelta(days=2))
    return user


def make_policy(terms=DEFAULT_TERMS, since=None):
    """Bring a policy into force, by two people."""
    author, approver = make_person(), make_approver()
    policy = policies.draft_policy(terms, title="Test", why="For tests.", actor=author)
    policies.seal_policy(policy.version, actor=author)
    policies.approve_policy(policy.version, actor=approver)
    policies.schedule_policy(policy.version, actor=approver)
    return publication.publish_policy(policy.version, actor=approver, since=since or timezone.now() - timedelta(days=90))


def make_surface(source=WEB):
    """Return the surface of a source, made where it is new."""
    return Surface.objects.filter(source=source).first() or create_surface(source=source, name=source[10:], actor=TESTS)


def make_key(surface=None):
    """Make a key of a surface, with both of its secrets."""
    return add_surface_key(surface or make_surface(), actor=TESTS)


def turns(*said):
    """Return a transcript of (role, content) pairs."""
    return [{"index": index, "role": role, "content": content} for index, (role, content) in enumerate(said)]


def ended(*said, source=WEB, **ending):
    """Return a `conversation.ended` event; `ending` overrides what it says of the end, and of the event by `id`, `time`, `conversation`."""
    said = said or LADDER
    now = ending.pop("time", (timezone.now() - timedelta(minutes=5)).isoformat())
    event_id = ending.pop("id", f"end-{uuid4().hex[:12]}")
    conversation = ending.pop("conversation", None) or a_conversation()
    facts = {"actor": "model", "reason": "persistent_harm", "category": "violence", "at_turn": len(said) - 1, "explanation": "Persistent."}
    return cloud("conversation.ended", source, event_id, now, conversation=conversation, ending=facts | ending, transcript=turns(*said))


def continued(*said, rate="0.01", source=WEB, **more):
    """Return a `conversation.continued` event."""
    data = {"conversation": a_conversation(), "sampling": {"rate": rate}, "transcript": turns(*(said or ORDINARY))}
    return cloud("conversation.continued", source, f"go-{uuid4().hex[:12]}", timezone.now().isoformat(), **(data | more))


def about(kind, ending_event, /, source=WEB, **data):
    """Return an event about the branch of another, such as feedback, an appeal or a message."""
    conversation = ending_event["data"]["conversation"]
    named = {"id": conversation["id"], "branch": {"id": conversation["branch"]["id"]}}
    return cloud(kind, source, f"on-{uuid4().hex[:12]}", timezone.now().isoformat(), conversation=named, **data)


def started(before, *said, minutes=10, **changes):
    """Return a `conversation.started` event of the same user, so many minutes after an ending."""
    time = later(before, minutes)
    tag = uuid4().hex[:10]
    branch = {"id": f"br-{tag}", "parent_id": None, "forked_at_turn": None}
    named = before["data"]["conversation"] | {"id": f"conv-{tag}", "branch": branch, "started_at": time} | changes
    return cloud("conversation.started", before["source"], f"new-{tag}", time, conversation=named, transcript=turns(*said))


def branched(before, *said, minutes=10, fork=2, **changes):
    """Return a `conversation.branched` event that edits turn `fork` of an ended branch, so many minutes after its end."""
    time, data = later(before, minutes), before["data"]
    tag = uuid4().hex[:10]
    branch = {"id": f"br-{tag}", "parent_id": data["conversation"]["branch"]["id"], "forked_at_turn": fork}
    shared = tuple((turn["role"], turn["content"]) for turn in data["transcript"][:fork])
    named = data["conversation"] | {"branch": branch} | changes
    return cloud("conversation.branched", before["source"], f"edit-{tag}", time, conversation=named, transcript=turns(*shared, *said))


def later(event, minutes):
    """Return a moment so many minutes after an event."""
    return (datetime.fromisoformat(event["time"]) + timedelta(minutes=minutes)).isoformat()


def link():
    """Ask for a run that links endings to what followed, and work until it is done."""
    run = ask_for_lineages(actor=TESTS)
    judge_all()
    run.refresh_from_db()
    return run


def a_conversation(**changes):
    """Return the reference to a fresh conversation."""
    tag = uuid4().hex[:10]
    started = (timezone.now() - timedelta(minutes=30)).isoformat()
    return {
        "id": f"conv-{tag}",
        "user": f"user-{tag}",
        "model": {"name": "claude-opus-4-1", "version": "20250805"},
        "locale": "en",
        "started_at": started,
        "branch": {"id": f"br-{tag}", "parent_id": None, "forked_at_turn": None},
    } | changes


def cloud(kind, source, event_id, time, /, **data):
    """Return a CloudEvent."""
    return {"specversion": "1.0", "type": kind, "source": source, "id": event_id, "time": time, "data": data}


def send(event, surface=None):
    """Take an event as the door does, without HTTP."""
    return accept_event(json.dumps(event).encode(), surface or make_surface(event["source"]), auth="test")


def make_ending(*said, judged=True, **ending):
    """Make an ending, judged and in the queue."""
    make_ground()
    take = partial(_take_ending, said, judged, ending)
    own = ending.keys() & {"id", "time", "conversation"}
    branch = take() if own else kept.add(("ending", said, judged, repr(ending)), take, on="ground")
    return ConversationEnd.objects.get(branch__external_id=branch)


def _take_ending(said, judged, ending):
    event = ended(*said, **ending)
    send(event)
    if judged:
        judge_all()
    return event["data"]["conversation"]["branch"]["id"]


def judge_all():
    """Work until nothing is due."""
    while work.run():
        pass


def make_refused(**ending):
    """Make a request to end that was refused, judged; returns its branch."""
    return _make_unended(ended(allowed=False, **ending))


def make_continued(*said, **more):
    """Make a sampled conversation that went on, judged; returns its branch."""
    return _make_unended(continued(*said, **more))


def _make_unended(event):
    make_ground()
    send(event)
    judge_all()
    return Branch.objects.get(external_id=event["data"]["conversation"]["branch"]["id"])


def make_review(state=ReviewState.OPEN, reviewer=None, **ending):
    """Make a review in a state, as people would have brought it there."""
    found = Review.objects.get(unit__branch=make_ending(**ending).branch)
    if state == ReviewState.OPEN:
        return found
    reviewer = reviewer or make_person("reviewer")
    reviews.claim_review(found.pk, actor=reviewer)
    if state in {ReviewState.SUBMITTED, ReviewState.DECIDED}:
        read(found, reviewer)
        reviews.submit_review(found.pk, statement(), actor=reviewer)
    if state == ReviewState.DECIDED:
        reviews.decide_review(found.pk)
    return Review.objects.get(pk=found.pk)


def answer(review, reader, said=None):
    """Claim, read, answer and decide a waiting review; returns the label."""
    reviews.claim_review(review.pk, actor=reader)
    read(review, reader)
    reviews.submit_review(review.pk, said or statement(), actor=reader)
    reviews.decide_review(review.pk)
    return Label.objects.filter(review=review, reviewer=reader).latest("committed_at")


def agree():
    """Let somebody else read whatever waits for a second reader, and say what the first one said."""
    for waiting in Review.objects.filter(round=Round.SECOND, state=ReviewState.OPEN).order_by("opened_at"):
        said = Label.objects.get(unit=waiting.unit, round=Round.FIRST)
        signs = {name: getattr(said, name) for name in ("right_from", "crisis_from", "crisis_unclear")}
        answer(waiting, make_person("reviewer"), Statement(answer=said.term, **signs))


def reading(unit, round_):
    """Return the unfinished review of a unit in a round."""
    return Review.objects.exclude(state=ReviewState.DECIDED).get(unit=unit, round=round_)


def read(review, reader):
    """Open the transcript of a review as its form does."""
    return open_transcript(review.unit.branch, Purpose.REVIEW, actor=reader)


def statement(answer=Answer.YES, **more):
    """Return what a reviewer says."""
    return Statement(answer=answer, **({"right_from": 7} if answer is Answer.YES else {}), **more)


def make_appeal(**ending):
    """Make an appeal against an ending."""
    made = make_ending(**ending)
    named = {"id": made.branch.conversation.external_id, "branch": {"id": made.branch.external_id}}
    event = cloud("appeal.filed", WEB, f"ap-{uuid4().hex[:12]}", timezone.now().isoformat(), conversation=named, text="I was joking.")
    send(event)
    return Appeal.objects.get(branch=made.branch)


def make_feedback(*said, judged=True, **data):
    """Make feedback on a fresh ending, thumbs down unless told otherwise."""
    make_ground()
    kept.add(("feedback", said, judged, repr(data)), partial(_take_feedback, said, judged, data), on="ground")
    return Feedback.objects.latest("received_at")


def _take_feedback(said, judged, data):
    event = ended(*said)
    send(event)
    send(about("feedback.given", event, **({"thumbs": "down"} | data)))
    if judged:
        judge_all()


def make_reply(occasion=Occasion.FEEDBACK, name="sorry", actor=None):
    """Write a reply template."""
    return write_reply(name, Text(occasion, "en", "We looked again. Thank you."), actor=actor or make_person("senior"))
