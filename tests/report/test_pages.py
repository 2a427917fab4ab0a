"""The pages: well-formed, self-contained, escaped, accessible, and true to the results."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from convclass.exam.results import CaseResult, Picture
from convclass.exam.verdict import Verdict
from convclass.report.classpage import class_page
from convclass.report.feedback import feedback_page, notebook_html
from convclass.report.templating import part_style

VOID = {"meta", "br", "wbr", "hr", "img", "input", "link"}
KNOWN = set(
    re.findall(
        r"\w+",
        """html head meta title style body header main nav section footer div p h1 h2 h3 strong span code bdi a ul li
        dl dt dd table caption thead tbody tr th td details summary figure figcaption svg text rect path line wbr""",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"[\w-]+",
        """lang charset http-equiv content name class id href aria-labelledby aria-label aria-hidden role scope title
        viewbox preserveaspectratio focusable width height x y d x1 x2 y1 y2 tabindex""",
    )
)
TITLE = "Convolution"


class Page(HTMLParser):
    """A strict reader: every element is closed in order; keeps what the tests ask about."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.headings, self.words, self.style = [], [], [], [], ""
        self.feed(html)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def feedback(result):
    return Page(feedback_page(result, title=TITLE))


def of_class(results):
    links = {result.student: f"feedback/{number}.html" for number, result in enumerate(results)}
    return Page(class_page(results, title=TITLE, feedback_links=links))


@pytest.fixture(params=["perfect", "mistaken", "untouched", "troubled", "unloadable"])
def result(request, samples):
    return getattr(samples, request.param)()


@pytest.fixture
def pages(samples):
    everyone = [samples.perfect(), samples.mistaken(), samples.untouched(), samples.troubled(), *samples.class_of(40)]
    public = [test for test in samples.mistaken().tests if test.public]
    return [*map(feedback, everyone[:5]), of_class(everyone), of_class([]), Page(notebook_html(public, ["a notice"]))]


def test_only_known_elements_and_attributes(pages):
    for page in pages:
        assert {tag for tag, _ in page.elements} <= KNOWN
        assert {name for _, attributes in page.elements for name in attributes} <= ATTRIBUTES


def test_nothing_is_loaded_from_elsewhere(pages):
    for page in pages:
        assert not re.search(r"url\(|@import|https?:", page.style)
        for tag, attributes in page.elements:
            assert "src" not in attributes
            assert re.match(r"#|feedback/", attributes.get("href") or "#"), (tag, attributes)


def test_the_policy_allows_the_style_and_nothing_else(result):
    page = feedback(result)
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "&" not in page.style


def test_headings_start_at_one_and_skip_no_level(pages):
    for page in pages[:-1]:
        assert page.headings[0] == 1 and page.headings.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))


def test_tables_have_captions_and_scopes(pages):
    for page in pages:
        assert len(page.all("table")) == len(page.all("caption"))
        assert all(attributes.get("scope") in ("row", "col") for attributes in page.all("th"))


def test_references_within_a_page_lead_somewhere(pages):
    for page in pages:
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids))
        wanted = [a["href"][1:] for a in page.all("a") if a["href"].startswith("#")]
        wanted += [attributes["aria-labelledby"] for _, attributes in page.elements if "aria-labelledby" in attributes]
        assert set(wanted) <= set(ids)


def test_pictures_have_a_text_alternative(samples):
    page = feedback(samples.mistaken())
    images = [svg for svg in page.all("svg") if svg.get("role") == "img"]
    assert images and all("rows" in svg["aria-label"] for svg in images)
    assert all(svg.get("aria-hidden") == "true" for svg in page.all("svg") if svg not in images)


def test_hostile_text_is_only_ever_text(samples):
    for text in samples.HOSTILE:
        result = samples.hostile(text)
        everywhere = [feedback(result), of_class([result]), Page(notebook_html(result.tests, result.notices))]
        for page in everywhere:
            assert {tag for tag, _ in page.elements} <= KNOWN
            assert {name for _, attributes in page.elements for name in attributes} <= ATTRIBUTES
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page.text)
            assert all(not (a.get("href") or "").lower().startswith("javascript") for a in page.all("a"))
        assert max(len(str(page.words)) for page in everywhere) < 90_000


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_hostile_text_is_still_readable(samples, text):
    result = samples.hostile(text)
    for page in (feedback(result), of_class([result])):
        assert text in page.text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example/x", "http://evil.example", "a b#c?d%.html"])
def test_a_link_only_ever_points_below_the_page(samples, link):
    page = Page(class_page([samples.perfect("x")], title=TITLE, feedback_links={"x": link}))
    (href,) = {a["href"] for a in page.all("a")}
    assert not re.match(r"[a-z]+:|/", href, re.IGNORECASE) and "?" not in href and "#" not in href


def test_student_names_are_isolated_from_the_text_around(samples):
    name = "مرحبا"
    html = feedback_page(samples.perfect(name), title=TITLE) + class_page(
        [samples.perfect(name)], title=TITLE, feedback_links={}
    )
    outside_title = re.sub("<title>.*?</title>", "", html)
    assert outside_title.count(name) == outside_title.count(f"<bdi>{name}</bdi>") == 2


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_told_in_words(samples, verdict):
    tests = samples.question_tests("conv2d", 3.0, verdict, blocked_by="im2col" if verdict is Verdict.BLOCKED else "")
    result = samples.submission("x", tests)
    for page in (feedback(result), of_class([result]), Page(notebook_html(tests))):
        assert verdict.words in page.text


def test_the_feedback_tells_all_that_helps(samples):
    text = feedback(samples.mistaken()).text
    for words in (
        "Béla Bartók",
        "7.67 of 16 points",
        "Next: cross_correlate2d",
        samples.FLIPPED.name,
        samples.FLIPPED.sentence,
        *samples.HINTS,
        "Finish cross_correlate2d first",
        "TypeError: 'NoneType' is not iterable (line 84)",
        "You returned a numpy array",
        "3 of 4 cases right",
        "2 notebook cells",
        "3f2a9c1d",
        samples.mistaken().submission_sha256,
    ):
        assert words in text, words


def test_hidden_cases_show_neither_names_nor_pictures(samples):
    result = samples.mistaken()
    secret = Picture("yours", ((987654.0,),))
    case = CaseResult("SECRET-name", Verdict.FAILED, "the sign is flipped", pictures=(secret,))
    tests = tuple(test if test.public else replace(test, cases=(case,)) for test in result.tests)
    html = feedback_page(replace(result, tests=tests), title=TITLE) + notebook_html(tests)
    assert "SECRET" not in html and "987" not in html
    assert "the sign is flipped" in html


def test_a_public_difference_is_drawn_with_its_wrong_cells_marked(samples):
    page = feedback(samples.submission("x", samples.question_tests("conv2d", 1.0, Verdict.FAILED)))
    cells = [a["class"] for a in page.all("td") if "wrong" in (a.get("class") or "").split()]
    difference = samples.pictures()[-1].rows
    assert len(cells) == 2 * sum(value != 0 for row in difference for value in row)  # in yours and in the difference
    assert "nothing here" not in page.text and page.text.count("wrong: ") == len(cells)


def test_holes_and_non_numbers_are_shown_as_such(samples):
    picture = Picture("yours", ((None, float("nan"), float("inf"), -0.5),))
    case = CaseResult("c", Verdict.FAILED, pictures=(picture,))
    tests = samples.question_tests("conv2d", 1.0, Verdict.FAILED)
    page = feedback(samples.submission("x", [replace(tests[0], cases=(case,)), *tests[1:]]))
    assert all(words in page.text for words in ("nothing here", "NaN", "∞", "−0.5"))


def test_what_keeps_a_file_from_loading_is_said_once_and_first(samples):
    text = feedback(samples.unloadable()).text
    assert text.count("was never closed") == 1
    assert text.index("was never closed") < text.index("At a glance")
    assert "Draw a 4 × 4 image" not in text[: text.index("At a glance")]


def test_warnings_are_for_the_instructor_alone(samples):
    result = samples.troubled()
    assert "calls eval" not in feedback(result).text
    assert "calls eval" in of_class([result]).text


def test_an_incomplete_grade_says_so(samples):
    assert "not complete yet" in feedback(samples.troubled()).text
    assert "not complete yet" not in feedback(samples.mistaken()).text


def test_every_rule_for_a_notebook_applies_below_its_own_element_only():
    css = re.sub(r"@media[^{]*\{", "", str(part_style()))
    selectors = re.findall(r"([^{}]+)\{", css)
    assert len(selectors) > 50
    assert all(part.strip().startswith(".cc") for selector in selectors for part in selector.split(","))


def test_pages_are_the_same_every_time(result):
    assert feedback_page(result, title=TITLE) == feedback_page(result, title=TITLE)


def test_backticks_in_authors_sentences_are_code_and_stay_harmless(samples):
    mistake = replace(samples.FLIPPED, sentence="Use `stride`, not `<b>x</b>`.")
    html = feedback_page(
        samples.submission("x", samples.question_tests("conv2d", 1.0, Verdict.FAILED, mistake=mistake)), title=TITLE
    )
    assert "Use <code>stride</code>, not <code>&lt;b&gt;x&lt;/b&gt;</code>." in html


def test_many_notices_are_folded_but_none_is_lost(samples):
    notices = tuple(f"notice {number}." for number in range(12))
    result = replace(samples.perfect(), notices=notices)
    for page in (feedback(result), Page(notebook_html(result.tests, notices))):
        assert all(notice in page.text for notice in notices) and "9 more notices" in page.text


def test_a_file_with_nothing_in_it_leads_with_the_notice(samples):
    text = feedback(replace(samples.untouched(), notices=("convolution.py is empty",))).text
    assert text.index("About the file you handed in: convolution.py is empty") < text.index("Next:")
    assert "About the file you handed in" not in feedback(samples.mistaken()).text


def test_an_only_case_is_not_named_twice(samples):
    test = samples.question_tests("conv2d", 1.0, Verdict.FAILED)[0]
    only, other = (replace(test.cases[0], name=test.name + end) for end in ("", "[stride 2]"))
    assert test.name not in notebook_html([replace(test, cases=(only,))])
    assert "stride 2" in notebook_html([replace(test, cases=(other,))])
