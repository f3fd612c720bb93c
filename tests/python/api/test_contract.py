"""The API against its own OpenAPI document: whatever is sent, no 5xx, and every answer is as the document says."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from api.conftest import Served

schemathesis = pytest.importorskip("schemathesis", reason="the package schemathesis makes the requests")

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]
EXAMPLES = int(os.environ.get("SLIPSTREAM_EXAMPLES", "4"))
"""Requests an operation and mode; a sweep takes a hundred or more."""
OPERATORS = ("/audit", "/kill", "/prometheus")


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_answers_are_as_the_document_says(served: Served, mode: str) -> None:
    """`positive` requests are as the document wants them, `negative` ones are not."""
    document = schemathesis.openapi.from_asgi("/v1/openapi.json", served.http.app)
    checks = [getattr(schemathesis.checks, name, None) or schemathesis.checks.CHECKS.get_one(name) for name in CHECKS]
    tried, failed = 0, []
    for found in document.get_all_operations():
        operation = found.ok()
        try:
            _try(served, operation, schemathesis.GenerationMode(mode), checks)
            tried += 1
        except Unsatisfiable:
            pass  # nothing about it can be wrong
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 (all operations are tried, then all failures shown)
            failed.append(f"{operation.label}: {error!r}\n{error}")
    served.api.services.actions.kill(False)
    assert failed == [], "\n\n".join(failed)
    assert tried >= (19 if mode == "positive" else 10)


def _try(served: Served, operation: Any, mode: Any, checks: list[Any]) -> None:
    who = "ops" if operation.path in OPERATORS else "boss"

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        response = case.call(headers=served.key(who))
        case.validate_response(response, checks=checks)

    check()
