"""The log verifies after names have gone, and so does a bundle of all of it."""

import pytest

from moderation.audit.verify import verify_log
from moderation.exports import bundle, verify_bundle
from moderation.models import AuditEntry
from tests import make
from tests.moderation.logs import bundled, sequence_all
from tests.moderation.test_retention import run
from tests.moderation.test_unlinking import aged, now

pytestmark = pytest.mark.django_db


def test_the_log_still_verifies_and_so_does_a_bundle_over_all_of_it(own_log):
    make.make_ground()
    old = aged()
    run()
    assert now(old).unlinked_at is not None
    sequence_all()
    assert verify_log().ok
    last = AuditEntry.objects.sequenced().last()
    content = bundled(bundle.Wanted(0, last.leaf_index))
    assert verify_bundle.verify(content, bundle.policy_text()).code == 0
