"""The pages in a real browser: drawn, offline, safe, readable on a phone, in the dark, on paper."""

from __future__ import annotations

import base64
import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axis_samples import all_axes
from sample_answers import recommendation
from samples import run_of_engines
from test_pages import hostile_recommendation, hostile_records, judged

from results.pages import recommendation_page, records_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

DRAWN = "html[data-drawn=true]"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    records = judged(run_of_engines())
    made = {
        "recommendation": recommendation_page(recommendation(), records),
        "records": records_page(records),
        "axes": records_page(*all_axes()),
        "hostile": recommendation_page(hostile_recommendation(), hostile_records()),
        "hostile-records": records_page(hostile_records()),
    }
    paths = {name: folder / f"{name}.html" for name in made}
    for name, path in paths.items():
        path.write_text(made[name], encoding="utf-8")
    return paths


@dataclass
class Seen:
    """A page and everything it complained about or asked for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def opened(
    browser: Browser, path: Path, *, width: int = 1280, height: int = 900, dark: bool = False
) -> Seen:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
    )
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("dialog", lambda dialog: (seen.complaints.append("dialog"), dialog.dismiss()))
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.goto(path.as_uri())
    seen.page.wait_for_selector(DRAWN, state="attached")
    return seen


def distinct_colours(browser: Browser, png: bytes) -> int:
    """How many colours an image has, counted by the browser itself."""
    page = browser.new_page()
    count = page.evaluate(
        """async (data) => {
            const image = new Image();
            image.src = "data:image/png;base64," + data;
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const pixels = context.getImageData(0, 0, image.width, image.height).data;
            return new Set(new Uint32Array(pixels.buffer)).size;
        }""",
        base64.b64encode(png).decode(),
    )
    page.close()
    return int(count)


@pytest.mark.parametrize("name", ["recommendation", "records", "axes"])
def test_a_page_draws_every_figure_without_a_complaint(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    seen = opened(browser, pages[name])
    visible = seen.page.locator(".plot:visible")
    assert visible.count() >= 10
    for at in range(visible.count()):
        plot = visible.nth(at)
        assert plot.locator("svg.main-svg").count() >= 1
        drawn = ".trace .points path, .trace .lines path, .trace path, .heatmaplayer image"
        assert plot.locator(drawn).count() >= 1
        width = plot.evaluate("e => e.querySelector('svg.main-svg').getBoundingClientRect().width")
        assert width == pytest.approx(plot.evaluate("e => e.offsetWidth"), abs=2)
    assert seen.complaints == []
    assert seen.requests == [pages[name].as_uri()], "one file, nothing else is fetched"
    shot = seen.page.screenshot(full_page=True)
    assert distinct_colours(browser, shot) > 200
    seen.page.context.close()


def test_the_answer_stands_in_the_first_screen(browser: Browser, pages: dict[str, Path]) -> None:
    seen = opened(browser, pages["recommendation"])
    for words in ("Amazon RDS", "$273", "87 %", "cheapest of 3 services"):
        box = seen.page.get_by_text(words).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 600
    seen.page.context.close()


@pytest.mark.parametrize("name", ["hostile", "hostile-records"])
def test_hostile_text_is_shown_and_never_runs(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    seen = opened(browser, pages[name])
    page = seen.page
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(200)
    assert seen.complaints == []
    assert seen.requests == [pages[name].as_uri()]
    assert page.locator("img, iframe, object, embed").count() == 0
    assert "<script>alert(1)</script>" in page.inner_text("main")
    labels = page.locator(".plot svg text").all_text_contents()
    assert any("<script>" in label for label in labels)
    assert page.evaluate(OVERFLOW) <= 0
    page.context.close()


def test_a_script_that_slips_in_is_not_run(browser: Browser, pages: dict[str, Path]) -> None:
    seen = opened(browser, pages["recommendation"])
    seen.page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.slipped = true";
            document.body.append(script);
            const image = document.createElement("img");
            image.setAttribute("onerror", "window.slipped = true");
            image.src = "data:image/png;base64,AAAA";
            document.body.append(image);
        }"""
    )
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("window.slipped") is None
    assert any("Content Security Policy" in complaint for complaint in seen.complaints)
    seen.page.context.close()


@pytest.mark.parametrize("name", ["recommendation", "records", "axes"])
def test_a_phone_never_scrolls_sideways(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    seen = opened(browser, pages[name], width=390, height=844)
    assert seen.page.evaluate(OVERFLOW) <= 0
    seen.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    seen.page.wait_for_timeout(300)
    assert seen.page.evaluate(OVERFLOW) <= 0
    clipped = seen.page.evaluate(
        """() => [...document.querySelectorAll("td, .stat, h1, h2, h3, .chips li")]
            .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
    )
    assert clipped == []
    assert seen.complaints == []
    seen.page.context.close()


def lightness(colour: str) -> float:
    """Mean of the three channels of `rgb(…)`, 0..1."""
    channels = [float(c) for c in colour.strip("rgba()").split(",")[:3]]
    return sum(channels) / 3 / 255


TICK = "getComputedStyle(document.querySelector('.plot .ytick text')).fill"
BACKGROUND = "getComputedStyle(document.querySelector('section')).backgroundColor"


def test_figures_follow_the_theme_also_when_it_changes(
    browser: Browser, pages: dict[str, Path]
) -> None:
    seen = opened(browser, pages["recommendation"], dark=True)
    page = seen.page
    assert lightness(page.evaluate(BACKGROUND)) < 0.2
    assert lightness(page.evaluate(TICK)) > 0.6
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(500)
    assert lightness(page.evaluate(BACKGROUND)) > 0.9
    assert lightness(page.evaluate(TICK)) < 0.5
    assert seen.complaints == []
    page.context.close()


def test_paper_is_white_and_opens_what_was_closed(
    browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    seen = opened(browser, pages["recommendation"], dark=True)
    page = seen.page
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(400)
    assert lightness(page.evaluate(BACKGROUND)) == 1.0
    assert lightness(page.evaluate(TICK)) < 0.4
    assert page.locator("#evidence details:not([open])").count() == 0
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.plot svg')].map(e => e.clientWidth))"
    )
    assert widest <= 640
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#evidence details[open]").count() == 0
    page.context.close()


def test_a_link_to_evidence_opens_its_entry(browser: Browser, pages: dict[str, Path]) -> None:
    seen = opened(browser, pages["recommendation"])
    seen.page.locator("#rules summary", has_text="Source and evidence").first.click()
    seen.page.locator("#rules a", has_text="m-read-cpu").first.click()
    entry = seen.page.locator("[id='evidence-m-read-cpu']")
    entry.wait_for(state="visible")
    seen.page.context.close()


def test_closed_figures_are_drawn_when_opened(browser: Browser, pages: dict[str, Path]) -> None:
    seen = opened(browser, pages["records"])
    summary = seen.page.locator("summary", has_text="response time, open:2000/s")
    closed = seen.page.locator("#latency > details").filter(has=summary)
    assert closed.locator("svg.main-svg").count() == 0
    closed.locator("> summary").click()
    closed.locator(".plot svg.main-svg").first.wait_for(state="visible")
    assert seen.complaints == []
    seen.page.context.close()


def test_a_page_without_measurements_is_quiet(browser: Browser, tmp_path: Path) -> None:
    given: dict[str, Any] = copy.deepcopy(recommendation())
    path = tmp_path / "page.html"
    path.write_text(recommendation_page(given, []), encoding="utf-8")
    seen = opened(browser, path)
    assert seen.page.locator(".plot svg.main-svg").count() >= 1
    assert seen.complaints == []
    seen.page.context.close()


def test_each_sentence_leads_to_its_axis(browser: Browser, pages: dict[str, Path]) -> None:
    seen = opened(browser, pages["axes"])
    seen.page.emulate_media(reduced_motion="reduce")  # no scrolling that takes time
    for words in ("Format", "Size", "Frequency", "Access speed", "Retention", "Analytics"):
        seen.page.evaluate("scrollTo(0, 0)")
        seen.page.locator(".findings-list a", has_text=words).click()
        target = seen.page.evaluate("location.hash.slice(1)")
        box = seen.page.locator(f"#{target}-title").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 900, "where one looks after the click"
    assert seen.complaints == []
    seen.page.context.close()


def test_words_of_the_matrix_are_dark_on_its_colours_also_in_the_dark(
    browser: Browser, pages: dict[str, Path]
) -> None:
    seen = opened(browser, pages["axes"], dark=True)
    words = seen.page.locator("#figure-format-0 .textpoint text")
    fills = words.evaluate_all("all => all.map(e => getComputedStyle(e).fill)")
    assert any(lightness(fill) < 0.2 for fill in fills), "on a coloured ground"
    assert any(lightness(fill) > 0.6 for fill in fills), "on the page's own"
    seen.page.context.close()


def test_no_label_of_an_axis_is_cut_off(browser: Browser, pages: dict[str, Path]) -> None:
    for width in (1280, 600):
        seen = opened(browser, pages["axes"], width=width)
        cut = seen.page.evaluate(
            """() => [...document.querySelectorAll(".plot")].filter(e => e.offsetParent).flatMap(e => {
                const box = e.getBoundingClientRect();
                return [...e.querySelectorAll(".xtick text, .ytick text, .annotation-text")]
                    .filter(t => {
                        const b = t.getBoundingClientRect();
                        return b.left < box.left - 1 || b.right > box.right + 1
                            || b.bottom > box.bottom + 1 || b.top < box.top - 1;
                    }).map(t => e.id + ": " + t.textContent);
            })"""
        )
        assert cut == []
        seen.page.context.close()
