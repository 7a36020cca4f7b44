"""The technician's page, with a real broker and stub mirrors."""

import base64
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from installation.errors import UsageError
from installation.fleet import metrics
from installation.fleet.client import FleetClient
from installation.fleet.history import History
from installation.fleet.page import FleetPage, PageOptions
from installation.fleet.page_html import overview
from installation.fleet.roster import Member, ReportedHealth, ReportedInfo

PASSWORD = "correct horse battery"  # noqa: S105 - of a page that lives as long as a test
ALERTS = Path(__file__).parents[2] / "deploy/prometheus/alerts.yml"


@pytest.fixture
def password(tmp_path):
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file


@pytest.fixture
def client(hub):
    with FleetClient(hub.settings(username="technician", password="technician")) as client:
        yield client


@pytest.fixture
def page(client, password):
    with FleetPage(client, PageOptions("127.0.0.1:0", password)) as page:
        yield page


def ask(page, path="", form=None, password=PASSWORD, context=None):
    request = urllib.request.Request(page.url + path)  # noqa: S310 - our own page
    request.add_header("Authorization", "Basic " + base64.b64encode(f"technician:{password}".encode()).decode())
    data = urllib.parse.urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(request, data, timeout=10, context=context) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def learnt(client, *ids):
    assert client.wait(lambda: all(i in client.roster.members and client.roster.members[i].complete for i in ids), 10)


def test_nobody_comes_in_without_the_password(page):
    for path in ("", "metrics", "style.css", "nothing"):
        assert ask(page, path, password="wrong")[0] == 401
    assert ask(page, "order", {"id": "pi1", "what": "restart"}, password="wrong")[0] == 401
    assert ask(page, "nothing")[0] == 404


def test_the_fleet_is_shown_and_commanded(page, client, add_mirror):
    mirror = add_mirror("pi1", temperature=85.0)
    add_mirror("pi2", visits=3, present=True)
    learnt(client, "pi1", "pi2")
    html = ask(page)[1]
    assert "2 of 2 online, 1 with a problem" in html
    assert "hot: 85 °C" in html
    assert "somebody there" in html
    [key] = set(re.findall(r'name="key" value="([^"]+)"', html))
    assert "identify: done" in ask(page, "order", {"id": "pi1", "what": "identify", "key": key})[1]
    assert [request.op for request in mirror.asked] == ["identify"]
    style = client.roster.members["pi1"].info.styles[-1].name
    assert f"style {style}: shown" in ask(page, "order", {"id": "pi1", "what": "style", "value": style, "key": key})[1]
    assert ask(page, "order", {"id": "pi1", "what": "reboot", "key": key})[0] == 400
    assert ask(page, "order", {"id": "pi9", "what": "identify", "key": key})[0] == 400
    assert ask(page, "order", {"id": "pi1", "what": "identify", "key": "guessed"})[0] == 403
    assert len(mirror.asked) == 1


def test_prometheus_reads_the_same(page, client, add_mirror):
    add_mirror("pi1", visits=3, temperature=None)
    learnt(client, "pi1")
    status, text = ask(page, "metrics")
    assert status == 200
    assert 'art_installation_up{id="pi1",group="hall"} 1' in text
    assert 'art_installation_visits_total{id="pi1",group="hall"} 3' in text
    assert "temperature_celsius{" not in text
    for line in text.splitlines():
        assert line.startswith("# ") or re.fullmatch(r'[a-z_]+\{id="[^"]*",group="[^"]*"\} [-+0-9.e]+', line), line


def test_the_example_of_alerts_knows_the_metrics():
    yaml = pytest.importorskip("yaml")
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    for rule in rules:
        for name in re.findall(r"art_installation_(\w+)", rule["expr"]):
            assert name in metrics.NAMES
        assert rule["annotations"]["summary"]


def test_the_opening_hours_are_shown():
    hours = ReportedInfo(opening=("Tue–Sun 10:00–18:00", "2026-12-24 closed"))
    assert "<dt>open</dt><dd>Tue–Sun 10:00–18:00; 2026-12-24 closed</dd>" in card(hours)
    assert "<dt>open</dt><dd>always</dd>" in card(ReportedInfo())


def card(info):
    return overview([Member("pi1", "online", info, ReportedHealth())], History(), "online", "key")


def test_what_mirrors_say_is_never_markup():
    evil = '"><script>alert(1)</script>'
    info = ReportedInfo(name=evil, group=evil, opening=(evil,))
    member = Member("pi1", "online", info, ReportedHealth(camera=evil), {"style": evil})
    assert "<script" not in overview([member], History(), evil, "key", evil)
    text = metrics.exposition([Member("pi1", "online", ReportedInfo(group='a"b\\c'), ReportedHealth())])
    assert 'group="a\\"b\\\\c"' in text


@pytest.mark.parametrize(
    ("listen", "words"),
    [("127.0.0.1", "ADDRESS:PORT"), ("hub:80", "ADDRESS:PORT"), ("0.0.0.0:0", "in the clear"), ("[::1]:1", "ADDRESS:")],
)
def test_where_it_listens_is_checked(client, password, listen, words):
    with pytest.raises(UsageError, match=words):
        FleetPage(client, PageOptions(listen, password))


def test_a_short_or_missing_password_is_refused(client, password, tmp_path):
    password.write_text("short")
    for file in (password, tmp_path / "none"):
        with pytest.raises(UsageError, match=file.name):
            FleetPage(client, PageOptions("127.0.0.1:0", file))


def test_beyond_this_machine_it_speaks_tls(client, password, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
         "/CN=hub", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with FleetPage(client, PageOptions("127.0.0.1:0", password, certificate, key)) as page:
        assert page.url.startswith("https://")
        assert ask(page, context=ssl.create_default_context(cafile=str(certificate)))[0] == 200


def test_the_page_needs_no_more_than_the_hub_gets():
    """The hub's role installs these two and nothing else of what a mirror needs."""
    code = (
        "import sys; blocked = {'numpy', 'rich', 'cv2', 'PIL', 'pygame', 'av', 'segno', 'ai_edge_litert'}; "
        "sys.modules.update(dict.fromkeys(blocked)); "
        "import installation.cli, installation.fleet.page as page, installation.fleet.client; "
        "loaded = {name.partition('.')[0] for name, module in sys.modules.items() if module}; "
        "print(*sorted(loaded & {'msgspec', 'paho'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["msgspec", "paho"]
