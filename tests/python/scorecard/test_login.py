"""Who gets past the guard, and what every answer carries. The server is the page's own; only the plant behind it is a double."""

import asyncio
import re
import time

import pytest
import uvicorn
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from slipstream.api.store import Store
from slipstream.config import load_config
from slipstream.errors import ConfigError
from slipstream.scorecard import Feed, app, login
from slipstream.scorecard.desk import Desk
from slipstream.scorecard.plant import Actions, Study, configured

from .gateway import Gateway

PASSWORD = "correct horse battery"


@pytest.fixture
def make(tmp_path, monkeypatch):
    """The server with a kind of login, and its gate."""
    gates = []

    def made(kind="local", **more):
        overrides = {"var": str(tmp_path), "scorecard.login": kind, **more}
        config = load_config(overrides=overrides)
        kept = login.gate

        def gate(config):
            gates.append(kept(config))
            return gates[-1]

        monkeypatch.setattr(login, "gate", gate)
        study = Study(config)
        desk = Desk(tmp_path / "page", Actions(config), configured(config.rte.thresholds), study.connect)
        server = app.create_server(config, Feed(Gateway().connect), desk, study)
        return TestClient(server, base_url="https://desk.example", follow_redirects=False), gates[-1]

    yield made
    for gate in gates:
        gate.close()


@pytest.fixture
def page(make, tmp_path):
    store = Store(tmp_path / "api")
    store.add_user("kim", PASSWORD, "trader")
    store.close()
    return make()


def enter(client, name="kim", password=PASSWORD, target="/", **headers):
    form = client.get("/login")
    token = re.search(r'name="form" value="([^"]+)"', form.text)[1]
    fields = {"name": name, "password": password, "form": token, "next": target}
    return client.post("/login", data=fields, headers={"origin": "https://desk.example", **headers})


def test_nobody_gets_in_without_a_session(page):
    client, _ = page
    answer = client.get("/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/")
    assert client.get("/_dash-layout").status_code == 401
    assert client.get("/history/_dash-layout").status_code == 401
    assert client.post("/_dash-update-component", headers={"origin": "https://desk.example"}).status_code == 401
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("wss://desk.example/_dash-ws-callback", headers={"origin": "https://desk.example"}),
    ):
        pass
    assert refused.value.code == 4401


def test_with_the_password_the_page_opens_until_one_leaves(page):
    client, gate = page
    answer = enter(client)
    assert answer.status_code == 303
    cookie = next(
        c for c in answer.headers.get_list("set-cookie") if c.startswith(login.COOKIE) and "Max-Age=0" not in c
    )
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax"))
    assert client.get("/").status_code == 200
    assert "kim (trader)" in client.get("/_dash-layout").text
    assert client.get("/history/").status_code == 200
    token = client.cookies[login.COOKIE]
    client.get("/logout")
    assert gate.viewer(token) is None
    assert client.get("/_dash-layout").status_code == 401


def test_only_the_hash_of_a_session_is_kept(page):
    client, gate = page
    enter(client)
    token = client.cookies[login.COOKIE].encode()
    kept = b"".join(file.read_bytes() for file in gate.store.folder.iterdir())
    assert b"kim" in kept
    assert token not in kept
    assert PASSWORD.encode() not in kept


def test_what_the_browser_may_load_is_said(page):
    client, _ = page
    enter(client)
    for path in ("/", "/history/"):
        answer = client.get(path)
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert "unsafe" not in policy["script-src"]
        assert "'sha256-" in policy["script-src"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://desk.example.evil.example"])
def test_what_another_site_sends_is_refused(page, origin):
    client, _ = page
    assert enter(client, origin=origin).status_code == 403
    enter(client)
    assert client.post("/_dash-update-component", json={}, headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("wss://desk.example/_dash-ws-callback", headers={"origin": origin}),
    ):
        pass
    assert refused.value.code == 4403


def test_a_form_that_was_not_ours_is_refused(page):
    client, _ = page
    fields = {"name": "kim", "password": PASSWORD, "form": "made-up"}
    assert client.post("/login", data=fields, headers={"origin": "https://desk.example"}).status_code == 403


def test_a_form_that_no_browser_of_ours_sends_is_refused(page):
    client, _ = page
    headers = {"origin": "https://desk.example", "content-type": "application/x-www-form-urlencoded"}
    client.cookies.set(login.FORM_COOKIE, "something")
    for form in ("%C3%A9", "%ED%A0%80", "%00", ""):
        assert client.post("/login", content=f"name=kim&password=x&form={form}", headers=headers).status_code == 403


def test_a_login_that_does_not_end_is_not_read_to_its_end(page):
    client, _ = page
    sent, told = [], []

    async def receive():
        sent.append(5000)
        return {"type": "http.request", "body": b"x" * 5000, "more_body": len(sent) < 100}

    async def send(message):
        told.append(message)

    headers = [(b"host", b"desk.example"), (b"origin", b"https://desk.example")]
    scope = {"type": "http", "path": "/login", "method": "POST", "headers": headers, "scheme": "https"}
    scope |= {"query_string": b"", "client": ("127.0.0.1", 1), "server": ("desk.example", 443)}
    asyncio.run(client.app(scope, receive, send))
    assert (told[0]["status"], sum(sent) < 20_000) == (413, True)


def test_behind_a_proxy_each_address_waits_for_itself(make, tmp_path):
    """The proxy that the configuration names says whose request it is; nobody else does."""
    store = Store(tmp_path / "api")
    store.add_user("kim", PASSWORD, "trader")
    store.close()
    client, _ = make()

    def listening(peer, proxies):
        config = uvicorn.Config(client.app, **app.peers(load_config(overrides={"scorecard.proxies": proxies})))
        config.load()
        return TestClient(config.loaded_app, base_url="https://desk.example", follow_redirects=False, client=(peer, 1))

    proxy = listening("10.0.0.7", ["10.0.0.7"])
    for i in range(login.TRIES):
        assert enter(proxy, f"guess{i}", **{"x-forwarded-for": "192.0.2.1"}).status_code == 401
    assert enter(proxy, **{"x-forwarded-for": "192.0.2.1"}).status_code == 401, "that address waits"
    assert enter(proxy, **{"x-forwarded-for": "192.0.2.2"}).status_code == 303
    made_up = listening("192.0.2.3", ["10.0.0.7"])
    for i in range(login.TRIES):
        assert enter(made_up, f"other{i}", **{"x-forwarded-for": f"198.51.100.{i}"}).status_code == 401
    assert enter(made_up, **{"x-forwarded-for": "198.51.100.9"}).status_code == 401


@pytest.mark.parametrize("proxies", [["*"], ["proxy.example"], ["10.0.0.0/33"]])
def test_a_proxy_is_named_by_its_address(proxies):
    with pytest.raises(ConfigError, match=r"scorecard\.proxies"):
        load_config(overrides={"scorecard.proxies": proxies})


def test_cookies_of_others_do_not_matter(page):
    """Any page of the same host may have set them."""
    client, _ = page
    enter(client)
    mine = f"{login.COOKIE}={client.cookies[login.COOKIE]}"
    client.cookies.clear()

    def get(cookies):
        return client.get("/_dash-layout", headers={b"cookie": cookies.encode("latin-1")}).status_code

    for others in ("a/b=1", "(x)=1", "\xe9=\xe9", "=", "x", 'a="b\\777"'):
        assert (get(f"{others}; {mine}"), get(f"{mine}; {others}"), get(others)) == (200, 200, 401), others


@pytest.mark.parametrize(
    ("target", "to"),
    [("/history/", "/history/"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/")],
)
def test_one_is_sent_on_to_this_server_alone(page, target, to):
    assert enter(page[0], target=target).headers["location"] == to


def test_wrong_passwords_are_noted_and_after_five_one_waits(page, monkeypatch):
    client, gate = page
    for _ in range(login.TRIES):
        assert enter(client, password="something else").status_code == 401
    assert enter(client).status_code == 401, "the right one has to wait too"
    noted = [(row.principal, row.status) for row in gate.store.audited()]
    assert noted == [("kim", 401)] * login.TRIES + [("kim", 429)]
    later = time.monotonic() + login.TRIES_S + 1
    monkeypatch.setattr(login.time, "monotonic", lambda: later)
    assert enter(client).status_code == 303


def test_a_session_ends_with_its_time_and_with_its_account(page):
    client, gate = page
    enter(client)
    token = client.cookies[login.COOKIE]
    assert gate.viewer(token).role == "trader"
    gate.store.disable("kim")
    assert gate.viewer(token) is None
    gate.store.disable("kim", disabled=False)
    assert gate.viewer(token) is not None
    gate._db.execute("update sessions set ends=?", (time.time() - 1,))
    assert gate.viewer(token) is None


@pytest.mark.parametrize("talks", [True, False], ids=["a page that keeps talking", "a page that says nothing"])
def test_an_open_page_is_cut_off_when_its_session_ends(page, monkeypatch, talks):
    """Its browser answers the server about once a second, and what it answers must not keep it open."""
    client, gate = page
    enter(client)
    token = client.cookies[login.COOKIE]
    monkeypatch.setattr(login, "CHECK_S", 0.001)
    told, heard = [], []

    async def serve():
        async def live(scope, receive, send):
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                heard.append("message")
                if len(heard) == 3:
                    gate.store.disable("kim")
            await send({"type": "websocket.send", "text": "too late"})

        async def receive():
            if talks or len(heard) < 3:
                await asyncio.sleep(0)
                return {"type": "websocket.receive", "text": "{}"}
            return await asyncio.get_running_loop().create_future()  # nothing ever comes

        async def send(message):
            told.append(message)

        guard = login.Guard(live, gate=gate, hashes={})
        headers = [(b"host", b"desk.example"), (b"origin", b"https://desk.example")]
        headers.append((b"cookie", f"{login.COOKIE}={token}".encode()))
        scope = {"type": "websocket", "path": "/_dash-ws-callback", "headers": headers, "scheme": "wss"}
        await asyncio.wait_for(guard(scope, receive, send), 60)

    asyncio.run(serve())
    assert [(m["type"], m.get("code")) for m in told] == [("websocket.accept", None), ("websocket.close", 4401)]
    assert len(heard) >= 3


def test_without_a_login_another_sites_name_does_not_lead_here(make):
    """A site may have its name point at this machine: its pages are then of the same origin as what they ask for."""
    client, _ = make("none", **{"scorecard.url": "https://plant.example/"})
    for ours in (
        "127.0.0.1:8050",
        "localhost",
        "[::1]:8050",
        "[::1]",
        "LOCALHOST:1",
        "plant.example",
        "plant.example:443",
    ):
        assert client.get("/_dash-layout", headers={"host": ours}).status_code == 200, ours
    for theirs in (
        "evil.example",
        "evil.example:8050",
        "127.0.0.1.evil.example",
        "localhost.",
        "[::1",
        "",
        "x@localhost",
    ):
        headers = {"host": theirs, "origin": f"http://{theirs}"}
        assert client.get("/_dash-layout", headers=headers).status_code == 421, theirs
        assert client.post("/_dash-update-component", json={}, headers=headers).status_code == 421, theirs
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(
            "/_dash-ws-callback", headers={"host": "evil.example", "origin": "http://evil.example"}
        ),
    ):
        pass
    assert refused.value.code == 4421


def test_roles_decide_which_buttons_work(make, tmp_path):
    store = Store(tmp_path / "api")
    store.add_user("ada", PASSWORD, "quant")
    store.close()
    client, _ = make()
    enter(client, "ada")
    page = client.get("/_dash-layout").text
    for button in ("switch-open", "alert-ack", "limits-open"):
        part = re.search(rf'\{{[^{{}}]*"id":"{button}"[^{{}}]*\}}', page)[0]
        assert '"disabled":true' in part


def test_without_a_login_the_page_is_for_this_machine_alone(make, tmp_path):
    client, _ = make("none")
    assert client.get("http://localhost:8050/_dash-layout").status_code == 200
    assert client.get("http://localhost:8050/login").headers["location"] == "/"
    with pytest.raises(ConfigError, match=r"scorecard\.login"):
        app.serve(load_config(overrides={"var": str(tmp_path), "scorecard.login": "none"}), host="0.0.0.0")
