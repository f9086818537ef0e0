import subprocess
import sys


def test_hera_does_not_change_how_strings_are_written():
    """Importing Hera changes every YAML dumper of the process; the manifests must not depend on who was imported."""
    program = "import hera.workflows, sys; from crds.render import main; main(['--check'])"

    assert subprocess.run([sys.executable, "-P", "-c", program], check=False).returncode == 0
