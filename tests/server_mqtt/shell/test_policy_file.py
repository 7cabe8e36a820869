"""[policy] of a TOML file: one policy for all, others for single payees, and every fault named with its line."""

from __future__ import annotations

import contextlib
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from server_mqtt.cli import commands
from server_mqtt.config import load_policies
from server_mqtt.shell.errors import ConfigError
from server_mqtt.shell.toml_lines import line_of
from server_mqtt.verification.policies import Policies
from server_mqtt.verification.policy import Policy

_TWO = """\
# What our shops agreed on.
[policy]
attempts = 2
hold_expiry_ms = 86_400_000

[policy.payee."20004471"]
amount_limit_minor = 5_000
attempts = 4
"""


def _load(folder: Path, text: str, **environ: str) -> Policies:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return load_policies(path, environ)


def _faults(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        _load(folder, text, **environ)
    return [line.removeprefix(f"{folder}/") for line in str(refused.value).splitlines()]


def test_what_the_issue_asks_for_is_the_default() -> None:
    policy = Policy()
    assert (policy.payee_preset_time_ms, policy.payer_preset_time_ms, policy.attempts) == (10_000, 15_000, 3)
    assert (policy.resend_first_ms, policy.resend_second_ms, policy.resend_third_ms) == (30_000, 120_000, 600_000)
    assert policy.resend_last_ms == 3_600_000
    assert (policy.hold_expiry_ms, policy.hold_notice_ms) == (7 * 86_400_000, 86_400_000)


def test_a_payee_has_the_rules_of_all_but_for_its_own(tmp_path: Path) -> None:
    policies = _load(tmp_path, _TWO)
    assert policies.default == Policy(attempts=2, hold_expiry_ms=86_400_000)
    assert policies.of("20004471") == replace(policies.default, amount_limit_minor=5_000, attempts=4)
    assert policies.of("10002288") is policies.default


def test_lock_outs_have_one_policy_for_all(tmp_path: Path) -> None:
    text = '[policy]\nlockout_failures = 3\n\n[policy.payee."20004471"]\nlockout_failures = 2\n'
    assert _faults(tmp_path, text) == ["policy.toml:5: lockout_failures holds for all; it is no payee's own"]
    assert _load(tmp_path, text.partition("[policy.payee")[0]).default.lockout_failures == 3


def test_the_environment_changes_the_rules_of_all_and_no_payee_s_own(tmp_path: Path) -> None:
    policies = _load(tmp_path, _TWO, COUNTERSIGN_POLICY_ATTEMPTS="1", COUNTERSIGN_POLICY_RISK_THRESHOLD="0.25")
    assert (policies.default.attempts, policies.default.risk_threshold) == (1, 0.25)
    assert (policies.of("20004471").attempts, policies.of("20004471").risk_threshold) == (4, 0.25)


def test_no_policy_is_the_default_one(tmp_path: Path) -> None:
    assert _load(tmp_path, "") == Policies()


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """\
[policy]
attempts = 99
hold_expiry_ms = "a week"
# A comment, and a blank line.

risk_treshold = 0.5
both_modalities_from_minor = 10.5
payer_preset_time_ms = true

[policy.payee."20004471"]
attempts = 0
attemps = 1
[policy.payee."a b"]
[policy.payee]
10002288 = 5
"""
    assert _faults(tmp_path, text) == [
        "policy.toml:2: attempts must be 1 to 10, not 99",
        "policy.toml:3: hold_expiry_ms: Expected `int`, got `str`",
        "policy.toml:6: [policy] knows no risk_treshold",
        "policy.toml:7: both_modalities_from_minor: Expected `int`, got `float`",
        "policy.toml:8: payer_preset_time_ms: Expected `int`, got `bool`",
        "policy.toml:11: attempts must be 1 to 10, not 0",
        "policy.toml:12: [policy.payee] knows no attemps",
        "policy.toml:13: what follows [policy.payee is no account number",
        "policy.toml:15: what a payee's own policy should be is no table",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\npolicy = 3\n", "policy.toml:2: [policy] is no table"),
        ("[policy]\npayee = 3\n", "policy.toml:2: [policy.payee] is no table of tables"),
        ("[policy]\nattempts = \n", "policy.toml: Invalid value (at line 2, column 12)"),
        ("x = " + "[" * 5_000, "policy.toml: nested too deeply"),
    ],
)
def test_what_is_no_policy_at_all(tmp_path: Path, text: str, words: str) -> None:
    assert _faults(tmp_path, text) == [words]


def test_a_fault_of_the_environment_has_no_line(tmp_path: Path) -> None:
    (fault,) = _faults(tmp_path, "", COUNTERSIGN_POLICY_ATTEMPTS="many")
    assert fault.startswith("policy.toml: attempts: ")


@given(st.text() | st.text(alphabet='[]policy.aten=x1"\n# {}', max_size=80))
def test_no_text_gets_past_the_reader(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(ConfigError):
        assert isinstance(load_policies(path, {}), Policies)


# --- lines ---


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2\n", ("b",), 2),
        ("a = 1\r\nb = 2\r\n", ("b",), 2),
        ("[t]\n[t.u]\n'x y' = 1", ("t", "u", "x y"), 3),
        ("[t]\na.b = 1\n", ("t", "a", "b"), 2),
        ("\n\nt = { a = 1,  b = 2 }\n", ("t", "b"), 3),
        ("# a = 1\ns = '''\nb = 1\n'''\n\nb = 2\n", ("b",), 6),
        ("a = [\n 1,\n\n # b\n 2]\nb = 1", ("b",), 6),
        ("a = [\n 1,\n 2]\n", ("a",), 1),
        ("a = 1\n", ("b",), None),
        ("a = 1\n", ("a", "b"), None),
        ("", (), None),
    ],
)
def test_the_line_of_a_setting(text: str, path: tuple[str, ...], line: int | None) -> None:
    assert line_of(text, path) == line


_VALUES = st.sampled_from(["1", '"""\nx = 1\n"""', "[\n1,\n\n2\n]", "{ x = 1 }", "'x = 1'", "1 # x = 1"])


@given(st.lists(st.tuples(st.sampled_from(["", "\n", "# x = 1\n", "[t]\n"]), _VALUES), max_size=8), _VALUES)
def test_a_setting_is_found_whatever_stands_before_and_behind(before: list[tuple[str, str]], value: str) -> None:
    text, tables = "", 0
    for number, (gap, other) in enumerate(before):
        tables += gap == "[t]\n"
        text += f"{gap.replace('t', f't{tables}') if '[' in gap else gap}k{number} = {other}\n"
    wanted = text.count("\n") + 2
    whole = f"{text}[wanted]\nsetting = {value}\n[later]\nsetting = 1\n"
    assert "setting" in tomllib.loads(whole)["wanted"]
    assert line_of(whole, ("wanted", "setting")) == wanted


# --- the command ---


def test_policy_check_shows_what_each_payee_is_paid_under(tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(_TWO, encoding="utf-8")
    shown = CliRunner().invoke(commands, ["policy", "check", str(path), "--json"])
    rows = {row["setting"]: row for row in json.loads(shown.stdout)}
    assert rows["attempts"] == {"setting": "attempts", "default": 2, "20004471": 4}
    assert rows["payee_preset_time_ms"] == {"setting": "payee_preset_time_ms", "default": 10_000, "20004471": 10_000}
    path.write_text("[policy]\nattempts = 0\n", encoding="utf-8")
    refused = CliRunner().invoke(commands, ["policy", "check", str(path)])
    assert isinstance(refused.exception, ConfigError)
