"""Holds the whole API against its own OpenAPI document, with schemathesis: what it makes up is sent to a real server,
and every answer must be one that the document promises.

    python -m tests.support.fuzz [EXAMPLES]     a longer run than the suite's; `make fuzz`
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.app import PLAIN, Site, until
from tests.support.server import RunningServer

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "ignored_auth",
)

UNLIMITED = {"VERNISSAGE_READS_A_MINUTE": "1000000", "VERNISSAGE_RUN_STARTS_A_MINUTE": "1000000"}

SEED = 1


def config(project: str, spare: str, run: str, publish: str) -> str:
    """Where the API's own ids are needed, those of what was prepared; what would take these away gets others."""
    others = "00000000-0000-4000-8000-000000000000"
    lines = [
        "warnings = false",
        "[parameters]",
        f'"path.project" = "{project}"',
        f'"path.run" = "{run}"',
        f'"path.publish" = "{publish}"',
        '"path.version" = 1',
        '"path.user" = "sam@example.org"',
    ]
    for operation in ("trashProject", "setSharing", "setOwner", "unpublish"):
        lines += [
            "[[operations]]",
            f'include-operation-id = "{operation}"',
            f'parameters = {{ "path.project" = "{spare}" }}',
        ]
    for operation in ("disableUser", "changeUser"):
        lines += [
            "[[operations]]",
            f'include-operation-id = "{operation}"',
            f'parameters = {{ "path.user" = "{others}" }}',
        ]
    # It ends what asks.
    lines += ["[[operations]]", 'include-operation-id-regex = "^(signOut|signIn|changePassword)$"', "enabled = false"]
    return "\n".join(lines) + "\n"


def fuzzed(place: Path, examples: int, *, seed: int = SEED) -> tuple[int, str]:
    """Run it on a server with something of everything; the exit status, and what schemathesis said."""
    with RunningServer(place / "data", environ=UNLIMITED) as server:
        site = Site(server)
        try:
            site.meet_admin()
            admin = site.program("admin")
            admin.post("/api/v1/users", json={"email": "sam@example.org", "role": "editor"})
            project, spare = (site.project(PLAIN, "admin") for _ in range(2))
            started = admin.post(f"/api/v1/projects/{project}/publish", json={"force": True}).json()
            settle = f"/api/v1/projects/{project}/runs/{started['runId']}"
            until(lambda: admin.get(settle).json()["endTime"] is not None)
            run = admin.post(f"/api/v1/projects/{project}/runs").json()["runId"]
            settings = place / "schemathesis.toml"
            settings.write_text(config(project, spare, run, started["publishId"]))
            done = subprocess.run(
                [
                    *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
                    *("run", f"{server.url}/api/openapi.json", "--checks", ",".join(CHECKS)),
                    *("--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed)),
                    *("--header", f"Authorization: Bearer {site.people['admin'].token}", "--request-timeout", "30"),
                    *("--suppress-health-check", "all", "--continue-on-failure"),
                ],
                cwd=place,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            site.close()
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        return done.returncode, f"{said}\n{server.log()[-3_000:]}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="vernissage-fuzz-") as directory:
        status, text = fuzzed(Path(directory), int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(text)
    sys.exit(status)
