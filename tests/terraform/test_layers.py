"""An environment whose credentials are renewed: asked anew at each start, and once each."""

from __future__ import annotations

from fixtures.terraform.layers import Layers


def test_each_layer_is_asked_once_a_command_however_deep_it_lies() -> None:
    """A layer may be a call of AWS: one for each variable took minutes."""
    asked: list[str] = []

    def credentials() -> dict[str, str]:
        asked.append("credentials")
        return {"AWS_ACCESS_KEY_ID": f"key {len(asked)}", "AWS_REGION": "us-east-1"}

    layers = Layers({"TF_INPUT": "0"}, Layers({"HOME": "/home"}, credentials))

    assert "key 1" == layers.now()["AWS_ACCESS_KEY_ID"]
    assert ["credentials"] == asked
    assert "key 2" == layers.now()["AWS_ACCESS_KEY_ID"]


def test_the_first_layer_that_has_a_variable_wins() -> None:
    assert {"HOME": "/ours", "PATH": "/bin"} == Layers(
        {"HOME": "/ours"}, lambda: {"HOME": "/theirs", "PATH": "/bin"}
    ).now()


def test_no_value_is_shown() -> None:
    assert "secret" not in repr(Layers({"AWS_SECRET_ACCESS_KEY": "secret"}))
