"""A machine without room or workers is no fault of the submission."""

import errno
import os
import pickle
import zipfile

import pytest

from gradcheck import Plan, verify
from gradcheck.judging.run import verify_whole
from gradcheck.report import Verdict
from gradcheck.subjects.loading import archive
from gradcheck.subjects.loading.errors import Unavailable

PLAN = Plan(isolation="strongest", layers=("relu",))


def fails(*words, **how):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def zipped(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "ann.zip", "w") as packed:
        packed.write(folder / "right.py", "right.py")
    return str(tmp_path / "ann.zip")


def test_worker_that_cannot_be_started__is_no_verdict(confined, folder, monkeypatch):
    from gradcheck.isolation import session  # it needs what only Linux has

    monkeypatch.setattr(session, "Process", fails)
    path = str(folder / "right.py")
    with pytest.raises(Unavailable, match="cannot be started: No space left on device"):
        verify_whole(path, PLAN)
    (target,) = verify([path], PLAN).targets
    assert (target.verdict, "cannot be started" in target.error) == (Verdict.ERROR, True)


def test_zip_that_there_is_no_room_for__is_no_verdict(confined, zipped, monkeypatch):
    monkeypatch.setattr(archive, "temporary", fails)
    with pytest.raises(Unavailable, match="cannot be unpacked: No space left on device"):
        verify_whole(zipped, PLAN)


def test_unavailable__crosses_processes():
    problem = Unavailable("no room", "unsupported")
    assert str(pickle.loads(pickle.dumps(problem))) == "no room"
