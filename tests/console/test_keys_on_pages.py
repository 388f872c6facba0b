"""On no page that is drawn do two commands share a key, and what a page has together is known to be together."""

from html.parser import HTMLParser
from itertools import combinations

import pytest

from console.commands import BY_ID, normal
from console.keyboard import _together
from moderation.actions import labels, reviews
from moderation.actions.people import grant_role
from moderation.models import Review, RoleName, User
from moderation.states import ReviewState
from tests import make
from tests.console.test_access import ALL, address, things

pytestmark = pytest.mark.django_db

__all__ = ["things"]


class Controls(HTMLParser):
    """Collects what has keys outside of dialogs: the command, or the place of the rail that a key goes to."""

    def __init__(self):
        super().__init__()
        self.inside, self.found = 0, set()

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        self.inside += tag == "dialog"
        if told.get("data-keys") and not self.inside:
            keys = tuple(normal(key) for key in told["data-keys"].split("|"))
            self.found.add((told.get("data-command") or told.get("href") or told.get("data-label"), keys))

    def handle_endtag(self, tag):
        self.inside -= tag == "dialog"


def controls(client, path):
    """Return the controls of a page by GET; None where there is no page."""
    answer = client.get(path)
    if answer.status_code not in {200, 409} or not answer["Content-Type"].startswith("text/html"):
        return None
    parser = Controls()
    parser.feed(answer.content.decode())
    return parser.found


def clashes(found):
    """Return pairs of controls that share a key, or of which one begins the other's sequence."""
    for (one, keys), (other, others) in combinations(sorted(found), 2):
        begun = {key.split(" ")[0] for key in (*keys, *others) if " " in key}
        if one != other and (set(keys) & set(others) or begun & {*keys, *others}):
            yield one, other


def strangers(found):
    """Return pairs of commands that no kind of page is said to have together: their keys could be made the same."""
    commands = [BY_ID[name] for name, _ in sorted(found) if name in BY_ID]
    return [
        (one.id, other.id)
        for one, other in combinations(commands, 2)
        if one is not other and not {(one, other), (other, one)} & _together()
    ]


@pytest.fixture
def everybody(client_of):
    """Return a browser of one person with every role, to whom each page offers all it has."""
    user = make.make_person()
    for role in RoleName:
        grant_role(user, role, actor=make.TESTS)
    return client_of(User.objects.get(pk=user.pk))


def test_no_page_has_two_commands_on_one_key(things, everybody):
    drawn = 0
    for name in sorted(ALL):
        if name.startswith("api-") or name == "styleguide":
            continue
        found = controls(everybody, address(name, things))
        if found is None:
            continue
        drawn += 1
        assert list(clashes(found)) == [], name
        assert strangers(found) == [], name
    assert drawn > 40


def test_nor_has_a_review_in_any_state(client_of, senior):
    client, review = client_of(senior), make.make_review()
    Review.objects.update(lane="urgent")
    reviews.claim_review(review.pk, actor=senior)
    path = f"/reviews/{review.public_id}/"
    seen = [controls(client, path)]
    make.read(review, senior)
    reviews.submit_review(review.pk, make.statement(), actor=senior)
    seen.append(controls(client, path))
    reviews.reveal_review(review.pk, actor=senior)
    seen += [controls(client, path), controls(client, f"{path}amend/")]
    labels.amend_label(review.pk, make.statement(), actor=senior)
    seen.append(controls(client, path))
    assert Review.objects.get().term is ReviewState.DECIDED
    for found in seen:
        assert any(name.startswith("label.") for name, _ in found)
        assert (list(clashes(found)), strangers(found)) == ([], [])


def test_nor_has_an_opened_ending(client_of, compliance):
    ending, client = make.make_ending(), client_of(compliance)
    client.post(f"/endings/{ending.public_id}/open/", {"purpose": "quality"})
    found = controls(client, f"/endings/{ending.public_id}/")
    assert any(name == "transcript.next" for name, _ in found)
    assert (list(clashes(found)), strangers(found)) == ([], [])


def test_the_walk_would_see_them():
    parser = Controls()
    parser.feed(
        '<a data-keys="g q" href="/a/"></a><button data-command="list.next" data-keys="j|g"></button><b data-command="x" data-keys="j"></b>'
    )
    assert {pair[0] for pair in clashes(parser.found)} | {pair[1] for pair in clashes(parser.found)} == {"/a/", "list.next", "x"}
    assert strangers({("home.start", ("n",)), ("label.next", ("n",))}) == [("home.start", "label.next")]
