"""Time stamps by a local authority that speaks RFC 3161, made with openssl; verified by the library, and by the offline verifier's own code."""

import http.server
import itertools
import shutil
import subprocess
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

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


def reading(folder):
    """What reads the files that a policy names."""
    return lambda name: (folder / name).read_bytes()


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
    roots = verify_bundle.read_policy(policy, reading(stamping)).authorities
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


def test_a_bundle_names_the_authorities_of_its_time_stamp(own_log, stamping, tmp_path):
    acts(2)
    sequence_all()
    timestamps.stamp_due(using="default")
    content = bundled(Wanted(0, 1))
    members = verify_bundle.read_zip(content)
    assert b"tsa authorities.pem\n" in members["policy"]
    assert verify_bundle.verify(content, None).lines[0].count("the first 2 were stamped 20") == 1
    (tmp_path / "authorities.pem").write_bytes(members["authorities.pem"])
    assert verify_bundle.verify(content, members["policy"].decode(), folder=tmp_path).code == 0


NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
ROOT = "A root whose name is so long that what it issues comes last"
"""Openssl does not sort the certificates of a token, and the library takes them in order alone."""
SERIALS = itertools.count(1 << 148)


@dataclass
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)


def issue(name, by=None, *, ca=True, days=(-365, 365), stamps=False, path_length=None):
    """Make a certificate, under its own key where nobody issues it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(by.certificate.subject if by else subject, subject, key.public_key(), next(SERIALS))
    made = made.not_valid_before(NOW + timedelta(days=days[0])).not_valid_after(NOW + timedelta(days=days[1]))
    made = made.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if stamps:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Issued(made.sign((by or Issued(None, key)).key, hashes.SHA256()), key)


def serial(issued):
    """The serial number as it stands in DER."""
    return issued.certificate.serial_number.to_bytes(19)


def stamped_by(folder, signer, *others, enclosed=True):
    """Return openssl's token over a note, with the certificates of the signer and of others in it."""
    (folder / "config").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    (folder / "content").write_bytes(b"a note")
    (folder / "signer.pem").write_bytes(signer.pem())
    (folder / "signer.key").write_bytes(signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "chain.pem").write_bytes(b"".join(one.pem() for one in others))
    openssl(folder, "ts", "-query", "-data", "content", "-sha256", *(("-cert",) if enclosed else ()), "-out", "query")
    keys = ("-inkey", "signer.key", "-signer", "signer.pem", *(("-chain", "chain.pem") if others else ()))
    openssl(folder, "ts", "-reply", "-config", "config", "-section", "stamp", "-queryfile", "query", *keys, "-out", "reply")
    return (folder / "reply").read_bytes()


def offline(token, *trusted):
    return verify_bundle._timestamp(token, b"a note", [one.certificate for one in trusted])


class TestChains:
    """Which certificates may stand behind a time stamp; the library and the offline verifier are asked the same."""

    @pytest.fixture
    def chain(self):
        root = issue(ROOT)
        middle = issue("Middle", root, path_length=0)
        return SimpleNamespace(root=root, middle=middle, signer=issue("Signer", middle, ca=False, stamps=True))

    def test_it_may_lead_over_an_intermediate_of_the_token(self, chain, tmp_path):
        token = stamped_by(tmp_path, chain.signer, chain.middle)
        assert offline(token, chain.root).startswith(f"{NOW:%Y}")
        assert timestamps.verify(token, b"a note", [chain.root.certificate]) >= NOW - timedelta(minutes=1)

    def test_nobody_it_leads_to_is_no_change(self, chain, tmp_path):
        stranger = issue(ROOT)
        for token in (stamped_by(tmp_path, chain.signer, chain.middle), stamped_by(tmp_path, chain.signer)):
            with pytest.raises(verify_bundle.CannotTell):
                offline(token, stranger)
            with pytest.raises(TimestampError):
                timestamps.verify(token, b"a note", [stranger.certificate])

    @pytest.mark.parametrize("days", [(-730, -365), (1, 365)], ids=["expired", "not yet valid"])
    def test_a_certificate_that_was_not_valid_then_stamps_nothing(self, chain, tmp_path, days):
        bad_signer = issue("Signer", chain.middle, ca=False, stamps=True, days=days)
        bad_middle = issue("Middle", chain.root, days=days)
        under_it = issue("Signer", bad_middle, ca=False, stamps=True)
        for token in (stamped_by(tmp_path, bad_signer, chain.middle), stamped_by(tmp_path, under_it, bad_middle)):
            with pytest.raises(ValueError, match="was not valid when it was made"):
                offline(token, chain.root)
            with pytest.raises(TimestampError):
                timestamps.verify(token, b"a note", [chain.root.certificate])

    def test_who_may_not_issue_stands_behind_nobody(self, chain, tmp_path):
        no_authority = issue("An end", chain.root, ca=False)
        too_deep = issue("One too deep", chain.middle)
        for issuers in ([no_authority], [too_deep, chain.middle]):
            signer = issue("Signer", issuers[0], ca=False, stamps=True)
            with pytest.raises(verify_bundle.CannotTell):
                offline(stamped_by(tmp_path, signer, *issuers), chain.root)

    def test_a_token_without_certificates_takes_them_from_the_policy(self, chain, tmp_path):
        assert offline(stamped_by(tmp_path, chain.signer, enclosed=False), chain.signer).startswith(f"{NOW:%Y}")

    def test_only_the_signer_that_the_token_names_counts(self, chain, tmp_path):
        """The name of its maker is the one thing in a token that is not signed."""
        other = issue("Signer", chain.middle, ca=False, stamps=True)
        token = stamped_by(tmp_path, chain.signer, enclosed=False)
        swapped = token.replace(serial(chain.signer), serial(other), 1)
        assert swapped != token
        with pytest.raises(ValueError, match="its signature does not verify"):
            offline(swapped, chain.signer, other)

    def test_a_certificate_for_something_else_stamps_nothing(self, chain, tmp_path):
        mine = chain.signer.certificate
        plain = x509.CertificateBuilder(mine.issuer, mine.subject, mine.public_key(), mine.serial_number, NOW - YEAR, NOW + YEAR)
        same_key = Issued(plain.sign(chain.middle.key, hashes.SHA256()), chain.signer.key)
        with pytest.raises(ValueError, match="not one for time-stamping"):
            offline(stamped_by(tmp_path, chain.signer, enclosed=False), same_key)
