"""The pages and twins of calibration rooms: blind until the reveal, by page and by API."""

import pytest

from conversations import vault
from moderation.actions import rooms
from moderation.models import Opening, Room
from moderation.states import Answer, RoomState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ending(db):
    review = make.make_review()
    make.answer(review, make.make_person("reviewer"))
    return review.unit.branch.ending


@pytest.fixture
def room(ending, reviewer, second_reviewer, senior):
    return rooms.open_room("Hints", units=[ending.branch.unit.pk], readers=[reviewer, second_reviewer], actor=senior)


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_a_senior_opens_one_and_readers_find_it(client_of, ending, reviewer, second_reviewer, senior):
    client = client_of(senior)
    assert "No rooms yet" in page(client, "/calibration/")
    assert reviewer.pseudonym in page(client, "/calibration/open/")
    asked = {"title": "Hints <b>", "readers": [reviewer.pseudonym, second_reviewer.pseudonym], "count": 5}
    for bad in ({"title": ""}, {"readers": [reviewer.pseudonym]}, {"endings": "nonsense"}, {"endings": "E-00000000"}):
        assert client.post("/calibration/open/", asked | bad).status_code == 422
    assert client.post("/calibration/open/", asked).status_code == 302
    told = page(client_of(reviewer), "/calibration/")
    assert "Hints &lt;b&gt;" in told
    assert "No rooms yet" in page(client_of(make.make_person("reviewer")), "/calibration/")


def test_who_has_no_seat_finds_no_room(client_of, room):
    stranger = client_of(make.make_person("reviewer"))
    for path in ("", "1/"):
        page(stranger, f"/calibration/{room.public_id}/{path}", 404)
    assert stranger.get(f"/api/v1/rooms/{room.public_id}/").status_code == 404


def test_before_the_reveal_nothing_tells_what_others_said_or_what_happened(client_of, room, ending, reviewer, second_reviewer):
    first, second = client_of(reviewer), client_of(second_reviewer)
    base, twin = f"/calibration/{room.public_id}/", f"/api/v1/rooms/{room.public_id}/"
    assert make.HARM in page(first, f"{base}1/")
    assert first.post(f"{base}1/answer/", {"answer": "no", "reason": ""}).status_code == 422
    assert first.post(f"{base}1/answer/", {"answer": "no", "reason": "It names nothing."}).status_code == 302
    for path in (base, f"{base}1/", twin, f"{twin}items/1/"):
        told = page(second, path)
        assert "It names nothing." not in told
        assert ending.public_id not in told
    assert "No, it is not right" not in page(second, base)
    assert ending.standing.term.label not in page(second, f"/endings/{ending.public_id}/")


def test_after_the_reveal_all_is_shown_and_concluded(client_of, room, ending, reviewer, second_reviewer, senior):
    base = f"/calibration/{room.public_id}/"
    for user, answer in ((reviewer, "no"), (second_reviewer, "yes")):
        client = client_of(user)
        page(client, f"{base}1/")
        client.post(f"{base}1/answer/", {"answer": answer, "reason": f"Reason {user.pseudonym} <i>"})
    client, lead = client_of(reviewer), client_of(senior)
    told = page(client, f"{base}1/")
    assert f"Reason {second_reviewer.pseudonym} &lt;i&gt;" in told
    assert "Conclude" not in told
    assert client.post(f"{base}1/remark/", {"text": ""}).status_code == 422
    assert client.post(f"{base}1/remark/", {"text": "Turn 5 does name it."}).status_code == 302
    assert client.post(f"{base}1/conclude/", {"answer": "yes", "reason": "x"}).status_code == 403
    assert "Turn 5 does name it." in page(lead, f"{base}1/")
    assert lead.post(f"{base}1/conclude/", {"answer": ""}).status_code == 422
    assert lead.post(f"{base}1/conclude/", {"answer": "yes", "reason": "Name it."}).status_code == 302
    assert Room.objects.get().term is RoomState.CLOSED
    assert ending.public_id in page(client, base)
    assert "Agreement before the talk" in page(client, base)


def test_reading_an_item_is_recorded_once_and_only_for_who_has_a_seat(client_of, room, reviewer, senior):
    before = Opening.objects.count()
    page(client_of(senior), f"/calibration/{room.public_id}/1/")
    assert Opening.objects.count() == before
    for _ in range(2):
        page(client_of(reviewer), f"/calibration/{room.public_id}/1/")
    assert Opening.objects.count() == before + 1


def test_an_erased_transcript_says_so(client_of, room, ending, reviewer):
    vault.store().destroy(ending.branch.conversation.subject_id)
    assert "There is nothing to read" in page(client_of(reviewer), f"/calibration/{room.public_id}/1/")


def test_the_lead_reveals_or_calls_off(client_of, room, reviewer, senior):
    base, lead = f"/calibration/{room.public_id}/", client_of(senior)
    assert "Reveal now" in page(lead, base)
    assert lead.post(f"{base}reveal/").status_code == 302
    assert lead.post(f"{base}call-off/").status_code == 409
    assert client_of(reviewer).post(f"{base}reveal/").status_code == 403
    assert page(lead, f"{base}9/", 404)


def test_the_api_does_the_same(client_of, ending, reviewer, second_reviewer, senior):
    lead = client_of(senior)
    asked = {"title": "Hints", "readers": [reviewer.pseudonym, second_reviewer.pseudonym], "endings": [ending.public_id]}
    assert post(lead, "/api/v1/rooms/", asked | {"readers": []}).status_code == 422
    made = post(lead, "/api/v1/rooms/", asked)
    assert made.status_code == 201
    twin = f"/api/v1/rooms/{made.json()['id']}/"
    assert (made.json()["answered"], made.json()["due"]) == (0, 2)
    mine = client_of(reviewer)
    assert post(mine, f"{twin}items/1/answer/", {"answer": "no", "reason": "x"}).status_code == 409
    page(mine, f"/calibration/{made.json()['id']}/1/")
    assert post(mine, f"{twin}items/1/answer/", {"answer": "no", "reason": "x"}).json()["items"][0]["own"] == "no"
    assert post(lead, f"{twin}items/1/conclude/", {"answer": "no", "reason": "x"}).status_code == 409
    assert post(lead, f"{twin}reveal/", {}).json()["items"][0]["said"] == {Answer.NO.value: 1}
    assert post(mine, f"{twin}items/1/remark/", {"text": "Hm."}).json()["remarks"][0]["text"] == "Hm."
    assert post(lead, f"{twin}items/1/conclude/", {"answer": "no", "reason": "x"}).json()["state"] == "closed"
    assert post(lead, f"{twin}call-off/", {}).status_code == 409
    assert mine.get(f"{twin}items/1/").json()["results"][0]["text"] == "x"


def post(client, path, body):
    return client.post(path, body, content_type="application/json")
