"""Configuration files, good and bad."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from slipstream import paths
from slipstream.config import Config, field_paths, load_config, parse_override
from slipstream.errors import ConfigError

CONFIGS = paths.home() / "configs"


def write(folder: Path, text: str) -> Path:
    file = folder / "my.yaml"
    file.write_text(text)
    return file


def test_default_yaml_states_every_key_with_the_built_in_default() -> None:
    stated = yaml.safe_load((CONFIGS / "default.yaml").read_text())
    built_in = Config()
    for key in field_paths():
        value: Any = stated
        default: Any = built_in
        for part in key.split("."):
            assert part in value, f"configs/default.yaml lacks {key}"
            value, default = value[part], getattr(default, part)
        assert (list(default) if isinstance(default, tuple) else default) == value, key


def test_every_key_of_default_yaml_is_commented() -> None:
    lines = [
        line for line in (CONFIGS / "default.yaml").read_text().splitlines() if ":" in line and not line.startswith("#")
    ]
    for line in lines:
        if (
            line.rstrip().endswith(":")
            or "sym:" in line
            or line.split(":")[0].strip()
            in ("tickerplant", "rdb", "hdb", "gateway", "rte", "broker", "dropcopy", "capture", "version")
        ):
            continue
        assert "#" in line, line


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=lambda f: f.name)
def test_every_shipped_file_loads_and_stays_on_the_loopback(file: Path) -> None:
    config = load_config(file)
    assert config.host == "127.0.0.1"
    assert config.scorecard.host == "127.0.0.1"


def test_the_last_file_wins_and_overrides_beat_files(tmp_path: Path) -> None:
    file = write(tmp_path, "ports: {rdb: 7011}\nfeed: {speed: 2}\n")
    config = load_config(file, overrides={"ports.hdb": 7012})
    assert (config.ports.rdb, config.ports.hdb, config.ports.tickerplant, config.feed.speed) == (7011, 7012, 5010, 2.0)


def test_the_bare_word_off_is_no_boolean_where_it_is_a_choice(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "feed: {venues: {depth: off}}\n")).feed.venues.depth == "off"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ports: {rbd: 1}", "my.yaml: ports.rbd: expected one of tickerplant, rdb"),
        ("ports: {rdb: 99999}", "my.yaml: ports.rdb: expected a number, 1 to 65535, got 99999"),
        ("ports: {rdb: '5011'}", "my.yaml: ports.rdb: expected a whole number, got '5011'"),
        ("ports: {rdb: 5010}", "my.yaml: ports.rdb: expected a port other than that of tickerplant, got 5010"),
        ("ports: 5010", "my.yaml: ports: expected keys and values, got 5010"),
        ("engine: k", "my.yaml: engine: expected one of auto, quill, kdb, got 'k'"),
        ("var: 7", "my.yaml: var: expected text, got 7"),
        ("feed: {speed: -1}", "my.yaml: feed.speed: expected a number, at least 0.0, got -1"),
        ("feed: {speed: true}", "my.yaml: feed.speed: expected a number, got True"),
        ("a: [", "my.yaml: line 2, column 1: expected YAML"),
        ("- 1", "my.yaml: expected keys and values, got 'list'"),
    ],
)
def test_errors_name_file_key_and_expectation(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text + "\n"))
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.yaml: expected a readable file"):
        load_config(tmp_path / "nothing.yaml")


def test_overrides_are_yaml() -> None:
    assert parse_override("ports.rdb=6011") == ("ports.rdb", 6011)
    assert parse_override("lake.url=s3://bucket/x") == ("lake.url", "s3://bucket/x")
    with pytest.raises(ConfigError):
        parse_override("ports.rdb")


def test_password_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(overrides={"password_env": "SLIPSTREAM_TEST_PASSWORD"})
    monkeypatch.delenv("SLIPSTREAM_TEST_PASSWORD", raising=False)
    with pytest.raises(ConfigError, match="SLIPSTREAM_TEST_PASSWORD"):
        _ = config.password
    monkeypatch.setenv("SLIPSTREAM_TEST_PASSWORD", "secret")
    assert config.password == "secret"
