"""What is generated is not stale."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.mark.parametrize("tool", ["twins.py", "reference.py"])
def test_not_stale(tool):
    done = subprocess.run([sys.executable, str(TOOLS / tool), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
