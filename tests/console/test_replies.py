"""Reply templates: versions on the page and in the API."""

import pytest

from moderation.models import ReplyTemplate
from moderation.states import Occasion
from tests import make

pytestmark = pytest.mark.django_db
SAID = {"name": "thank-you", "occasion": "feedback", "language": "pt-BR", "text": "Obrigado <b>!</b>"}


def test_writing_twice_makes_two_versions_and_the_newest_is_in_use(client_of, senior):
    client = client_of(senior)
    for _ in range(2):
        assert client.post("/replies/write/", SAID).status_code == 302
    assert [one.version for one in ReplyTemplate.objects.usable(Occasion.FEEDBACK)] == [2]
    page = client.get("/replies/").content.decode()
    assert "Obrigado &lt;b&gt;" in page
    assert "Earlier" in page


def test_a_new_version_begins_with_the_text_that_is_there(client_of, senior):
    made = make.make_reply(actor=senior)
    assert made.text in client_of(senior).get(f"/replies/new/?from={made.public_id}").content.decode()
    assert client_of(senior).get("/replies/new/?from=nonsense").status_code == 200


@pytest.mark.parametrize(
    "spoilt", [{"name": "No Slug"}, {"occasion": "party"}, {"language": "not a tag"}, {"text": ""}, {"text": "x" * 4_001}]
)
def test_what_is_wrong_is_said_and_nothing_is_written(spoilt, client_of, senior):
    assert client_of(senior).post("/replies/write/", SAID | spoilt).status_code == 422
    assert client_of(senior).post("/api/v1/replies/", SAID | spoilt, content_type="application/json").status_code == 422
    assert not ReplyTemplate.objects.exists()


def test_retired_it_is_out_of_use(client_of, senior):
    made = make.make_reply(actor=senior)
    assert client_of(senior).post(f"/replies/{made.public_id}/retire/").status_code == 302
    assert not ReplyTemplate.objects.usable(*Occasion).exists()
    assert "Retired" in client_of(senior).get("/replies/").content.decode()


def test_the_api_writes_lists_and_retires(client_of, senior):
    client = client_of(senior)
    made = client.post("/api/v1/replies/", SAID, content_type="application/json")
    assert made.status_code == 201
    assert client.get("/api/v1/replies/").json()["results"][0]["text"] == SAID["text"]
    assert client.post(f"/api/v1/replies/{made.json()['id']}/retire/").json()["retired"] is True


def test_other_methods_roles_and_ids_are_refused(client_of, senior, reviewer, operator):
    made = make.make_reply(actor=senior)
    assert client_of(senior).get("/replies/write/").status_code == 405
    assert client_of(senior).get(f"/replies/{made.public_id}/retire/").status_code == 405
    assert client_of(senior).post("/replies/T-00000000/retire/").status_code == 404
    for url in ("/replies/write/", f"/replies/{made.public_id}/retire/", "/api/v1/replies/"):
        assert client_of(reviewer).post(url, SAID).status_code == 403
    assert client_of(operator).get("/replies/").status_code == 403
    assert "Write template" not in client_of(reviewer).get("/replies/").content.decode()
