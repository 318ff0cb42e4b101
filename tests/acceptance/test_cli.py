"""The installed `spillway`, on the running system."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from spillway.identity import tenant_of_api_key
from tests.acceptance.flaky import hindering
from tests.acceptance.shell import SPILLWAY, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.acceptance.system import System

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n")


@pytest.fixture(scope="module")
def operator(system: System, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Whoever runs the system: `spillway` finds it by what it announces."""
    return Shell.at(system, tmp_path_factory.mktemp("shell"))


@pytest.fixture(scope="module")
def shell(operator: Shell) -> Shell:
    """A tenant of these tests' own, in a shell that has its key."""
    key = operator.spillway("tenants", "create", "cli").out.strip()
    return operator.having(SPILLWAY_API_KEY=key)


def dot(left: list[float], right: list[float]) -> float:
    return sum(x * y for x, y in zip(left, right, strict=True))


# --- one job --------------------------------------------------------------------------------------


def test_a_payload_goes_in_and_a_real_answer_comes_out(shell: Shell) -> None:
    ran = shell.spillway("submit", '{"text": "hello world"}', "--wait")

    assert ran.code == 0
    embedding = json.loads(ran.out)["embedding"]
    assert dot(embedding, embedding) == pytest.approx(1, abs=1e-4)
    assert re.fullmatch(r"job \S+ SUCCEEDED after \d+\.\d s\n", ran.err)


def test_a_job_is_followed_from_its_id_to_its_result(shell: Shell) -> None:
    submitted = shell.spillway("submit", '{"text": "hello"}', "--metadata", "order=17")
    assert ID.fullmatch(submitted.out)
    job_id = submitted.out.strip()

    [waited] = shell.documents("submit", '{"text": "hello"}', "--job-id", f"{job_id}-2", "--wait")
    [job] = shell.documents("get", job_id)

    assert (job["jobId"], job["metadata"]) == (job_id, {"order": "17"})
    assert shell.spillway("get", job_id).out.startswith("jobId ")
    assert waited["status"] == "SUCCEEDED"
    result = shell.spillway("result", f"{job_id}-2")
    assert json.loads(result.out) == waited["result"]["inline"]


def test_a_payload_comes_from_a_file_or_a_pipe(shell: Shell) -> None:
    (shell.folder / "payload.json").write_text('{\n  "text": "hello"\n}\n')

    from_file = shell.spillway("submit", "--file", "payload.json", "--wait")
    from_pipe = shell.spillway("submit", "-", "--wait", stdin='{"text": "hello"}')

    assert from_file.out == from_pipe.out


def test_a_large_payload_and_a_large_result_go_by_the_bucket(shell: Shell) -> None:
    (shell.folder / "large.json").write_text(json.dumps({"say": "x" * 6_000_000}))

    ran = shell.spillway("submit", "--file", "large.json", "--model", "unruly", "--wait")

    assert (ran.code, len(json.loads(ran.out))) == (0, 6_000_000)


def test_a_result_is_written_to_a_file(shell: Shell) -> None:
    shell.spillway("submit", '{"text": "kept"}', "--job-id", "kept", "--wait")

    ran = shell.spillway("result", "kept", "-o", "vector.json")

    assert (ran.code, ran.out) == (0, "")
    assert len(json.loads((shell.folder / "vector.json").read_text())["embedding"]) == 384


def test_a_terminal_sees_the_job_s_way(shell: Shell) -> None:
    words = ("submit", '{"sleep_s": 6, "say": "slept"}', "--model", "unruly", "--wait")

    code, shown = shell.on_terminal(*words)

    assert code == 0
    assert re.search(r"\x1b\[\d*m.*RUNNING, attempt 1", shown), "a line that changes, in colour"
    assert '"slept"' in shown
    plain = shell.having(NO_COLOR="1").on_terminal("models")[1]
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)


# --- its end --------------------------------------------------------------------------------------


def test_a_job_that_fails_is_exit_1(shell: Shell) -> None:
    ran = shell.spillway("submit", '{"text": 5}', "--wait")

    assert (ran.code, ran.out) == (1, "")
    assert "FAILED: text: expected a string" in ran.err
    assert "(invalid_payload)" in ran.err


def test_a_job_that_waits_too_long_is_exit_7_and_can_be_cancelled_and_retried(
    shell: Shell,
) -> None:
    words = ("submit", "1", "--model", "asleep", "--job-id", "slow")
    waited = shell.spillway(*words, "--within", "2")

    assert (waited.code, waited.out) == (7, "")
    assert waited.err == "spillway: job slow is still QUEUED; it goes on\n"

    [cancelled] = shell.documents("cancel", "slow")
    again = shell.spillway("retry", "slow").out.strip()
    [retried] = shell.documents("get", again)

    assert cancelled["status"] == "CANCELLED"
    assert (retried["status"], retried["retryOf"]) == ("QUEUED", "slow")
    assert shell.spillway("cancel", again).code == 0


# --- many -----------------------------------------------------------------------------------------


def test_a_file_of_lines_gives_a_result_a_line_in_order(shell: Shell) -> None:
    texts = ["A cat sits on the mat.", "A cat is sitting on a mat.", "Bond yields fell today."]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    (shell.folder / "texts.jsonl").write_text(lines)

    ran = shell.spillway("submit", "--file", "texts.jsonl", "--wait")

    assert (ran.code, ran.err) == (0, "3 succeeded\n")
    near, same, far = (json.loads(line)["embedding"] for line in ran.out.splitlines())
    assert dot(near, same) > 0.8
    assert abs(dot(near, far)) < 0.3


def test_a_batch_sent_twice_under_its_key_is_one_batch(shell: Shell) -> None:
    lines = "".join(f'{{"text": "line {n}"}}\n' for n in range(50))
    words = ("submit", "--lines", "-", "--idempotency-key", "nightly")

    first, second = (shell.spillway(*words, stdin=lines) for _ in range(2))

    assert first.code == 0
    assert len(set(first.out.split())) == 50
    assert first.out == second.out


def test_a_line_that_fails_keeps_its_place(shell: Shell) -> None:
    lines = '{"text": "one"}\n{"text": 2}\n'

    ran = shell.spillway("submit", "--lines", "-", "--wait", stdin=lines)

    assert (ran.code, ran.out.splitlines()[1]) == (1, "null")
    assert re.search(r"line 2: job \S+ FAILED: text: expected a string", ran.err)


def test_ctrl_c_ends_a_batch_and_no_job(shell: Shell) -> None:
    words = ("submit", "--lines", "-", "--model", "asleep", "--metadata", "left=yes", "--wait")

    # Given a batch that waits for jobs that do not end
    with started(shell, *words, stdin="1\n2\n3\n") as waiting:
        while len(left := left_jobs(shell)) < 3:
            assert waiting.poll() is None

        # When its user leaves
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=10)

    # Then it ends soon, and its jobs go on
    assert (waiting.returncode, err) == (130, "spillway: interrupted\n")
    assert {job["status"] for job in left} == {"QUEUED"}


@contextmanager
def started(shell: Shell, *words: str, stdin: str) -> Iterator[subprocess.Popen[str]]:
    """The command while it runs."""
    (shell.folder / "stdin").write_text(stdin)
    with (
        (shell.folder / "stdin").open() as given,
        subprocess.Popen(
            [SPILLWAY, *words],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(shell.environment),
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def left_jobs(shell: Shell) -> list[Any]:
    """The jobs of the batch whose user leaves."""
    jobs = shell.documents("list", "--model", "asleep", "--limit", "1000")
    return [job for job in jobs if job["metadata"] == {"left": "yes"}]


# --- lists ----------------------------------------------------------------------------------------


def test_jobs_are_listed_newest_first_and_filtered(operator: Shell) -> None:
    key = operator.spillway("tenants", "create", "lister").out.strip()
    lister = operator.having(SPILLWAY_API_KEY=key)
    for job_id in ("first", "second"):
        lister.spillway("submit", "1", "--model", "asleep", "--job-id", job_id)
    lister.spillway("cancel", "first")

    head, *rows = (line.split() for line in lister.spillway("list").out.splitlines())

    assert head[:2] == ["JOB", "ID"]
    assert [row[:3] for row in rows] == [
        ["second", "asleep", "QUEUED"],
        ["first", "asleep", "CANCELLED"],
    ]
    assert [job["jobId"] for job in lister.documents("list", "--status", "CANCELLED")] == ["first"]
    assert len(lister.documents("list", "--limit", "1")) == 1


def test_models_are_listed(shell: Shell) -> None:
    assert {"asleep", "default", "unruly"} <= {each["model"] for each in shell.documents("models")}
    assert shell.spillway("models").out.startswith("MODEL ")


# --- tenants --------------------------------------------------------------------------------------


def test_a_rotated_key_keeps_its_tenant(operator: Shell) -> None:
    old = operator.spillway("tenants", "create", "rotating").out.strip()
    before, job = operator.having(SPILLWAY_API_KEY=old), ("submit", "1", "--model", "asleep")
    before.spillway(*job, "--job-id", "kept")

    rotated = operator.spillway("tenants", "rotate", "rotating")
    new = rotated.out.strip()
    after = operator.having(SPILLWAY_API_KEY=new)

    assert tenant_of_api_key(new) == "rotating"
    assert [each.spillway("get", "kept").code for each in (before, after)] == [0, 0]
    assert "good until `spillway tenants delete rotating --key-id" in rotated.err

    newest = operator.spillway("tenants", "rotate", "rotating", "--expire-old").out.strip()
    last = operator.having(SPILLWAY_API_KEY=newest)
    assert [each.spillway("get", "kept").code for each in (before, after, last)] == [5, 5, 0]

    assert operator.spillway("tenants", "delete", "rotating", "--yes").code == 0
    assert last.spillway("list").code == 5
    listed = operator.documents("tenants", "list")
    assert "rotating" not in {key["tenant"] for key in listed}
    assert not any(value in json.dumps(listed) for value in (old, new, newest))


def test_a_tenant_s_jobs_are_nobody_else_s(shell: Shell, operator: Shell) -> None:
    job_id = shell.spillway("submit", '{"text": "mine"}').out.strip()

    assert operator.spillway("get", job_id).code == 3


# --- trouble --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("get nope", 3, "there is no job nope"),
        ("get ..", 3, "there is no job '..'"),
        ("submit 1 --model nope", 3, "nope"),
        ("submit 1 --ttl 5", 4, "ttlSeconds: expected a whole number from 60 to 1209600, got 5"),
        ("submit 1 --timeout 0", 4, "timeoutSeconds: expected a whole number from 1 to 43200"),
        ("submit 1 --job-id a.b", 4, "jobId: expected text that matches"),
        ("submit {oops", 4, "PAYLOAD is not JSON: "),
        ("submit NaN", 4, "PAYLOAD is not JSON: NaN is no JSON number"),
        ("submit", 2, "give either PAYLOAD"),
        ("list --status done", 2, "--status"),
        ("list --key cli", 2, "key: expected <tenant>.<secret>"),
        ("list --key cli.wrong", 5, "x-api-key"),
        ("list --url http://127.0.0.1:9/v1", 6, "127.0.0.1:9 does not answer: "),
        ("list --url 127.0.0.1:9", 2, "url: expected http://… or https://…"),
    ],
)
def test_bad_input_names_what_is_wrong(shell: Shell, words: str, code: int, said: str) -> None:
    ran = shell.spillway(*words.split(" "))

    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_another_service_is_told_from_an_api(shell: Shell, system: System) -> None:
    ran = shell.spillway("list", "--url", system.endpoint_url)

    assert ran.code == 6
    assert "is this an API's address, its stage included?" in ran.err


def test_a_stack_is_found_in_its_account(shell: Shell, system: System) -> None:
    account = shell.on_aws(system)

    assert account.spillway("tenants", "list", "--stack", system.stack).out.startswith("TENANT ")
    unknown = account.spillway("list", "--stack", "nope")
    assert (unknown.code, unknown.err) == (
        3,
        "spillway: there is no stack nope in this account and region\n",
    )
    keyless = account.lacking("SPILLWAY_API_KEY").spillway("list", "--stack", system.stack)
    assert keyless.code == 5
    assert "SPILLWAY_API_KEY" in keyless.err


def test_where_nothing_runs_it_says_what_to_give(shell: Shell) -> None:
    ran = shell.lacking("LOCAL_DIR").spillway("list")

    assert ran.code == 2
    assert "make run" in ran.err


@pytest.mark.parametrize("hindrance", ["lose the answer", "be unavailable"])
def test_what_is_sent_again_makes_one_job(shell: Shell, system: System, hindrance: Any) -> None:
    marker = f"order={hindrance}"
    with hindering(system.url.removesuffix("/v1"), hindrance, hindrance) as (url, seen):
        ran = shell.spillway(
            "submit", '{"text": "once"}', "--metadata", marker, "--url", f"{url}/v1"
        )

    assert ran.code == 0
    assert len(seen.keys) == 3
    assert len(set(seen.keys)) == 1
    listed = shell.documents("list", "--limit", "1000")
    [job] = [job for job in listed if job["metadata"] == {"order": hindrance}]
    assert job["jobId"] == ran.out.strip()
