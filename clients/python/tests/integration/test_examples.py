"""Every example runs as it is, and leaves no warning."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(each.stem for each in (CLIENT / "examples").glob("*.py"))


@pytest.mark.parametrize("name", [each for each in EXAMPLES if each != "simple_consumer"])
def test_example(bootstrap, name):
    def run(name):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", str(CLIENT / "examples" / f"{name}.py")],
            env={**os.environ, "GOFKA_BOOTSTRAP": bootstrap, "PYTHONPATH": str(CLIENT / "src")},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # In its development mode asyncio says when the machine is slow, which is not the example's fault.
        lines = [line for line in done.stderr.splitlines() if not line.startswith("Executing <")]
        assert not lines, done.stderr
        return done.stdout

    assert run(name)
    if name == "simple_producer":
        assert "records" in run("simple_consumer")


def test_the_readmes_programs(bootstrap, make_topic):
    text = (CLIENT / "README.md").read_text()
    programs = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    assert len(programs) == 2
    for program in programs:
        program = program.replace("localhost:9092", bootstrap).replace("greetings", make_topic())
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", program],
            env={**os.environ, "PYTHONPATH": str(CLIENT / "src")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0 and "hello" in done.stdout, done.stderr
