"""The demo's shop is made with the operator's own commands, and everything in it can be used."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from demo.__main__ import main
from demo.books import Books
from demo.broker import HOST
from demo.errors import DemoError
from demo.installation import Installation, configure_server, configure_terminal, found
from demo.people import CURRENCY, PARTIES, PAYEE, PAYER
from demo.scenes import POLICY
from demo.watch import ServerWatch
from server_mqtt.config import load_config as load_server
from server_mqtt.ledger.accounts import customer_account, outside_account
from terminal.config import load_config as load_terminal
from terminal.texts.languages import Language

PORT = 18_883


@pytest.fixture
def shop(tmp_path: Path) -> Installation:
    return found(tmp_path)


def test_both_ends_have_an_account_a_terminal_and_one_has_money(shop: Installation) -> None:
    accounts = {row["account"]: row for row in json.loads(shop.operate_on("account", "list", "--json"))}
    assert accounts.keys() == {party.account for party in PARTIES}
    for party in PARTIES:
        assert accounts[party.account]["terminals"] == [party.device]
    (listed,) = json.loads(shop.operate_on("directory", "list", "--json"))
    assert (listed["account"], listed["name"]) == (PAYEE.account, PAYEE.name)
    books = Books(shop)
    assert books.balances() == {customer_account(PAYER.account): 50_000, outside_account(CURRENCY): -50_000}
    assert [posting.kind for posting in books.postings()] == ["deposit", "deposit"]
    assert books.results("c" * 32) == (None, None)
    assert books.verify().startswith("1 entries")
    books.close()
    watch = ServerWatch(shop.data)
    assert watch.news() == []
    watch.close()


def test_keys_are_for_their_owner_alone(shop: Installation) -> None:
    keys = [*shop.folder.glob("keys/*.key"), *shop.folder.glob("pki/*.key"), shop.folder / "keys" / "signing.pem"]
    assert len(keys) > 4
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_the_server_s_example_becomes_the_demo_s(shop: Installation) -> None:
    configure_server(shop, PORT, POLICY)
    config = load_server(shop.server_config, {})
    assert (config.broker.host, config.broker.port) == (HOST, PORT)
    assert {name: getattr(config.policies.default, name) for name in POLICY} == POLICY
    with pytest.raises(DemoError, match="no line"):
        configure_server(shop, PORT, POLICY)


@pytest.mark.parametrize("language", Language)
def test_each_terminal_s_configuration_is_whole(shop: Installation, language: Language) -> None:
    for party in PARTIES:
        configure_terminal(shop, party, PORT, language)
        config = load_terminal(shop.terminal_config(party), {})
        assert (config.device_id, config.role, config.account) == (party.device, party.role, party.account)
        assert config.capture.order[0] is party.modality
        assert config.screen.language is language
        for setting in (config.broker.ca, config.broker.certificate, config.broker.key, config.server_signing_key):
            assert config.path(setting).is_file()


def test_a_command_that_fails_says_which_and_why(shop: Installation) -> None:
    with pytest.raises(DemoError, match=f"account open {PAYEE.account}.*is open already"):
        shop.operate_on("account", "open", PAYEE.account, "--name", "Another")
    with pytest.raises(DemoError, match="No such command 'dance'"):
        shop.operate("dance")
    with pytest.raises(DemoError, match=r"ledger verify --anchor 1:0{64} .*entry 1 is not the one"):
        shop.operate_on("ledger", "verify", "--anchor", "1:" + "0" * 64)
    with pytest.raises(DemoError, match="exists"):
        found(shop.folder)


@pytest.mark.parametrize(
    "wrong", [["--scene", "dance"], ["--language", "xx"], ["--scene", "held", "--pictures", os.devnull], ["extra"]]
)
def test_a_wrong_call_is_refused_before_anything_begins(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert capsys.readouterr().err
