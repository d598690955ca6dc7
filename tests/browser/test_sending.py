"""What staff do, from the login to the BizId, in both languages, by Chromium against real processes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from project.demo.people import PASSWORD
from project.demo.sample_workbook import DUPLICATES, FILE, RECIPIENTS, REJECTED, ROWS
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# locale of the browser, suffix of the pictures, and the words by which a reader finds their way
CHINESE = {
    "locale": "zh-CN",
    "suffix": "zh-hans",
    "title": "双十一第三批发货通知",
    "upload": "上传并检查名单",
    "go_on": f"继续，去确认 {RECIPIENTS:,} 人",
    "send": f"确认发送给 {RECIPIENTS:,} 人",
    "accepted": "已受理",
    "finished": "已结束",
}
ENGLISH = {
    "locale": "en-US",
    "suffix": "en",
    "title": "Shipping notice, third batch",
    "upload": "Upload and check the list",
    "go_on": f"Go on to confirm {RECIPIENTS:,} people",
    "send": f"Send to {RECIPIENTS:,} people",
    "accepted": "Accepted",
    "finished": "Finished",
}


@pytest.mark.parametrize("words", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_from_the_workbook_to_the_biz_id(words, site: Site, page_in, picture):
    page: Page = page_in(words["locale"])
    page.goto("/admin/")
    page.locator("#id_username").fill("sender")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#login-form input[type=submit]").click()

    # A draft: sign name, template, file.
    page.goto("/admin/django_alisms/batchsend/add/")
    page.locator("#id_title").fill(words["title"])
    page.get_by_label("某某商城", exact=True).check()
    page.get_by_label("发货通知", exact=True).check()
    expect(page.get_by_label("某某到家", exact=True)).to_be_disabled()
    page.locator("#id_import_file").set_input_files(FILE)
    picture(page, f"draft.{words['suffix']}")
    page.get_by_role("button", name=words["upload"]).click()

    # The report: every row in one place, the refused ones with why.
    equation = page.locator(".al-equation dd")
    expect(equation).to_have_text(
        [re.compile(rf"^{n:,}(\D|$)") for n in (ROWS, RECIPIENTS, DUPLICATES, REJECTED)]
    )
    expect(page.get_by_text("021-55558888")).to_be_visible()
    picture(page, f"import.{words['suffix']}")
    page.get_by_role("button", name=words["go_on"]).click()

    # What exactly happens: a real message, the count on the button.
    expect(page.locator(".al-bubble")).to_contain_text("【某某商城】尊敬的")
    picture(page, f"confirm.{words['suffix']}")
    site.sandbox.control(fault="late", delay=6, skip=3, requests=7)  # three answers at once, the others later
    page.get_by_role("button", name=words["send"]).click()

    # It moves, and ends, without anybody pressing anything.
    expect(page.locator("[data-al-live]")).to_be_visible()
    expect(page.locator("[data-figure=accepted]")).to_have_text("300")
    expect(page.locator("[data-al-answers] tr")).to_have_count(3)
    picture(page, f"live.{words['suffix']}")
    expect(page.locator("#batches")).to_be_visible()
    expect(page.get_by_text(words["finished"]).first).to_be_visible()

    # Three batches with Code and BizId: those that the sandbox gave.
    given = {entry["biz_id"]: len(entry["numbers"]) for entry in site.sandbox.ledger()}
    shown = {}
    for row in page.locator("tr[id^=batch-]").all():
        cells = row.locator("td").all_inner_texts()
        biz_id = row.locator("dt:has-text('BizId') + dd").inner_text()
        shown[biz_id] = int(cells[1])
        assert cells[2].strip() == words["accepted"]
        assert cells[3].split() == ["OK"]
    assert shown == given
    assert sorted(given.values()) == [100] * (RECIPIENTS // 100)
    picture(page, f"finished.{words['suffix']}")

    page.goto("/admin/django_alisms/batchsend/")
    expect(page.locator("#result_list")).to_contain_text(words["title"])
    picture(page, f"list.{words['suffix']}")
