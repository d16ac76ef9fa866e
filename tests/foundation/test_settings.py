"""Settings: where a value comes from, what beats what, and what is said of nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest

from foundation.settings import BadSetting, Settings, as_environment, load_settings


def test_the_command_line_beats_the_environment_beats_the_file(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('port = 1\nmqtt_port = 2\nnats_port = 3\nhost = "0.0.0.0"\n')
    settings = load_settings(
        config=config, environment={"CITYBRAIN_PORT": "11", "CITYBRAIN_MQTT_PORT": "12"}, port=21, nats_port=None
    )
    assert (settings.port, settings.mqtt_port, settings.nats_port, settings.host) == (21, 12, 3, "0.0.0.0")
    assert settings.origins == {
        "port": "command line", "mqtt_port": "CITYBRAIN_MQTT_PORT", "nats_port": str(config), "host": str(config),
    }  # fmt: skip


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://x:y@z/db\n")
    settings = load_settings(environment={"CITYBRAIN_DATABASE_URL_FILE": str(secret)})
    assert settings.database == "postgresql://x:y@z/db"
    assert settings.origins["database_url"] == "CITYBRAIN_DATABASE_URL_FILE"


@pytest.mark.parametrize(
    ("environment", "text"),
    [
        ({"CITYBRAIN_PORT": "many"}, "CITYBRAIN_PORT is 'many': int is wanted"),
        ({"CITYBRAIN_DEMO": "perhaps"}, "CITYBRAIN_DEMO is 'perhaps': bool is wanted"),
        ({"CITYBRAIN_DATABASE_URL_FILE": "/no/such"}, "CITYBRAIN_DATABASE_URL_FILE names /no/such"),
    ],
)
def test_nonsense_is_named(environment: dict[str, str], text: str) -> None:
    with pytest.raises(BadSetting, match=text):
        load_settings(environment=environment)


@pytest.mark.parametrize(
    ("content", "text"),
    [("colour = 1\n", "there is no setting 'colour'"), ("port = \n", "is not TOML"), (None, "cannot be read")],
)
def test_a_bad_file_is_named(tmp_path: Path, content: str | None, text: str) -> None:
    config = tmp_path / "c.toml"
    if content is not None:
        config.write_text(content)
    with pytest.raises(BadSetting, match=text):
        load_settings(config=config, environment={})


def test_a_child_gets_the_same_settings() -> None:
    settings = load_settings(environment={"CITYBRAIN_DEMO": "yes"}, port=8123, data=Path("/tmp/x"))
    environment = as_environment(settings)
    again = load_settings(environment=environment)
    assert again.port == 8123 and again.demo is True and again.data == Path("/tmp/x")
    assert "PATH" in environment


def test_a_child_compiles_once_even_where_sources_stay_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = as_environment(Settings())
    assert "PYTHONDONTWRITEBYTECODE" not in environment and environment["PYTHONPYCACHEPREFIX"].endswith("pycache")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "")
    assert "PYTHONPYCACHEPREFIX" not in as_environment(Settings())


def test_cookies_are_secure_behind_https() -> None:
    assert not Settings().is_secure
    assert Settings(public_url="https://x").is_secure and Settings(tls_cert=Path("c")).is_secure
