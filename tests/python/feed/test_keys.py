"""Keys of venues: from where they come, what they sign, and that they are not told."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry
from playing import frame, run

from slipstream.config import Venues
from slipstream.errors import ConfigError
from slipstream.feed.coinbase import Coinbase
from slipstream.feed.frames import OPEN
from slipstream.feed.keys import CdpKey, Credentials, KrakenKey, kraken_signature, load, token
from slipstream.feed.venue import Send

NAME = "organizations/o/apiKeys/k"


def test_the_signature_of_krakens_documentation() -> None:
    key = KrakenKey("k", "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==")
    body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    assert kraken_signature(key, "/0/private/AddOrder", "1616492376594", body) == (
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    )


def ed25519() -> tuple[str, OKPKey]:
    made = OKPKey.generate_key("Ed25519")
    parts = made.as_dict(private=True)
    raw = b"".join(base64.urlsafe_b64decode(str(parts[name]) + "=") for name in ("d", "x"))
    return base64.b64encode(raw).decode(), made


def loose(algorithm: str) -> JWSRegistry:
    return JWSRegistry(algorithms=[algorithm], strict_check_header=False)


def test_tokens_are_signed_by_either_kind_of_key() -> None:
    curve = ECKey.generate_key("P-256")
    secret, edwards = ed25519()
    pem = curve.as_pem(private=True).decode()
    for given, key, algorithm in (
        (pem, curve, "ES256"),
        (pem.replace("\n", "\\n"), curve, "ES256"),
        (secret, edwards, "EdDSA"),
    ):
        made = jwt.decode(token(CdpKey(NAME, given), 1_700_000_000), key, registry=loose(algorithm))
        assert made.claims == {"sub": NAME, "iss": "cdp", "nbf": 1_700_000_000, "exp": 1_700_000_120}
        assert made.header["kid"] == NAME and made.header["alg"] == algorithm and len(str(made.header["nonce"])) == 32


def test_each_subscription_to_advanced_trade_carries_a_token_of_its_own() -> None:
    curve = ECKey.generate_key("P-256")
    key = CdpKey(NAME, curve.as_pem(private=True).decode())
    for given in (None, key):
        _, _, asked = run(Coinbase(["BTC-USD"], key=given), [frame(0, b"", OPEN)])
        messages = [
            json.loads(one.data) for one in asked if isinstance(one, Send) and one.secret == (given is not None)
        ]
        assert [one["channel"] for one in messages] == ["level2", "market_trades", "status", "heartbeats"]
        tokens = {one["jwt"] for one in messages if "jwt" in one}
        assert len(tokens) == (0 if given is None else 4)
        for each in tokens:
            assert jwt.decode(each, curve, registry=loose("ES256")).claims["nbf"] == 1_700_000_000


def test_keys_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _ = ed25519()
    kept = tmp_path / "secrets"
    kept.write_text(
        f"# of the desk\nCDP_NAME={NAME}\nCDP_SECRET = {secret}\n\nK_KEY=fromfile\nK_SECRET=YQ==\nX_KEY=x\nX_PASSPHRASE=p\n"
    )
    monkeypatch.setenv("K_KEY", "fromenvironment")
    monkeypatch.setenv("X_SECRET", "Yg==")
    venues = Venues(coinbase_env="X", coinbase_cdp_env="CDP", kraken_env="K", secrets=str(kept))
    found = load(venues)
    assert found.exchange == Credentials("x", "Yg==", "p")
    assert found.advanced == CdpKey(NAME, secret)
    assert found.kraken == KrakenKey("fromenvironment", "YQ==")
    for told in (secret, "Yg==", "YQ=="):
        assert told not in repr(found)
    assert load(Venues()).kraken is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("K_KEY=k", "K_SECRET"),
        ("K_KEY=k\nK_SECRET=VERYSECRET!", "not Base64"),
        ("K_KEY=k\nK_SECRET=YQ==\nC_NAME=n\nC_SECRET=VERYSECRET", "Ed25519"),
        ("K_KEY=k\nK_SECRET=YQ==\nC_NAME=n\nC_SECRET=-----BEGIN VERYSECRET", "P-256"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_without_telling_it(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "secrets").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(Venues(kraken_env="K", coinbase_cdp_env="C" if "C_" in text else None, secrets=str(tmp_path / "secrets")))
    assert said in str(caught.value) and "VERYSECRET" not in str(caught.value)
    with pytest.raises(ConfigError, match="readable"):
        load(Venues(kraken_env="K", secrets=str(tmp_path / "absent")))
