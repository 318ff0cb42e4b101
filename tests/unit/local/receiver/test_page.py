from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from local.receiver.page import SECURITY_HEADERS, SHOWN_LIMIT, laid_out, page
from local.receiver.received import Received
from local.receiver.signature import Signature

URL = "http://127.0.0.1:4566/_receiver/"
MARKUP = st.sampled_from(
    ["<script>", "</script>", "</pre>", "<img src=x onerror=y>", '"', "'", "&lt;", "$url", "${url}"]
)
TEXTS = st.lists(MARKUP | st.text(st.characters(exclude_characters="\r\0")), max_size=5).map(
    "".join
)


class Reader(HTMLParser):
    """What a browser makes of a page: its elements in order, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def received(text: str, **more: object) -> Received:
    """A request in which a stranger chose each text."""
    given = {
        "at": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        "path": "hook",
        "webhook_id": text,
        "event": text,
        "job_id": text,
        "signature": Signature(None, text),
        "status": 200,
        "headers": {"user-agent": text},
        "body": text,
        "number": 7,
        "attempt": 3,
    }
    return Received(**{**given, **more})  # type: ignore[arg-type]


@given(TEXTS.filter(bool))
def test_what_strangers_send_stays_text(text: str) -> None:
    plain, theirs = Reader(page([received("x")], url=URL)), Reader(page([received(text)], url=URL))

    assert theirs.tags() == plain.tags()
    assert theirs.text.count(text) >= 5


@given(TEXTS.filter(bool))
def test_a_job_s_link_leads_to_that_job(text: str) -> None:
    shown = Reader(page([received(text)], url=URL, job_id=text))

    assert shown.tags() == Reader(page([received("x")], url=URL, job_id="x")).tags()
    assert text in shown.text


def test_a_row_says_what_came_and_what_it_was_answered() -> None:
    came = received("dlv_1", signature=Signature("demo"), status=503, path="hook/503?retry-after=9")

    shown = page([came], url=URL)

    cells = re.findall(r"<td[^>]*>(.*)</td>", shown)
    assert cells[1:] == [
        "503",
        "✓ verified, demo&#x27;s secret",
        "dlv_1",
        '<a href="?job=dlv_1">dlv_1</a>',
        "<code>dlv_1</code>",
        "3",
        "<code>hook/503?retry-after=9</code>",
    ]
    assert 'datetime="2026-11-22T12:00:00.000+00:00"' in cells[0]


def test_each_value_has_the_name_of_its_column() -> None:
    shown = page([received("x")], url=URL)

    heads = re.findall(r"<th [^>]*>(.*)</th>", shown)
    assert re.findall(r'<td data-name="([^"]*)"', shown) == heads


def test_where_nothing_has_arrived_it_says_how() -> None:
    assert f"--webhook {URL}hook" in Reader(page([], url=URL)).text


@given(TEXTS.filter(bool))
def test_where_nothing_of_a_job_has_arrived_it_says_that(text: str) -> None:
    shown = Reader(page([], url=URL, job_id=text))

    assert f"Nothing of job {text} has arrived." in shown.text
    assert "--webhook" not in shown.text


def test_what_is_not_said_is_not_linked() -> None:
    shown = Reader(page([received("", signature=Signature("demo"))], url=URL))

    assert [each for tag, each in shown.elements if tag == "a"] == [{"href": "deliveries.json"}]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    shown = Reader(page([received("x")], url=URL))

    fetched = {tag for tag, attributes in shown.elements if "src" in attributes}
    links = [attributes["href"] for tag, attributes in shown.elements if tag == "link"]
    assert fetched == set()
    assert links == ["data:,"]


def test_the_policy_lets_the_page_s_own_script_and_style_run() -> None:
    shown = page([], url=URL)

    for tag in ("script", "style"):
        [text] = re.findall(f"<{tag}>(.*?)</{tag}>", shown, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in SECURITY_HEADERS["content-security-policy"]


def test_a_body_is_laid_out_by_lines() -> None:
    assert laid_out('{"a":["é",1]}') == '{\n  "a": [\n    "é",\n    1\n  ]\n}'


def test_a_vector_has_one_line() -> None:
    assert laid_out('{"v":[1, -2.5, 3e-07]}') == '{\n  "v": [1, -2.5, 3e-07]\n}'
    assert laid_out("[[1],[2,3]]") == "[\n  [1],\n  [2, 3]\n]"
    assert laid_out("[]") == "[]"


def test_of_a_long_vector_the_first_numbers_are_shown() -> None:
    shown = laid_out(json.dumps(list(range(384))))

    assert shown.startswith("[0, 1, 2, ")
    assert shown.endswith(", 18, 19, … 364 more]")


def test_a_text_that_looks_like_a_vector_stays_as_it_is() -> None:
    text = json.dumps(["[\n  1,\n  2\n]"])

    assert json.loads(laid_out(text)) == json.loads(text)


def test_a_body_that_is_no_json_stays_as_it_came() -> None:
    assert laid_out("a=1&b=2") == "a=1&b=2"


def test_a_body_of_many_brackets_does_not_grow() -> None:
    deep = "[" * 30_000 + "]" * 30_000
    wide = "[" * 400 + ",".join("1" * 20_000) + "]" * 400

    assert laid_out(deep) == deep
    assert laid_out(wide) == wide
    assert len(laid_out(json.dumps(list(range(1000))))) < SHOWN_LIMIT


def test_half_a_character_is_shown() -> None:
    assert laid_out('"\\ud800"').encode("utf-8", "backslashreplace") == b'"\\ud800"'
