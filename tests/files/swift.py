"""Starts a real S3 server for tests: OpenStack Swift with its s3api, on one folder and no root.

    python -m venv /tmp/swift && /tmp/swift/bin/pip install swift
    python tests/files/swift.py /tmp/swift /tmp/swift-data 8790

It prints the variables to set for the tests and runs until it is stopped. Swift checks signatures
for real; the mock servers that are easier to start accept forged ones.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

KEY, SECRET = "test:tester", "testing"
SERVERS = ("object", "container", "account", "proxy")
PART = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 1
swift_dir = {etc}
devices = {devices}
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
log_facility =
log_address = /nonexistent
user = {user}
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 1
swift_dir = {etc}
user = {user}
[pipeline:main]
pipeline = catch_errors gatekeeper proxy-logging cache listing_formats s3api tempauth
    bulk slo dlo proxy-logging proxy-server
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
minimum_segment_size = 1
[filter:dlo]
use = egg:swift#dlo
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
"""


def write_settings(venv: Path, root: Path, port: int) -> dict[str, Path]:
    """Settings and rings of the four servers below `root`."""
    etc, devices = root / "etc", root / "devices"
    (devices / "d1").mkdir(parents=True, exist_ok=True)
    etc.mkdir(exist_ok=True)
    (etc / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = t\nswift_hash_path_prefix = t\n"
        "[storage-policy:0]\nname = one\ndefault = yes\n"
    )
    user = os.environ.get("USER") or "root"
    found = {}
    for number, kind in enumerate(SERVERS):
        text = PROXY if kind == "proxy" else PART
        given = {"port": port + 3 - number, "etc": etc, "devices": devices, "kind": kind}
        found[kind] = etc / f"{kind}.conf"
        found[kind].write_text(text.format(**given, user=user))
    builder = str(venv / "bin" / "swift-ring-builder")
    for number, kind in enumerate(SERVERS[:3]):
        ring = str(etc / f"{kind}.builder")
        address = f"r1z1-127.0.0.1:{port + 3 - number}/d1"
        for arguments in (["create", "4", "1", "0"], ["add", address, "1"], ["rebalance"]):
            command = [builder, ring, *arguments]
            subprocess.run(command, stdout=subprocess.DEVNULL, check=arguments == ["rebalance"])
    return found


def main() -> None:
    """Run the four servers until interrupted."""
    venv, root, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    found = write_settings(venv, root, port)
    env = {
        **os.environ,
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
        "SWIFT_DIR": str(root / "etc"),
    }
    code = "import sys; from swift.common import utils; utils.SWIFT_CONF_FILE = sys.argv.pop(1); "
    code += (
        "import runpy; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    running = []
    for kind, settings in found.items():
        log = (root / f"{kind}.log").open("wb")
        program = venv / "bin" / f"swift-{kind}-server"
        command = [str(venv / "bin" / "python"), "-c", code, str(root / "etc" / "swift.conf")]
        command += [str(program), str(settings), "-v"]
        running.append(subprocess.Popen(command, env=env, stdout=log, stderr=log))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        print(f"TEST_S3_ENDPOINT=http://127.0.0.1:{port}", f"AWS_ACCESS_KEY_ID={KEY}")
        print(f"AWS_SECRET_ACCESS_KEY={SECRET}", "AWS_REGION=us-east-1", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def wait_for(url: str) -> None:
    """Wait until something answers there."""
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("Swift did not start; see the logs in its folder.")


if __name__ == "__main__":
    main()
