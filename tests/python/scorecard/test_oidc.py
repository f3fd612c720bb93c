"""Login by an identity provider: a real one, by Authlib, and the page's own server. Only the plant behind it is a double."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from slipstream.api.store import Store
from slipstream.config import load_config
from slipstream.scorecard import Feed, app, login
from slipstream.scorecard.desk import Desk
from slipstream.scorecard.plant import Actions, Study, configured

from .gateway import Gateway
from .provider import CLIENT, SECRET, Provider

PAGE = "https://desk.example"


@pytest.fixture
def provider(port, monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider's server side, on the loopback address
    with Provider(f"{PAGE}/oidc/back").serving(port) as made:
        yield made


@pytest.fixture
def client(provider, tmp_path, monkeypatch):
    """The page's server as a browser reaches it; kim has an account, without a password."""
    monkeypatch.setenv("SLIPSTREAM_TEST_OIDC", SECRET)
    overrides = {
        "var": str(tmp_path), "scorecard.login": "oidc", "scorecard.url": PAGE, "scorecard.oidc.issuer": provider.issuer,
        "scorecard.oidc.client_id": CLIENT, "scorecard.oidc.secret_env": "SLIPSTREAM_TEST_OIDC",
    }  # fmt: skip
    config = load_config(overrides=overrides)
    store = Store(config.api_dir)
    store.add_user("kim", "", "trader")
    store.add_client("machine", "ems")
    study = Study(config)
    desk = Desk(tmp_path / "page", Actions(config), configured(config.rte.thresholds), study.connect)
    server = app.create_server(config, Feed(Gateway().connect), desk, study)
    with TestClient(server, base_url=PAGE, follow_redirects=False) as made:
        made.store = store
        yield made
    desk.close()
    store.close()


def away(client):
    """To the provider: where the page sends one."""
    assert client.get("/login").headers["location"] == "/oidc/login"
    return client.get("/oidc/login").headers["location"]


def authorize(address, name):
    """Log in there; where one is sent back to."""
    answer = httpx.post(address, data={"name": name})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def noted(client):
    return [(row.principal, row.status) for row in client.store.audited()]


def test_one_comes_in_by_the_provider_and_has_the_role_that_is_said_here(client, provider):
    assert client.get("/", headers={"accept": "text/html"}).headers["location"] == "/login?next=/"
    answer = client.get(authorize(away(client), "kim"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = next(
        c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{login.COOKIE}=") and "Max-Age=0" not in c
    )
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax"))
    assert "kim (trader)" in client.get("/_dash-layout").text
    assert noted(client) == [("kim", 200)]
    (asked,) = provider.asked
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert asked["nonce"] and asked["state"] and asked["redirect_uri"] == f"{PAGE}/oidc/back"


def test_who_has_no_account_here_stays_out(client):
    for name in ("lee", "machine"):
        assert client.get(authorize(away(client), name)).status_code == 403
    client.store.disable("kim")
    assert client.get(authorize(away(client), "kim")).status_code == 403
    assert client.get("/_dash-layout").status_code == 401
    assert noted(client) == [("lee", 403), ("machine", 403), ("kim", 403)]


def test_an_answer_that_was_not_asked_for_is_refused(client):
    """Another's code, as a link that somebody is made to follow; a state that is not ours; and no passwords here."""
    back = authorize(away(client), "kim")
    client.cookies.clear()
    assert client.get(back).status_code == 401
    state = parse_qs(urlsplit(away(client)).query)["state"][0]
    assert client.get(f"/oidc/back?code=made-up&state={state}").status_code == 401
    assert client.get("/oidc/back?error=access_denied&state=x").status_code == 401
    assert client.get("/_dash-layout").status_code == 401
    assert client.post("/login", data={"name": "kim"}, headers={"origin": PAGE}).status_code == 404
    assert {status for _, status in noted(client)} == {401}


def test_a_code_is_good_once_and_for_who_began(client):
    back = authorize(away(client), "kim")
    assert client.get(back).status_code == 303
    client.cookies.clear()
    away(client)
    assert client.get(back).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [{"aud": "another-client"}, {"iss": "https://elsewhere.example"}, {"exp": 1}, {"nonce": "another"}],
    ids=lambda claims: next(iter(claims)),
)
def test_a_token_that_is_not_for_us_is_refused(client, provider, claims):
    provider.claims = claims
    assert client.get(authorize(away(client), "kim")).status_code == 401
    assert client.get("/_dash-layout").status_code == 401


def test_a_provider_that_is_down_is_told(client, tmp_path, port):
    """Before it has said anything of itself, and after."""
    other = login.Gate(client.store, "oidc", url=PAGE)
    config = load_config(
        overrides={
            "var": str(tmp_path),
            "scorecard.oidc.issuer": f"http://127.0.0.1:{port + 1}",
            "scorecard.oidc.client_id": CLIENT,
        }
    )
    with TestClient(login._oidc(other, config), base_url=PAGE, follow_redirects=False) as elsewhere:
        assert elsewhere.get("/login").status_code == 502
    other.close()
    assert noted(client)[-1] == ("", 502)


def test_a_token_that_somebody_else_signed_is_refused(client, provider):
    address = away(client)
    provider.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
    assert client.get(authorize(address, "kim")).status_code == 401
    assert client.get("/_dash-layout").status_code == 401
