"""A model's versions in a bucket, each in a folder that bears its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import version
from deploy.console import Console
from deploy.failure import DeployFailed
from tools.model import folder as folders

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from deploy.account import Account

BUCKET = "models"


@pytest.fixture
def s3(account: Account) -> S3Client:
    where = {"LocationConstraint": account.region}
    account.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)  # type: ignore[arg-type]
    return account.s3


def _model(folder: Path, content: str, label: str = "1") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "code.py").write_text(content)
    folders.describe(folder, model_version=label, runtime="python", options={}, probe=None)
    return folder


def _brought(s3: S3Client, model: str, folder: Path) -> str:
    chosen = version.of_folder(folder)
    version.bring(Console(), s3, BUCKET, model, chosen)
    return chosen.digest


def test_equal_files_are_one_version(tmp_path: Path) -> None:
    one, same = (_model(tmp_path / name, "x = 1") for name in ("one", "same"))

    assert version.of_folder(one).digest == version.of_folder(same).digest


def test_other_files_are_another_version_whatever_its_label(tmp_path: Path) -> None:
    one, other = (_model(tmp_path / name, name) for name in ("one", "other"))

    assert version.of_folder(one).label == version.of_folder(other).label
    assert version.of_folder(one).digest != version.of_folder(other).digest


@pytest.mark.parametrize("fault", ["missing", "changed", "no manifest", "no JSON"])
def test_a_folder_that_is_not_as_described_is_refused(tmp_path: Path, fault: str) -> None:
    folder = _model(tmp_path / "model", "x = 1")
    match fault:
        case "missing":
            (folder / "code.py").unlink()
        case "changed":
            (folder / "code.py").write_text("x = 2")
        case "no manifest":
            (folder / "manifest.json").unlink()
        case "no JSON":
            (folder / "manifest.json").write_text("{")

    with pytest.raises(DeployFailed, match=f"MODEL={folder}: "):
        version.of_folder(folder)


def test_versions_lie_side_by_side(tmp_path: Path, s3: S3Client) -> None:
    old = _brought(s3, "shout", _model(tmp_path / "shout", "x = 1", "1"))
    new = _brought(s3, "shout", _model(tmp_path / "shout", "x = 2", "2"))
    _brought(s3, "other", _model(tmp_path / "other", "x = 3"))

    found = {each.digest: each.label for each in version.every(s3, BUCKET, "shout")}
    assert found == {old: "1", new: "2"}
    body = s3.get_object(Bucket=BUCKET, Key=f"shout/{old}/code.py")["Body"]
    assert body.read() == b"x = 1"


def test_a_version_that_is_there_can_be_named(tmp_path: Path, s3: S3Client) -> None:
    digest = _brought(s3, "shout", _model(tmp_path / "shout", "x = 1", "loud"))

    named = version.stored(s3, BUCKET, "shout", digest)

    assert (named.digest, named.label, named.folder) == (digest, "loud", None)


def test_one_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, s3: S3Client) -> None:
    digest = _brought(s3, "shout", _model(tmp_path / "shout", "x = 1", "loud"))

    with pytest.raises(DeployFailed, match=rf"no such version of shout, but {digest} \(loud\)"):
        version.stored(s3, BUCKET, "shout", "0" * 16)


def test_half_an_upload_is_no_version(s3: S3Client) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"shout/{'a' * 16}/code.py", Body=b"x = 1")

    assert list(version.every(s3, BUCKET, "shout")) == []
