"""Time stamps by a local authority that speaks RFC 3161, made with openssl; verified by the library, and by the offline verifier's own code."""

import http.server
import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pytest

from moderation.audit import log, timestamps
from moderation.audit.timestamps import TimestampError
from moderation.exports import bundle, verify_bundle
from moderation.exports.bundle import Wanted
from moderation.models.witnesses import AuditTimestamp
from tests.moderation.logs import acts, bundled, sequence_all, tamper

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which plays the authority, is not installed")

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamp]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256, sha512
signer_digest = sha256
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A root, a time-stamping certificate under it, and what openssl needs to answer."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "config").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    made = ("-newkey", "rsa:2048", "-nodes", "-config", "config")
    openssl(
        folder, "req", "-x509", *made, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test root", "-extensions", "ca", "-days", "30"
    )
    openssl(folder, "req", *made, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test authority")
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "config", "-extensions", "tsa", "-days", "30")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", *signing, "-out", "tsa.pem")
    return folder


@pytest.fixture
def stamping(authority, settings):
    """The authority behind HTTP on this machine."""

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            (authority / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            keys = ("-inkey", "tsa.key", "-signer", "tsa.pem")
            openssl(authority, "ts", "-reply", "-config", "config", "-section", "stamp", "-queryfile", "query", *keys, "-out", "reply")
            answer = (authority / "reply").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    listening = http.server.HTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    settings.TSA_URL = f"http://127.0.0.1:{listening.server_port}/"
    settings.TSA_ROOTS = str(authority / "ca.pem")
    yield authority
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_the_newest_checkpoint_is_stamped_once_an_hour(own_log, stamping):
    acts(3)
    sequence_all()
    assert timestamps.stamp_due(using="default").size == 3
    acts(1)
    sequence_all()
    assert timestamps.stamp_due(using="default") is None
    assert timestamps.stamp_due(using="default", now=datetime.now(UTC) + timedelta(minutes=61)).size == 4
    report = log.verify_log()
    assert (report.ok, report.timestamps, report.stamped) == (True, 2, 4)


def test_a_clock_that_was_ahead_stops_no_stamps(own_log, stamping):
    acts(3)
    sequence_all()
    timestamps.stamp_due(using="default")
    acts(1)
    sequence_all()
    assert timestamps.stamp_due(using="default", now=datetime.now(UTC) - timedelta(days=3)).size == 4


def test_a_changed_token_and_a_token_for_another_tree_are_noticed(own_log, stamping):
    acts(2)
    sequence_all()
    stamp = timestamps.stamp_due(using="default")
    acts(2)
    sequence_all()
    tamper("UPDATE audit_timestamp SET size = 4")
    assert [problem.check for problem in log.verify_log().problems] == ["timestamp"]
    with pytest.raises(TimestampError):
        timestamps.verify(bytes(stamp.token)[:-1], b"x", timestamps.authorities())


def test_an_authority_that_is_away_or_not_trusted_stamps_nothing(own_log, stamping, settings, tmp_path):
    acts(1)
    sequence_all()
    openssl(tmp_path, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out", "other.pem", "-subj", "/CN=Other")
    for setting, value in (
        ("TSA_ROOTS", str(tmp_path / "other.pem")),
        ("TSA_ROOTS", str(tmp_path / "none")),
        ("TSA_URL", "http://127.0.0.1:9/"),
    ):
        setattr(settings, setting, value)
        with pytest.raises(TimestampError):
            timestamps.stamp_due(using="default")
    assert not AuditTimestamp.objects.exists()


def test_the_offline_verifier_reads_the_token_by_itself(own_log, stamping):
    acts(3)
    sequence_all()
    timestamps.stamp_due(using="default")
    acts(2)
    sequence_all()
    content = bundled(Wanted(0, 2))
    policy = bundle.policy_text() + "tsa ca.pem\n"
    verdict = verify_bundle.verify(content, policy, folder=stamping)
    assert verdict.code == 0
    assert "the first 3 were stamped 20" in verdict.lines[0]
    assert verify_bundle.verify(content, bundle.policy_text()).code == 2
    token = bytearray(verify_bundle.read_zip(content)["stamped.tsr"])
    roots = verify_bundle.read_policy(policy, stamping).authorities
    note = verify_bundle.read_zip(content)["stamped"]
    refused = 0
    for at in range(len(token) - 256, len(token)):  # its signature
        token[at] ^= 1
        with pytest.raises(ValueError):
            verify_bundle._timestamp(bytes(token), note, roots)
        token[at] ^= 1
        refused += 1
    assert refused == 256
    with pytest.raises(ValueError):
        verify_bundle._timestamp(bytes(token), note + b"x", roots)
