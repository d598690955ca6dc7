"""Paging over tables of millions of rows."""

from __future__ import annotations

from functools import cached_property

from django.core.paginator import Page, Paginator

# Up to here rows are counted; beyond, a page only knows that there are more.
COUNTED = 10_000


class UncountedPaginator(Paginator):
    """Counts no further than COUNTED rows, so that a page does not wait for a COUNT over a million.

    What lies behind is reached by searching or filtering, which is what a reader of a million rows does anyway.
    """

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:COUNTED].count()


class WindowPaginator(UncountedPaginator):
    """Of rows of which the first ``skipped`` have not been asked for, because the page wanted lies behind them."""

    skipped = 0

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        bottom = (number - 1) * self.per_page
        top = min(bottom + self.per_page, self.count)
        rows = self.object_list[max(bottom - self.skipped, 0) : max(top - self.skipped, 0)]
        return self._get_page(rows, number, self)
