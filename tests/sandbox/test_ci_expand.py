"""CI YAML becomes a pipeline, or one error that lists every problem."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from kawal_sandbox.ci.expand import (
    FILTERED_BY_RULES,
    FILTERED_BY_WORKFLOW,
    Context,
    Expanded,
    expand_pipeline,
)
from kawal_sandbox.ci.include import IncludeError, Source
from kawal_sandbox.ci.problems import ConfigError


@dataclass
class Files:
    """A `Source` in memory: {path: text} and other projects as {name: Files}."""

    files: dict[str, str] = field(default_factory=dict)
    projects: dict[str, "Files"] = field(default_factory=dict)

    def read(self, path: str) -> str:
        if path not in self.files:
            raise IncludeError(f"Local file `{path}` does not exist!")
        return self.files[path]

    def other(self, project: str, ref: str | None) -> Source:
        if project not in self.projects:
            raise IncludeError(f"Project `{project}` not found or access denied!")
        return self.projects[project]


def expand(text: str, source: Files | None = None, **context: object) -> Expanded:
    return expand_pipeline(text, ".gitlab-ci.yml", source or Files(), Context(**context))  # type: ignore[arg-type]


def problems(text: str, source: Files | None = None, **context: object) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        expand(text, source, **context)
    return caught.value.problems


def jobs(pipeline: Expanded) -> dict[str, object]:
    return {job.name: job for job in pipeline.jobs}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: {script: x, secrets: {}}", "jobs:a config contains unknown keys: secrets"),
        ("a: {script: x, parallel: 2}", "jobs:a config contains unknown keys: parallel"),
        ("a: {script: x, only: [main]}", "jobs:a config contains unknown keys: only"),
        ("a: {trigger: grp/app}", "jobs:a:trigger config should be a hash"),
        (
            "a: {trigger: {include: anak.yml, strategy: depend}}",
            "jobs:a:trigger only `include: [{artifact, job}]`",
        ),
        ("a: {script: x, inherit: {default: false}}", "jobs:a config contains unknown keys: inherit"),
        ("a: {script: x, artifacts: {pahts: [y]}}", "jobs:a:artifacts config contains unknown keys: pahts"),
        (
            "a: {script: x, artifacts: {reports: {foo: y}}}",
            "jobs:a:artifacts:reports config contains unknown keys: foo",
        ),
        ("a: {script: x, rules: [{iff: $A}]}", "jobs:a:rules:rule config contains unknown keys: iff"),
        (
            "a: {script: x, needs: [{pipeline: x, job: a}]}",
            "jobs:a:needs:need config contains unknown keys: pipeline",
        ),
        (
            "a: {script: x, environment: {name: p, on_stop: b}}",
            "jobs:a:environment config contains unknown keys: on_stop",
        ),
        (
            "a: {script: x, id_tokens: {T: {aud: k, sub: y}}}",
            "jobs:a:id_tokens:T config contains unknown keys: sub",
        ),
        ("a: {script: x, retry: {max: 1, wen: y}}", "jobs:a:retry config contains unknown keys: wen"),
        (
            "a: {script: x, allow_failure: {codes: [1]}}",
            "jobs:a:allow_failure config contains unknown keys: codes",
        ),
        ("a: {script: x}\ndefault: {hooks: {}}", "default config contains unknown keys: hooks"),
        ("a: {script: x}\nworkflow: {auto_cancel: {}}", "workflow config contains unknown keys: auto_cancel"),
        ("a: {script: x}\nservices: [redis]", "root config contains unknown keys: services"),
        ("a: {script: x}\nb: text", "root config contains unknown keys: b"),
        ("a: {script: x, when: delayed}", "jobs:a:when config should be one of"),
        ("a: {stage: test}", "jobs:a config should implement the script:"),
        ("a: {script: x, stage: nope}", "a job: chosen stage nope does not exist"),
        ("a: {script: x, needs: [b]}", "a job: undefined need: b"),
        ("a: {script: x, timeout: soon}", "jobs:a:timeout config should be a duration"),
        ("a: {script: x, id_tokens: {T: {}}}", "jobs:a:id_tokens:T config missing required keys: aud"),
        ("a: {script: x, variables: {B: true}}", "jobs:a:variables:B config should be a string or a number"),
        ("a: {script: x, rules: [{if: '$A ='}]}", "jobs:a:rules:rule:if invalid expression syntax"),
        ("a: {script: x, extends: .gone}", "a: unknown keys in `extends` (.gone)"),
        (
            ".a: {extends: .b}\n.b: {extends: .a}\nc: {extends: .a, script: x}",
            "circular dependency detected in `extends`",
        ),
        ("a: {script: [!reference [.gone, script]]}", "!reference [.gone, script] could not be found"),
        ("a: {script: x}\na: {script: y}", "duplicate key 'a'"),
        ("a: {script: x, needs: [b]}\nb: {script: x, needs: [a]}", "circular dependencies"),
        (
            "stages: [one, two]\na: {script: x, stage: one, needs: [b]}\nb: {script: x, stage: two}",
            "is not defined in current",
        ),
        ("include: {remote: 'https://x/y.yml'}\na: {script: x}", "other kinds are not supported"),
        ("include: https://x/y.yml\na: {script: x}", "remote files and wildcards are not supported"),
        ("include: gone.yml\na: {script: x}", "Local file `gone.yml` does not exist!"),
        ("include: {project: p/q, file: x.yml}\na: {script: x}", "Project `p/q` not found or access denied!"),
        ("[1, 2]", "as one YAML mapping"),
        ("a: [", "Invalid configuration format"),
        ("a: !!python/object/apply:os.system [id]", "Invalid configuration format"),
        ("stages: [x]", "jobs config should contain at least one visible job"),
    ],
)
def test_refuses_with_the_path(text: str, problem: str) -> None:
    assert any(problem in found for found in problems(text)), problems(text)


def test_lists_all_problems_at_once() -> None:
    found = problems("a: {script: x, foo: 1, stage: nope}\nb: {script: x, artifacts: {bar: 1}}")
    assert found == (
        "jobs:a config contains unknown keys: foo",
        "jobs:b:artifacts config contains unknown keys: bar",
        "a job: chosen stage nope does not exist; available stages are .pre, build, test, deploy, .post",
    )


def test_stops_an_alias_bomb() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "too big" in problems("\n".join(lines))[0]


def test_extends_merges_mappings_and_replaces_lists() -> None:
    pipeline = expand(
        """
        .base: {script: [a, b], variables: {X: "1", Y: "2"}, tags: [one]}
        .more: {extends: .base, tags: [two]}
        job: {extends: [.base, .more], variables: {Y: "3"}}
        """
    )
    job = pipeline.jobs[0]
    assert (job.script, job.variables, job.tags) == (("a", "b"), {"X": "1", "Y": "3"}, ("two",))


def test_reference_brings_parts_of_other_jobs() -> None:
    pipeline = expand(
        """
        .setup: {script: [one, two], rules: [{if: $A == "x"}]}
        job:
          rules: [!reference [.setup, rules]]
          script: [!reference [.setup, script], three]
        """,
        above={"A": "x"},
    )
    assert pipeline.jobs[0].script == ("one", "two", "three")


def test_includes_local_and_project_files_with_inputs() -> None:
    template = """
spec:
  inputs:
    stage: {default: test}
    limit: {type: number}
    mode: {options: [fast, slow], default: fast}
    list: {type: array, default: [a, b]}
---
include: /shared.yml
"check-$[[ inputs.mode ]]":
  extends: .shared
  stage: $[[ inputs.stage ]]
  script:
    - echo $[[ inputs.limit ]]
  tags: $[[ inputs.list ]]
"""
    there = Files({"kawal.yml": template, "shared.yml": ".shared: {timeout: 1h 30m}"})
    pipeline = expand(
        "include: [{project: pa/tpl, file: kawal.yml, ref: v1, inputs: {limit: 5}}]\ncheck-fast: {retry: 1}",
        Files(projects={"pa/tpl": there}),
    )
    job = pipeline.jobs[0]
    assert (job.name, job.script, job.tags, job.timeout_s, job.retry.max) == (
        "check-fast",
        ("echo 5",),
        ("a", "b"),
        5400,
        1,
    )


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ("{}", "`limit` input: required value has not been provided"),
        ("{limit: x}", "`limit` input: provided value is not a number"),
        ("{limit: 1, other: 2}", "unknown input arguments: other"),
        ("{limit: 1, mode: z}", "`mode` input: `z` cannot be used"),
        ("{limit: 1, code: B1}", "`code` input: provided value does not match required RegEx"),
    ],
)
def test_refuses_bad_inputs(inputs: str, problem: str) -> None:
    template = (
        "spec: {inputs: {limit: {type: number}, mode: {options: [a], default: a}, code: {regex: ^a, default: a1}}}\n"
        "---\njob: {script: x}"
    )
    found = problems(f"include: [{{local: t.yml, inputs: {inputs}}}]", Files({"t.yml": template}))
    assert any(problem in text for text in found), found


@pytest.mark.parametrize(
    ("rules", "context", "expected"),
    [
        ('[{if: $B == "main"}]', {"below": {"B": "main"}}, ("on_success", False)),
        ('[{if: $B == "main"}]', {"below": {"B": "x"}}, None),
        ("[{if: $B, when: never}, {when: always}]", {"below": {"B": "x"}}, None),
        ("[{if: $B, when: never}, {when: always}]", {}, ("always", False)),
        ("[{when: manual}]", {}, ("manual", False)),
        ("[{when: manual, allow_failure: true}]", {}, ("manual", True)),
        ("[{changes: ['src/**/*.py']}]", {"changed": ["src/a/b.py"]}, ("on_success", False)),
        ("[{changes: {paths: ['src/*.py']}}]", {"changed": ["src/a/b.py"]}, None),
        ("[{changes: ['x']}]", {"changed": None}, ("on_success", False)),
        ("[{exists: [Dockerfile]}]", {"files": ["a", "Dockerfile"]}, ("on_success", False)),
        ("[{exists: [Dockerfile]}]", {"files": ["a"]}, None),
        ("[]", {}, None),
    ],
)
def test_rules_decide_if_and_how_a_job_runs(
    rules: str, context: dict[str, Any], expected: tuple[str, bool] | None
) -> None:
    pipeline = expand(f"job: {{script: x, rules: {rules}}}\nother: {{script: x}}", **context)
    job = {job.name: job for job in pipeline.jobs}.get("job")
    assert (None if job is None else (job.when, job.allow_failure)) == expected


def test_manual_outside_rules_does_not_block_but_inside_does() -> None:
    pipeline = expand("a: {script: x, when: manual}\nb: {script: x, rules: [{when: manual}]}")
    assert {job.name: job.allow_failure for job in pipeline.jobs} == {"a": True, "b": False}


def test_workflow_rules_filter_the_pipeline() -> None:
    text = 'workflow: {name: "$CI_COMMIT_REF_NAME!", rules: [{if: $CI_COMMIT_TAG, variables: {V: tag}}]}\njob: {script: x}'
    assert expand(text).filtered == FILTERED_BY_WORKFLOW
    kept = expand(text, below={"CI_COMMIT_TAG": "v1", "CI_COMMIT_REF_NAME": "v1"})
    assert (kept.filtered, kept.name, kept.jobs[0].variables) == (None, "v1!", {"V": "tag"})


def test_merge_request_pipeline_leaves_out_jobs_without_rules_unless_a_workflow_decides() -> None:
    assert expand("a: {script: x}", merge_request=True).filtered == FILTERED_BY_RULES
    assert len(expand("workflow: {rules: [{when: always}]}\na: {script: x}", merge_request=True).jobs) == 1


def test_project_variables_win_over_yaml_and_predefined_lose() -> None:
    text = 'variables: {A: yaml, B: yaml}\njob: {script: x, rules: [{if: $A == "project" && $B == "yaml"}]}\nz: {script: x}'
    assert "job" in jobs(expand(text, above={"A": "project"}, below={"B": "predefined"}))


def test_need_of_a_job_that_was_not_added_is_an_error_unless_optional() -> None:
    text = "gate: {script: x, rules: [{if: $NEVER}]}\ndeploy: {script: x, stage: deploy, needs: [%s]}"
    assert "'deploy' job needs 'gate' job" in problems(text % "gate")[0]
    assert [job.name for job in expand(text % "{job: gate, optional: true}").jobs] == ["deploy"]


def test_defaults_and_job_keywords_come_out_effective() -> None:
    pipeline = expand(
        """
        stages: [periksa, rilis]
        default: {tags: [umum], before_script: [echo mulai], timeout: 10 minutes}
        variables: {LINGKUNGAN: {value: production, description: d}}
        gerbang: {stage: periksa, script: exit 3, tags: [pa]}
        rilis:
          stage: rilis
          script: [echo ok]
          needs: [{job: gerbang, artifacts: false}]
          environment: {name: $LINGKUNGAN, url: "https://$X", deployment_tier: production}
          id_tokens: {T: {aud: kawal-izin}}
          allow_failure: {exit_codes: [42]}
          artifacts: {paths: [a], when: always, expire_in: 1 week, reports: {junit: a.xml, dotenv: [b.env]}}
          resource_group: r-$LINGKUNGAN
          retry: {max: 2, when: script_failure}
          cache: {key: k, paths: [v]}
          image: {name: alpine}
        """
    )
    gate, release = pipeline.jobs
    assert (gate.tags, gate.before_script, gate.timeout_s, gate.stage_index) == (
        ("pa",),
        ("echo mulai",),
        600,
        1,
    )
    assert release.environment is not None
    assert (release.environment.name, release.environment.tier) == ("production", "production")
    assert (release.id_tokens, release.allow_failure_codes, release.resource_group) == (
        {"T": ("kawal-izin",)},
        (42,),
        "r-production",
    )
    assert (release.artifacts.expire_s, release.artifacts.reports) == (
        604800,
        {"junit": ("a.xml",), "dotenv": ("b.env",)},
    )
    assert release.needs is not None
    assert (release.needs[0].artifacts, release.retry.max, release.tags) == (False, 2, ("umum",))
