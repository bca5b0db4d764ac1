"""Pipelines that really run: git pushes, two runners, artifacts, gates, retries."""

import io
import json
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import gitlab
import jwt
import pytest
from ci_helpers import Work, git, new_work, runner_server, wait_for
from sandbox_client import ROOT, Client, new_user

from kawal_sandbox.ci.mount import Ci
from kawal_sandbox.ci.spec import JobSpec
from kawal_sandbox.forge import Forge
from kawal_sandbox.server import Server, start

MAINTAINER, DEVELOPER = 40, 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from runner_server(tmp_path_factory.mktemp("ci"))


@pytest.fixture(scope="module")
def root(server: Server) -> Client:
    return Client(server.url, ROOT)


@pytest.fixture
def work(root: Client, tmp_path: Path) -> Work:
    return new_work(root, tmp_path)


def test_push_runs_jobs_on_two_runners_and_hands_artifacts_on(work: Work) -> None:
    work.push(
        {
            ".gitlab-ci.yml": """
stages: [uji, rilis]
variables: {SALAM: halo}
buat:
  stage: uji
  tags: [umum]
  before_script: [mkdir -p laporan/dalam]
  script:
    - echo "$SALAM dari $CI_JOB_NAME" > laporan/dalam/a.txt
    - touch laporan/rahasia.key
  artifacts: {paths: [laporan], exclude: [laporan/*.key], name: "hasil-$CI_COMMIT_REF_NAME"}
lain:
  stage: uji
  tags: [pa]
  script: ['echo lain > lain.txt', 'echo "token=$KAWAL_TOKEN_UJI"']
  artifacts: {paths: [lain.txt]}
periksa:
  stage: rilis
  tags: [pa]
  needs: [buat, {job: lain, artifacts: false}]
  script: [cat laporan/dalam/a.txt, test ! -e laporan/rahasia.key, test ! -e lain.txt, 'test "$PWD" = "$CI_PROJECT_DIR"', 'test "$HOME" != ~root']
"""
        }
    )
    pipeline = work.finished("success")
    jobs = work.jobs(pipeline["id"])
    assert (pipeline["source"], pipeline["ref"], pipeline["tag"], pipeline["yaml_errors"]) == (
        "push",
        "main",
        False,
        None,
    )
    assert {name: job["runner"]["id"] for name, job in jobs.items()} == {"buat": 7, "lain": 9, "periksa": 9}
    assert "halo dari buat" in work.log(jobs["periksa"])
    assert "rahasia-runner-pa-123" not in work.log(jobs["lain"])
    assert "token=[MASKED]" in work.log(jobs["lain"])
    assert jobs["buat"]["artifacts_file"]["filename"] == "hasil-main.zip"
    archive = work.client("GET", f"{work.path}/jobs/{jobs['buat']['id']}/artifacts")
    with zipfile.ZipFile(io.BytesIO(archive.raw)) as opened:
        assert opened.namelist() == ["laporan/dalam/a.txt"]
    member = work.client("GET", f"{work.path}/jobs/{jobs['buat']['id']}/artifacts/laporan/dalam/a.txt")
    assert member.raw == b"halo dari buat\n"


def test_failing_gate_blocks_what_depends_on_it_and_keeps_the_exit_code(work: Work) -> None:
    work.push(
        {
            ".gitlab-ci.yml": """
stages: [gerbang, rilis]
gerbang:
  stage: gerbang
  script: [echo mulai, "(exit 3)", echo tidak-sampai]
  after_script: ['echo "sesudah: $CI_JOB_STATUS"']
  artifacts: {paths: [bukti.txt], when: always}
  before_script: [echo ada > bukti.txt]
rilis: {stage: rilis, script: [echo lepas], needs: [gerbang]}
lapor: {stage: rilis, script: [echo gagal], when: on_failure}
boleh: {stage: gerbang, script: exit 42, allow_failure: {exit_codes: [42]}}
"""
        }
    )
    pipeline = work.finished("failed")
    jobs = work.jobs(pipeline["id"])
    assert work.states(pipeline["id"]) == {
        "gerbang": "failed",
        "rilis": "skipped",
        "lapor": "success",
        "boleh": "failed",
    }
    assert (jobs["gerbang"]["failure_reason"], jobs["boleh"]["allow_failure"]) == ("script_failure", True)
    log = work.log(jobs["gerbang"])
    assert "exit code 3" in log
    assert "sesudah: failed" in log
    assert "\ntidak-sampai" not in log
    assert work.client("GET", f"{work.path}/jobs/{jobs['gerbang']['id']}/artifacts/bukti.txt").raw == b"ada\n"


def test_retrying_a_pipeline_runs_only_what_failed(work: Work, tmp_path: Path) -> None:
    switch = tmp_path / "buka"
    work.push(
        {
            ".gitlab-ci.yml": f"""
stages: [a, b, c]
hijau: {{stage: a, script: [echo ok]}}
gerbang: {{stage: b, script: [test -e {switch}]}}
rilis: {{stage: c, script: [echo lepas], needs: [gerbang]}}
"""
        }
    )
    pipeline = work.finished("failed")
    before = work.jobs(pipeline["id"])
    switch.touch()
    work.client.post(f"{work.path}/pipelines/{pipeline['id']}/retry")
    work.finished("success")
    after = work.jobs(pipeline["id"])
    assert after["hijau"]["id"] == before["hijau"]["id"]
    assert after["gerbang"]["id"] > before["gerbang"]["id"]
    assert after["rilis"]["status"] == "success"
    rows = work.client.get(f"{work.path}/pipelines/{pipeline['id']}/jobs?include_retried=true")
    assert sorted(row["status"] for row in rows if row["name"] == "gerbang") == ["failed", "success"]


def test_protected_and_scoped_variables_reach_only_their_jobs(work: Work, root: Client) -> None:
    for row in (
        {"key": "RAHASIA", "value": "hanya-terlindung", "protected": True, "masked": True},
        {"key": "AMBANG", "value": '{"schema": 1}', "variable_type": "file"},
        {"key": "PROD", "value": "ya", "environment_scope": "production"},
        {"key": "TETAP", "value": "proyek"},
    ):
        root.post(f"{work.path}/variables", row)
    text = """
variables: {TETAP: yaml, CI_PROJECT_NAME: ditimpa}
buat:
  stage: build
  script: ['printf "TETAP=dotenv\\nBARU=dotenv\\n" > v.env']
  artifacts: {reports: {dotenv: v.env}}
lihat:
  variables: {BARU: yaml}
  script:
    - 'echo "[$RAHASIA] [$TETAP] [$BARU] [$PROD] [$CI_PROJECT_NAME] $(cat "$AMBANG")"'
    - 'test "$CI_COMMIT_REF_PROTECTED" = "$MAU" && echo cocok'
prod:
  environment: {name: production}
  script: ['echo "prod=$PROD $CI_ENVIRONMENT_NAME $CI_ENVIRONMENT_SLUG"']
"""
    work.push({".gitlab-ci.yml": text.replace("$MAU", "true")})
    main = work.jobs(work.finished("success", ref="main")["id"])
    assert '[[MASKED]] [proyek] [dotenv] [] [ditimpa] {"schema": 1}' in work.log(main["lihat"])
    assert "prod=ya production production" in work.log(main["prod"])
    work.push({".gitlab-ci.yml": text.replace("$MAU", "false")}, ref="fitur")
    branch = work.jobs(work.finished("success", ref="fitur")["id"])
    assert "[] [proyek] [dotenv] []" in work.log(branch["lihat"])


def test_config_in_another_project_is_used_and_the_own_file_ignored(
    work: Work, root: Client, tmp_path: Path
) -> None:
    template = new_work(root, tmp_path)
    sha = template.push(
        {
            "gitlab/kawal.yml": "include: /gitlab/bagian.yml\ngerbang: {script: [echo pusat], extends: .b}",
            "gitlab/bagian.yml": ".b: {tags: [pa], id_tokens: {T: {aud: kawal-izin}}}",
            ".gitlab-ci.yml": "workflow: {rules: [{when: never}]}\nx: {script: [echo ok]}",
        }
    )
    path = f"gitlab/kawal.yml@{template.project['path_with_namespace']}:{sha}"
    root.put(work.path, {"ci_config_path": path})
    template.push({"gitlab/kawal.yml": "lain: {script: [exit 1]}"}, ref="main")
    work.push({".gitlab-ci.yml": "lolos: {script: [echo ok]}"})
    pipeline = work.finished("success")
    jobs = work.jobs(pipeline["id"])
    assert list(jobs) == ["gerbang"]

    developer, _ = new_user(root, DEVELOPER, work.project["id"])
    git(
        work.folder,
        "remote",
        "set-url",
        "origin",
        work.project["http_url_to_repo"].replace("://", f"://x:{developer.token}@"),
    )
    work.push({"a": "b"}, ref="tanpa-akses")
    refused = work.finished(ref="tanpa-akses")
    assert refused["status"] == "failed"
    assert "not found or access denied!" in refused["yaml_errors"]
    root.post(f"{template.path}/members", {"user_id": developer.get("/user")["id"], "access_level": 20})
    work.push({"a": "c"}, ref="dengan-akses")
    assert list(work.jobs(work.finished("success", ref="dengan-akses")["id"])) == ["gerbang"]


def test_id_token_verifies_against_the_published_keys(work: Work, server: Server, root: Client) -> None:
    work.push(
        {
            ".gitlab-ci.yml": """
biasa: {script: ['echo "$T" > t.txt'], id_tokens: {T: {aud: [satu, dua]}}, artifacts: {paths: [t.txt]}, tags: [pa]}
rilis:
  script: ['echo "$IZIN" > t.txt', 'test -z "$T"']
  id_tokens: {IZIN: {aud: kawal-izin}}
  environment: {name: production, deployment_tier: production}
  timeout: 10m
  tags: [pa]
  artifacts: {paths: [t.txt]}
"""
        }
    )
    pipeline = work.finished("success")
    jobs = work.jobs(pipeline["id"])
    about = json.loads(Client(server.url, None)("GET", f"{server.url}/.well-known/openid-configuration").raw)
    assert about["issuer"] == server.url
    keys = jwt.PyJWKSet.from_dict(json.loads(Client(server.url, None)("GET", about["jwks_uri"]).raw))

    def claims(token: str, audience: str) -> dict[str, object]:
        key = keys[jwt.get_unverified_header(token)["kid"]]
        verified: dict[str, object] = jwt.decode(
            token, key, algorithms=["RS256"], audience=audience, issuer=server.url
        )
        return verified

    token = work.client("GET", f"{work.path}/jobs/{jobs['rilis']['id']}/artifacts/t.txt").raw.decode().strip()
    found = claims(token, "kawal-izin")
    path = work.project["path_with_namespace"]
    expected = {
        "sub": f"project_path:{path}:ref_type:branch:ref:main",
        "project_id": str(work.project["id"]),
        "pipeline_id": str(pipeline["id"]),
        "job_id": str(jobs["rilis"]["id"]),
        "ref_protected": "true",
        "runner_id": 9,
        "pipeline_source": "push",
        "environment": "production",
        "environment_protected": "false",
        "deployment_tier": "production",
        "sha": pipeline["sha"],
        "ci_config_sha": pipeline["sha"],
    }
    assert {key: found[key] for key in expected} == expected
    assert found["exp"] - found["iat"] == 600  # type: ignore[operator]
    assert found["iat"] - found["nbf"] == 5  # type: ignore[operator]
    again = root.post(f"/kawal_latihan/jobs/{jobs['rilis']['id']}/id_token", {"nama": "IZIN"})["token"]
    fresh = claims(again, "kawal-izin")
    assert fresh["jti"] != found["jti"]
    volatile = ("jti", "iat", "nbf", "exp")
    assert {k: v for k, v in fresh.items() if k not in volatile} == {
        k: v for k, v in found.items() if k not in volatile
    }
    assert root("POST", f"/kawal_latihan/jobs/{jobs['rilis']['id']}/id_token", {"nama": "T"}).status == 400
    plain = claims(
        work.client("GET", f"{work.path}/jobs/{jobs['biasa']['id']}/artifacts/t.txt").raw.decode().strip(),
        "dua",
    )
    assert "environment" not in plain


def test_timeout_kills_the_whole_process_tree(work: Work, tmp_path: Path) -> None:
    pids = tmp_path / "pid"
    work.push(
        {
            ".gitlab-ci.yml": f"""
lama:
  timeout: 1s
  script: ['sleep 300 & echo $! >> {pids}', 'setsid sleep 300 & echo $! >> {pids}', 'sleep 300']
"""
        }
    )
    pipeline = work.finished("failed")
    assert work.jobs(pipeline["id"])["lama"]["failure_reason"] == "job_execution_timeout"
    numbers = pids.read_text().split()
    assert len(numbers) == 2
    wait_for(lambda: not any(_alive(number) for number in numbers), "processes gone")


def _alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_cancel_stops_a_running_job_and_play_starts_a_manual_one(work: Work) -> None:
    work.push(
        {
            ".gitlab-ci.yml": "stages: [a, b]\na: {stage: a, script: [sleep 300]}\nb: {stage: b, script: [echo ok]}"
        }
    )
    id_ = work.pipeline()["id"]
    wait_for(lambda: work.states(id_)["a"] == "running", "a runs")
    work.client.post(f"{work.path}/pipelines/{id_}/cancel")
    assert work.finished("canceled")["id"] == id_
    work.push(
        {
            ".gitlab-ci.yml": "stages: [a, b]\nizin: {stage: a, script: [echo ok], rules: [{when: manual}]}\nb: {stage: b, script: [echo ok]}"
        }
    )
    blocked = work.finished("manual")
    assert work.states(blocked["id"]) == {"izin": "manual", "b": "created"}
    job = work.jobs(blocked["id"])["izin"]
    work.client.post(f"{work.path}/jobs/{job['id']}/play")
    assert work.finished("success")["id"] == blocked["id"]


def test_bad_configuration_and_skipped_pushes(work: Work) -> None:
    work.push({".gitlab-ci.yml": "a: {script: [echo ok], secrets: {}, needs: [b]}"})
    failed = work.pipeline(status="failed")
    assert failed["yaml_errors"] == "jobs:a config contains unknown keys: secrets\na job: undefined need: b"
    assert work.jobs(failed["id"]) == {}
    good = {".gitlab-ci.yml": "a: {script: [echo ok]}"}
    assert work.client.get(f"{work.path}/pipelines/{failed['id']}/bridges") == []
    assert work.pipeline(sha=work.push(good, message="perbaiki [skip ci]"))["status"] == "skipped"
    assert work.pipeline(sha=work.push({"x": "1"}, options=("ci.skip",)))["status"] == "skipped"
    assert work.finished(sha=work.push({"x": "2"}))["status"] == "success"


def test_tag_api_and_filtered_pipelines(work: Work, root: Client) -> None:
    work.push(
        {
            ".gitlab-ci.yml": """
workflow: {rules: [{if: $CI_COMMIT_TAG =~ /^v/}, {if: '$CI_PIPELINE_SOURCE == "api"'}]}
a: {script: ['echo "tag=$CI_COMMIT_TAG branch=$CI_COMMIT_BRANCH x=$X"']}
"""
        }
    )
    assert work.pipelines() == []
    work.tag("v1.0.0")
    tagged = work.finished("success", ref="v1.0.0")
    assert (tagged["tag"], tagged["source"]) == (True, "push")
    assert "tag=v1.0.0 branch= x=" in work.log(work.jobs(tagged["id"])["a"])
    asked = root.post(f"{work.path}/pipeline", {"ref": "main", "variables": [{"key": "X", "value": "api"}]})
    assert asked["source"] == "api"
    done = work.finished("success", ref="main")
    assert "x=api" in work.log(work.jobs(done["id"])["a"])
    root.put(work.path, {"ci_pipeline_variables_minimum_override_role": "no_one_allowed"})
    refused = root(
        "POST", f"{work.path}/pipeline", {"ref": "main", "variables": [{"key": "X", "value": "1"}]}
    )
    assert (refused.status, refused.json) == (
        400,
        {"message": {"base": ["Insufficient permissions to set pipeline variables"]}},
    )


def test_resource_group_runs_one_after_the_other(work: Work, tmp_path: Path) -> None:
    lock = tmp_path / "kunci"
    script = f"mkdir {lock} && sleep 0.3 && rmdir {lock}"
    work.push(
        {
            ".gitlab-ci.yml": f"a: {{script: ['{script}'], resource_group: uji, tags: [umum]}}\n"
            f"b: {{script: ['{script}'], resource_group: uji, tags: [pa]}}"
        }
    )
    assert work.finished()["status"] == "success"


def test_automatic_retry_keeps_the_failed_attempts(work: Work) -> None:
    work.push({".gitlab-ci.yml": "a: {script: [exit 1], retry: {max: 1, when: script_failure}}"})
    pipeline = work.finished("failed")
    attempts = f"{work.path}/pipelines/{pipeline['id']}/jobs?include_retried=true"
    wait_for(lambda: len(work.client.get(attempts)) == 2, "two attempts")
    assert {(one["name"], one["status"]) for one in work.client.get(attempts)} == {("a", "failed")}


def test_lint_says_what_a_push_would_say(work: Work) -> None:
    work.push({".gitlab-ci.yml": "a: {script: [echo ok]}"})
    good = work.client.post(
        f"{work.path}/ci/lint", {"content": "a: {script: [echo ok]}", "include_jobs": True}
    )
    assert (good["valid"], [job["name"] for job in good["jobs"]]) == (True, ["a"])
    bad = work.client.post(f"{work.path}/ci/lint", {"content": "a: {script: [echo ok], foo: 1}"})
    assert (bad["valid"], bad["errors"]) == (False, ["jobs:a config contains unknown keys: foo"])
    assert work.client.get(f"{work.path}/ci/lint")["valid"] is True


def test_job_token_lives_as_long_as_the_job(work: Work, server: Server) -> None:
    ask = (
        "import os, urllib.request as u\n"
        "e = os.environ\n"
        "q = u.Request(e['CI_API_V4_URL'] + '/job', headers={'JOB-TOKEN': e['CI_JOB_TOKEN']})\n"
        "print(u.urlopen(q).status)\n"
    )
    work.push(
        {
            "tanya.py": ask,
            ".gitlab-ci.yml": """
a:
  script:
    - 'echo "$CI_JOB_TOKEN" | rev > t.txt; echo "token: $CI_JOB_TOKEN"'
    - 'python3 tanya.py'
    - 'git fetch -q "http://x:$CI_JOB_TOKEN@$CI_SERVER_FQDN/$CI_PROJECT_PATH.git" main && echo terbaca'
  artifacts: {paths: [t.txt]}
""",
        }
    )
    job = work.jobs(work.finished("success")["id"])["a"]
    log = work.log(job)
    assert "token: [MASKED]" in log
    assert "\n200\n" in log
    assert "\nterbaca\n" in log
    token = work.client("GET", f"{work.path}/jobs/{job['id']}/artifacts/t.txt").raw.decode().strip()[::-1]
    assert Client(server.url, None)("GET", "/job", headers={"JOB-TOKEN": token}).status == 401


def test_runners_are_shown(work: Work, root: Client) -> None:
    assert [(row["id"], row["description"]) for row in root.get(f"{work.path}/runners")] == [
        (7, "umum"),
        (9, "pa"),
    ]
    assert root.get("/runners/9")["tag_list"] == ["pa"]
    assert root("GET", "/runners/99").status == 404


def test_a_developer_cannot_retry_on_a_ref_he_may_not_push_or_merge(work: Work, root: Client) -> None:
    work.push({".gitlab-ci.yml": "a: {script: [exit 3]}"})
    pipeline = work.finished("failed")
    developer, _ = new_user(root, DEVELOPER, work.project["id"])
    assert developer("POST", f"{work.path}/pipelines/{pipeline['id']}/retry").status == 403


def test_jobs_that_ran_when_the_forge_stopped_have_failed_after_a_restart(tmp_path: Path) -> None:
    starts = runner_server(tmp_path)
    first = next(starts)
    work = new_work(Client(first.url, ROOT), tmp_path)
    mark = tmp_path / "mulai"
    work.push({".gitlab-ci.yml": f"a: {{script: ['touch {mark}', 'sleep 300']}}"})
    id_ = work.pipeline()["id"]
    wait_for(mark.exists, "job runs")
    starts.close()
    second = start(tmp_path / "data", admin_token=ROOT)
    try:
        work.client = Client(second.url, ROOT)
        assert work.client.get(f"{work.path}/pipelines/{id_}")["status"] == "failed"
        assert work.jobs(id_)["a"]["failure_reason"] == "runner_system_failure"
    finally:
        second.stop()


def test_running_rows_of_a_killed_forge_are_failed_by_the_next_start(tmp_path: Path) -> None:
    forge = Forge(tmp_path, "http://forge.example")
    ci = Ci(forge)
    folder = tmp_path / "ci" / "work" / "1"
    folder.mkdir(parents=True)
    leftover = subprocess.Popen(["sleep", "300"], cwd=folder)
    pipeline = forge.store.insert(
        "ci_pipelines", iid=1, project_id=1, ref="main", tag=0, sha="0" * 40, before_sha="0" * 40, source="push", status="running",
        user_id=1, protected=1, config_source="repository_source", config_path="x", created_at="", updated_at="",
    )  # fmt: skip
    spec = JobSpec(name="a", stage="test", stage_index=1).model_dump_json()
    forge.store.insert("projects", id=1, namespace_id=1, name="a", path="a", full_path="g/a", visibility="private", default_branch="main",
        creator_id=1, created_at="", updated_at="", last_activity_at="",
    )  # fmt: skip
    forge.store.insert("users", id=1, username="u", name="U", email="u@x.id", created_at="")
    job = forge.store.insert(
        "ci_jobs", pipeline_id=pipeline, project_id=1, name="a", stage="test", stage_index=1, status="running", spec=spec,
        allow_failure=0, user_id=1, created_at="",
    )  # fmt: skip
    ci.start()
    assert leftover.wait(timeout=10) == -signal.SIGKILL
    row = forge.store.get("ci_jobs", job)
    assert (row["status"], row["failure_reason"]) == ("failed", "runner_system_failure")
    assert forge.store.get("ci_pipelines", pipeline)["status"] == "failed"
    ci.stop()
    forge.close()


def test_a_job_uploads_to_the_package_registry_and_may_not_touch_issues(work: Work) -> None:
    ask = (
        "import os, urllib.request as u, urllib.error\n"
        "e = os.environ\n"
        "def ask(method, path, body=None):\n"
        "    url = e['CI_API_V4_URL'] + '/projects/' + e['CI_PROJECT_ID'] + path\n"
        "    try:\n"
        "        with u.urlopen(u.Request(url, body, {'JOB-TOKEN': e['CI_JOB_TOKEN']}, method=method)) as r:\n"
        "            return r.status\n"
        "    except urllib.error.HTTPError as error:\n"
        "        return error.code\n"
        "sha = e['CI_COMMIT_SHA']\n"
        "print('unggah', ask('PUT', f'/packages/generic/app/{sha}/paket.tar', b'isi'))\n"
        "print('isu', ask('POST', '/issues?title=x', b''))\n"
        "print('variabel', ask('GET', '/variables'))\n"
    )
    sha = work.push({"tanya.py": ask, ".gitlab-ci.yml": "a: {script: [python3 tanya.py]}"})
    log = work.log(work.jobs(work.finished("success")["id"])["a"])
    assert "unggah 201" in log
    assert "isu 401" in log
    assert "variabel 401" in log
    assert work.client("GET", f"{work.path}/packages/generic/app/{sha}/paket.tar").raw == b"isi"


def test_python_gitlab_reads_and_drives_pipelines_unmodified(work: Work, server: Server) -> None:
    gl = gitlab.Gitlab(server.url, private_token=ROOT, timeout=20, keep_base_url=True)
    work.push(
        {
            ".gitlab-ci.yml": "a: {script: ['echo isi > a.txt', exit 3], artifacts: {paths: [a.txt], when: always}, allow_failure: true}"
        }
    )
    work.finished("success")
    project = gl.projects.get(work.project["id"])
    pipeline = project.pipelines.list(ref="main", source="push", get_all=True)[0]
    job = pipeline.jobs.list(get_all=True)[0]
    full = project.jobs.get(job.id)
    assert (pipeline.status, job.status, job.runner["id"]) == ("success", "failed", 7)
    assert b"exit code 3" in full.trace()
    assert full.artifact("a.txt") == b"isi\n"
    with zipfile.ZipFile(io.BytesIO(full.artifacts())) as opened:
        assert opened.read("a.txt") == b"isi\n"
    full.retry()
    pipeline.retry()
    wait_for(lambda: project.pipelines.get(pipeline.id).status == "success", "retried")
    assert len(pipeline.jobs.list(get_all=True, include_retried=True)) >= 2
    assert project.ci_lint.get().valid is True
    made = project.pipelines.create({"ref": "main"})
    assert made.source == "api"
    made.cancel()
    wait_for(lambda: project.pipelines.get(made.id).status in ("canceled", "success"), "canceled")
    assert [runner.id for runner in project.runners.list(get_all=True)] == [7, 9]
