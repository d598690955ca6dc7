"""Which column of the file is the number, and which is which variable of the template.

A header equal to a variable's own name is that variable, whatever else it could mean: templates do have a
``phone``. Case, white space and width are ignored. What could be two things is asked, never chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .cells import Cell, cell_as_typed, is_blank
from .column_aliases import REASON_HEADERS, names_of, phone_names
from .file_refused import FileRefused
from .headers import column_index, column_letter, normal_header

PHONE = "phone"
"""How the recipients' number is called in options, reports and JSON."""

Aliases = Mapping[str, Iterable[str]]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where everything stands. Indexes count from 0.

    ``variables`` in the template's order. ``headers`` as written in the file, none where it has no header row;
    ``extra`` the columns that nothing uses; ``ours`` the reason column of a workbook that we wrote ourselves;
    ``mended`` the headers that were recognised in spite of case, space or width. ``exact_width``: a row with
    more or fewer cells than the header is refused (text files, where a lost separator moves every value);
    without a header row, than ``usual_width``.
    """

    phone: int
    variables: tuple[tuple[str, int], ...]
    headers: tuple[str, ...] = ()
    extra: tuple[int, ...] = ()
    ours: tuple[int, ...] = ()
    mended: tuple[int, ...] = ()
    exact_width: bool = False
    usual_width: int = 0

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.headers) or self.usual_width

    def header(self, index: int) -> str:
        """What the uploader calls this column: its header, or its letter where there is none."""
        return (self.headers[index] if index < len(self.headers) else "") or column_letter(index)


@dataclass(frozen=True, slots=True)
class ColumnQuestion:
    """Several columns could be this one, or none is known to be: a person chooses among the candidates."""

    column: str
    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ColumnQuestions:
    """What must be answered before the columns are known, with the headers to show."""

    questions: tuple[ColumnQuestion, ...]
    headers: tuple[str, ...]


def match_header(
    cells: Sequence[Cell],
    variables: Sequence[str],
    column_options: Mapping[str, str] | None = None,
    aliases: Aliases | None = None,
    exact_width: bool = False,
) -> ColumnMap | ColumnQuestions:
    """Say which column is which.

    ``cells``: the header row. ``column_options``: what a person said, ``{"phone": HEADER, VARIABLE: HEADER}``,
    a column's letter where no header has that text; ``phone`` is always the recipients' number, a variable of
    that name can be written ``${phone}``. ``aliases``: further headers by variable (or ``phone``), such as those
    remembered for the template.

    Out: the map, or questions. Raises FileRefused with ``duplicate_headers`` (two columns of one name),
    ``missing_columns`` (a variable, or the number, has none), ``unknown_variable`` or ``unknown_column`` (an option
    names a variable or a header that is not there).
    """
    headers = tuple("" if is_blank(cell) else cell_as_typed(cell).strip() for cell in cells)
    normal = [normal_header(header) for header in headers]
    chosen = _chosen(column_options or {}, variables, headers, normal)
    ours = _ours(normal, variables, chosen)
    _refuse_duplicates(headers, normal, ours)

    found = {**chosen}
    for variable in variables:  # own names before aliases
        if variable not in found:
            named = [i for i, header in enumerate(headers) if header == variable] or [
                i for i, name in enumerate(normal) if name == normal_header(variable)
            ]
            if named:
                found[variable] = named[0]
    questions = []
    wanted = [(variable, names_of(variable, aliases)) for variable in variables]
    for column, names in [*wanted, ("", phone_names(aliases))]:
        if column in found:
            continue
        known = {normal_header(name) for name in names}
        free = [i for i, name in enumerate(normal) if name and i not in ours and i not in found.values()]
        places = [index for index in free if normal[index] in known]
        if len(places) == 1:
            found[column] = places[0]
        elif places or (not column and (free or found)):
            candidates = places or free or sorted(set(found.values()))
            questions.append(ColumnQuestion(column or PHONE, tuple(candidates)))
    asked = {question.column for question in questions}
    missing = [variable for variable in variables if variable not in found and variable not in asked]
    if "" not in found and PHONE not in asked:
        missing.insert(0, PHONE)
    if missing:
        raise FileRefused(
            "missing_columns", columns=missing, headers=[header for header in headers if header]
        )
    if questions:
        return ColumnQuestions(tuple(questions), headers)
    used = set(found.values())
    return ColumnMap(
        phone=found[""],
        variables=tuple((variable, found[variable]) for variable in variables),
        headers=headers,
        extra=tuple(i for i, name in enumerate(normal) if name and i not in used and i not in ours),
        ours=ours,
        mended=tuple(
            found[column]
            for column, names in [*wanted, ("", phone_names(aliases))]
            if column not in chosen and cells[found[column]] not in names
        ),
        exact_width=exact_width,
    )


def columns_by_letter(
    width: int,
    variables: Sequence[str],
    column_options: Mapping[str, str],
    exact_width: bool = False,
    usual_width: int = 0,
) -> ColumnMap | ColumnQuestions:
    """The map of a file without a header row: every column is named by its letter, what is not named is asked.

    ``width``: how many columns the file has; ``usual_width``: most of its rows. Raises FileRefused as above.
    """
    chosen = _chosen(column_options, variables, ("",) * width, [""] * width)
    every = tuple(range(width))
    questions = [
        ColumnQuestion(column or PHONE, every) for column in ("", *variables) if column not in chosen
    ]
    if questions:
        return ColumnQuestions(tuple(questions), ())
    return ColumnMap(
        phone=chosen[""],
        variables=tuple((variable, chosen[variable]) for variable in variables),
        extra=tuple(index for index in every if index not in chosen.values()),
        exact_width=exact_width,
        usual_width=usual_width or width,
    )


def _chosen(
    options: Mapping[str, str], variables: Sequence[str], headers: Sequence[str], normal: Sequence[str]
) -> dict[str, int]:
    """Index by variable, the number under an empty name, for what a person said."""
    chosen = {}
    for key, header in options.items():
        variable = key[2:-1] if key.startswith("${") and key.endswith("}") else key
        if variable != key or variable != PHONE:
            if variable not in variables:
                raise FileRefused("unknown_variable", column=key, variables=[*variables, PHONE])
        else:
            variable = ""
        same = [i for i, text in enumerate(headers) if text and text == header.strip()]
        alike = [i for i, name in enumerate(normal) if name and name == normal_header(header)]
        letters = column_index(header.strip())
        places = same or alike or ([letters] if letters is not None and letters < len(headers) else [])
        if not places:
            shown = [text for text in headers if text]
            raise FileRefused("unknown_column", column=key, header=header, headers=shown)
        chosen[variable] = places[0]
    return chosen


def _ours(normal: Sequence[str], variables: Sequence[str], chosen: Mapping[str, int]) -> tuple[int, ...]:
    """The reason column that we wrote ourselves: the last one, under one of our headers, and nobody's variable."""
    last = max((index for index, name in enumerate(normal) if name), default=None)
    if last is None or last in chosen.values() or normal[last] in map(normal_header, variables):
        return ()
    ours = {normal_header(header) for headers in REASON_HEADERS.values() for header in headers}
    return (last,) if normal[last] in ours else ()


def _refuse_duplicates(headers: Sequence[str], normal: Sequence[str], ours: Sequence[int]) -> None:
    places: dict[str, list[int]] = {}
    for index, name in enumerate(normal):
        if name and index not in ours:
            places.setdefault(name, []).append(index)
    for same in places.values():
        if len(same) > 1:
            raise FileRefused(
                "duplicate_headers", header=headers[same[0]], columns=[column_letter(index) for index in same]
            )
