"""
An OpenID Connect provider, by Authlib's server side: discovery, authorization code with PKCE required, signed ID tokens, its keys.

Whoever posts a name to its login is that one; what is tested is the page's side.
"""

import threading
import time
from contextlib import contextmanager

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "slipstream-page", "a-secret-of-the-page"


class User:
    def __init__(self, name):
        self.name = name

    def get_user_id(self):
        return self.name


class Client(ClientMixin):
    """The page, as it is registered here."""

    client_id = CLIENT

    def __init__(self, back):
        self._back = back

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return self._back

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self._back

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    """A code that was given out, with what it was asked for."""

    def __init__(self, code, asked, user):
        self.code, self.user, self.given = code, user, int(time.time())
        data = asked.payload.data
        self.back, self.scope = asked.payload.redirect_uri, asked.payload.scope
        self.nonce = data.get("nonce")
        self.code_challenge, self.code_challenge_method = data.get("code_challenge"), data.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.back

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.given

    def get_acr(self):
        return None

    def get_amr(self):
        return None


class Provider:
    """
    Args:
        back: where it sends people back to.
    """

    def __init__(self, back):
        self.codes, self.nonces, self.asked = {}, set(), []
        self.key = self.published = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.claims = {}  # what is said in ID tokens besides
        provider, client = self, Client(back)

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

            def save_authorization_code(self, code, request):
                provider.codes[code] = Code(code, request, request.user)

            def query_authorization_code(self, code, client):
                return provider.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                provider.codes.pop(authorization_code.code, None)

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        class Ids(OpenIDCode):
            def exists_nonce(self, nonce, request):
                return nonce in provider.nonces

            def get_jwt_config(self, grant=None):
                return {"key": provider.key.as_dict(private=True), "alg": "RS256", "iss": provider.issuer, "exp": 300}

            def generate_user_info(self, user, scope):
                return UserInfo(sub=user.name, preferred_username=user.name, **provider.claims)

        app = Flask("provider")
        self.app = app
        server = AuthorizationServer(
            app, query_client=lambda name: client if name == CLIENT else None, save_token=lambda token, asked: None
        )
        server.register_grant(CodeGrant, [Ids(require_nonce=True), CodeChallenge(required=True)])

        @app.get("/.well-known/openid-configuration")
        def discovery():
            return jsonify(
                issuer=provider.issuer,
                authorization_endpoint=f"{provider.issuer}/authorize",
                token_endpoint=f"{provider.issuer}/token",
                jwks_uri=f"{provider.issuer}/jwks",
                response_types_supported=["code"],
                id_token_signing_alg_values_supported=["RS256"],
                code_challenge_methods_supported=["S256"],
            )

        @app.get("/jwks")
        def jwks():
            return jsonify(keys=[provider.published.as_dict(private=False)])

        @app.route("/authorize", methods=["GET", "POST"])
        def authorize():
            if request.method == "GET":
                return "<form method=post><input name=name><input type=password></form>"
            provider.asked.append(request.args.to_dict())
            return server.create_authorization_response(grant_user=User(request.form["name"]))

        @app.post("/token")
        def token():
            return server.create_token_response()

    @contextmanager
    def serving(self, port):
        """Served on the loopback address until the block ends."""
        self.issuer = f"http://127.0.0.1:{port}"
        made = make_server("127.0.0.1", port, self.app, threaded=True)
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            made.shutdown()
            thread.join(10)
